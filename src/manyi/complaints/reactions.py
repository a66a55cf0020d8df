"""What complaints do when something happens elsewhere."""

from __future__ import annotations

from manyi.complaints.models import Complaint
from manyi.complaints.services import roles, routing, work_orders
from manyi.events.catalogue import ComplaintChanged, ComplaintReceived, UserChanged
from manyi.events.models import Event
from manyi.events.services import react
from manyi.people.models import User
from manyi.scope import Scope


@react(UserChanged)
def pass_on_what_a_departed_user_held(event: Event) -> None:
    """So that no complaint stays with somebody who can no longer sign in."""
    user = User.objects.filter(pk=event.subject_id, is_active=False).first()
    if user is not None:
        roles.pass_on(Scope.system("user can no longer sign in"), user=user, at=event.at)


@react(ComplaintChanged)
def end_work_orders_of_an_ended_complaint(event: Event) -> None:
    """Nobody should go on working for a complaint that was withdrawn or closed."""
    if event.payload["change"] in ("withdrawn", "closed"):
        complaint = Complaint.objects.get(pk=event.subject_id)
        if not complaint.is_open:
            reason = str(complaint.get_state_display())
            work_orders.end_all(
                Scope.system("complaint ended"), complaint=complaint, reason=reason, at=event.at
            )


@react(ComplaintReceived)
def route_a_new_complaint(event: Event) -> None:
    complaint = Complaint.objects.get(pk=event.subject_id)
    routing.apply(Scope.system("routing rules"), complaint=complaint, at=event.at)
