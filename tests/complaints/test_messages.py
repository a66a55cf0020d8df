"""What goes out to a complainant: messages, and the mail at each step, through a real mail server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from manyi.complaints.models import Message, PauseReason
from manyi.complaints.queries import clocks as clock_queries
from manyi.complaints.queries import messages as queries
from manyi.complaints.services import cases, clocks, messages
from manyi.messaging.bounces import Bounce
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import note_bounce, send_batch
from manyi.people import services as people
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.complaints.test_attachments import PNG
from tests.conftest import Cast
from tests.messaging.conftest import Post

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system("test")
BACKEND = "django.contrib.auth.backends.ModelBackend"


def steps(complaint: object) -> list[str]:
    """The steps told so far, in order."""
    found = OutgoingMail.objects.filter(reference__startswith=f"complaint:{complaint.pk}:").order_by("pk")  # type: ignore[attr-defined]
    return [reference.split(":")[2] for reference in found.values_list("reference", flat=True)]


@pytest.mark.smtp
def test_receipt_is_acknowledged_by_mail_in_the_complainants_language(
    cast: Cast, at: datetime, post: Post, run_jobs: Callable[[], int], settings: object
) -> None:
    settings.COMPLAINTS_INBOXES = [  # type: ignore[attr-defined]
        "imaps://x:y@mail.example/INBOX?address=all@manyi.example",
        "imaps://x:y@mail.example/EAST?unit=east&address=east@manyi.example",
    ]
    row = factories.complaint(
        cast.east, cast.agent, at, title="轴承有异响", email="li@example.org", complainant="李明"
    )
    run_jobs()
    run_jobs()
    row.refresh_from_db()
    assert row.acknowledged_at == at
    assert send_batch(limit=10, at=at).sent == 1
    [mail] = post.mails
    assert mail["To"] == "li@example.org"
    assert mail["Subject"].strip() == f"[{row.number}] 我们已收到您的投诉"
    assert mail["Reply-To"] == "east@manyi.example"
    assert mail["X-Loop"] == "manyi@localhost"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "李明" in text
    assert "轴承有异响" in text
    assert f"/c/{row.number}/{row.secret}/" in text
    assert "Thank you" not in text


def test_each_step_is_told_once(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    scope = cast.scope("agent")
    row = factories.complaint(cast.east, cast.agent, at, email="li@example.org", language="en")
    run_jobs()
    cases.start(scope, complaint=row, at=at)
    run_jobs()
    cases.respond(scope, complaint=row, at=at + timedelta(hours=1))
    run_jobs()
    cases.resolve(scope, complaint=row, resolution="Bearing replaced.", at=at + timedelta(hours=2))
    run_jobs()
    resolved = OutgoingMail.objects.get(reference__contains=":resolved:")
    cases.close(scope, complaint=row, at=at + timedelta(hours=3))
    run_jobs()
    cases.reopen(scope, complaint=row, reason="SECRET-REASON", at=at + timedelta(hours=4))
    run_jobs()
    cases.withdraw(scope, complaint=row, reason="SECRET-REASON", at=at + timedelta(hours=5))
    run_jobs()
    assert steps(row) == ["received", "started", "responded", "resolved", "closed", "reopened", "withdrawn"]
    assert "Bearing replaced." in resolved.text
    assert "Bearing replaced." in resolved.html
    assert resolved.subject == f"[{row.number}] How your complaint is settled"
    assert not OutgoingMail.objects.filter(text__contains="SECRET").exists()


def test_what_was_overtaken_meanwhile_is_not_told(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    scope = cast.scope("agent")
    row = factories.complaint(cast.east, cast.agent, at, email="li@example.org")
    cases.start(scope, complaint=row, at=at)
    cases.resolve(scope, complaint=row, resolution="Explained.", at=at)
    cases.close(scope, complaint=row, at=at)
    run_jobs()
    assert steps(row) == ["received", "closed"]
    assert "Explained." in OutgoingMail.objects.get(reference__contains=":closed:").text


def test_without_an_address_nothing_is_sent_and_the_acknowledgement_stays_due(
    cast: Cast, at: datetime, run_jobs: Callable[[], int], client: Client
) -> None:
    row = factories.complaint(cast.east, cast.agent, at, phone="13800000001")
    run_jobs()
    row.refresh_from_db()
    assert row.acknowledged_at is None
    assert not OutgoingMail.objects.exists()
    client.force_login(cast.agent, backend=BACKEND)
    page = client.get(f"/complaints/{row.number}/").content.decode()
    assert "tell the complainant by phone" in page
    client.post(f"/complaints/{row.number}/acknowledged/")
    row.refresh_from_db()
    assert row.acknowledged_at is not None
    assert "tell the complainant by phone" not in client.get(f"/complaints/{row.number}/").content.decode()


def test_imported_complaints_are_not_written_to(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    factories.complaint(cast.east, cast.agent, at, email="li@example.org", channel="import")
    run_jobs()
    assert not OutgoingMail.objects.exists()


def test_a_message_answers_the_matter_and_keeps_the_thread(cast: Cast, at: datetime) -> None:
    scope = cast.scope("agent")
    row = factories.complaint(cast.east, cast.agent, at, email="li@example.org", language="en")
    messages.receive(
        SYSTEM, complaint=row, text="Still noisy", at=at, channel="mail", mail_reference="<q1@example.org>"
    )
    sent = messages.send(
        scope,
        complaint=row,
        text="We come on Tuesday.",
        files=[("plan.png", PNG)],
        at=at + timedelta(hours=1),
    )
    row.refresh_from_db()
    assert row.responded_at == at + timedelta(hours=1)
    mail = OutgoingMail.objects.get(reference=f"complaint:{row.pk}:message:{sent.pk}")
    assert sent.mail_reference == mail.message_id
    assert mail.headers["In-Reply-To"] == "<q1@example.org>"
    assert "We come on Tuesday." in mail.text
    assert "One file comes with this" in mail.text
    again = messages.send(scope, complaint=row, text="And bring a spare.", at=at + timedelta(hours=2))
    mail = OutgoingMail.objects.get(message_id=again.mail_reference)
    assert mail.headers["References"] == f"<q1@example.org> {sent.mail_reference}"


def test_keeping_in_touch_is_no_answer(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    sent = messages.send(cast.scope("agent"), complaint=row, text="A photo, please?", at=at, answers=False)
    row.refresh_from_db()
    assert (row.acknowledged_at, row.responded_at) == (at, None)
    assert (sent.channel, sent.mail_reference) == ("web", "")


def test_the_same_mail_is_stored_once(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    for _again in range(2):
        messages.receive(SYSTEM, complaint=row, text="x", at=at, channel="mail", mail_reference="<a@b.cn>")
    assert row.messages.count() == 1


def test_a_word_of_the_complainant_ends_the_wait_for_it(cast: Cast, at: datetime) -> None:
    row, scope = factories.complaint(cast.east, cast.agent, at), cast.scope("agent")
    for hour, (code, still) in enumerate((("customer", False), ("parts", True)), start=1):
        reason, later = PauseReason.objects.get(code=code), at + timedelta(hours=hour)
        clocks.pause(scope, complaint=row, reason=reason, at=later)
        messages.receive(
            SYSTEM, complaint=row, text="Here it is", at=later + timedelta(minutes=9), channel="web"
        )
        assert (clock_queries.pause_of(row) is not None) is still


def test_an_empty_or_endless_message_is_refused(cast: Cast, at: datetime) -> None:
    row, scope = factories.complaint(cast.east, cast.agent, at), cast.scope("agent")
    with pytest.raises(Refused, match="The message is empty"):
        messages.send(scope, complaint=row, text=" \n", at=at)
    with pytest.raises(Refused, match="at most 20000 characters"):
        messages.send(scope, complaint=row, text="x" * 20_001, at=at)
    with pytest.raises(Refused, match=r"run\.exe"):
        messages.send(scope, complaint=row, text="x", files=[("run.exe", b"MZ")], at=at)
    assert not Message.objects.exists()


def test_another_branch_writes_nothing(cast: Cast, at: datetime, client: Client) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    with pytest.raises(NotAllowed):
        messages.send(cast.scope("outsider"), complaint=row, text="x", at=at)
    client.force_login(cast.outsider, backend=BACKEND)
    for path in ("messages/", "acknowledged/", "files/"):
        assert client.post(f"/complaints/{row.number}/{path}", {"text": "x"}).status_code == 404


def test_a_mail_that_comes_back_leaves_a_note(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    row = factories.complaint(cast.east, cast.agent, at, email="gone@example.org")
    run_jobs()
    mail = OutgoingMail.objects.get()
    note_bounce(SYSTEM, mail=mail, bounce=Bounce("gone@example.org", "5.1.1", "no such user"), at=at)
    run_jobs()
    assert row.notes.get().text == (
        "The mail to gone@example.org did not arrive: no such user. Please use another way."
    )


def test_who_waits_for_an_answer(cast: Cast, at: datetime) -> None:
    first, second = (factories.complaint(cast.east, cast.agent, at) for _n in range(2))
    for row in (first, second):
        messages.receive(SYSTEM, complaint=row, text="?", at=at, channel="web")
    messages.send(cast.scope("agent"), complaint=second, text="!", at=at + timedelta(minutes=1))
    assert list(queries.unanswered(cast.scope("agent"))) == [first]
    assert not queries.unanswered(cast.scope("outsider")).exists()


def test_agents_write_and_attach_on_the_page(cast: Cast, at: datetime, client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    row = factories.complaint(cast.east, cast.agent, at, email="li@example.org")
    client.force_login(cast.agent, backend=BACKEND)
    client.post(
        f"/complaints/{row.number}/messages/",
        {"text": "We come on Tuesday.", "answers": "on", "files": SimpleUploadedFile("plan.png", PNG)},
    )
    client.post(f"/complaints/{row.number}/files/", {"files": SimpleUploadedFile("lab.png", PNG + b"2")})
    page = client.get(f"/complaints/{row.number}/").content.decode()
    assert "We come on Tuesday." in page
    shown, internal = row.attachments.order_by("pk")
    assert (shown.message is not None, internal.message) == (True, None)
    for file in (shown, internal):
        answer = client.get(f"/complaints/{row.number}/files/{file.pk}/")
        assert answer.status_code == 200
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert b"".join(answer).startswith(b"\x89PNG")  # type: ignore[arg-type]
    client.force_login(cast.outsider, backend=BACKEND)
    assert client.get(f"/complaints/{row.number}/files/{shown.pk}/").status_code == 404
    client.logout()
    assert client.get(f"/complaints/{row.number}/files/{shown.pk}/").status_code == 302


def test_the_api_lists_and_sends(cast: Cast, at: datetime, client: Client) -> None:
    row = factories.complaint(cast.east, cast.agent, at, email="li@example.org")
    messages.receive(SYSTEM, complaint=row, text="Still noisy", at=at, channel="web", files=[("a.png", PNG)])
    token = people.create_token(cast.scope("agent"), user=cast.agent, name="t", at=at)
    head = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/complaints/{row.number}/messages"
    sent = client.post(path, {"text": "We come."}, content_type="application/json", headers=head)
    assert sent.status_code == 201
    items = client.get(path, headers=head).json()["items"]
    assert [(i["direction"], i["text"], len(i["files"])) for i in items] == [
        ("in", "Still noisy", 1), ("out", "We come.", 0),
    ]  # fmt: skip
    other = people.create_token(cast.scope("outsider"), user=cast.outsider, name="t", at=at)
    assert client.get(path, headers={"Authorization": f"Bearer {other}"}).status_code == 404
