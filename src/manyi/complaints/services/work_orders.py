"""Work orders are sent, accepted, returned, done, cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from manyi.complaints import search
from manyi.complaints.lifecycle import State
from manyi.complaints.models import OPEN_ORDERS, Assignment, CaseRole, Complaint, WorkOrder
from manyi.complaints.queries import roles
from manyi.complaints.services import attachments
from manyi.complaints.services import cases as case_services
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

Orders = WorkOrder.State


def _publish(scope: Scope, order: WorkOrder, change: str, at: datetime) -> None:
    publish(
        scope,
        catalogue.WorkOrderChanged(
            subject_id=str(order.complaint_id),
            unit_id=order.complaint.unit_id,
            change=change,
            order_id=order.pk,
            to_unit_id=order.unit_id,
            user_id=order.user_id,
        ),
        at=at,
    )


def _move(order: WorkOrder, before: Iterable[str], after: str, **fields: Any) -> None:
    """Compare-and-set. Raises Refused when the order is not in one of the states `before`."""
    if not WorkOrder.objects.filter(pk=order.pk, state__in=list(before)).update(state=after, **fields):
        order.refresh_from_db()
        raise Refused(
            _("Work order %(number)s is “%(state)s”; this cannot be done with it now.")
            % {"number": order.position, "state": order.get_state_display()}
        )
    order.refresh_from_db()


def _deliver(scope: Scope, order: WorkOrder, at: datetime) -> None:
    """It is somebody's turn: from now on they see the complaint."""
    order.assignment = order.complaint.assignments.create(
        role=CaseRole.WORKER, unit=order.unit, user=order.user, since=at
    )
    order.save(update_fields=["assignment"])
    search.put(order.complaint)
    _publish(scope, order, "sent", at)


def _end_assignment(order: WorkOrder, at: datetime) -> None:
    if order.assignment_id is not None:
        Assignment.objects.filter(pk=order.assignment_id, until=None).update(until=at)


@transaction.atomic
def send(
    scope: Scope,
    *,
    complaint: Complaint,
    unit: OrgUnit,
    instruction: str,
    at: datetime,
    user: User | None = None,
    due_at: datetime | None = None,
    after: WorkOrder | None = None,
    replaces: WorkOrder | None = None,
) -> WorkOrder:
    """Send a work order to a unit or a person of it; with `after` it waits for its turn.

    With `replaces` it stands for an order that was returned, and those that waited for that one wait for it.
    A complaint just received is being worked on from then. Raises Refused, NotAllowed.
    """
    case_services.require_work_on(scope, complaint, "complaints.dispatch")
    complaint.refresh_from_db(from_queryset=Complaint.objects.select_for_update(of=("self",)))
    if complaint.state not in (State.RECEIVED, State.WORKING):
        raise Refused(
            _("Complaint %(number)s is “%(state)s”: open it again before you send a work order.")
            % {"number": complaint.number, "state": complaint.get_state_display()}
        )
    if not instruction.strip():
        raise Refused(_("Say what is to be done."))
    if not unit.active:
        raise Refused(_("Org unit “%(unit)s” is not active.") % {"unit": unit})
    if user is not None and not roles.workers(unit).filter(pk=user.pk).exists():
        raise Refused(
            _("%(person)s does not work on complaints of “%(unit)s”.")
            % {"person": user.get_full_name(), "unit": unit}
        )
    if due_at is not None and due_at <= at:
        raise Refused(_("The time limit must lie in the future."))
    if after is not None and after.complaint_id != complaint.pk:
        raise Refused(_("A sequence stays within one complaint."))
    if replaces is not None and (replaces.complaint_id != complaint.pk or replaces.state != Orders.RETURNED):
        raise Refused(_("Only a work order that was returned can be sent again."))
    waits = after is not None and after.state != Orders.DONE
    last = complaint.work_orders.aggregate(last=Max("position"))["last"] or 0
    order = complaint.work_orders.create(
        position=last + 1,
        unit=unit,
        user=user,
        instruction=instruction.strip(),
        due_at=due_at,
        after=after,
        replaces=replaces,
        state=Orders.WAITING if waits else Orders.SENT,
        created_by_id=scope.user_id,
        created_at=at,
        sent_at=None if waits else at,
    )
    if replaces is not None:
        replaces.followers.exclude(pk=order.pk).update(after=order)
    if complaint.state == State.RECEIVED:
        case_services.move(scope, complaint, State.WORKING, at=at)
    if not waits:
        _deliver(scope, order, at)
    return order


