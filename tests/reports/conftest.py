"""A small organisation with a year behind it: two waves, complaints, promises, actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from manyi.complaints.models import Category
from manyi.customers.models import Promise
from manyi.improvement.models import Action, Finding, Verification
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast
from tests.messaging.conftest import post  # noqa: F401 - a fixture of this folder too


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"


def answers(wave: Wave, cast: Cast, east: tuple[int, ...], west: tuple[int, ...]) -> None:
    """One answer a score and branch: every item rated so, 'speed' one less."""
    Response.objects.bulk_create(
        Response(
            wave=wave, unit=unit, channel="email", submitted_at=wave.opened_at,
            answers={"on_time": s, "complete": s, "attitude": s, "speed": max(1, s - 2), "nps": 9},
        )
        for unit, scores in ((cast.east, east), (cast.west, west))
        for s in scores
    )  # fmt: skip


@pytest.fixture
def year(cast: Cast, at: datetime) -> Cast:
    """Two closed waves (the index rose clearly), complaints of both branches, promises, and a verified action.

    In the 90 days before `at`: five complaints in the east and one in the west; in the 90 before: two in the east.
    """
    tree = factories.tree_version(at)
    form = factories.questionnaire_version(at, tree)
    for code, days, east, west in (
        ("spring", 200, (3, 4) * 20, (3, 3) * 8),
        ("autumn", 40, (5, 4) * 20, (4, 3) * 8),
    ):
        opened = at - timedelta(days=days)
        wave = factories.wave(
            cast.group, opened, code=code, state="closed", closed_at=opened + timedelta(days=20), tree_version=tree,
            questionnaire_version=form, name=factories.texts(f"{code} 调查", f"{code} wave"),
        )  # fmt: skip
        answers(wave, cast, east, west)
    late = Category.objects.create(code="late", name=factories.texts("交期延误", "Delivered late"))
    customer = factories.customer(cast.east, 1, at)
    for days in (10, 20, 30, 40, 50, 100, 120):
        factories.complaint(
            cast.east,
            cast.agent,
            at - timedelta(days=days),
            category=late if days < 40 else None,
            customer=customer,
        )
    factories.complaint(cast.west, cast.outsider, at - timedelta(days=15))
    for number, kept in enumerate((True, True, False)):
        due = at - timedelta(days=12)
        Promise.objects.create(
            customer=customer, unit=cast.east, subject=f"customer:{customer.pk}", text=f"p{number}", owner=cast.agent,
            made_by=cast.agent, made_at=due - timedelta(days=3), due_at=due, remind_at=due,
            state="kept" if kept else "broken", done_at=due - timedelta(hours=1) if kept else None, settled_at=due,
        )  # fmt: skip
    finding = Finding.objects.create(
        number="F-1",
        unit=cast.east,
        title="Late deliveries",
        raised_at=at - timedelta(days=60),
        raised_by=cast.manager,
    )
    action = Action.objects.create(
        finding=finding, unit=cast.east, title="Plan by stock", owner=cast.east_manager, cost=5000,
        starts_on=(at - timedelta(days=60)).date(), due_on=(at - timedelta(days=30)).date(), state="effective",
        target="indicator", subject="on_time", wave="spring", baseline=62.5, created_at=at - timedelta(days=60),
        done_at=at - timedelta(days=30),
    )  # fmt: skip
    Verification.objects.create(
        action=action, look=1, verdict="effective", before={"n": 56}, after={"n": 56}, difference=20.0, low=12.0,
        high=28.0, p_value=0.0001, level=0.025, at=at - timedelta(days=5),
    )  # fmt: skip
    return cast
