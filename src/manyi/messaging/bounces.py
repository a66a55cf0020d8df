"""Reading delivery reports (RFC 3464) and the freer letters some providers send instead. Pure.

A report is a multipart/report with a message/delivery-status part; the undelivered mail or its headers come
with it, and with them our Message-ID. Providers such as QQ and 163 mostly keep to this, but older gateways send
a plain letter with the code in its text and the mail attached: then the SMTP code is looked for in the text.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message

MESSAGE_ID = re.compile(r"<[0-9a-f]{32}@[^<>\s@]{1,255}>", re.IGNORECASE)
ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<!\d)(55[0-4]|45[0-2]|421)(?!\d)")
FROM_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery|邮件系统|系统退信", re.IGNORECASE)
BOUNCE_WORDS = re.compile(
    r"undeliver|delivery (?:status|fail)|failure notice|returned mail|not delivered|退信|退回|投递失败|发送失败",
    re.IGNORECASE,
)
#: Enhanced status codes (RFC 3463) that say the address itself does not work.
DEAD = re.compile(r"^5\.(?:1\.\d+|2\.1)$")
#: Codes that stand for a full mailbox, size or policy: the address may still be right.
ALIVE = re.compile(r"^5\.(?:2\.[2-9]|[34567]\.\d+)$")
MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient who was not reached. `status` is an enhanced code such as '5.1.1', or ''."""

    recipient: str
    status: str
    reason: str
    message_ids: tuple[str, ...] = ()
    code: int = 0

    @classmethod
    def from_reply(cls, code: int, text: str, recipient: str) -> Bounce:
        """A refusal during sending, e.g. 550 '5.1.1 no such user'."""
        found = ENHANCED.search(text)
        return cls(recipient, found[1] if found else "", f"{code} {' '.join(text.split())}", (), code)


def address_failed(bounce: Bounce) -> bool:
    """Whether the address itself does not work, so that nobody should write to it again.

    Without an enhanced status the basic codes decide: 550, 551 and 553 speak of the mailbox, 552 and 554 do not.
    """
    if DEAD.match(bounce.status):
        return True
    if ALIVE.match(bounce.status):
        return False
    return bounce.code in (550, 551, 553)


def parse_report(raw: bytes) -> list[Bounce]:
    """The permanent failures a received mail reports; empty for delays, receipts and ordinary letters."""
    message = email.message_from_bytes(raw[:MAX_BYTES], policy=policy.default)
    ids = _our_ids(message)
    blocks = list(_recipient_blocks(message))
    if blocks:
        return [_from_block(block, ids) for block in blocks if _action(block) == "failed"]
    return _from_letter(message, ids)


def _recipient_blocks(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            for block in payload if isinstance(payload, list) else []:
                if isinstance(block, Message) and ("Action" in block or "Final-Recipient" in block):
                    yield block


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name) or "").split())


def _action(block: Message) -> str:
    stated = _field(block, "Action").lower()
    return stated or ("failed" if _field(block, "Status").startswith("5") else "")


def _from_block(block: Message, ids: tuple[str, ...]) -> Bounce:
    recipient = _field(block, "Original-Recipient") or _field(block, "Final-Recipient")
    diagnostic = _field(block, "Diagnostic-Code").partition(";")[2].strip()
    status = ENHANCED.search(_field(block, "Status"))
    code = REPLY.search(diagnostic)
    # Gateways often write the empty 5.0.0 and put the true code into the diagnostic text.
    inner = ENHANCED.search(diagnostic)
    best = status[1] if status else ""
    if inner and best in ("", "5.0.0"):
        best = inner[1]
    return Bounce(
        recipient.rpartition(";")[2].strip().strip("<>"),
        best,
        diagnostic or _field(block, "Status"),
        ids,
        int(code[1]) if code else 0,
    )


def _from_letter(message: EmailMessage, ids: tuple[str, ...]) -> list[Bounce]:
    """A bounce without a delivery-status part: sender or subject says so, the text holds a 5xx code."""
    head = f"{message.get('From', '')} {message.get('Subject', '')}"
    if not ids or not (FROM_DAEMON.search(head) or BOUNCE_WORDS.search(head)):
        return []
    answered_by_machine = "auto-replied" in str(message.get("Auto-Submitted", "")).lower()
    if answered_by_machine and not FROM_DAEMON.search(str(message.get("From", ""))):
        return []  # a person's absence notice, whatever numbers and words it quotes
    text = "\n".join(_texts(message))
    status, code = ENHANCED.search(text), REPLY.search(text)
    number = int(code[1]) if code else 0
    if not (status and status[1].startswith("5")) and number < 500:
        return []
    failed = str(message.get("X-Failed-Recipients") or "").strip()
    return [Bounce(failed, status[1] if status else "", " ".join(text.split())[:300], ids, number)]


def _texts(message: Message) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                charset = part.get_content_charset() or "utf-8"
                try:
                    yield payload.decode(charset, "replace")
                except LookupError:
                    yield payload.decode("gb18030", "replace")


def _our_ids(message: Message) -> tuple[str, ...]:
    """Message-IDs of our form in the returned mail, its headers, In-Reply-To or References."""
    own = str(message.get("Message-ID") or "").strip()
    found: list[str] = []
    for name in ("In-Reply-To", "References", "X-Original-Message-ID"):
        found += MESSAGE_ID.findall(str(message.get(name) or ""))
    for part in message.walk():
        if part is not message and part.get("Message-ID"):
            found += MESSAGE_ID.findall(str(part.get("Message-ID")))
    for text in _texts(message):
        found += MESSAGE_ID.findall(text)
    return tuple(dict.fromkeys(i for i in found if i != own))