def require_order(scope: Scope, order: WorkOrder) -> None:
    """Raise NotAllowed unless the person works on complaints of the unit that has the order."""
    if not scope.may("complaints.handle", order.unit_id):
        raise NotAllowed("complaints.handle")


@transaction.atomic
def accept(scope: Scope, *, order: WorkOrder, at: datetime) -> None:
    """The unit takes it on; whoever accepts an order to the whole unit has it from then."""
    require_order(scope, order)
    fields: dict[str, Any] = {"accepted_at": at, "accepted_by_id": scope.user_id}
    if order.user_id is None and scope.user_id is not None:
        fields["user_id"] = scope.user_id
    _move(order, [Orders.SENT], Orders.ACCEPTED, **fields)
    _publish(scope, order, "accepted", at)


@transaction.atomic
def send_back(scope: Scope, *, order: WorkOrder, reason: str, at: datetime) -> None:
    """Return it (退单) to whoever dispatches, with the reason. Raises Refused without one."""
    require_order(scope, order)
    if not reason.strip():
        raise Refused(_("Say why you return the work order."))
    _move(order, [Orders.SENT, Orders.ACCEPTED], Orders.RETURNED, ended_at=at, reason=reason.strip()[:300])
    _end_assignment(order, at)
    _publish(scope, order, "returned", at)


@transaction.atomic
def finish(
    scope: Scope,
    *,
    order: WorkOrder,
    result: str,
    at: datetime,
    evidence: Iterable[File[Any]] = (),
) -> None:
    """Done, with what came out and the files that show it. Those that waited for it are sent now.

    Raises Refused without a result, or naming the file that is not taken.
    """
    require_order(scope, order)
    if not result.strip():
        raise Refused(_("Say what came out."))
    _move(order, [Orders.SENT, Orders.ACCEPTED], Orders.DONE, ended_at=at)
    note = order.complaint.notes.create(author_id=scope.user_id, at=at, text=result.strip())
    WorkOrder.objects.filter(pk=order.pk).update(result=note)
    order.refresh_from_db()
    # The worker's unit need not be one the complaint belongs to; the right was checked on the order.
    by = Scope.system("evidence of a work order")
    for file in evidence:
        attachments.attach(
            by, complaint=order.complaint, note=note, name=file.name or "", content=file, at=at
        )
    _end_assignment(order, at)
    _publish(scope, order, "done", at)
    for follower in order.followers.filter(state=Orders.WAITING):
        _move(follower, [Orders.WAITING], Orders.SENT, sent_at=at)
        _deliver(scope, follower, at)


@transaction.atomic
def cancel(scope: Scope, *, order: WorkOrder, reason: str, at: datetime) -> None:
    """Take it back; also the way to let go of one that was returned. Followers are cancelled with it."""
    case_services.require_work_on(scope, order.complaint, "complaints.dispatch")
    open_or_returned = [Orders.WAITING, Orders.SENT, Orders.ACCEPTED, Orders.RETURNED]
    kept = order.reason if order.state == Orders.RETURNED and not reason.strip() else reason.strip()[:300]
    _move(order, open_or_returned, Orders.CANCELLED, ended_at=at, reason=kept)
    _end_assignment(order, at)
    _publish(scope, order, "cancelled", at)
    for follower in order.followers.filter(state=Orders.WAITING):
        cancel(scope, order=follower, reason=reason, at=at)


def end_all(scope: Scope, *, complaint: Complaint, reason: str, at: datetime) -> int:
    """Cancel what is still open, because the complaint has ended; returns how many."""
    ended = 0
    for order in complaint.work_orders.filter(state__in=OPEN_ORDERS):
        order.refresh_from_db()  # one that waited for a cancelled one went with it
        if order.is_open:
            cancel(scope, order=order, reason=reason, at=at)
            ended += 1
    return ended
