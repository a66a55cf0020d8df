"""Promises in sight, and how many were kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from manyi.customers import subjects
from manyi.customers.models import Promise
from manyi.measures.estimates import Estimate
from manyi.measures.shares import wilson
from manyi.people.models import OrgUnit, User
from manyi.people.queries import subtree
from manyi.people.rights import ROLES
from manyi.scope import Scope

State = Promise.State
VIEWS = ("mine", "overdue", "open", "all")
_KEPT = Q(state=State.KEPT, done_at__lte=F("due_at"))


def promises(
    scope: Scope, *, view: str = "all", unit: OrgUnit | None = None, text: str = "", at: datetime
) -> QuerySet[Promise]:
    """Promises of units where the reader sees customers or makes promises, and those they made or do.

    `view`: 'mine' (open, done or made by the reader), 'overdue', 'open', 'all'. Open ones first, by due time.
    """
    seen = Q(pk__in=[])
    for right in ("promises.edit", "customers.read"):
        if scope.may(right):
            units = scope.units_for(right)
            seen |= Q(pk__gt=0) if units is None else Q(unit__in=units)
    own = Q(owner=scope.user_id or 0) | Q(made_by=scope.user_id or 0)
    rows = Promise.objects.select_related("customer", "unit", "owner", "made_by").filter(seen | own)
    if view == "mine":
        rows = rows.filter(own, state=State.OPEN)
    elif view == "overdue":
        rows = rows.filter(state=State.OPEN, due_at__lte=at)
    elif view == "open":
        rows = rows.filter(state=State.OPEN)
    if unit is not None:
        rows = rows.filter(unit__in=subtree(unit))
    if text.strip():
        rows = rows.filter(Q(text__icontains=text.strip()) | Q(customer__name__icontains=text.strip()))
    return rows.order_by("due_at", "pk") if view != "all" else rows.order_by("-made_at", "-pk")


def promises_of(scope: Scope, subject: str) -> QuerySet[Promise]:
    """All promises about a subject the reader may see, newest first; a customer's include those about their cases.

    Raises UnknownSubject.
    """
    found = subjects.find(scope, subject)
    about = Q(subject=subject)
    if subject.startswith("customer:") and found.customer is not None:
        about |= Q(customer=found.customer)
    rows = Promise.objects.select_related("owner", "made_by", "unit").filter(about)
    return rows.order_by("-made_at", "-pk")


def doers(scope: Scope, unit: OrgUnit) -> QuerySet[User]:
    """People of the unit, of those above and of those below whose role keeps promises."""
    roles = [role for role, rights in ROLES.items() if "promises.edit" in rights]
    places = Q(memberships__unit__in=unit.lineage_ids) | Q(memberships__unit__path__startswith=unit.path)
    return (
        User.objects.filter(places, is_active=True, memberships__role__in=roles)
        .distinct()
        .order_by("name", "username")
    )


@dataclass(frozen=True, slots=True)
class KeptRate:
    """Of promises due in a time: the share kept in time with Wilson's interval, and what is beside it."""

    of: Any
    rate: Estimate
    kept: int
    kept_late: int
    broken: int
    overdue: int
    withdrawn: int


def _due(scope: Scope, unit: OrgUnit | None, since: datetime, until: datetime) -> QuerySet[Promise]:
    rows: QuerySet[Promise] = scope.limit(Promise.objects.all(), "results.read")
    rows = rows.filter(due_at__gte=since, due_at__lt=until)
    return rows if unit is None else rows.filter(unit__in=subtree(unit))


_COUNTS = {
    "kept": Count("pk", filter=_KEPT),
    "kept_late": Count("pk", filter=Q(state=State.KEPT, done_at__gt=F("due_at"))),
    "broken": Count("pk", filter=Q(state=State.BROKEN)),
    "overdue": Count("pk", filter=Q(state=State.OPEN)),
    "withdrawn": Count("pk", filter=Q(state=State.WITHDRAWN)),
}


def _rated(of: Any, row: Mapping[str, Any]) -> KeptRate:
    counts = {name: row[name] for name in _COUNTS}
    judged = sum(n for name, n in counts.items() if name != "withdrawn")
    return KeptRate(of=of, rate=wilson(counts["kept"], judged), **counts)


def kept_promises(
    scope: Scope, unit: OrgUnit | None, since: datetime, until: datetime, *, kind: str = ""
) -> KeptRate:
    """Right `results.read`, of one `kind` or all (''). Promises of the unit and below (None: all in sight) due from `since`, before `until`.

    `until` is not later than now. Kept is what was done by its due time; kept late, broken and still open count
    as not kept; withdrawn ones are left out.
    """
    rows = _due(scope, unit, since, until)
    return _rated(unit, (rows.filter(kind=kind) if kind else rows).aggregate(**_COUNTS))


def kept_rate(scope: Scope, unit: OrgUnit | None, since: datetime, until: datetime) -> Estimate:
    """The share (0–1) of :func:`kept_promises`, with n and Wilson's interval."""
    return kept_promises(scope, unit, since, until).rate


def kept_by_unit(scope: Scope, unit: OrgUnit | None, since: datetime, until: datetime) -> list[KeptRate]:
    """One for each unit that made promises, in the order of the units' tree."""
    rows: Iterable[Any] = _due(scope, unit, since, until).values("unit").annotate(**_COUNTS).order_by()
    units = OrgUnit.objects.in_bulk([row["unit"] for row in rows])
    return [_rated(units[row["unit"]], row) for row in sorted(rows, key=lambda r: units[r["unit"]].path)]


def kept_by_person(scope: Scope, unit: OrgUnit | None, since: datetime, until: datetime) -> list[KeptRate]:
    """One for each person who had promises to keep, those with most first."""
    rows: Iterable[Any] = _due(scope, unit, since, until).values("owner").annotate(**_COUNTS).order_by()
    people = User.objects.in_bulk([row["owner"] for row in rows])
    rated = [_rated(people[row["owner"]], row) for row in rows]
    return sorted(rated, key=lambda r: (-r.rate.n, r.of.get_full_name()))
