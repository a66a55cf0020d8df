from __future__ import annotations

from email.message import EmailMessage

import pytest

from manyi.messaging.bounces import Bounce, address_failed, parse_report

OURS = "<0123456789abcdef0123456789abcdef@manyi.example>"


def report(fields: str, *, returned: str = "message/rfc822") -> bytes:
    """A multipart/report as RFC 3464 has it."""
    original = f"Message-ID: {OURS}\r\nSubject: =?utf-8?b?5rua?=\r\nTo: anna@example.org\r\n\r\n"
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\n"
        "To: bounces@manyi.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <ffffffffffffffffffffffffffffffff@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\n{fields}\r\n"
        f"--b\r\nContent-Type: {returned}\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


def test_a_standard_report_names_recipient_code_and_our_mail() -> None:
    raw = report(
        "Final-Recipient: rfc822; anna@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <anna@example.org>: unknown user\r\n"
    )
    assert parse_report(raw) == [
        Bounce("anna@example.org", "5.1.1", "550 5.1.1 <anna@example.org>: unknown user", (OURS,), 550)
    ]


def test_returned_headers_alone_are_enough() -> None:
    raw = report(
        "Final-Recipient: rfc822; a@b.cn\r\nAction: failed\r\nStatus: 5.2.2\r\n",
        returned="text/rfc822-headers",
    )
    assert parse_report(raw)[0].message_ids == (OURS,)


def test_a_chinese_gateway_hides_the_true_code_in_the_diagnosis() -> None:
    raw = report(
        "Final-Recipient: rfc822;a@qq.com\r\nAction: failed\r\nStatus: 5.0.0\r\n"
        "Diagnostic-Code: smtp; 550 Mailbox unavailable or access denied [5.1.1]\r\n"
    )
    bounce = parse_report(raw)[0]
    assert (bounce.recipient, bounce.status) == ("a@qq.com", "5.1.1")
    assert address_failed(bounce)


def test_a_delay_is_no_bounce() -> None:
    assert (
        parse_report(report("Final-Recipient: rfc822; a@b.cn\r\nAction: delayed\r\nStatus: 4.4.1\r\n")) == []
    )


def test_each_failed_recipient_of_a_report_counts() -> None:
    raw = report(
        "Final-Recipient: rfc822; a@b.cn\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "Final-Recipient: rfc822; c@d.cn\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
        "Final-Recipient: rfc822; e@f.cn\r\nAction: failed\r\nStatus: 5.7.1\r\n"
    )
    assert [b.recipient for b in parse_report(raw)] == ["a@b.cn", "e@f.cn"]


def test_a_chinese_letter_without_a_report_is_understood_by_its_code() -> None:
    letter = EmailMessage()
    letter["From"] = "系统退信 <postmaster@163.com>"
    letter["Subject"] = "系统退信/System bounce"
    letter.set_content("您的邮件无法送达：550 User not found: anna@163.com", charset="gb2312")
    original = EmailMessage()
    original["Message-ID"] = OURS
    original.set_content("text")
    letter.add_attachment(original)
    bounce = parse_report(letter.as_bytes())[0]
    assert (bounce.code, bounce.message_ids) == (550, (OURS,))
    assert address_failed(bounce)


def test_an_answer_of_a_person_is_no_bounce() -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"], letter["In-Reply-To"] = "anna@example.org", "Re: survey", OURS
    letter.set_content("Room 550 is closed, I cannot answer.")
    assert parse_report(letter.as_bytes()) == []


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff\xfe", b"Content-Type: multipart/report\r\n\r\n", b"A" * 3_000_000]
)
def test_rubbish_is_no_bounce(raw: bytes) -> None:
    assert parse_report(raw) == []


@pytest.mark.parametrize(
    ("code", "text", "dead"),
    [
        (550, "5.1.1 no such user", True),
        (550, "no such user", True),
        (550, "5.7.1 blocked", False),
        (552, "5.2.2 full", False),
        (550, "5.2.1 disabled", True),
        (554, "spam", False),
    ],
)
def test_only_a_dead_address_is_permanent(code: int, text: str, dead: bool) -> None:
    assert address_failed(Bounce.from_reply(code, text, "a@b.cn")) is dead
