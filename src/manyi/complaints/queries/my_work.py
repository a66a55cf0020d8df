"""What waits for one person, from every corner of the complaint process, in the order to do it in.

The order: overdue before due today before due this week before the rest; within each, the more severe first,
then the earlier time limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from manyi.complaints.lifecycle import OPEN, State
from manyi.complaints.models import Complaint, Severity
from manyi.complaints.queries import clocks, follow_ups, listing, problems, proposals, roles, work_orders
from manyi.complaints.queries.cases import visible
from manyi.customers.queries_promises import promises
from manyi.scope import Scope

#: Tasks read of each kind, those due first.
MOST = 100
RANK = {Severity.URGENT: 0, Severity.MAJOR: 1, Severity.ORDINARY: 2}


@dataclass(frozen=True)
class Task:
    """`kind` is a key of KINDS; `what` says what is to be done; `due` may be None (no time limit)."""

    kind: str
    what: str | Promise
    title: str
    number: str
    url: str
    due: datetime | None
    severity: str = ""

    @property
    def rank(self) -> tuple[int, bool, float, str]:
        due = self.due.timestamp() if self.due else 0.0
        return RANK.get(Severity(self.severity or "ordinary"), 2), self.due is None, due, self.number


@dataclass(frozen=True)
class Bucket:
    """Tasks of one degree of hurry: 'overdue', 'today', 'week' or 'later'."""

    name: str
    title: str | Promise
    tasks: list[Task]


#: A provider finds the tasks of one kind, at most MOST, those due first.
Provider = Callable[[Scope, datetime], list[Task]]


def of_complaint(
    kind: str, what: str | Promise, row: Complaint, due: datetime | None = None, title: str = ""
) -> Task:
    return Task(
        kind, what, title[:200] or row.title, row.number, reverse("complaint", args=[row.number]),
        due or row.next_due_at, row.severity,
    )  # fmt: skip


def _first(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    return rows.order_by(F("next_due_at").asc(nulls_last=True), "pk")[:MOST]


_STEP = {
    State.RECEIVED: _("Start work"),
    State.WORKING: _("Find a resolution"),
    State.RESOLVED: _("Close, once the customer agrees"),
}


def handled(scope: Scope, at: datetime) -> list[Task]:
    """Open complaints the reader works on."""
    rows = Complaint.objects.filter(handler=scope.user_id, state__in=OPEN)
    return [of_complaint("handler", _STEP[State(row.state)], row) for row in _first(rows)]


def owned(scope: Scope, at: datetime) -> list[Task]:
    """Open complaints the reader answers for and somebody else works on."""
    rows = Complaint.objects.filter(first_contact_owner=scope.user_id, state__in=OPEN)
    rows = rows.exclude(handler=scope.user_id)
    return [of_complaint("owner", _("Keep an eye on it; you answer for it"), row) for row in _first(rows)]


def untaken(scope: Scope, at: datetime) -> list[Task]:
    """Open complaints of the reader's units that nobody works on."""
    rows = scope.limit(visible(scope), "complaints.handle", field="handler_unit_id")
    rows = rows.filter(handler=None, state__in=[State.RECEIVED, State.WORKING])
    return [of_complaint("untaken", _("Nobody works on it: take it or give it"), row) for row in _first(rows)]


def ordered_work(scope: Scope, at: datetime) -> list[Task]:
    """Work orders for the reader, or for a unit of theirs and nobody in particular."""
    found = work_orders.to_do(scope, mine=True)[:MOST]
    return [
        of_complaint("order", _("Work order"), row.complaint, row.due_at, row.instruction) for row in found
    ]


def returned_work(scope: Scope, at: datetime) -> list[Task]:
    """Work orders that came back and have to be sent again or let go."""
    found = work_orders.returned(scope)[:MOST]
    what = _("A work order came back: send it elsewhere")
    return [of_complaint("returned", what, row.complaint, row.due_at, row.reason) for row in found]


def hand_overs(scope: Scope, at: datetime) -> list[Task]:
    """Complaints the reader is asked to answer for."""
    what = _("You are asked to answer for it: accept or decline")
    return [of_complaint("hand_over", what, row.complaint) for row in roles.hand_overs_for(scope)[:MOST]]


def approvals(scope: Scope, at: datetime) -> list[Task]:
    """Proposals that the reader may approve."""
    found = list(proposals.to_approve(scope)[:30])
    allowed = proposals.approvable(scope, found)
    what = _("Approve or refuse the proposal")
    return [of_complaint("approval", what, row.complaint) for row in found if row.pk in allowed]


