"""Mails as they really come are read; what cannot be read is named and never raises."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.messaging.letters import decode, read, text_of_html, without_quotes, written_by_machine

SIMPLIFIED = "您好，我们上周收到的轴承有异响，请尽快派人来检查并更换。谢谢！"
TRADITIONAL = "您好，我們上週收到的軸承有異響，請盡快派人來檢查並更換。謝謝！"


def raw(charset: str, body: bytes, subject: bytes = b"Subject: x", more: bytes = b"") -> bytes:
    return (
        b"From: =?utf-8?b?5p2O5piO?= <Li@Example.org>\r\nTo: care@manyi.example\r\nMessage-ID: <a1@example.org>\r\n"
        + subject + b"\r\n" + more + f"Content-Type: text/plain; charset={charset}\r\n".encode()
        + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + body
    )  # fmt: skip


@pytest.mark.parametrize(
    "declared", ["gb2312", "GBK", "gb18030", "us-ascii", "utf-8", "x-unknown", "big5", '"gb2312"']
)
def test_simplified_chinese_in_gb_is_read_whatever_was_declared(declared: str) -> None:
    assert read(raw(declared, SIMPLIFIED.encode("gb18030"))).text == SIMPLIFIED


@pytest.mark.parametrize("declared", ["big5", "big5-hkscs", "gb2312", "us-ascii", "utf-8", "x-unknown"])
def test_traditional_chinese_in_big5_is_read_whatever_was_declared(declared: str) -> None:
    assert read(raw(declared, TRADITIONAL.encode("big5"))).text == TRADITIONAL


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "iso-8859-1", "us-ascii", "nonsense"])
def test_utf8_is_read_whatever_was_declared(declared: str) -> None:
    assert read(raw(declared, SIMPLIFIED.encode())).text == SIMPLIFIED


def test_characters_outside_gbk_need_gb18030() -> None:
    assert read(raw("gb2312", "客户㐀先生，您好，请看".encode("gb18030"))).text == "客户㐀先生，您好，请看"


def test_western_letters_stay_western() -> None:
    text = "Le palier est très bruyant, déjà après deux semaines à Orléans"
    assert decode(text.encode("cp1252"), "iso-8859-1") == text
    assert (
        decode("Ger\xe4usch nach zwei Wochen".encode("latin-1"), "iso-8859-1") == "Geräusch nach zwei Wochen"
    )


def test_other_east_asian_charsets() -> None:
    assert decode("軸受の音".encode("iso-2022-jp"), "iso-2022-jp") == "軸受の音"
    assert decode(SIMPLIFIED.encode("hz"), "hz-gb-2312") == SIMPLIFIED


@pytest.mark.parametrize(
    "subject",
    [
        b"Subject: " + "轴承异响".encode("gb18030"),
        b"Subject: " + "轴承异响".encode(),
        b"Subject: =?gb2312?B?" + base64.b64encode("轴承异响".encode("gb2312")) + b"?=",
        # a character cut in two between two encoded words
        b"Subject: =?utf-8?B?" + base64.b64encode("轴承异响".encode()[:4]) + b"?=\r\n =?utf-8?B?"
        + base64.b64encode("轴承异响".encode()[4:]) + b"?=",
        b"Subject: =?x-nonsense?B?" + base64.b64encode("轴承异响".encode()) + b"?=",
    ],
)  # fmt: skip
def test_subjects(subject: bytes) -> None:
    letter = read(raw("utf-8", b"x", subject))
    assert letter.subject == "轴承异响"
    assert (letter.sender, letter.sender_name) == ("li@example.org", "李明")
    assert letter.message_id == "<a1@example.org>"


def test_html_alone_becomes_text_without_scripts() -> None:
    mail = MIMEText(
        "<html><head><style>p{}</style></head><body><p>轴承&nbsp;有异响</p><script>alert(1)</script>"
        "<div>请更换<br>谢谢 &lt;3</div><blockquote>old words</blockquote></body></html>",
        "html", "utf-8",
    )  # fmt: skip
    letter = read(mail.as_bytes())
    assert letter.text == "轴承 有异响\n请更换\n谢谢 <3\n\n> old words"
    assert letter.said == "轴承 有异响\n请更换\n谢谢 <3"


def test_nested_quotes_of_html_stay_quotes() -> None:
    text = text_of_html("new<blockquote>one<blockquote>two</blockquote>three</blockquote>after")
    assert text.split() == ["new", ">", "one", ">", "two", ">", "three", "after"]


@pytest.mark.parametrize(
    "quote",
    [
        "> old\n> words",
        "On Mon, 2 Mar 2026 at 10:00, Care <care@manyi.example> wrote:\n> old",
        "On Mon, 2 Mar 2026 at 10:00, Care of the organisation\n<care@manyi.example> wrote:\nold",
        "在 2026年3月2日，星期一，客服 <care@manyi.example> 写道：\nold",
        "客服 <care@manyi.example> 于2026年3月2日周一 10:00写道：\nold",
        "-----原始邮件-----\n发件人: care\nold",
        "------------------ 原始邮件 ------------------\nold",
        "-----Original Message-----\nold",
        "发件人： 客服\n发送时间： 2026年3月2日\n收件人： 李明\n主题： 投诉\nold",
        "From: Care\nSent: Monday\nTo: Li\nSubject: x\nold",
        "________________________________\nFrom: Care\nold",
        "-- \nLi Ming\nQuality",
    ],
)
def test_what_is_quoted_is_not_said(quote: str) -> None:
    assert without_quotes(f"还是有异响。\nStill noisy.\n\n{quote}") == "还是有异响。\nStill noisy."


def test_a_mail_of_quotes_alone_is_shown_whole() -> None:
    assert without_quotes("> only this") == "> only this"


def test_words_that_only_look_like_a_head_stay() -> None:
    text = "From: Shanghai it came late.\nOn Monday nobody wrote: we waited."
    assert without_quotes(text) == text


def test_files_and_inline_pictures() -> None:
    mail = EmailMessage()
    mail["From"] = "li@example.org"
    mail.set_content("见附件")
    mail.add_alternative("<p>见附件<img src='cid:p1'></p>", subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(b"\x89PNG..", "image", "png", cid="<p1>")  # type: ignore[union-attr]
    mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="检验报告.pdf")
    inner = EmailMessage()
    inner["Subject"] = "forwarded"
    inner.set_content("inside")
    mail.add_attachment(inner)
    letter = read(mail.as_bytes())
    assert letter.text.strip() == "见附件"
    assert [(f.name, f.inline) for f in letter.files] == [
        ("image.png", True), ("检验报告.pdf", False), ("message.eml", False),
    ]  # fmt: skip
    assert b"inside" in letter.files[2].content


def test_file_names_in_raw_gbk_and_in_encoded_words() -> None:
    for name in (b"=?gbk?B?" + base64.b64encode("照片.jpg".encode("gbk")) + b"?=", "照片.jpg".encode("gbk")):
        letter = read(
            b"From: a@b.cn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n"
            b"Content-Type: text/plain\r\n\r\nx\r\n--q\r\nContent-Type: image/jpeg\r\n"
            b'Content-Disposition: attachment; filename="' + name + b'"\r\n\r\n\xff\xd8\xff\r\n--q--\r\n'
        )
        assert [f.name for f in letter.files] == ["照片.jpg"]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: <\r\n\r\nx",
        b"Message-ID: <a@\r\n\r\n",
        b"From: a@[\r\nDate: Mon, 99 Foo 99999\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\ncut of",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!not base64",
        b"Content-Type: text/plain; charset==?x?=\r\n\r\n\xff",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Subject: =?utf-8?B?####?=\r\n\r\nx",
    ],
)
def test_broken_mails_never_raise(broken: bytes) -> None:
    read(broken)


@given(st.binary(max_size=600))
def test_any_bytes_are_read(content: bytes) -> None:
    letter = read(b"From: a@b.cn\r\nSubject: " + content)
    assert "\0" not in letter.text + letter.subject
    letter.text.encode()


def test_what_was_cut_off_is_kept_as_far_as_it_came() -> None:
    mail = MIMEMultipart()
    mail["From"] = "li@example.org"
    mail.attach(MIMEText("轴承有异响", "plain", "utf-8"))
    mail.attach(MIMEText("second part", "plain"))
    assert read(mail.as_bytes()[:-60]).text.startswith("轴承有异响")


@pytest.mark.parametrize(
    "mark",
    [
        b"Auto-Submitted: auto-replied", b"Auto-Submitted: auto-generated (ticket)", b"X-Autoreply: yes",
        b"Precedence: bulk", b"Precedence: auto_reply", b"Return-Path: <>", b"X-Autorespond: holiday",
    ],
)  # fmt: skip
def test_machines_are_known_by_their_marks(mark: bytes) -> None:
    assert written_by_machine(read(raw("utf-8", b"x", more=mark + b"\r\n")))


@pytest.mark.parametrize(
    "mark", [b"Auto-Submitted: no", b"Precedence: list", b"Return-Path: <li@example.org>"]
)
def test_people_are_no_machines(mark: bytes) -> None:
    assert written_by_machine(read(raw("utf-8", b"x", more=mark + b"\r\n"))) == ""
