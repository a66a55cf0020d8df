"""Background work on mail: sending what is due, reading what bounced, taking in what customers write."""

from __future__ import annotations

import imaplib
import logging
import smtplib
import time
from datetime import UTC, datetime

from django.conf import settings
from django.utils.timezone import now  # noqa: TID251
from imap_tools import AND, BaseMailBox
from imap_tools.consts import MailMessageFlags
from imap_tools.errors import ImapToolsError

from manyi.messaging import services
from manyi.messaging.bounces import MAX_BYTES, Bounce, parse_report
from manyi.messaging.mailboxes import Mailbox, complaint_mailboxes, log_in, parse
from manyi.messaging.models import IncomingMail, ReadMailbox
from manyi.messaging.services_incoming import MAX_MAIL_BYTES, take_in
from manyi.scope import Scope

log = logging.getLogger(__name__)
BATCH = 200
#: Mails read in one run; the rest waits for the next.
AT_ONCE = 500


def send_due() -> int:
    """Send everything due, batch by batch; returns how many left. A server that is away is tried next minute."""
    sent = 0
    services.recover_stuck(at=now())
    while True:
        try:
            done = services.send_batch(limit=BATCH, at=now())
        except (smtplib.SMTPException, OSError) as error:
            log.error("mail server %s:%s: %s", settings.EMAIL_HOST, settings.EMAIL_PORT, error)
            return sent
        sent += done.sent
        if not (done.sent or done.bounced or done.failed or done.postponed):
            return sent


def read_inbox() -> int:
    """Read the bounce mailbox (MANYI_INBOX_URL) and note what was not delivered; returns how many.

    A mail is marked as seen after it was noted; noting twice changes nothing. A mail nobody can parse stays,
    flagged for a person to look at. Mails larger than any return of ours stay unread. A mailbox that also is
    one of complaints is left to `read_complaints`, which notes its bounces.
    """
    if not settings.INBOX_URL:
        return 0
    if parse(settings.INBOX_URL).key in {m.key for m in complaint_mailboxes()}:
        return 0
    noted = 0
    scope = Scope.system("bounce mailbox")
    with log_in(settings.INBOX_URL) as box:
        for uid in box.uids(AND(seen=False, size_lt=MAX_BYTES))[:AT_ONCE]:
            flags = [MailMessageFlags.SEEN]
            for bounce in _bounces(box, uid, flags):
                mail = services.mail_of_bounce(bounce)
                if mail is not None:
                    noted += services.note_bounce(scope, mail=mail, bounce=bounce, at=now())
            box.flag(uid, flags, True)
    return noted


def _bounces(box: BaseMailBox, uid: str, flags: list[str]) -> list[Bounce]:
    """What one mail reports. Python's parser raises nearly anything on broken headers: such a mail is flagged."""
    try:
        return [
            bounce
            for message in box.fetch(AND(uid=uid), mark_seen=False)
            for bounce in parse_report(message.obj.as_bytes())
        ]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        log.warning("mail %s in the bounce mailbox cannot be read: %r", uid, error)
        flags.append(MailMessageFlags.FLAGGED)
        return []


def read_complaints() -> int:
    """Take in what came to the mailboxes of MANYI_COMPLAINTS_INBOXES; returns how many mails were new to us.

    A mailbox that cannot be read is logged and tried again next time; the others are read all the same.
    """
    taken = 0
    for mailbox in complaint_mailboxes():
        try:
            with log_in(mailbox.url) as box:
                taken += _take_from(box, mailbox)
        except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError) as error:
            log.error("mailbox %s cannot be read: %s", mailbox.key, error)
    return taken


def _take_from(box: BaseMailBox, mailbox: Mailbox) -> int:
    """Take in every mail that is unread or came since we know the mailbox, and that we do not have.

    A mail that somebody opened in the mailbox before us is not lost in this way. It is marked as seen only
    after its raw form and its row are committed.
    """
    scope = Scope.system("complaints mailbox")
    status = box.folder.status(box.folder.get() or "INBOX", ["UIDVALIDITY", "UIDNEXT"])
    uidvalidity = status["UIDVALIDITY"]
    known, _created = ReadMailbox.objects.get_or_create(
        key=mailbox.key, uidvalidity=uidvalidity, defaults={"first_uid": status["UIDNEXT"]}
    )
    here = IncomingMail.objects.filter(mailbox=mailbox.key, uidvalidity=uidvalidity)
    newest = here.order_by("-uid").values_list("uid", flat=True).first() or 0
    start = max(known.first_uid, newest + 1)
    found = {int(uid) for uid in box.uids(AND(seen=False))}
    found |= {int(uid) for uid in box.uids(f"UID {start}:*") if int(uid) >= start}
    have = set(here.filter(uid__in=found).values_list("uid", flat=True))
    for uid in sorted(found & have):  # taken in by a reader that died before it marked them
        box.flag(str(uid), MailMessageFlags.SEEN, True)
    taken = 0
    for uid in sorted(found - have)[:AT_ONCE]:
        received_at, size = _envelope(box, uid)
        if size is None:
            continue  # deleted meanwhile
        too_large = size if size > MAX_MAIL_BYTES else 0
        raw = _literal(box, uid, "BODY.PEEK[HEADER]" if too_large else "BODY.PEEK[]")
        if raw is None:
            continue
        row = take_in(
            scope, mailbox=mailbox, uidvalidity=uidvalidity, uid=uid, raw=raw,
            received_at=received_at, at=now(), too_large=too_large,
        )  # fmt: skip
        flags = [MailMessageFlags.SEEN]
        if row.state == IncomingMail.State.BROKEN:
            flags.append(MailMessageFlags.FLAGGED)
        box.flag(str(uid), flags, True)
        taken += 1
    return taken


def _envelope(box: BaseMailBox, uid: int) -> tuple[datetime, int | None]:
    """When the server got the mail, and its size; None for one that is gone."""
    _status, answer = box.client.uid("fetch", str(uid), "(INTERNALDATE RFC822.SIZE)")
    line = answer[0] if answer and isinstance(answer[0], bytes) else b""
    if b"RFC822.SIZE" not in line:
        return now(), None
    moment = imaplib.Internaldate2tuple(line)
    received = datetime.fromtimestamp(time.mktime(moment), tz=UTC) if moment else now()
    return min(received, now()), int(line.partition(b"RFC822.SIZE ")[2].split()[0].rstrip(b")"))


def _literal(box: BaseMailBox, uid: int, what: str) -> bytes | None:
    """The raw bytes of a mail or a part of it, exactly as the server keeps them."""
    _status, answer = box.client.uid("fetch", str(uid), f"({what})")
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)