def calls(scope: Scope, at: datetime) -> list[Task]:
    """Follow-ups the reader has to call, or a team of theirs."""
    found = follow_ups.visible(scope).filter(result="", due_at__lt=at + timedelta(days=7))
    units = scope.units_for("complaints.handle")
    mine = Q(caller=scope.user_id or 0)
    if scope.may("complaints.handle"):
        mine |= Q(team__isnull=False) if units is None else Q(team__in=units)
    rows = found.filter(mine).order_by("due_at", "pk")[:MOST]
    return [
        Task("follow_up", _("Call the customer"), row.complaint.title, row.complaint.number,
             reverse("follow-up", args=[row.pk]), row.due_at, row.complaint.severity)
        for row in rows
    ]  # fmt: skip


def promised(scope: Scope, at: datetime) -> list[Task]:
    """Open promises the reader made or has to keep."""
    return [
        Task("promise", _("Keep the promise"), row.text, str(row.customer or ""),
             reverse("promise", args=[row.pk]), row.due_at)
        for row in promises(scope, view="mine", at=at)[:MOST]
    ]  # fmt: skip


def actions(scope: Scope, at: datetime) -> list[Task]:
    """Actions of problems that the reader has to do."""
    return [
        Task("action", _("Do the action"), row.text, row.problem.number,
             reverse("problem", args=[row.problem.number]), _end_of(row.due_on))
        for row in problems.my_actions(scope)[:MOST]
    ]  # fmt: skip


def warned(scope: Scope, at: datetime) -> list[Task]:
    """Open complaints of others whose time limit ran out, or is about to, and that the reader was told of."""
    rows = clocks.notices(scope).filter(escalation__complaint__state__in=OPEN)
    rows = rows.exclude(escalation__complaint__handler=scope.user_id)
    rows = rows.exclude(escalation__complaint__first_contact_owner=scope.user_id)
    newest: dict[int, Task] = {}
    for row in rows[: 3 * MOST]:
        case, what = row.escalation.complaint, _("A time limit runs out: see to it")
        newest.setdefault(case.pk, of_complaint("warning", what, case, row.escalation.due_at))
    return list(newest.values())[:MOST]


def _end_of(day: date | None) -> datetime | None:
    return None if day is None else listing.start_of_day(day + timedelta(days=1))


KINDS: dict[str, tuple[str | Promise, Provider]] = {
    "handler": (_("I work on"), handled),
    "order": (_("Work orders"), ordered_work),
    "follow_up": (_("Follow-ups"), calls),
    "promise": (_("Promises"), promised),
    "approval": (_("Approvals"), approvals),
    "hand_over": (_("Hand-overs"), hand_overs),
    "returned": (_("Came back"), returned_work),
    "action": (_("Actions"), actions),
    "warning": (_("Warnings"), warned),
    "untaken": (_("Nobody’s yet"), untaken),
    "owner": (_("I answer for"), owned),
}


def tasks(scope: Scope, *, at: datetime, kind: str = "") -> list[Task]:
    """Everything that waits for the reader, or one kind of it, in the order to do it in."""
    found: list[Task] = []
    for name, (_label, provider) in KINDS.items():
        if kind in ("", name):
            found += provider(scope, at)
    return [task for bucket in buckets(found, at=at) for task in bucket.tasks]


def buckets(found: list[Task], *, at: datetime) -> list[Bucket]:
    """The tasks by hurry, empty degrees left out; days are local."""
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    tomorrow = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    degrees: list[tuple[str, Any, datetime | None]] = [
        ("overdue", _("Overdue"), at),
        ("today", _("Today"), tomorrow),
        ("week", _("Within a week"), tomorrow + timedelta(days=7)),
        ("later", _("Later, or without a time limit"), None),
    ]
    made = [Bucket(name, title, []) for name, title, _limit in degrees]
    for task in sorted(found, key=lambda task: task.rank):
        hurry = next(
            place
            for place, (_name, _title, limit) in enumerate(degrees)
            if limit is None or (task.due is not None and task.due < limit)
        )
        made[hurry].tasks.append(task)
    return [bucket for bucket in made if bucket.tasks]


def counts(found: list[Task]) -> list[tuple[str, str | Promise, int]]:
    """How many tasks of each kind there are, kinds without any left out."""
    numbers = {name: sum(task.kind == name for task in found) for name in KINDS}
    return [(name, KINDS[name][0], number) for name, number in numbers.items() if number]
