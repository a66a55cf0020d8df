"""Mails are kept once, raw, whatever they are; tested without a server."""

from __future__ import annotations

from datetime import datetime

import pytest

from manyi.config.upkeep import doctor
from manyi.events.models import Event
from manyi.messaging.mailboxes import Mailbox, address_for, parse
from manyi.messaging.models import IncomingMail
from manyi.messaging.services_incoming import MAX_MAIL_BYTES, take_in
from manyi.scope import Scope
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system("test")
BOX = parse("imaps://care%40manyi.example:p%2Fw@mail.example/INBOX?unit=EAST")
RAW = b"From: li@example.org\r\nMessage-ID: <a@example.org>\r\nSubject: noisy\r\n\r\nBearing noisy\r\n"


@pytest.fixture(autouse=True)
def _own_files(settings: object, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


def take(raw: bytes, at: datetime, uid: int = 1, box: Mailbox = BOX, **more: int) -> IncomingMail:
    fields = {"uidvalidity": 1, "too_large": 0, **more}
    return take_in(SYSTEM, mailbox=box, uid=uid, raw=raw, received_at=at, at=at, **fields)  # type: ignore[arg-type]


def test_the_address_of_a_mailbox_is_taken_apart() -> None:
    assert (BOX.key, BOX.unit_code, BOX.address) == (
        "care@manyi.example@mail.example/INBOX",
        "EAST",
        "care@manyi.example",
    )
    plain = parse("imaps://user:pw@mail.example")
    assert (plain.key, plain.unit_code, plain.address) == ("user@mail.example/INBOX", "", "")
    assert "pw" not in plain.key


def test_the_same_place_is_taken_once(cast: Cast, at: datetime) -> None:
    assert take(RAW, at) == take(RAW, at)
    assert Event.objects.filter(kind="mail.received").count() == 1


def test_a_mailbox_that_was_built_anew_brings_nothing_new(cast: Cast, at: datetime) -> None:
    first, again = take(RAW, at), take(RAW, at, uidvalidity=2)
    assert (again.state, again.reason, again.same_as) == ("ignored", "same", first)
    assert again.raw.name == first.raw.name


def test_one_message_id_with_two_texts_is_two_mails(cast: Cast, at: datetime) -> None:
    assert take(RAW, at).state == take(RAW + b"and more", at, uid=2).state == "new"


def test_a_mail_that_is_too_large_is_listed_with_its_head(cast: Cast, at: datetime) -> None:
    row = take(RAW.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", at, too_large=MAX_MAIL_BYTES + 1024**2)
    assert (row.state, row.reason, row.subject, row.error) == ("broken", "large", "noisy", "65 MB > 64 MB")


def test_an_unknown_unit_falls_to_the_top(cast: Cast, at: datetime) -> None:
    assert take(RAW, at).unit == cast.east
    other = parse("imaps://x:y@mail.example/INBOX?unit=NOWHERE")
    assert take(RAW + b"x", at, box=other).unit == cast.group


def test_our_own_mails_and_addresses_are_loops(cast: Cast, at: datetime, settings: object) -> None:
    settings.COMPLAINTS_INBOXES = [BOX.url]  # type: ignore[attr-defined]
    assert take(RAW.replace(b"li@example.org", b"Care@manyi.example"), at).reason == "from_us"
    assert take(b"X-Loop: manyi@localhost\r\n" + RAW + b"2", at, uid=2).reason == "ours"


def test_answers_go_to_the_nearest_mailbox(cast: Cast, settings: object) -> None:
    assert address_for(cast.east) == ""
    top = "imaps://x:y@mail.example/INBOX?address=all@manyi.example"
    settings.COMPLAINTS_INBOXES = [top, BOX.url]  # type: ignore[attr-defined]
    assert address_for(cast.east) == "care@manyi.example"
    assert address_for(cast.west) == "all@manyi.example"


def test_the_doctor_says_which_mailbox_cannot_be_read(cast: Cast, at: datetime, settings: object) -> None:
    settings.COMPLAINTS_INBOXES = ["imap://a:secret@127.0.0.1:1/INBOX"]  # type: ignore[attr-defined]
    check = next(c for c in doctor(at=at) if c.name == "mailboxes")
    assert not check.well
    assert "a@127.0.0.1/INBOX" in check.found
    assert "secret" not in check.found
