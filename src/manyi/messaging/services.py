"""Queuing mail, sending what is due, and noting what came back.

These functions check no right: whoever queues a mail has checked the right to do what the mail is about.
"""

from __future__ import annotations

import logging
import smtplib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.messaging.bounces import Bounce, address_failed
from manyi.messaging.models import Attachment, OutgoingMail
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.web.errors import Refused

log = logging.getLogger(__name__)
State = OutgoingMail.State

MAX_ATTEMPTS = 5
#: Minutes to wait after the 1st, 2nd, … failed attempt.
BACK_OFF = (1, 5, 30, 120)
#: A mail still 'sending' after this long belonged to a worker that died.
LEASE = timedelta(minutes=15)
#: All files of one mail together; many servers take no more than ten megabytes, and a third is lost to encoding.
MAX_ATTACHED_BYTES = 7 * 1024 * 1024
HEADERS = frozenset({"List-Unsubscribe", "List-Unsubscribe-Post", "Reply-To", "In-Reply-To", "References"})


class MailRefused(Refused):
    """A mail that must not be queued; the message says which part is wrong."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address. `headers` may hold only those of HEADERS."""

    reference: str
    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach: its name as the receiver sees it, media type and content."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sending:
    """What one call of `send_batch` did."""

    sent: int = 0
    bounced: int = 0
    failed: int = 0
    postponed: int = 0


def _checked(mail: Mail) -> None:
    """Refuse line breaks in anything that becomes a header, unknown headers and impossible addresses."""
    for name, value in {"To": mail.to, "Subject": mail.subject, **mail.headers}.items():
        if any(sign in value for sign in "\r\n\0"):
            raise MailRefused(_("%(name)s holds a line break: %(value)r") % {"name": name, "value": value})
    unknown = sorted(set(mail.headers) - HEADERS)
    if unknown:
        raise MailRefused(_("Header %(name)s may not be set.") % {"name": unknown[0]})
    try:
        validate_email(mail.to)
    except ValidationError as error:
        raise MailRefused(_("“%(value)s” is no e-mail address.") % {"value": mail.to}) from error


def _row(mail: Mail, *, domain: str, not_before: datetime, at: datetime) -> OutgoingMail:
    _checked(mail)
    return OutgoingMail(
        reference=mail.reference,
        message_id=f"<{uuid.uuid4().hex}@{domain}>",
        to=mail.to,
        subject=mail.subject[:300],
        text=mail.text,
        html=mail.html,
        headers=dict(mail.headers),
        not_before=not_before,
        created_at=at,
    )


def queue_mail(
    scope: Scope,
    *,
    reference: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    files: Sequence[File] = (),
    not_before: datetime,
    at: datetime,
) -> OutgoingMail:
    """The mail of this reference: queued now, or the one that was queued before. Raises MailRefused.

    `files` go with it, together at most MAX_ATTACHED_BYTES.
    """
    _check_files(files)
    known = OutgoingMail.objects.filter(reference=reference).first()
    if known is not None:
        return known
    mail = Mail(reference, to, subject, text, html, headers or {})
    with transaction.atomic():
        queue_mails(scope, mails=[mail], not_before=not_before, at=at)
        # Locked, so that of two who queue the same mail at once only one attaches its files.
        row = OutgoingMail.objects.select_for_update().get(reference=reference)
        if not row.attachments.exists():
            for file in files:
                Attachment.objects.create(
                    mail=row, name=file.name, content_type=file.content_type, size=len(file.content),
                    file=ContentFile(file.content, f"{uuid.uuid4().hex}{PurePath(file.name).suffix}"),
                )  # fmt: skip
    return row


