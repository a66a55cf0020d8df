"""Improvement requests in sight: of the units that sent them and of those they were sent to."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from manyi.complaints.models import ImprovementRequest
from manyi.scope import Scope


def visible(scope: Scope) -> QuerySet[ImprovementRequest]:
    rows = ImprovementRequest.objects.select_related("unit", "to_unit", "problem", "sent_by")
    if not scope.may("complaints.read"):
        return rows.none()
    units = scope.units_for("complaints.read")
    return rows if units is None else rows.filter(Q(unit__in=units) | Q(to_unit__in=units))


def listed(scope: Scope, *, state: str = "open", way: str = "all") -> QuerySet[ImprovementRequest]:
    """Newest first. `state`: 'open' (sent or accepted), one of the states, or 'all'; `way`: 'in', 'out', 'all'."""
    rows = visible(scope)
    units = scope.units_for("complaints.read") if scope.may("complaints.read") else frozenset()
    if way == "in" and units is not None:
        rows = rows.filter(to_unit__in=units)
    elif way == "out" and units is not None:
        rows = rows.filter(unit__in=units)
    if state == "open":
        rows = rows.filter(state__in=[ImprovementRequest.State.SENT, ImprovementRequest.State.ACCEPTED])
    elif state in ImprovementRequest.State.values:
        rows = rows.filter(state=state)
    return rows.order_by("-sent_at", "-pk")


def may_answer(scope: Scope, row: ImprovementRequest) -> bool:
    return scope.may("complaints.handle", row.to_unit_id) or scope.may("complaints.approve", row.to_unit_id)
