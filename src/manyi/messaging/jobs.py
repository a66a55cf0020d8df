"""Background work on mail: sending what is due, reading what bounced."""

from __future__ import annotations

import logging
import smtplib
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.timezone import now  # noqa: TID251
from imap_tools import AND, BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.consts import MailMessageFlags

from manyi.messaging import services
from manyi.messaging.bounces import MAX_BYTES, Bounce, parse_report
from manyi.scope import Scope

log = logging.getLogger(__name__)
BATCH = 200
#: Mails read in one run; the rest waits for the next.
AT_ONCE = 500
LOOPBACK = ("localhost", "127.0.0.1", "::1")


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
    flagged for a person to look at. Mails larger than any return of ours stay unread.
    """
    if not settings.INBOX_URL:
        return 0
    noted = 0
    scope = Scope.system("bounce mailbox")
    with _mailbox(settings.INBOX_URL) as box:
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


def _mailbox(url: str) -> BaseMailBox:
    """Log in to imap(s)://user:password@host:port/folder. Plain imap is for loopback only."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "imaps":
        box: BaseMailBox = MailBox(host, parts.port or 993, timeout=30)
    elif parts.scheme == "imap" and host in LOOPBACK:
        box = MailBoxUnencrypted(host, parts.port or 143, timeout=30)
    else:
        raise ValueError(f"MANYI_INBOX_URL must begin with imaps:// (imap:// only for {LOOPBACK[0]})")
    return box.login(
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        initial_folder=unquote(parts.path.strip("/")) or "INBOX",
    )
