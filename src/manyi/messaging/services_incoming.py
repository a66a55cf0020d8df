"""Taking mails in: each is kept raw before anything is concluded from it, once, whatever it holds.

These functions check no right: a mailbox is read by a job, and what a mail leads to is decided by the app that
opens something from it.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.messaging.bounces import parse_report
from manyi.messaging.letters import Letter, read, written_by_machine
from manyi.messaging.mailboxes import Mailbox, complaint_mailboxes
from manyi.messaging.models import IncomingMail, OutgoingMail
from manyi.messaging.services import loop_mark, mail_of_bounce, note_bounce
from manyi.people.models import OrgUnit
from manyi.people.services import organisation
from manyi.scope import Scope

log = logging.getLogger(__name__)
State, Reason = IncomingMail.State, IncomingMail.Reason
#: More mails than this within an hour from one address are taken for a loop: two machines answering each other.
MOST_PER_HOUR = 20
#: Larger ones stay in the mailbox; attachments of 25 MB make a mail of 34 MB.
MAX_MAIL_BYTES = 64 * 1024 * 1024
#: States in which a mail waits for a person.
WAITING = (State.BROKEN, State.FLAGGED, State.LOOP)


def take_in(
    scope: Scope,
    *,
    mailbox: Mailbox,
    uidvalidity: int,
    uid: int,
    raw: bytes,
    received_at: datetime,
    at: datetime,
    too_large: int = 0,
) -> IncomingMail:
    """Keep a mail and conclude what kind it is; 'mail.received' is published for those a person wrote.

    The same place (mailbox, UIDVALIDITY, UID) gives the row that is there. With `too_large` (bytes) only the
    header is in `raw`. What cannot be read is kept with the state BROKEN, never refused.
    """
    place = {"mailbox": mailbox.key, "uidvalidity": uidvalidity, "uid": uid}
    known = IncomingMail.objects.filter(**place).first()
    if known is not None:
        return known
    letter = read(raw)
    identity = _identity(letter, raw)
    first = IncomingMail.objects.filter(identity=identity, same_as=None).first()
    row = IncomingMail(
        **place,
        unit=_unit(mailbox),
        identity=identity,
        same_as=first,
        message_id=letter.message_id[:255],
        references=list(letter.references)[-50:],
        sender=letter.sender[:254],
        sender_name=letter.sender_name[:200],
        recipient=next(iter(letter.recipients), mailbox.address)[:254],
        subject=letter.subject[:300],
        sent_at=letter.sent_at,
        received_at=received_at,
        raw=first.raw.name if first is not None else _keep(raw),
        size=too_large or len(raw),
    )
    try:
        with transaction.atomic():
            _conclude(scope, row, letter, raw, too_large=too_large, at=at)
            row.error = row.error[:500]
            row.save()
            if row.state == State.NEW:
                publish(scope, catalogue.MailReceived(subject_id=str(row.pk), unit_id=row.unit_id), at=at)
    except IntegrityError:
        # Another reader was quicker: either this place or this mail is known by now.
        return IncomingMail.objects.filter(**place).first() or take_in(
            scope, mailbox=mailbox, uidvalidity=uidvalidity, uid=uid, raw=raw, received_at=received_at, at=at,
            too_large=too_large,
        )  # fmt: skip
    return row


def _identity(letter: Letter, raw: bytes) -> str:
    """The same mail by two routes differs in its header alone. Without a Message-ID all of it counts."""
    if not letter.message_id:
        return hashlib.sha256(raw).hexdigest()
    for gap in (b"\r\n\r\n", b"\n\n"):
        if gap in raw:
            body = raw.partition(gap)[2]
            return hashlib.sha256(letter.message_id.encode("utf-8", "replace") + b"\0" + body).hexdigest()
    return hashlib.sha256(raw).hexdigest()


def _keep(raw: bytes) -> str:
    """Write the raw mail under its digest; one that a killed reader wrote before is used again."""
    digest = hashlib.sha256(raw).hexdigest()
    name = f"mail/{digest[:2]}/{digest}.eml"
    if default_storage.exists(name) and default_storage.size(name) == len(raw):
        return name
    default_storage.delete(name)
    return default_storage.save(name, ContentFile(raw))


def _unit(mailbox: Mailbox) -> OrgUnit:
    """The mailbox's unit; the top one where the setting names none, or one there is not."""
    found = OrgUnit.objects.filter(code__iexact=mailbox.unit_code).first() if mailbox.unit_code else None
    if found is None and mailbox.unit_code:
        log.error("mailbox %s: there is no org unit with the code %r", mailbox.key, mailbox.unit_code)
    return found or OrgUnit.objects.get(parent=None)


