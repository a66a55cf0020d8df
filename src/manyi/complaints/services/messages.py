"""Words between us and the complainant: sent, received, and the mail at each step.

Whatever goes out is queued in the outbox in the same transaction; a complainant without an address simply gets
none, and finds messages on the status page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints import customer_mail
from manyi.complaints.clock import Kind
from manyi.complaints.models import Channel, Complaint, Message
from manyi.complaints.queries import clocks as clock_queries
from manyi.complaints.queries import messages as queries
from manyi.complaints.services import cases, clocks
from manyi.complaints.services.attachments import attach
from manyi.messaging.letters import clean
from manyi.messaging.mailboxes import address_for
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import MailRefused, queue_mail
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.web.errors import Refused

MOST_TEXT = 20_000
#: The shipped reason of a pause that a word of the complainant ends.
WAITING_FOR_CUSTOMER = "customer"
#: The sender's name of a file, and its content.
Upload: TypeAlias = "tuple[str, bytes | File[Any]]"


@transaction.atomic
def send(
    scope: Scope,
    *,
    complaint: Complaint,
    text: str,
    at: datetime,
    files: Iterable[Upload] = (),
    answers: bool = True,
) -> Message:
    """Write to the complainant: on the status page, and by mail where there is an address.

    `answers` says that it is an answer on the matter (the respond clock stops); otherwise it only keeps in
    touch. Raises Refused, NotAllowed.
    """
    cases.require_work_on(scope, complaint)
    message = _stored(scope, complaint, text, at, Message.Direction.OUT, Channel.WEB, files)
    mail = _queue(
        scope, complaint, "message", message.pk, at, words=message.text, files=message.attachments.count()
    )
    if mail is not None:
        message.channel, message.mail_reference = Channel.MAIL, mail.message_id
        message.save(update_fields=["channel", "mail_reference"])
    cases.note_change(scope, complaint, "message", at=at, detail=Message.Direction.OUT)
    if answers:
        cases.respond(scope, complaint=complaint, at=at)
    else:
        cases.acknowledge(scope, complaint=complaint, at=at)
        clocks.record(scope, complaint=complaint, kind="contacted", at=at)
    return message


@transaction.atomic
def receive(
    scope: Scope,
    *,
    complaint: Complaint,
    text: str,
    at: datetime,
    channel: str,
    mail_reference: str = "",
    files: Iterable[Upload] = (),
) -> Message:
    """A word of the complainant, from the status page or a mail; the same mail is stored once. Clocks that wait
    for the complainant go on. Raises Refused.
    """
    if mail_reference:
        known = complaint.messages.filter(mail_reference=mail_reference).first()
        if known is not None:
            return known
    message = _stored(scope, complaint, text, at, Message.Direction.IN, channel, files, mail_reference)
    cases.note_change(scope, complaint, "message", at=at, detail=Message.Direction.IN)
    pause = clock_queries.pause_of(complaint)
    if pause is not None and pause.reason == WAITING_FOR_CUSTOMER:
        clocks.record(scope, complaint=complaint, kind=Kind.RESUMED, at=at)
    return message


def _stored(
    scope: Scope,
    complaint: Complaint,
    text: str,
    at: datetime,
    direction: str,
    channel: str,
    files: Iterable[Upload],
    mail_reference: str = "",
) -> Message:
    text, files = clean(text), list(files)
    if not text.strip() and not files:
        raise Refused(_("The message is empty."))
    if len(text) > MOST_TEXT:
        raise Refused(_("The message is too long: at most %(most)s characters.") % {"most": MOST_TEXT})
    message = complaint.messages.create(
        direction=direction,
        channel=channel,
        author_id=scope.user_id,
        at=at,
        text=text.strip(),
        mail_reference=mail_reference[:200],
    )
    for name, content in files:
        attach(scope, complaint=complaint, name=name, content=content, message=message, at=at)
    return message


@transaction.atomic
def acknowledge_by_phone(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """Somebody of ours has told the complainant, by other means than mail, that we have the complaint."""
    cases.require_work_on(scope, complaint)
    cases.acknowledge(scope, complaint=complaint, at=at)


@transaction.atomic
def tell_received(scope: Scope, *, complaint: Complaint, event_id: int, at: datetime) -> bool:
    """Acknowledge by mail; whether there was an address. Without one the acknowledgement stays due."""
    if not _may_tell(complaint) or not queries.address_of(complaint):
        return False
    cases.acknowledge(scope, complaint=complaint, at=at)
    return _queue(scope, complaint, "received", event_id, at) is not None


@transaction.atomic
def tell(scope: Scope, *, complaint: Complaint, step: str, event_id: int, at: datetime) -> bool:
    """Queue the mail of a step once per event; whether there was somebody to tell."""
    if not _may_tell(complaint):
        return False
    words = complaint.resolution if step in ("resolved", "closed") else ""
    return _queue(scope, complaint, step, event_id, at, words=words) is not None


def _may_tell(complaint: Complaint) -> bool:
    """Complaints taken over from another system were answered there."""
    return complaint.channel != Channel.IMPORT


def _queue(
    scope: Scope, complaint: Complaint, step: str, key: int, at: datetime, *, words: str = "", files: int = 0
) -> OutgoingMail | None:
    to = queries.address_of(complaint)
    if not to:
        return None
    mail = customer_mail.compose(
        complaint,
        step=step,
        to=to,
        reference=f"complaint:{complaint.pk}:{step}:{key}",
        organisation=organisation(),
        at=at,
        words=words,
        files=files,
        reply_to=address_for(complaint.unit),
        answers=queries.conversation_ids(complaint),
    )
    try:
        return queue_mail(
            scope, reference=mail.reference, to=mail.to, subject=mail.subject, text=mail.text, html=mail.html,
            headers=mail.headers, not_before=at, at=at,
        )  # fmt: skip
    except MailRefused:
        return None  # an address nobody can write to is like none: the panel shows that the phone is due


@transaction.atomic
def note_bounced(scope: Scope, *, reference: str, at: datetime) -> None:
    """A mail about a complaint came back: an internal note asks to use another way."""
    complaint_id = reference.split(":")[1]
    complaint = Complaint.objects.filter(pk=complaint_id).first() if complaint_id.isdigit() else None
    if complaint is not None:
        mail = OutgoingMail.objects.filter(reference=reference).first()
        text = _("The mail to %(address)s did not arrive: %(reason)s. Please use another way.") % {
            "address": mail.to if mail else "–",
            "reason": (mail.error if mail else "") or "–",
        }
        complaint.notes.create(author=None, at=at, text=text)
        cases.note_change(scope, complaint, "note", at=at)
