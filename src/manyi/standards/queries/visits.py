"""Mystery visits somebody may see, the league of units, the trend, and the figures of standards from visits.

Everything that shows a visit asks `visible`, and everything that counts visits counts published ones: a unit never
learns of a planned visit from a list, a number, an export or a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from manyi.measures import compare
from manyi.people.models import Membership, OrgUnit, User
from manyi.people.queries import subtree
from manyi.scope import Scope
from manyi.standards.models import MysteryVisit, VisitMark
from manyi.standards.queries.audits import between, falls_short, number, of_subject, raters, subtree_of
from manyi.standards.scoring import Score, pooled, score
from manyi.standards.sources import Reading

RIGHT = "standards.read"
PLAN = "standards.edit"
State = MysteryVisit.State


def own_units(user_id: int | None) -> frozenset[int]:
    """Units whose visits somebody of them must not know of beforehand: the person's own and those above, but for
    the root, to which everybody belongs.
    """
    units = Membership.objects.filter(user=user_id or 0).values_list("unit__path", flat=True)
    return frozenset(int(part) for path in units for part in path.strip("/").split("/")[1:])


def may_plan(scope: Scope, unit: OrgUnit) -> bool:
    """Whether the reader plans visits to the unit: by the right to set standards for the unit above it (for the root
    its own), and not one of its people.
    """
    above = unit.pk if unit.parent_id is None else unit.parent_id
    return scope.may(PLAN, above) and unit.pk not in own_units(scope.user_id)


def _planned_for(scope: Scope) -> Q:
    """Visits to units the reader plans visits to, as `may_plan` says."""
    units = scope.units_for(PLAN)
    if not scope.may(PLAN):
        return Q(pk__in=[])
    # An empty Q would vanish from an "or": everything has to be said.
    from_above = Q(pk__isnull=False) if units is None else Q(unit__parent__in=units)
    own = own_units(scope.user_id)
    return from_above & ~Q(unit__in=own) if own else from_above


def plannable(scope: Scope) -> QuerySet[OrgUnit]:
    """Units the reader may send a visitor to, in tree order."""
    rows = OrgUnit.objects.filter(active=True).order_by("path")
    if not scope.may(PLAN):
        return rows.none()
    units = scope.units_for(PLAN)
    if units is not None:
        rows = rows.filter(parent__in=units)
    return rows.exclude(pk__in=own_units(scope.user_id))


def visible(scope: Scope) -> QuerySet[MysteryVisit]:
    """Visits the reader may know of: published ones of units in sight, one's own as the visitor, and all of the
    units one plans visits to.
    """
    rows = MysteryVisit.objects.select_related("unit", "checklist", "visitor")
    units = scope.units_for(RIGHT)
    known = Q(state__in=MysteryVisit.KNOWN)
    if units is not None:
        known &= Q(unit__in=units)
    return rows.filter(known | Q(visitor=scope.user_id or 0) | _planned_for(scope))


def visit(scope: Scope, key: UUID) -> MysteryVisit:
    """Raises MysteryVisit.DoesNotExist, also for one the reader must not know of."""
    return visible(scope).get(key=key)


def known(scope: Scope) -> QuerySet[MysteryVisit]:
    """Published visits of units in sight: what league, trend and figures are made from."""
    rows = MysteryVisit.objects.filter(state__in=MysteryVisit.KNOWN).select_related("unit", "checklist")
    return scope.limit(rows, RIGHT)  # type: ignore[no-any-return]


def mine(scope: Scope) -> QuerySet[MysteryVisit]:
    """Visits the reader is to make, the first window first."""
    return visible(scope).filter(visitor=scope.user_id or 0, state__in=[State.PLANNED, State.DOING]).order_by("ends_on", "pk")  # fmt: skip


def coming(scope: Scope) -> QuerySet[MysteryVisit]:
    """Visits that are not published yet, for those who plan them, the next first."""
    rows = MysteryVisit.objects.select_related("unit", "checklist", "visitor").filter(_planned_for(scope))
    waiting = rows.filter(state__in=[State.PLANNED, State.DOING, State.SUBMITTED])
    return waiting.order_by("ends_on", "pk")


def narrowed(rows: QuerySet[MysteryVisit], *, unit: str = "", standard: str = "") -> QuerySet[MysteryVisit]:
    """By unit (its id) and those below it, by standard (its code or what it measures)."""
    if unit:
        rows = rows.filter(unit__in=subtree_of(number(unit)))
    if standard:
        marks = VisitMark.objects.filter(of_subject("visit", standard))
        rows = rows.filter(pk__in=marks.values("round"))
    return rows


def candidates(unit: OrgUnit) -> QuerySet[User]:
    """Who may visit a unit: people with the right to rate, here or elsewhere, whom the unit does not know as its own."""
    if unit.parent_id is None:
        return raters()
    return raters().exclude(pk__in=Membership.objects.filter(unit__path__startswith=unit.path).values("user"))


def is_of_unit(scope: Scope, row: MysteryVisit) -> bool:
    """Whether the reader is one of the visited unit's people."""
    people = Membership.objects.filter(user=scope.user_id or 0, unit__path__startswith=row.unit.path)
    return people.exists() and scope.may(RIGHT, row.unit_id)


