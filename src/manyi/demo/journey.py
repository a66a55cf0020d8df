"""The demo's journey map and service standards: six stages, their touchpoints, and what is to happen at each."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from manyi.complaints.queries.touchpoints import topics
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.standards.models import ServiceStandard, Stage, Touchpoint
from manyi.standards.services.standards import save_standard
from manyi.standards.services.touchpoints import save_stage, save_touchpoint

HERE = Path(__file__).parent


def add(*, at: datetime) -> None:
    """Draw the map as it was drawn half a year before `at`. Needs people, designs, complaints and answers."""
    drawn = at - timedelta(days=180)
    scope = scope_of(User.objects.get(username="manager"))
    given = yaml.safe_load((HERE / "journey.yaml").read_text("utf-8"))
    known = {name: key for key, name in topics(scope)}
    users = {user.username: user for user in User.objects.all()}
    top = OrgUnit.objects.get(parent=None)
    points: dict[str, Touchpoint] = {}
    for stage in given["stages"]:
        row = save_stage(scope, stage=Stage(code=stage["code"], name=stage["name"]), at=drawn)
        for point in stage["touchpoints"]:
            points[point["code"]] = _touchpoint(scope, point, row, top, users, known, drawn)
    for standard in given["standards"]:
        save_standard(scope, standard=_standard(standard, points), at=drawn)


def _touchpoint(
    scope: Scope, given: dict[str, Any], stage: Stage, unit: OrgUnit, users: dict[str, User], known: dict[str, str],
    at: datetime,
) -> Touchpoint:  # fmt: skip
    topic = next((key for name, key in known.items() if given.get("topic") and given["topic"] in name), "")
    row = Touchpoint(
        code=given["code"], name=given["name"], description=given.get("what", {}), stage=stage, unit=unit,
        owner=users.get(given.get("owner", "")), indicator=given.get("indicator", ""),
        category=given.get("category", ""), topic=topic, volume=given.get("volume", ""),
    )  # fmt: skip
    return save_touchpoint(scope, touchpoint=row, at=at)


def _standard(given: dict[str, Any], points: dict[str, Touchpoint]) -> ServiceStandard:
    source, _colon, subject = given["by"].partition(":")
    also = dict(key.partition(":")[::2] for key in given.get("also", []))
    return ServiceStandard(
        code=given["code"], name=given["name"], touchpoint=points[given["at"]], kind=given["kind"], source=source,
        subject=subject, also=also, target=given["target"], tolerance=given["tolerance"],
        training=given.get("training", {}),
    )  # fmt: skip
