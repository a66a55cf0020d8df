"""The complaints mailbox on a real IMAP server: nothing is lost, nothing is taken twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from imap_tools import AND, MailBoxUnencrypted

from manyi.complaints.models import Complaint, Message
from manyi.complaints.services import mail_in
from manyi.messaging.jobs import read_complaints, read_inbox
from manyi.messaging.models import IncomingMail, OutgoingMail
from manyi.messaging.services_incoming import MOST_PER_HOUR
from manyi.people import services as people
from manyi.people.models import User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.complaints import mails
from tests.complaints.test_attachments import PNG
from tests.conftest import Cast
from tests.messaging.test_bounces import OURS, report

pytestmark = [pytest.mark.django_db, pytest.mark.imap]
SYSTEM = Scope.system("test")
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def box(dovecot: str, settings: object, cast: Cast) -> Iterator[MailBoxUnencrypted]:
    """The empty complaints mailbox of the east branch, opened beside the product."""
    settings.COMPLAINTS_INBOXES = [f"{dovecot}?unit=EAST&address=care@manyi.example"]  # type: ignore[attr-defined]
    port = int(dovecot.rpartition(":")[2].partition("/")[0])
    with MailBoxUnencrypted("127.0.0.1", port).login("bounces@manyi.example", "open sesame/?") as opened:
        opened.delete(opened.uids())
        yield opened


def state_of(sender_or_subject: str) -> str:
    return IncomingMail.objects.get(subject__contains=sender_or_subject, same_as=None).state


# -- one by one --------------------------------------------------------------------------------------------


def test_a_mail_opens_a_complaint_when_it_came(
    box: MailBoxUnencrypted, cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    customer = factories.customer(cast.east, 1, at)
    contact = customer.contacts.get()
    arrived = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    raw = mails.with_file(1, "Bearing noisy", "photo.png", PNG, "image/png").replace(
        b"c1@customers.example", contact.email.encode()
    )
    box.append(raw, dt=arrived)
    assert read_complaints() == 1
    run_jobs()
    row = Complaint.objects.get()
    assert (row.title, row.channel, row.unit, row.first_contact_owner) == (
        "Bearing noisy",
        "mail",
        cast.east,
        cast.agent,
    )
    assert (row.customer, row.contact, row.email, row.language) == (
        customer,
        contact,
        contact.email,
        contact.language,
    )
    assert row.received_at == arrived
    message = row.messages.get()
    assert (message.text, message.attachments.get().name) == ("Bearing noisy", "photo.png")
    mail = IncomingMail.objects.get()
    assert (mail.state, mail.outcome) == ("opened", f"complaint:{row.pk}")
    assert mail.raw.read().replace(b"\r\n", b"\n") == raw.replace(b"\r\n", b"\n")
    answer = OutgoingMail.objects.get()
    assert answer.reference.startswith(f"complaint:{row.pk}:received:")
    assert answer.headers["In-Reply-To"] == mail.message_id


def test_the_same_mail_twice_is_one_complaint(box: MailBoxUnencrypted, run_jobs: Callable[[], int]) -> None:
    raw = mails.letter(1, "Bearing noisy")
    box.append(raw)
    box.append(b"Received: from another.example\r\n" + raw)  # by a second route
    assert (read_complaints(), read_complaints()) == (2, 0)
    run_jobs()
    assert Complaint.objects.count() == 1
    assert sorted(IncomingMail.objects.values_list("state", flat=True)) == ["ignored", "opened"]


def test_what_somebody_opened_before_us_is_taken_all_the_same(
    box: MailBoxUnencrypted, run_jobs: Callable[[], int]
) -> None:
    box.append(mails.letter(1, "old and seen"))
    box.flag(box.uids(), "\\Seen", True)
    assert read_complaints() == 0
    box.append(mails.letter(2, "new and seen"))
    box.client.noop()
    box.flag(box.uids(), "\\Seen", True)
    assert read_complaints() == 1
    assert IncomingMail.objects.get().subject == "new and seen"


def test_a_stranger_who_names_a_number_waits_for_a_person(
    box: MailBoxUnencrypted, cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    row = factories.complaint(cast.east, cast.agent, at, email="li@example.org")
    box.append(mails.letter(1, "tell me all", subject=f"Re: {row.number}"))
    box.append(mails.letter(2, "still noisy", subject=f"Re: [{row.number}]", sender="Li@example.org"))
    read_complaints()
    run_jobs()
    assert state_of("Re: [") == "threaded"
    stranger = IncomingMail.objects.get(subject=f"Re: {row.number}")
    assert stranger.state == "flagged"
    assert (stranger.reason, stranger.error) == ("stranger", row.number)
    assert list(row.messages.values_list("text", flat=True)) == ["still noisy"]
    assert Complaint.objects.count() == 1


def test_more_than_a_few_mails_an_hour_from_one_address_are_a_loop(
    box: MailBoxUnencrypted, run_jobs: Callable[[], int]
) -> None:
    for n in range(MOST_PER_HOUR + 3):
        box.append(mails.letter(n, f"ticket {n}", sender="machine@other.example"))
    read_complaints()
    run_jobs()
    states = Counter(IncomingMail.objects.values_list("state", flat=True))
    assert states == {"opened": MOST_PER_HOUR, "loop": 3}
    assert OutgoingMail.objects.count() == MOST_PER_HOUR


def test_machines_and_bounces_are_never_answered(
    box: MailBoxUnencrypted,
    cast: Cast,
    at: datetime,
    run_jobs: Callable[[], int],
    settings: object,
    dovecot: str,
) -> None:
    row = factories.complaint(cast.east, cast.agent, at, email="gone@example.org")
    run_jobs()
    mail = OutgoingMail.objects.get()
    bounce = report("Final-Recipient: rfc822; gone@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n")
    box.append(bounce.replace(OURS.encode(), mail.message_id.encode()))
    for n in range(6):
        box.append(mails.auto_reply(n))
    settings.INBOX_URL = dovecot  # type: ignore[attr-defined]
    assert read_inbox() == 0  # the one mailbox serves both, and is read once
    read_complaints()
    run_jobs()
    assert Counter(IncomingMail.objects.values_list("state", flat=True)) == {"bounce": 1, "auto_reply": 6}
    assert OutgoingMail.objects.count() == 1
    mail.refresh_from_db()
    assert mail.state == "bounced"
    assert "gone@example.org" in row.notes.get().text


def test_without_anybody_on_duty_the_mail_waits(box: MailBoxUnencrypted, run_jobs: Callable[[], int]) -> None:
    User.objects.update(is_active=False)
    box.append(mails.letter(1, "Bearing noisy"))
    read_complaints()
    run_jobs()
    mail = IncomingMail.objects.get()
    assert (mail.state, mail.reason) == ("flagged", "nobody")


def test_files_that_are_not_taken_are_named_and_stay_in_the_raw_mail(
    box: MailBoxUnencrypted, run_jobs: Callable[[], int]
) -> None:
    box.append(mails.with_file(1, "see attachment", "run.exe", b"MZ\x90\x00", "application/octet-stream"))
    read_complaints()
    run_jobs()
    row = Complaint.objects.get()
    assert not row.attachments.exists()
    assert "“run.exe” is not taken" in row.notes.get().text


def test_a_mailbox_that_is_away_stops_no_other(
    box: MailBoxUnencrypted, settings: object, dovecot: str, caplog: pytest.LogCaptureFixture
) -> None:
    box.append(mails.letter(1, "Bearing noisy"))
    away = "imap://a:b@127.0.0.1:1/INBOX?unit=west"
    wrong = dovecot.replace("open%20sesame", "wrong")
    settings.COMPLAINTS_INBOXES = [away, wrong, "imap://a:b@mail.example/X", dovecot]  # type: ignore[attr-defined]
    assert read_complaints() == 1
    text = caplog.text
    assert "a@127.0.0.1/INBOX cannot be read" in text
    assert "imaps://" in text
    assert "sesame" not in text
    assert IncomingMail.objects.get().unit.parent is None


# -- five hundred ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_five_hundred_varied_mails_lose_none(
    box: MailBoxUnencrypted,
    cast: Cast,
    at: datetime,
    run_jobs: Callable[[], int],
    settings: object,
    tmp_path: Path,
) -> None:
    """Two readers in turn, one killed between fetching and committing, and one of the mails has 20 MB."""
    for n in range(3):
        factories.complaint(cast.east, cast.agent, at, email=f"li{n}@example.org")
    named = factories.complaint(cast.east, cast.agent, at, email="wang@example.org")
    run_jobs()
    ours = list(OutgoingMail.objects.values_list("message_id", flat=True))
    before = OutgoingMail.objects.count()
    sent = mails.varied(
        499, ours=ours, thread="wang@example.org", stranger_number=named.number, loop_id=ours[0]
    )
    # Mails by number come from one person: spread over a day, as they would be.
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
    big = mails.with_file(
        900,
        "Film of the noise",
        "film.mp4",
        b"\x00\x00\x00\x18ftypmp42" + os.urandom(20_000_000),
        "video/mp4",
    )
    everything = [*sent, mails.Sent(big, "opened", "Film of the noise")]
    for n, mail in enumerate(everything):
        box.append(mail.raw, dt=start + timedelta(minutes=40 * n))
    box.append(sent[0].raw, dt=start)  # one of them once more

    _killed_reader(settings, tmp_path, after=150)
    assert IncomingMail.objects.count() == 150
    assert len(list((tmp_path / "files").rglob("*.eml"))) >= 151  # one was written, its row was not
    while read_complaints():
        pass
    run_jobs()

    assert IncomingMail.objects.count() == 501
    wanted = Counter(mail.becomes for mail in everything)
    assert Counter(IncomingMail.objects.filter(same_as=None).values_list("state", flat=True)) == wanted
    assert IncomingMail.objects.filter(state="ignored").count() == 1
    kept = {
        default_storage.open(name).read().replace(b"\r\n", b"\n")
        for name in IncomingMail.objects.values_list("raw", flat=True)
    }
    assert all(mail.raw.replace(b"\r\n", b"\n") in kept for mail in everything)
    opened = wanted["opened"]
    assert Complaint.objects.count() == 4 + opened
    assert Message.objects.count() == opened + wanted["threaded"]
    texts = "\n".join(Message.objects.values_list("text", flat=True))
    assert all(mail.words in texts for mail in everything)
    assert "旧内容" not in texts
    # Answered are the new complaints alone, each once.
    assert OutgoingMail.objects.count() - before == opened
    film = Complaint.objects.get(title="Film of the noise").attachments.get()
    assert (film.content_type, film.size) == ("video/mp4", 20_000_012)
    box.client.noop()
    assert len(box.uids()) == 501
    assert len(box.uids(AND(seen=True))) == 501
    assert len(box.uids(AND(flagged=True))) == wanted["broken"]
    assert read_complaints() == 0


def _killed_reader(settings: object, folder: Path, *, after: int) -> None:
    """A reader in a process of its own, killed by signal 9 when the row of the mail after `after` is to be saved."""
    code = f"""