def knows_visitor(scope: Scope, row: MysteryVisit) -> bool:
    """Who went stays unknown to the unit, so that they can go again."""
    return row.visitor_id == scope.user_id or may_plan(scope, row.unit)


def final_score(row: MysteryVisit) -> Score:
    if row.ruled_at:
        return Score(row.ruled_score, row.ruled_low, row.ruled_high, row.ruled_checks, row.ruled_worth)
    return Score(row.score, row.low, row.high, row.checks, row.worth)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit in the league. `against` compares its visits with those to all other units; p is adjusted (Holm)."""

    unit: OrgUnit
    score: Score
    against: compare.Difference
    p: float | None

    @property
    def verdict(self) -> str:
        """'above', 'below', 'same' or 'too few'."""
        if self.p is None:
            return "too few"
        if self.p >= 0.05:
            return "same"
        return "above" if (self.against.value or 0) > 0 else "below"


def league(rows: Iterable[MysteryVisit]) -> list[Place]:
    """Units by the mean score of their visits, best first; each visit counts alike."""
    visits: dict[int, list[Score]] = {}
    units: dict[int, OrgUnit] = {}
    for row in rows:
        units[row.unit_id] = row.unit
        visits.setdefault(row.unit_id, []).append(final_score(row))

    def values(scores: Iterable[Score]) -> list[float]:
        return [s.value for s in scores if s.value is not None]

    found = []
    for unit, scores in visits.items():
        others = values(s for other, many in visits.items() if other != unit for s in many)
        found.append((units[unit], pooled(scores), compare.means(values(scores), others)))
    adjusted = compare.adjust([difference.p_value for _unit, _score, difference in found])
    places = [Place(unit, mean, against, p) for (unit, mean, against), p in zip(found, adjusted, strict=True)]
    return sorted(places, key=lambda place: -(place.score.value or 0.0))


def trend(rows: Iterable[MysteryVisit]) -> list[tuple[str, Score]]:
    """Quarter of the visit ('2026 Q1') → mean of its visits, oldest first."""
    quarters: dict[str, list[Score]] = {}
    for row in rows:
        when = timezone.localtime(row.visited_at or row.submitted_at or row.planned_at)
        quarters.setdefault(f"{when.year} Q{(when.month + 2) // 3}", []).append(final_score(row))
    return [(quarter, pooled(quarters[quarter])) for quarter in sorted(quarters)]


def reading(scope: Scope, subject: str, unit: OrgUnit, since: date, until: date) -> Reading:
    """Mean of the checks of a standard in published visits made from `since` to before `until`, with interval."""
    if not subject:
        return Reading(value=None)
    first, end = between(since, until)
    rounds = known(scope).filter(unit__in=subtree(unit), visited_at__gte=first, visited_at__lt=end)
    marks = VisitMark.objects.filter(of_subject("visit", subject), round__in=rounds)
    found = score(mark.counted(final=True) for mark in marks)
    url = f"{reverse('visits')}?standard={subject}&unit={unit.pk}"
    return Reading(value=found.value, low=found.low, high=found.high, n=found.n, url=url if found.n else "")


def shortfalls(marks: Sequence[VisitMark]) -> list[VisitMark]:
    """Checks that fall short of their standard."""
    return [mark for mark in marks if mark.standard_id and falls_short(mark)]


def shown_mark(scope: Scope, key: str) -> VisitMark | None:
    """For the door of findings: a check of a published visit by its id; None out of sight."""
    rows = VisitMark.objects.filter(
        pk=number(key), round__in=visible(scope).filter(state__in=MysteryVisit.KNOWN)
    )
    return rows.select_related("round__unit", "round__checklist", "standard").first()


def shown_visit(scope: Scope, key: str) -> MysteryVisit | None:
    """For the door of findings: a published visit by its key; None out of sight."""
    try:
        return visible(scope).filter(state__in=MysteryVisit.KNOWN, key=UUID(key)).first()
    except ValueError:
        return None