def _check_files(files: Sequence[File]) -> None:
    """Refuse files that are too large, have no plain name or one name twice."""
    if sum(len(file.content) for file in files) > MAX_ATTACHED_BYTES:
        raise MailRefused(
            _("The files of a mail may have %(most)d MB together.") % {"most": MAX_ATTACHED_BYTES // 1024**2}
        )
    names = [file.name for file in files]
    for name in names:
        if (
            not name
            or len(name) > 120
            or PurePath(name).name != name
            or any(sign in name for sign in "\r\n\0\\")
        ):
            raise MailRefused(_("%(name)r is no name for a file of a mail.") % {"name": name})
    if len(set(names)) < len(names):
        raise MailRefused(_("Two files of a mail have the same name."))


def queue_mails(scope: Scope, *, mails: Iterable[Mail], not_before: datetime, at: datetime) -> None:
    """Queue many; references that are known already are left as they are. Raises MailRefused for any bad one."""
    domain = parseaddr(_sender())[1].rpartition("@")[2] or "localhost"
    rows = [_row(mail, domain=domain, not_before=not_before, at=at) for mail in mails]
    OutgoingMail.objects.bulk_create(rows, batch_size=200, ignore_conflicts=True)


def withdraw_mails(scope: Scope, *, references: Iterable[str]) -> int:
    """Delete mails that have not begun to leave; returns how many."""
    names = list(references)
    gone = 0
    for start in range(0, len(names), 500):
        waiting = OutgoingMail.objects.filter(reference__in=names[start : start + 500], state=State.QUEUED)
        discard_files(waiting.filter(attachments__isnull=False).values_list("pk", flat=True))
        gone += waiting.delete()[0]
    return gone


def _sender() -> str:
    return organisation().mail_from or settings.DEFAULT_FROM_EMAIL


def loop_mark() -> str:
    """The X-Loop header of our mails, by which one that comes back is known."""
    return f"manyi@{urlsplit(settings.BASE_URL).hostname or 'localhost'}"


def _message(row: OutgoingMail, sender: str, connection: Any) -> EmailMultiAlternatives:
    """The envelope sender (the later Return-Path) is the bounce address, From is the organisation's."""
    message = EmailMultiAlternatives(
        subject=row.subject,
        body=row.text,
        from_email=settings.BOUNCE_ADDRESS or sender,
        to=[row.to],
        headers={
            "From": sender,
            "Message-ID": row.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            "X-Loop": loop_mark(),
            **row.headers,
        },
        connection=connection,
    )
    if row.html:
        message.attach_alternative(row.html, "text/html")
    for attachment in row.attachments.order_by("pk"):
        with attachment.file.open("rb") as file:
            message.attach(attachment.name, file.read(), attachment.content_type)
    return message


def discard_files(mails: Iterable[int]) -> None:
    """Delete the files of mails that will not be sent (again)."""
    for attachment in Attachment.objects.filter(mail__in=list(mails)):
        attachment.file.delete(save=False)
        attachment.delete()


def recover_stuck(*, at: datetime) -> int:
    """Queue again what a dead worker left 'sending'.

    Whether the server took such a mail cannot be known. It is sent again under the same Message-ID: receivers
    that know it drop the second copy, and a second copy harms less than an invitation that never came. As each
    mail is claimed just before it is sent, a crash leaves one mail per worker in doubt.
    """
    return OutgoingMail.objects.filter(state=State.SENDING, not_before__lte=at).update(state=State.QUEUED)


def send_batch(*, limit: int, at: datetime) -> Sending:
    """Send up to `limit` due mails through one connection.

    Each row is claimed by a conditional update just before it leaves, so two workers never send the same one.
    When the server cannot be reached or refuses us (not the recipient), nothing more is claimed and no mail
    loses an attempt: smtplib.SMTPException or OSError is raised for the operator to see.
    """
    due = OutgoingMail.objects.filter(state=State.QUEUED, not_before__lte=at).order_by("not_before", "pk")
    ids = list(due.values_list("pk", flat=True)[:limit])
    counts = {"sent": 0, "bounced": 0, "failed": 0, "postponed": 0}
    if not ids:
        return Sending()
    sender = _sender()
    connection = get_connection()
    connection.open()
    try:
        for pk in ids:
            outcome = _send_one(pk, sender, connection, at)
            if outcome:
                counts[outcome] += 1
    finally:
        try:
            connection.close()
        except (OSError, smtplib.SMTPException):
            log.warning("the mail server broke the connection off")
    return Sending(**counts)


def _send_one(pk: int, sender: str, connection: Any, at: datetime) -> str:
    """Claim and send one row; returns what became of it, or '' when another worker had it."""
    claimed = OutgoingMail.objects.filter(pk=pk, state=State.QUEUED, not_before__lte=at).update(
        state=State.SENDING, attempts=F("attempts") + 1, not_before=at + LEASE
    )
    if not claimed:
        return ""
    row = OutgoingMail.objects.get(pk=pk)
    try:
        message = _message(row, sender, connection)
    except FileNotFoundError as error:
        return _fail(row, f"attachment is missing: {error.filename}")
    try:
        message.send()
    except (smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
        _requeue(row, at, "")
        raise
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()), (450, b""))
        return _refused(row, code, text, at)
    except smtplib.SMTPResponseException as error:
        return _refused(row, error.smtp_code, error.smtp_error, at)
    except (smtplib.SMTPException, OSError) as error:
        # The connection is gone; whether this mail got through is unknown, so it counts as an attempt.
        outcome = _postpone(row, f"{type(error).__name__}: {error}", at)
        connection.connection = None
        connection.open()
        return outcome
    OutgoingMail.objects.filter(pk=pk, state=State.SENDING).update(
        state=State.SENT, sent_at=at, text="", html="", headers={}, error=""
    )
    discard_files([pk])
    return "sent"


