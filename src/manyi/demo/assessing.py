"""Two rounds of self-assessment that have ended, a year apart, and one that runs: managers see more than the front
line does, complaints are dealt with better than a year ago, and people may still decide too little by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone

from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.standards import assessment as rules
from manyi.standards.models import SelfAssessment
from manyi.standards.services import assessments as services

SEED = 9_100
RATERS: Mapping[str, tuple[str, ...]] = {
    "manager": ("manager", "east", "executive", "admin"),
    "front": ("agent", "handler", "interviewer", "dealer"),
}
LENIENCY = {"manager": 0.35, "front": -0.35}
TARGETS = {
    "climate": 80, "partnership": 75, "problems": 75, "information": 70, "reach": 80, "empowerment": 70,
    "processes": 75,
}  # fmt: skip
#: Days ago → mean rating of each category, in the order of the categories.
ROUNDS = {390: (3.9, 3.6, 2.8, 3.1, 3.4, 2.8, 3.2), 25: (4.2, 3.9, 3.9, 3.3, 4.2, 2.9, 3.5)}
RUNNING = 4
COMMENTS: Mapping[int, Mapping[str, Mapping[str, str]]] = {
    390: {
        "agent": {"problems": "投诉记下来了，可原因很少有人追到底。"},
        "east": {"empowerment": "A service engineer has to ask me before he may hand out a spare seal."},
    },
    25: {
        "agent": {"problems": "现在每件投诉都有人跟到底，比去年好多了。", "empowerment": "超过两百元的补偿仍要等审批，客户等不起。"},
        "handler": {"empowerment": "一线能当场决定的事情还是太少。"},
        "executive": {"information": "Managers should visit customers more often; I saw only four last quarter."},
        "interviewer": {"reach": "客户说现在打电话很快就能找到人。"},
    },
}  # fmt: skip


def assess(*, at: datetime) -> None:
    """All rounds, dated back from `at`."""
    rng = np.random.default_rng(SEED)
    for ago, levels in ROUNDS.items():
        row = _opened(at - timedelta(days=ago), days=14)
        for role, usernames in RATERS.items():
            for username in usernames:
                if username != "dealer":  # one who was asked did not answer
                    sheet = _sheet(rng, levels, LENIENCY[role])
                    _rate(row, username, sheet, COMMENTS[ago].get(username, {}), at - timedelta(days=ago - 5))
        services.close(_manager(), assessment=row, at=at - timedelta(days=ago - 12))
    row = _opened(at - timedelta(days=RUNNING), days=21)
    for username in ("executive", "interviewer"):
        sheet = _sheet(rng, ROUNDS[25], 0.1)
        _rate(row, username, sheet, {}, at - timedelta(days=RUNNING - 2))


def _manager() -> Scope:
    return scope_of(User.objects.get(username="manager"))


def _opened(at: datetime, *, days: int) -> SelfAssessment:
    month = timezone.localtime(at)
    row = services.open_assessment(
        _manager(),
        unit=OrgUnit.objects.get(parent=None),
        name={"zh": f"{month.year} 年 {month.month} 月自测", "en": f"Self-assessment {month:%Y-%m}"},
        closes_on=(month + timedelta(days=days)).date(),
        targets=TARGETS,
        at=at,
    )
    for role, usernames in RATERS.items():
        people = User.objects.filter(username__in=usernames)
        services.invite(_manager(), assessment=row, people=people, role=role, at=at)
    return row


def _sheet(rng: np.random.Generator, levels: tuple[float, ...], leniency: float) -> dict[str, int]:
    """A sheet around the levels; some statements are easier than others for everybody."""
    own = leniency + rng.normal(0, 0.25)
    found = {}
    for category, level in zip(rules.CATEGORIES, levels, strict=True):
        for place, statement in enumerate(category.statements):
            value = level + own + 0.35 * (place % 3 - 1) + rng.normal(0, 0.6)
            found[statement.code] = int(min(max(round(value), rules.LOWEST), rules.HIGHEST))
    return found


def _rate(
    row: SelfAssessment, username: str, sheet: dict[str, int], comments: Mapping[str, str], at: datetime
) -> None:
    user = User.objects.get(username=username)
    rater, scope = row.raters.get(user=user), scope_of(user)
    services.save_sheet(scope, rater=rater, ratings=sheet, comments=comments, at=at)
    services.submit(scope, rater=rater, at=at)
