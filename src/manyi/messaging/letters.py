"""Reading a mail somebody wrote: who, what about, the words without the quoted ones, the files. Pure.

Written for the mails that really come: charsets that are wrong, unknown or missing (GBK declared as gb2312,
GB18030 as us-ascii, Big5 as gb2312), headers Python's parser gives up on, HTML without a text part, parts cut
off in the middle. What cannot be read is left out and named in `faults`; `read` itself never raises on content.
"""

from __future__ import annotations

import email
import email.policy
import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from functools import partial
from typing import TypeVar

import nh3

T = TypeVar("T")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
MOST_PARTS = 500
MOST_TEXT = 200_000
#: Declared charset → what such mails really hold: a superset, or the one it is mistaken for.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "hz-gb-2312": "hz", "big5": "big5hkscs",
          "x-gbk": "gb18030", "cp936": "gb18030", "ascii": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "cp1252",
          "unicode-1-1-utf-7": "utf-7", "utf8mb4": "utf-8"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as sent. `inline` says that the text shows it (a picture in HTML)."""

    name: str
    content: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as a person would read it. `text` is all of it, `said` is without quoted words and greetings below."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    text: str = ""
    said: str = ""
    files: tuple[File, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


#: Headers `marks` looks at; kept in `Letter.headers` in lower case.
_MARKS = ("auto-submitted", "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "precedence",
          "return-path", "x-loop", "x-failed-recipients", "list-id")  # fmt: skip


def read(raw: bytes) -> Letter:
    """Take a mail apart as far as it can be. An empty `sender` means that nobody can be answered."""
    faults: list[str] = []
    message = _attempt(
        faults, "mail", lambda: email.message_from_bytes(raw, policy=email.policy.compat32), Message()
    )

    def header(name: str) -> str:
        return _attempt(faults, name, lambda: _header(message, name), "")

    name, sender = parseaddr(header("From"))
    if "@" not in sender:
        name, sender = parseaddr(header("Reply-To") or header("Sender"))
    plain: list[str] = []
    marked: list[str] = []
    files: list[File] = []
    for part in _attempt(faults, "parts", lambda: list(_leaves(message)), [message]):
        kind = part.get_content_type()
        label = _attempt(faults, "file name", partial(_file_name, part), "")
        disposition = str(part.get("Content-Disposition") or "").strip().lower()
        content = _attempt(faults, kind, partial(_payload, part), b"")
        if kind.startswith("multipart/"):  # one without its boundary: all of it is in one piece
            kind = "text/plain"
        if kind in ("text/plain", "text/html") and not label and not disposition.startswith("attachment"):
            text = decode(content, part.get_content_charset())
            (plain if kind == "text/plain" else marked).append(text)
        elif content:
            inline = disposition.startswith("inline") or bool(
                part.get("Content-ID") and "attach" not in disposition
            )
            files.append(File(label or _unnamed(kind), content, inline))
    text = "\n\n".join(t for t in plain if t.strip())
    if not text.strip():
        text = "\n\n".join(_attempt(faults, "text/html", partial(text_of_html, m), "") for m in marked)
    text = clean(text)[:MOST_TEXT]
    return Letter(
        message_id=next(iter(MESSAGE_ID.findall(header("Message-ID"))), ""),
        references=tuple(
            dict.fromkeys(MESSAGE_ID.findall(f"{header('References')} {header('In-Reply-To')}"))
        ),
        sender=sender.lower() if _looks_right(sender) else "",
        sender_name=one_line(name),
        recipients=tuple(
            a.lower() for _n, a in getaddresses([header("To"), header("Cc")]) if _looks_right(a)
        ),
        subject=one_line(header("Subject")),
        sent_at=_attempt(faults, "Date", lambda: _date(header("Date")), None),
        text=text,
        said=without_quotes(text),
        files=tuple(files),
        headers={name: value for name in _MARKS if (value := header(name)) or name in message},
        faults=tuple(dict.fromkeys(faults)),
    )


def _attempt(faults: list[str], what: str, work: Callable[[], T], fallback: T) -> T:
    """Python's mail parser raises nearly anything on broken input: what fails is named and left out."""
    try:
        return work()
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        faults.append(f"{what}: {type(error).__name__}: {error}"[:200])
        return fallback


def _looks_right(address: str) -> bool:
    return bool(re.fullmatch(r"[^@\s<>\"']{1,64}@[^@\s<>\"']{1,180}", address))


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Without NULs, other control signs and half surrogates, which databases refuse; line ends as LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\u2028\u2029]", "", text)


