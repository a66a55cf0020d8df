"""Mails as customers and their machines send them, for the tests of the complaints mailbox."""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

SIMPLIFIED = (
    "轴承有异响",
    "收到的货物损坏",
    "交期延误两周",
    "维修师傅没有来",
    "发票开错了",
    "水泵漏水，请更换",
)
TRADITIONAL = ("軸承有異響", "收到的貨物損壞", "交期延誤兩週", "維修師傅沒有來", "發票開錯了")
ENGLISH = ("Bearing noisy after two weeks", "Goods arrived broken", "Delivery two weeks late", "Nobody came")


@dataclass(frozen=True)
class Sent:
    """`becomes` is the state the mail must end in; `words` must be found in the complaint or conversation."""

    raw: bytes
    becomes: str
    words: str = ""


def letter(
    number: int,
    text: str,
    *,
    sender: str = "",
    subject: str = "",
    charset: str = "utf-8",
    declared: str = "",
    more: dict[str, str] | None = None,
) -> bytes:
    """A plain mail; `declared` is the charset its header claims."""
    head = {
        "From": f"c{number} <{sender or f'c{number}@customers.example'}>",
        "To": "care@manyi.example",
        "Message-ID": f"<m{number}@customers.example>",
        "Date": "Mon, 02 Mar 2026 10:00:00 +0800",
        "MIME-Version": "1.0",
        "Content-Type": f"text/plain; charset={declared or charset}",
        "Content-Transfer-Encoding": "8bit",
        **(more or {}),
    }
    lines = [f"{name}: {value}".encode() for name, value in head.items()]
    lines.insert(3, b"Subject: " + (subject or text).split("\n")[0].encode(charset))
    return b"\r\n".join([*lines, b"", text.replace("\n", "\r\n").encode(charset), b""])


def html(number: int, text: str) -> bytes:
    mail = MIMEText(f"<html><body><p>{text}</p><script>x()</script></body></html>", "html", "gb18030")
    mail["From"], mail["Subject"] = f"c{number}@customers.example", text
    mail["Message-ID"] = f"<m{number}@customers.example>"
    return mail.as_bytes()


def with_file(number: int, text: str, name: str, content: bytes, kind: str = "application/pdf") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = f"c{number}@customers.example", text
    mail["Message-ID"] = f"<m{number}@customers.example>"
    mail.set_content(text)
    main, _slash, sub = kind.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def cut_off(number: int, text: str) -> bytes:
    """The end of a multipart is missing; what came is readable."""
    mail = MIMEMultipart()
    mail["From"], mail["Subject"] = f"c{number}@customers.example", text
    mail["Message-ID"] = f"<m{number}@customers.example>"
    mail.attach(MIMEText(text, "plain", "utf-8"))
    part = MIMEBase("image", "jpeg")
    part.set_payload("A" * 400)
    mail.attach(part)
    return mail.as_bytes()[:-120]


def broken(number: int) -> bytes:
    """Nobody can tell who sent it."""
    return (
        b"From: <\r\nMessage-ID: <m%d@customers.example>\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\xff\xfe"
        % number
    )


def auto_reply(number: int) -> bytes:
    marks = (
        {"Auto-Submitted": "auto-replied"}, {"X-Autoreply": "yes"}, {"Precedence": "bulk"}, {"Return-Path": "<>"},
        {"Precedence": "auto_reply"}, {"X-Autorespond": "away"},
    )  # fmt: skip
    return letter(number, "自动回复：我正在出差", more=marks[number % len(marks)])


def varied(count: int, *, ours: list[str], thread: str, stranger_number: str, loop_id: str) -> list[Sent]:
    """`count` mails of all kinds in a mixed order that is the same in every run.

    `ours` are Message-IDs of mails of ours to answer, `thread` the address of a complainant, `stranger_number`
    a complaint number that strangers name, `loop_id` the Message-ID of a mail of ours that comes back.
    """
    made: list[Sent] = []
    for n in range(count):
        kind = n % 20
        if kind in (0, 1):
            made.append(
                Sent(
                    letter(n, f"{SIMPLIFIED[n % 6]} {n}", charset="gb18030", declared="gb2312"),
                    "opened",
                    SIMPLIFIED[n % 6],
                )
            )
        elif kind == 2:
            made.append(
                Sent(
                    letter(n, f"{SIMPLIFIED[n % 6]} {n}", charset="gb18030", declared="us-ascii"),
                    "opened",
                    SIMPLIFIED[n % 6],
                )
            )
        elif kind in (3, 4):
            made.append(
                Sent(
                    letter(
                        n,
                        f"{TRADITIONAL[n % 5]} {n}，請盡快派人處理，謝謝您。",
                        charset="big5",
                        declared="big5",
                    ),
                    "opened",
                    TRADITIONAL[n % 5],
                )
            )
        elif kind == 5:
            made.append(
                Sent(
                    letter(
                        n,
                        f"{TRADITIONAL[n % 5]} {n}，請盡快派人處理，謝謝您。",
                        charset="big5",
                        declared="gb2312",
                    ),
                    "opened",
                    TRADITIONAL[n % 5],
                )
            )
        elif kind in (6, 7):
            made.append(Sent(letter(n, f"{ENGLISH[n % 4]} {n}"), "opened", ENGLISH[n % 4]))
        elif kind == 8:
            made.append(Sent(html(n, f"{SIMPLIFIED[n % 6]} {n}"), "opened", SIMPLIFIED[n % 6]))
        elif kind == 9:
            made.append(
                Sent(
                    with_file(n, f"{ENGLISH[n % 4]} {n}", "报告.pdf", b"%%PDF-1.7 %d" % n),
                    "opened",
                    ENGLISH[n % 4],
                )
            )
        elif kind == 10:
            made.append(Sent(cut_off(n, f"{SIMPLIFIED[n % 6]} {n}"), "opened", SIMPLIFIED[n % 6]))
        elif kind == 11:
            made.append(Sent(broken(n), "broken"))
        elif kind in (12, 13):
            made.append(Sent(auto_reply(n), "auto_reply"))
        elif kind in (14, 15, 16):
            more = {"In-Reply-To": ours[n % len(ours)]}
            text = f"还是没有解决 {n}\n\n在 2026年3月2日，客服 <care@manyi.example> 写道：\n> 旧内容"
            made.append(
                Sent(letter(n, text, subject="回复：投诉", more=more), "threaded", f"还是没有解决 {n}")
            )
        elif kind == 17:
            made.append(Sent(letter(n, f"number alone {n}", subject=f"Re: [{stranger_number}]"), "flagged"))
        elif kind == 18:
            # from the complainant, by number; a few of each sender stay below the limit for loops
            made.append(
                Sent(
                    letter(n, f"again {n}", subject=f"Fwd: {stranger_number}", sender=thread),
                    "threaded",
                    f"again {n}",
                )
            )
        else:
            made.append(
                Sent(letter(n, f"came back {n}", more={"Message-ID": loop_id, "X-Copy": str(n)}), "loop")
            )
    random.Random(4).shuffle(made)
    return made
