"""Findings, decisions, actions and announcements somebody may read, and the picture of the whole portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Prefetch, Q, QuerySet

from manyi.improvement.models import Action, Announcement, Decision, Finding, Task, Verification
from manyi.messaging.models import OutgoingMail
from manyi.people.models import OrgUnit
from manyi.scope import Scope

RIGHT = "improvement.read"
NEWEST = 3


def findings(scope: Scope, *, state: str = "", kind: str = "", search: str = "") -> QuerySet[Finding]:
    rows: QuerySet[Finding] = scope.limit(Finding.objects.select_related("unit", "raised_by"), RIGHT)
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    if search:
        rows = rows.filter(Q(title__icontains=search) | Q(number__icontains=search))
    return rows


def finding(scope: Scope, number: str) -> Finding:
    """Raises Finding.DoesNotExist, also for one out of sight."""
    return findings(scope).get(number=number)


def decisions(scope: Scope) -> QuerySet[Decision]:
    rows: QuerySet[Decision] = scope.limit(
        Decision.objects.select_related("unit", "decided_by", "created_by"), RIGHT
    )
    return rows.annotate(raters=Count("options__ratings__user", distinct=True))


def actions(scope: Scope, *, state: str = "", mine: bool = False, unit: str = "") -> QuerySet[Action]:
    """Actions by due date, of a unit and those below it; the latest verification of each is `action.latest[0]`
    where there is one.
    """
    rows: QuerySet[Action] = scope.limit(Action.objects.select_related("unit", "owner", "finding"), RIGHT)
    if state:
        rows = rows.filter(state=state)
    if mine:
        rows = rows.filter(owner=scope.user_id)
    if unit:
        chosen = OrgUnit.objects.filter(pk=int(unit)).first() if unit.isascii() and unit.isdigit() else None
        rows = rows.filter(unit__path__startswith=chosen.path) if chosen else rows.none()
    return rows.annotate(
        tasks_total=Count("tasks", distinct=True),
        tasks_done=Count("tasks", filter=Q(tasks__done_at__isnull=False), distinct=True),
    ).prefetch_related(Prefetch("verifications", Verification.objects.order_by("-look"), to_attr="latest"))


def tasks_of(scope: Scope) -> QuerySet[Task]:
    """Open tasks of the reader, the earliest due first."""
    return (
        Task.objects.filter(assignee=scope.user_id, done_at=None)
        .exclude(action__state__in=[Action.State.CANCELLED, Action.State.EFFECTIVE])
        .select_related("action", "action__finding")
        .order_by("due_on", "pk")
    )


def announcements(scope: Scope) -> QuerySet[Announcement]:
    rows: QuerySet[Announcement] = scope.limit(
        Announcement.objects.select_related("unit", "action", "action__finding"), RIGHT
    )
    return rows.annotate(
        told=Count("receipts"),
        asked_again=Count("receipts", filter=Q(receipts__asked_again_at__isnull=False)),
        silent=Count("receipts", filter=Q(receipts__answered_at=None, receipts__asked_again_at=None)),
        read=Count("receipts", filter=Q(receipts__read_at__isnull=False)),
        better=Count("receipts", filter=Q(receipts__better=True)),
        worse=Count("receipts", filter=Q(receipts__better=False)),
    )


def delivered(announcement: Announcement) -> dict[str, int]:
    """How many mails of an announcement have left, wait, or did not arrive: `sent`, `waiting`, `failed`."""
    keys = [f"news:{pk}" for pk in announcement.receipts.values_list("pk", flat=True)]
    states: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        mails = OutgoingMail.objects.filter(reference__in=keys[start : start + 500])
        for state, n in mails.values_list("state").annotate(n=Count("pk")).order_by():
            states[state] = states.get(state, 0) + n
    state = OutgoingMail.State
    return {
        "sent": states.get(state.SENT, 0),
        "waiting": states.get(state.QUEUED, 0) + states.get(state.SENDING, 0),
        "failed": states.get(state.FAILED, 0) + states.get(state.BOUNCED, 0),
    }


def public_announcements() -> QuerySet[Announcement]:
    """What anybody may read, newest first."""
    return Announcement.objects.filter(public=True, published_at__isnull=False)


def improvements_of(unit: OrgUnit) -> list[Mapping[str, str]]:
    """The newest NEWEST public improvements of the unit, those above and those below, for the next survey's mail."""
    near = Q(unit__in=unit.lineage_ids) | Q(unit__path__startswith=unit.path)
    return [row.we_did for row in public_announcements().filter(near)[:NEWEST]]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What was promised, what it cost, what moved. `cost` sums the actions whose cost is known."""

    actions: int
    running: int
    overdue: int
    to_verify: int
    effective: int
    not_effective: int
    cost: Decimal
    without_cost: int


def portfolio(scope: Scope, today: date, *, unit: str = "") -> Portfolio:
    rows = list(actions(scope, unit=unit).exclude(state=Action.State.CANCELLED))
    running = [a for a in rows if a.state in (Action.State.PLANNED, Action.State.DOING)]
    costs = [a.cost for a in rows if a.cost is not None]
    return Portfolio(
        actions=len(rows),
        running=len(running),
        overdue=sum(a.due_on < today for a in running),
        to_verify=sum(a.state == Action.State.DONE for a in rows),
        effective=sum(a.state == Action.State.EFFECTIVE for a in rows),
        not_effective=sum(
            bool(a.latest and a.latest[0].verdict == Verification.Verdict.NOT_EFFECTIVE)  # type: ignore[attr-defined]
            for a in rows
        ),
        cost=sum(costs, Decimal(0)),
        without_cost=len(rows) - len(costs),
    )