# -- charsets ----------------------------------------------------------------------------------------------


def decode(content: bytes, charset: str | None) -> str:
    """Text in the declared charset where that works, else in the one that fits best.

    UTF-8 is tried first for anything that is not plain ASCII: hardly any GB or Big5 text is valid UTF-8 by
    chance. Where the declared Chinese charset fails, or gives signs of the wrong one, the other is taken.
    """
    declared = (charset or "").strip("\"' ").lower()
    if declared.startswith(("iso-2022", "utf-7", "utf-16", "utf-32", "hz")):
        with suppress(LookupError, UnicodeDecodeError):
            return content.decode(declared)
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    wider = _WIDER.get(declared, declared)
    candidates = dict.fromkeys(
        [wider, "gb18030", "big5hkscs"] if wider not in ("", "utf-8") else ["gb18030", "big5hkscs"]
    )
    best, most = "", -1.0
    for rank, name in enumerate(candidates):
        with suppress(LookupError, UnicodeDecodeError):
            text = content.decode(name)
            plausible = _plausible(text) - 0.02 * rank
            if plausible > most:
                best, most = text, plausible
    if most >= 0:
        return best
    with suppress(LookupError):
        return content.decode(wider or "utf-8", "replace")
    return content.decode("utf-8", "replace")


#: The commonest Chinese characters, simplified and traditional; about half of any running text.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "這個們來為國說時會對後過發種經麼學現當沒動開進還樣裡實長機關點業將兩間問頭體見產或話電數報結場計員題論處義認條氣變總給難權書聽設記張類據邊規萬覺術領確師觀識帶導爭運貴請謝您貨訂單換軸承客戶退壞"
    "请谢您货订单换轴承客户退坏投诉质量收到损坏维修，。！？、：；（）“”"
)


def _plausible(text: str) -> float:
    """How much the text looks like text somebody wrote: −1 … 1."""
    signs = [s for s in text if ord(s) > 127]
    if not signs:
        return 1.0
    odd = sum(
        1
        for s in signs
        if "\ue000" <= s <= "\uf8ff" or "\x80" <= s <= "\x9f" or s == "\ufffd" or "ｦ" <= s <= "ﾟ"
    )
    common = sum(1 for s in signs if s in _COMMON)
    latin = sum(1 for s in signs if "\xc0" <= s <= "\u017f")
    words = len(re.findall(r"[a-zA-Z][\xc0-\u017f][a-z]|\b[\xc0-\u017f][a-z]{2}", text))
    return (common + min(latin, words) - 2 * odd) / len(signs)


def _header(message: Message, name: str) -> str:
    """A header as text: encoded words, raw 8-bit bytes and folded lines are all met in practice."""
    value = message.get(name)
    if value is None:
        return ""
    text = str(value) if not isinstance(value, str) else value
    with suppress(UnicodeEncodeError):
        if any("\udc80" <= sign <= "\udcff" for sign in text):
            text = decode(text.encode("ascii", "surrogateescape"), None)
    if "=?" not in text:
        # A Header object holds raw bytes as 'unknown-8bit'.
        if not isinstance(value, str):
            pieces = decode_header(value)
            return one_line(
                "".join(
                    p if isinstance(p, str) else decode(p, None if c == "unknown-8bit" else c)
                    for p, c in pieces
                )
            )
        return one_line(text)
    # Some programs cut a character in two between encoded words of one charset: join the bytes first.
    joined: list[tuple[bytes, str | None]] = []
    for piece, charset in decode_header(re.sub(r"\s*\r?\n\s*", " ", text)):
        data = piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else piece
        if joined and joined[-1][1] == charset:
            joined[-1] = (joined[-1][0] + data, charset)
        else:
            joined.append((data, charset))
    return one_line("".join(decode(data, charset) for data, charset in joined))