def _conclude(
    scope: Scope, row: IncomingMail, letter: Letter, raw: bytes, *, too_large: int, at: datetime
) -> None:
    """Set state, reason and error."""
    if row.same_as is not None:
        row.state, row.reason = State.IGNORED, Reason.SAME
        return
    if too_large:
        row.state, row.reason = State.BROKEN, Reason.LARGE
        row.error = f"{too_large // 1024**2} MB > {MAX_MAIL_BYTES // 1024**2} MB"
        return
    if _note_bounces(scope, raw, at):
        row.state = State.BOUNCE
        return
    loop = _loop(row, letter)
    if loop:
        row.state, row.reason = State.LOOP, loop
        return
    machine = written_by_machine(letter)
    if machine:
        row.state, row.reason, row.error = State.AUTO_REPLY, Reason.MACHINE, machine
        return
    faults = [f for f in letter.faults if not f.startswith("Date:")]
    if not letter.sender:
        row.state, row.reason, row.error = State.BROKEN, Reason.NO_SENDER, "; ".join(faults)
    elif faults:
        row.state, row.reason, row.error = State.BROKEN, Reason.FAULTY, "; ".join(faults)
    elif not (letter.text.strip() or letter.files or letter.subject):
        row.state, row.reason = State.BROKEN, Reason.EMPTY
    elif letter.headers.get("precedence", "").lower() == "list":
        row.state, row.reason = State.FLAGGED, Reason.LIST


def _note_bounces(scope: Scope, raw: bytes, at: datetime) -> bool:
    """Whether the mail is a delivery report; what it reports is noted."""
    try:
        bounces = parse_report(raw)
    except (AttributeError, LookupError, TypeError, ValueError):
        return False
    for bounce in bounces:
        mail = mail_of_bounce(bounce)
        if mail is not None:
            note_bounce(scope, mail=mail, bounce=bounce, at=at)
    return bool(bounces)


def our_addresses() -> set[str]:
    """Addresses we send from or read."""
    senders = (organisation().mail_from, settings.DEFAULT_FROM_EMAIL, settings.BOUNCE_ADDRESS)
    return {parseaddr(s)[1].lower() for s in senders if s} | {
        m.address for m in complaint_mailboxes() if m.address
    }


def _loop(row: IncomingMail, letter: Letter) -> str:
    if letter.message_id and OutgoingMail.objects.filter(message_id=letter.message_id).exists():
        return Reason.OURS
    if loop_mark() in letter.headers.get("x-loop", ""):
        return Reason.OURS
    if letter.sender in our_addresses():
        return Reason.FROM_US
    hour = IncomingMail.objects.filter(
        sender=row.sender,
        received_at__gt=row.received_at - timedelta(hours=1),
        received_at__lte=row.received_at,
        same_as=None,
    )
    if row.sender and hour.count() >= MOST_PER_HOUR:
        return Reason.MANY
    return ""


def letter_of(mail: IncomingMail) -> Letter:
    """The mail read again from its raw form."""
    with mail.raw.open("rb") as raw:
        return read(raw.read())


def settle(
    scope: Scope, *, mail: IncomingMail, state: str, outcome: str = "", reason: str = "", error: str = ""
) -> bool:
    """Say what became of a mail that was new or waited for a person; False when somebody was quicker."""
    changed = IncomingMail.objects.filter(pk=mail.pk, state__in=[State.NEW, *WAITING]).update(
        state=state, outcome=outcome, reason=reason, error=error[:500], handled_by_id=scope.user_id
    )
    mail.refresh_from_db()
    return bool(changed)
