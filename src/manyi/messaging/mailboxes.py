"""The mailboxes we read: which, for which unit, and how to log in."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted

from manyi.people.models import OrgUnit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """imap(s)://user:password@host:port/folder?unit=CODE&address=care@example.org

    `key` names it without its password. `unit_code` is the unit whose complaints come here, '' for the top one.
    `address` is what customers write to: where answers to our mails should go.
    """

    url: str
    key: str
    unit_code: str
    address: str


def parse(url: str) -> Mailbox:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    user = unquote(parts.username or "")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    given = query.get("address", [""])[0]
    return Mailbox(
        url=url,
        key=f"{user}@{parts.hostname or 'localhost'}/{folder}"[:200],
        unit_code=query.get("unit", [""])[0],
        address=(given or (user if "@" in user else "")).lower(),
    )


def complaint_mailboxes() -> list[Mailbox]:
    """Those of MANYI_COMPLAINTS_INBOXES."""
    return [parse(url) for url in settings.COMPLAINTS_INBOXES]


def log_in(url: str) -> BaseMailBox:
    """Log in and choose the folder. Plain imap is for loopback only. Raises ValueError, OSError, MailboxLoginError."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "imaps":
        box: BaseMailBox = MailBox(host, parts.port or 993, timeout=30)
    elif parts.scheme == "imap" and host in LOOPBACK:
        box = MailBoxUnencrypted(host, parts.port or 143, timeout=30)
    else:
        raise ValueError(
            f"the address of a mailbox must begin with imaps:// (imap:// only for {LOOPBACK[0]})"
        )
    return box.login(
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        initial_folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def address_for(unit: OrgUnit) -> str:
    """Where answers about a matter of the unit should go: the address of the nearest mailbox at or above it,
    else of the first mailbox that has one, else ''.
    """
    boxes = [box for box in complaint_mailboxes() if box.address]
    if not boxes:
        return ""
    codes = dict(OrgUnit.objects.filter(pk__in=unit.lineage_ids).values_list("pk", "code"))
    for pk in reversed(unit.lineage_ids):
        for box in boxes:
            if box.unit_code.lower() == codes[pk].lower():
                return box.address
    return next((box.address for box in boxes if not box.unit_code), boxes[0].address)