def _date(value: str) -> datetime | None:
    if not value:
        return None
    found = parsedate_to_datetime(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


# -- parts -------------------------------------------------------------------------------------------------


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something; a forwarded mail is one part, not taken apart."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" or not isinstance(payload, list):
            yield part
        else:
            waiting[:0] = [p for p in payload if isinstance(p, Message)]


def _payload(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        return first.as_bytes() if isinstance(first, Message) else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _file_name(part: Message) -> str:
    """The name the sender gave, from the disposition or the type; raw 8-bit bytes are decoded first."""
    bare = Message()
    for header, value in part.raw_items():
        if header.lower() in ("content-disposition", "content-type"):
            text = value if isinstance(value, str) else str(value)
            bare[header] = decode(text.encode("utf-8", "surrogateescape"), None)
    holder = Message()
    holder["X-Name"] = " ".join((bare.get_filename() or "").split())
    return _header(holder, "X-Name")[:200]


def _unnamed(kind: str) -> str:
    ending = {"message/rfc822": "eml", "text/calendar": "ics", "text/plain": "txt", "text/html": "html"}
    return f"{kind.partition('/')[0]}.{ending.get(kind, re.sub(r'[^a-z0-9]', '', kind.partition('/')[2]) or 'bin')}"


_BREAKS = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)\b[^>]*>", re.IGNORECASE)
_QUOTED_HTML = re.compile(r"<\s*blockquote\b[^>]*>", re.IGNORECASE)
_OUTLOOK_RULE = re.compile(
    r"<div[^>]+(?:id=[\"']?(?:divRplyFwdMsg|appendonsend)|border-top:\s*solid)[^>]*>", re.IGNORECASE
)


def text_of_html(markup: str) -> str:
    """The words of an HTML mail, one line per block, quoted blocks marked by '>'."""
    markup = re.sub(r"\s+", " ", markup)
    markup = _OUTLOOK_RULE.sub(r"<br>-----Original Message-----<br>\g<0>", markup)
    markup = _QUOTED_HTML.sub("<br>\ue000", markup)
    markup = re.sub(r"<\s*/\s*blockquote\s*>", "\ue001<br>", markup, flags=re.IGNORECASE)
    markup = _BREAKS.sub("\n", markup)
    bare = html.unescape(
        nh3.clean(markup, tags=set(), clean_content_tags={"script", "style", "head", "title"})
    )
    lines, depth = [], 0
    for line in bare.split("\n"):
        depth += line.count("\ue000")
        words = " ".join(line.replace("\ue000", "").replace("\ue001", "").replace("\xa0", " ").split())
        lines.append(f"> {words}" if depth > 0 and words else words)
        depth = max(0, depth - line.count("\ue001"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# -- quoted words ------------------------------------------------------------------------------------------

_BEGINS_QUOTE = re.compile(
    r"^\s*(?:"
    r"-{2,}\s*(?:original message|forwarded message|原始邮件|原邮件|转发邮件信息|回复的原邮件|原始郵件)\s*-{2,}"
    r"|on .{4,200} wrote:"
    r"|在\s*.{4,200}(?:写道|寫道)[：:]"
    r"|.{0,120}于\s*\d{4}年.{2,120}写道[：:]"
    r"|_{20,}"
    r")\s*$",
    re.IGNORECASE,
)
_HEAD_LINE = re.compile(r"^\s*\**(?:from|发件人|寄件者|寄件人|發件人)\s*[：:]\**\s*\S", re.IGNORECASE)
_HEAD_NEXT = re.compile(
    r"^\s*\**(?:sent|date|to|subject|发送时间|发送日期|日期|收件人|主题|寄件日期|收件者|主旨)\s*[：:]",
    re.IGNORECASE,
)


def without_quotes(text: str) -> str:
    """What the sender wrote, without the mail it answers; the whole text when nothing else is left."""
    kept: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        joined = f"{line} {lines[number + 1]}" if number + 1 < len(lines) else line
        if _BEGINS_QUOTE.match(line) or (line.lower().startswith("on ") and _BEGINS_QUOTE.match(joined)):
            break
        if _HEAD_LINE.match(line) and any(_HEAD_NEXT.match(n) for n in lines[number + 1 : number + 4]):
            break
        if line.rstrip() == "--":  # the sender's signature
            break
        if not line.lstrip().startswith((">", "|>")):
            kept.append(line.rstrip())
    said = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return said or text.strip()


# -- machines ----------------------------------------------------------------------------------------------


def written_by_machine(letter: Letter) -> str:
    """Why no person wrote this (RFC 3834 and the marks in use before it), or ''."""
    marks = letter.headers
    submitted = marks.get("auto-submitted", "").lower()
    if submitted and not submitted.startswith("no"):
        return f"Auto-Submitted: {submitted[:60]}"
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"):
        if name in marks and marks[name].lower() not in ("no", "false"):
            return name
    if marks.get("precedence", "").lower() in ("auto_reply", "bulk", "junk"):
        return f"Precedence: {marks['precedence'].lower()[:40]}"
    if "return-path" in marks and marks["return-path"].strip() == "<>":
        return "Return-Path: <>"
    if re.match(r"(?:mailer-daemon|postmaster|no-?reply-?bounce)@", letter.sender):
        return letter.sender
    return ""
