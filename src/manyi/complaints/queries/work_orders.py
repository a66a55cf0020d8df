"""Work orders of a complaint, of a unit, of a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from manyi.complaints.models import OPEN_ORDERS, Complaint, WorkOrder
from manyi.complaints.queries.cases import visible
from manyi.people.models import BusinessCalendar
from manyi.people.queries_calendars import counting
from manyi.people.services_calendars import shipped
from manyi.scope import Scope

RELATED = ("complaint", "complaint__unit", "unit", "user", "created_by", "accepted_by", "after", "result")


def work_orders(scope: Scope) -> QuerySet[WorkOrder]:
    """Orders of the complaints the reader sees, by due time."""
    rows = WorkOrder.objects.select_related(*RELATED).order_by(F("due_at").asc(nulls_last=True), "pk")
    units = scope.units_for("complaints.read")
    if units is None and scope.may("complaints.read"):
        return rows
    if not units:
        return rows.none()
    return rows.filter(Q(unit__in=units) | Q(complaint__in=visible(scope).values("pk")))


def to_do(scope: Scope, *, mine: bool = False) -> QuerySet[WorkOrder]:
    """Open orders for the units the reader works in (right `complaints.handle`); `mine`: for the reader alone,
    or for nobody in particular.
    """
    rows = scope.limit(WorkOrder.objects.select_related(*RELATED), "complaints.handle")
    rows = rows.filter(state__in=[WorkOrder.State.SENT, WorkOrder.State.ACCEPTED])
    if mine:
        rows = rows.filter(Q(user=scope.user_id) | Q(user=None))
    return rows.order_by(F("due_at").asc(nulls_last=True), "pk")  # type: ignore[no-any-return]


def ended(scope: Scope) -> QuerySet[WorkOrder]:
    """Orders of the reader's units that ended, newest first."""
    rows = scope.limit(WorkOrder.objects.select_related(*RELATED), "complaints.handle")
    return rows.exclude(state__in=OPEN_ORDERS).order_by("-ended_at", "-pk")  # type: ignore[no-any-return]


def returned(scope: Scope) -> QuerySet[WorkOrder]:
    """Orders that came back and that nobody has sent again or let go, for those who dispatch; oldest first."""
    rows = WorkOrder.objects.select_related(*RELATED).filter(state=WorkOrder.State.RETURNED, replacement=None)
    if not scope.may("complaints.dispatch"):
        return rows.none()
    units = scope.units_for("complaints.dispatch")
    if units is not None:
        rows = rows.filter(Q(complaint__unit__in=units) | Q(complaint__handler_unit__in=units))
    return rows.order_by("ended_at")


def of_complaint(complaint: Complaint) -> list[WorkOrder]:
    """All orders of a complaint the caller found through `cases.visible`, in order, evidence fetched."""
    rows = complaint.work_orders.select_related(
        "unit", "user", "created_by", "accepted_by", "after", "result"
    )
    return list(rows.select_related("replacement").prefetch_related("result__attachments"))


#: Time limits offered: code → how much open time of the standard calendar; 'd' are working days.
LIMITS: dict[str, int] = {"h2": 2, "h4": 4, "d1": 1, "d2": 2, "d3": 3, "d5": 5}


def due_after(limit: str, *, at: datetime) -> datetime:
    """When a time limit of LIMITS that starts now is over, in business time of the standard calendar."""
    row = BusinessCalendar.objects.order_by("pk").first() or shipped()[0]
    calendar = counting(row)
    unit = timedelta(hours=1) if limit.startswith("h") else calendar.workday
    return calendar.add(at, LIMITS[limit] * unit)