def _fail(row: OutgoingMail, error: str) -> str:
    """Give a claimed mail up."""
    OutgoingMail.objects.filter(pk=row.pk, state=State.SENDING).update(
        state=State.FAILED, text="", html="", headers={}, error=error[:500]
    )
    discard_files([row.pk])
    return "failed"


def _requeue(row: OutgoingMail, at: datetime, error: str) -> None:
    """Give a claimed mail back without counting the attempt."""
    OutgoingMail.objects.filter(pk=row.pk, state=State.SENDING).update(
        state=State.QUEUED, not_before=at, attempts=F("attempts") - 1, error=error
    )


def _postpone(row: OutgoingMail, error: str, at: datetime) -> str:
    if row.attempts >= MAX_ATTEMPTS:
        return _fail(row, error)
    wait = timedelta(minutes=BACK_OFF[row.attempts - 1])
    OutgoingMail.objects.filter(pk=row.pk, state=State.SENDING).update(
        state=State.QUEUED, not_before=at + wait, error=error[:500]
    )
    return "postponed"


def _refused(row: OutgoingMail, code: int, text: bytes | str, at: datetime) -> str:
    """An answer of the server about this mail: 4xx is tried again, 5xx is a bounce."""
    reason = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if code < 500:
        return _postpone(row, f"{code} {reason}", at)
    note_bounce(
        Scope.system("mail refused at sending"),
        mail=row,
        bounce=Bounce.from_reply(code, reason, row.to),
        at=at,
    )
    return "bounced"


@transaction.atomic
def note_bounce(scope: Scope, *, mail: OutgoingMail, bounce: Bounce, at: datetime) -> bool:
    """Mark a mail as not delivered and tell the others; once per mail. Returns whether this was news.

    The event's `permanent` says that the address itself does not work (RFC 3463 class 5.1, disabled or moved
    mailboxes), as against a full mailbox or a policy, after which one may write again.
    """
    changed = (
        OutgoingMail.objects.filter(pk=mail.pk)
        .exclude(state__in=[State.BOUNCED])
        .update(state=State.BOUNCED, text="", html="", headers={}, error=bounce.reason[:500])
    )
    if changed:
        discard_files([mail.pk])
        publish(
            scope,
            catalogue.MailBounced(
                subject_id=str(mail.pk), reference=mail.reference, permanent=address_failed(bounce)
            ),
            at=at,
        )
    return bool(changed)


def mail_of_bounce(bounce: Bounce) -> OutgoingMail | None:
    """The mail a bounce is about, by our Message-ID.

    The address alone is not enough: a forged report could then silence any contact whose address is known.
    """
    return OutgoingMail.objects.filter(message_id__in=bounce.message_ids).first()
