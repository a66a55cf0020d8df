"""Audits somebody may see, what they found, and the figures of standards that come from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from manyi.people.models import Membership, OrgUnit, User
from manyi.people.queries import subtree
from manyi.people.rights import ROLES
from manyi.scope import Scope
from manyi.standards.models import Audit, AuditMark, ServiceStandard
from manyi.standards.scoring import Score, by_group, score
from manyi.standards.sources import Reading

RIGHT = "standards.read"
State = Audit.State


def audits(scope: Scope) -> QuerySet[Audit]:
    """Audits of units the reader sees, and the reader's own."""
    rows = Audit.objects.select_related("unit", "checklist", "auditor", "planned_by")
    units = scope.units_for(RIGHT)
    if units is None:
        return rows
    return rows.filter(Q(unit__in=units) | Q(auditor=scope.user_id or 0))


def mine(scope: Scope) -> QuerySet[Audit]:
    """What the reader is to do, the earliest due first."""
    return audits(scope).filter(auditor=scope.user_id or 0, state__in=[State.PLANNED, State.DOING]).order_by("due_on", "pk")  # fmt: skip


def raters() -> QuerySet[User]:
    """Everybody with the right to rate, somewhere."""
    roles = [role for role, rights in ROLES.items() if "standards.rate" in rights]
    rows = User.objects.filter(is_active=True, memberships__role__in=roles)
    return rows.distinct().order_by("name", "username")


def candidates(unit: OrgUnit) -> QuerySet[User]:
    """Who may audit a unit: those with the right to rate there."""
    roles = [role for role, rights in ROLES.items() if "standards.rate" in rights]
    memberships = Membership.objects.filter(role__in=roles, unit__in=unit.lineage_ids)
    return raters().filter(pk__in=memberships.values("user"))


@dataclass(frozen=True, slots=True)
class Part:
    """The score of a standard or touchpoint in a round; `missed` when it lies below its target."""

    name: Any
    code: str
    score: Score
    target: float | None = None
    missed: bool = False


def parts(marks: Iterable[Any], *, final: bool = False) -> tuple[list[Part], list[Part]]:
    """Scores by standard and by touchpoint, of checks that have a standard."""
    based = [mark for mark in marks if mark.standard_id]
    standards = {mark.standard.code: mark.standard for mark in based}
    points = {mark.standard.touchpoint.code: mark.standard.touchpoint for mark in based}
    by_standard = by_group(mark.counted(mark.standard.code, final=final) for mark in based)
    by_point = by_group(mark.counted(mark.standard.touchpoint.code, final=final) for mark in based)
    first = []
    for code, found in by_standard.items():
        target = target_of(standards[code])
        below = found.value is not None and target is not None and found.value < target
        first.append(Part(standards[code].name, code, found, target, below))
    return first, [Part(points[code].name, code, found) for code, found in by_point.items()]


def target_of(standard: ServiceStandard) -> float | None:
    """The least share of checks met, 0–100; None for a standard whose target is another kind of figure, such as
    hours: then a check is met or not.
    """
    return standard.target if standard.measure in ("%", "points") and standard.better == "higher" else None


def between(since: date, until: date) -> tuple[datetime, datetime]:
    zone = timezone.get_current_timezone()

    def start(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    return start(since), start(until)


def of_subject(source: str, subject: str) -> Q:
    """Checks made from the standards whose measure of this source is called so."""
    return (
        Q(standard__code=subject)
        | Q(standard__source=source, standard__subject=subject)
        | Q(**{f"standard__also__{source}": subject})
    )


def reading(scope: Scope, subject: str, unit: OrgUnit, since: date, until: date) -> Reading:
    """Mean of the checks of a standard in audits handed in from `since` to before `until`, with interval."""
    if not subject:
        return Reading(value=None)
    first, end = between(since, until)
    rounds = scope.limit(Audit.objects.filter(state=State.SUBMITTED, unit__in=subtree(unit)), RIGHT)
    marks = AuditMark.objects.filter(
        of_subject("audit", subject), round__in=rounds, round__submitted_at__gte=first, round__submitted_at__lt=end
    )  # fmt: skip
    found = score(mark.counted() for mark in marks)
    url = f"{reverse('audits')}?standard={subject}&unit={unit.pk}"
    return Reading(value=found.value, low=found.low, high=found.high, n=found.n, url=url if found.n else "")


def missed(scope: Scope, at: datetime, days: int = 90) -> list[AuditMark]:
    """Checks made from standards that were not met in full in the audits of the last days, the worst first."""
    rounds = audits(scope).filter(state=State.SUBMITTED, submitted_at__gte=at - timedelta(days=days))
    marks = (
        AuditMark.objects.filter(round__in=rounds, standard__isnull=False, value__lt=100)
        .select_related("standard", "standard__touchpoint", "round", "round__unit")
        .order_by("value", F("weight").desc(), "-round__submitted_at")
    )
    return [mark for mark in marks if falls_short(mark)]


def falls_short(mark: Any) -> bool:
    """Whether a check that has a standard lies below its target (or, where that is no share, is not met in full)."""
    value, _not_applicable = mark.final
    target = target_of(mark.standard)
    return value is not None and value < (100.0 if target is None else target)


def shown_mark(scope: Scope, key: str) -> AuditMark | None:
    """For the door of findings: a check of an audit that was handed in, by its id; None out of sight."""
    rows = AuditMark.objects.filter(pk=number(key), round__in=audits(scope).filter(state=State.SUBMITTED))
    return rows.select_related("round__unit", "round__checklist", "standard").first()


def number(key: str) -> int:
    """An id of an address; 0, which nothing has, for what is none."""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0


def narrowed(
    rows: QuerySet[Audit], *, state: str = "", unit: str = "", standard: str = ""
) -> QuerySet[Audit]:
    """By state, by unit (its id) and those below it, by standard (its code or what it measures)."""
    if state:
        rows = rows.filter(state=state)
    if unit:
        rows = rows.filter(unit__in=subtree_of(number(unit)))
    if standard:
        marks = AuditMark.objects.filter(of_subject("audit", standard))
        rows = rows.filter(pk__in=marks.values("round"))
    return rows


def subtree_of(pk: int) -> QuerySet[OrgUnit]:
    unit = OrgUnit.objects.filter(pk=pk).first()
    return subtree(unit) if unit else OrgUnit.objects.none()


def history(scope: Scope, row: Audit) -> QuerySet[Audit]:
    """Other audits of the unit by the same list, newest first."""
    same = audits(scope).filter(state=State.SUBMITTED, unit=row.unit_id, checklist=row.checklist_id)
    return same.exclude(pk=row.pk).order_by("-submitted_at")
