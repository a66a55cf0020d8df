"""What complaints do when mail comes in or comes back, and which steps are told to the complainant."""

from __future__ import annotations

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint
from manyi.complaints.services import mail_in, messages
from manyi.events.catalogue import (
    ComplaintChanged,
    ComplaintClosed,
    ComplaintReceived,
    ComplaintReopened,
    MailBounced,
    MailReceived,
)
from manyi.events.models import Event
from manyi.events.services import react
from manyi.messaging.models import IncomingMail
from manyi.scope import Scope

TELLING = Scope.system("step told to the complainant")


def _complaint(event: Event) -> Complaint:
    return Complaint.objects.select_related("unit", "contact").get(pk=event.subject_id)


@react(MailReceived)
def take_up_mail(event: Event) -> None:
    mail = IncomingMail.objects.select_related("unit").get(pk=event.subject_id)
    mail_in.take_up(Scope.system("mail to the complaints mailbox"), mail=mail, at=event.at)


@react(MailBounced)
def note_bounced_mail(event: Event) -> None:
    if event.payload["reference"].startswith("complaint:"):
        messages.note_bounced(Scope.system("bounced mail"), reference=event.payload["reference"], at=event.at)


@react(ComplaintReceived)
def acknowledge_receipt(event: Event) -> None:
    messages.tell_received(TELLING, complaint=_complaint(event), event_id=event.pk, at=event.at)


@react(ComplaintChanged)
def tell_change(event: Event) -> None:
    """Steps that another mail tells already, or that were overtaken meanwhile, have none of their own."""
    step = event.payload["change"]
    if step not in ("started", "responded", "resolved", "withdrawn"):
        return
    complaint = _complaint(event)
    overtaken = {
        "started": complaint.state != State.WORKING,
        "responded": complaint.resolved_at == event.at
        or complaint.messages.filter(direction="out", at=event.at).exists(),
        "resolved": complaint.state != State.RESOLVED,
        "withdrawn": complaint.state != State.WITHDRAWN,
    }
    if not overtaken[step]:
        messages.tell(TELLING, complaint=complaint, step=step, event_id=event.pk, at=event.at)


@react(ComplaintClosed)
def tell_closed(event: Event) -> None:
    messages.tell(TELLING, complaint=_complaint(event), step="closed", event_id=event.pk, at=event.at)


@react(ComplaintReopened)
def tell_reopened(event: Event) -> None:
    messages.tell(TELLING, complaint=_complaint(event), step="reopened", event_id=event.pk, at=event.at)