import os, signal
import django; django.setup()
from django.conf import settings
settings.COMPLAINTS_INBOXES = {settings.COMPLAINTS_INBOXES!r}
settings.MEDIA_ROOT = {str(settings.MEDIA_ROOT)!r}
settings.DATABASES["default"]["NAME"] = {str(connection.settings_dict["NAME"])!r}
from django.db import connections
connections["default"].settings_dict["NAME"] = settings.DATABASES["default"]["NAME"]
from django.db.models.signals import pre_save
from manyi.messaging.jobs import read_complaints
from manyi.messaging.models import IncomingMail
seen = []
def die(**_more):
    seen.append(1)
    if len(seen) > {after}:
        os.kill(os.getpid(), signal.SIGKILL)
pre_save.connect(die, sender=IncomingMail)
read_complaints()
"""  # type: ignore[attr-defined]
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "manyi.config.settings_test", "MANYI_DATA_DIR": str(django_settings.DATA_DIR)},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr


# -- the page ----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(box: MailBoxUnencrypted, run_jobs: Callable[[], int]) -> IncomingMail:
    """A mail that came by a mailing list: a person must decide."""
    box.append(mails.letter(1, "Bearing noisy", more={"Precedence": "list"}))
    read_complaints()
    run_jobs()
    mail = IncomingMail.objects.get()
    assert mail.state == "flagged"
    return mail


def test_a_person_opens_a_complaint_from_a_mail(waiting: IncomingMail, cast: Cast, client: Client) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    assert "Bearing noisy" in client.get("/complaints/mailbox/").content.decode()
    page = client.get(f"/complaints/mailbox/{waiting.pk}/").content.decode()
    assert "It came by a mailing list." in page
    answer = client.post(f"/complaints/mailbox/{waiting.pk}/", {"action": "open", "unit": cast.east.pk})
    row = Complaint.objects.get()
    assert answer["Location"] == f"/complaints/{row.number}/"
    assert (row.first_contact_owner, row.unit) == (cast.agent, cast.east)
    assert "Nothing waits" in client.get("/complaints/mailbox/").content.decode()
    assert row.number in client.get(f"/complaints/mailbox/{waiting.pk}/").content.decode()
    again = client.post(f"/complaints/mailbox/{waiting.pk}/", {"action": "ignore"}, follow=True)
    assert "Somebody else has decided on this mail." in again.content.decode()


def test_a_person_adds_a_mail_to_a_complaint(
    waiting: IncomingMail, cast: Cast, at: datetime, client: Client
) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    client.force_login(cast.agent, backend=BACKEND)
    path = f"/complaints/mailbox/{waiting.pk}/"
    wrong = client.post(path, {"action": "attach", "number": "EAST-20990101-0001"}, follow=True)
    assert "There is no complaint “EAST-20990101-0001” that you may see." in wrong.content.decode()
    client.post(path, {"action": "attach", "number": row.number.lower()})
    assert row.messages.get().text == "Bearing noisy"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.handled_by) == ("threaded", cast.agent)


def test_a_person_sets_a_mail_aside_and_it_stays(waiting: IncomingMail, cast: Cast, client: Client) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    client.post(f"/complaints/mailbox/{waiting.pk}/", {"action": "ignore"})
    assert "Bearing noisy" in client.get("/complaints/mailbox/?show=all").content.decode()
    raw = client.get(f"/complaints/mailbox/{waiting.pk}/raw/")
    assert b"Precedence: list" in b"".join(raw)  # type: ignore[arg-type]
    assert raw["Content-Disposition"].startswith("attachment")
    assert not Complaint.objects.exists()


def test_another_branch_sees_and_decides_nothing(waiting: IncomingMail, cast: Cast, client: Client) -> None:
    client.force_login(cast.outsider, backend=BACKEND)
    assert "Bearing noisy" not in client.get("/complaints/mailbox/?show=all").content.decode()
    for path in ("", "raw/"):
        assert client.get(f"/complaints/mailbox/{waiting.pk}/{path}").status_code == 404
    people.create_user(
        SYSTEM, username="dealer", email="", name="Dealer", language="en", password=None,
        roles=[("dealer", cast.east)], at=waiting.received_at,
    )  # fmt: skip
    for name in ("handler", "dealer"):
        client.force_login(User.objects.get(username=name), backend=BACKEND)
        assert client.get("/complaints/mailbox/").status_code == 403
    assert client.get("/complaints/mailbox/").status_code == 403
    with pytest.raises(NotAllowed):
        mail_in.ignore(cast.scope("outsider"), mail=waiting, at=waiting.received_at)


def test_two_people_decide_once(waiting: IncomingMail, cast: Cast, at: datetime) -> None:
    stale = IncomingMail.objects.get(pk=waiting.pk)
    mail_in.ignore(cast.scope("agent"), mail=waiting, at=at)
    with pytest.raises(Refused, match="Somebody else has decided"):
        mail_in.open_by_hand(cast.scope("east_manager"), mail=stale, unit=cast.east, at=at)
    assert not Complaint.objects.exists()
