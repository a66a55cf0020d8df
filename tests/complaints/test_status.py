"""The complainant's own page: what it shows, what it never shows, and what can be done on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client

from manyi.complaints.models import Attachment, CaseRole, Complaint, Message, Note
from manyi.complaints.services import cases, messages
from manyi.complaints.services.attachments import attach
from manyi.complaints.views.status import MISSES, POSTS
from manyi.events.models import Event
from manyi.messaging.models import OutgoingMail
from manyi.scope import Scope
from tests import factories
from tests.complaints.test_attachments import PNG
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system("test")
CANARY = "CANARY-7f3a"


@pytest.fixture
def row(cast: Cast, at: datetime) -> Complaint:
    return factories.complaint(
        cast.east, cast.agent, at, title="Bearing noisy", email="li@example.org", language="en"
    )


def address(row: Complaint) -> str:
    return f"/c/{row.number}/{row.secret}/"


def page(client: Client, row: Complaint, query: str = "") -> str:
    answer = client.get(address(row) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_where_it_stands_and_what_comes_next(client: Client, row: Complaint) -> None:
    text = page(client, row)
    assert "Bearing noisy" in text
    assert row.number in text
    assert "We have it" in text
    assert "<script" not in text
    assert "当前进度" in page(client, row, "?lang=zh")


def test_it_is_private(client: Client, row: Complaint) -> None:
    answer = client.get(address(row))
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies


def test_a_wrong_secret_is_answered_like_an_unknown_number(client: Client, row: Complaint) -> None:
    wrong = client.get(f"/c/{row.number}/{'x' * 22}/?lang=en")
    unknown = client.get(f"/c/EAST-20260302-9999/{row.secret}/?lang=en")
    assert wrong.status_code == unknown.status_code == 404
    assert wrong.content == unknown.content
    assert "No complaint has this number with this secret" in wrong.content.decode()
    form = client.post("/c/", {"number": row.number, "secret": "nonsense"})
    assert form.status_code == 404
    assert row.title not in form.content.decode()
    assert client.post("/c/", {"number": f"{row.number}\0", "secret": "\0"}).status_code == 404


def test_who_guesses_is_stopped_and_who_knows_is_not(client: Client, row: Complaint) -> None:
    for _guess in range(MISSES):
        assert client.get(f"/c/{row.number}/wrong/").status_code == 404
    stopped = client.get(f"/c/{row.number}/wrong/")
    assert stopped.status_code == 429
    assert stopped["Retry-After"] == "60"
    assert client.get(address(row)).status_code == 200


def test_number_and_secret_on_paper_lead_there(client: Client, row: Complaint) -> None:
    answer = client.post("/c/?lang=en", {"number": f" {row.number.lower()} ", "secret": f"{row.secret} "})
    assert answer.status_code == 303
    assert answer["Location"] == f"{address(row)}?lang=en"


def test_messages_go_both_ways_with_files(client: Client, cast: Cast, row: Complaint, at: datetime) -> None:
    answer = client.post(
        address(row),
        {"action": "message", "text": "Here is <b>a photo</b>", "files": SimpleUploadedFile("噪音.png", PNG)},
    )
    assert answer["Location"] == f"{address(row)}?lang=en&done=message#message"
    messages.send(cast.scope("agent"), complaint=row, text="We come on Tuesday.", at=at + timedelta(hours=1))
    text = page(client, row, "?done=message")
    assert "Your message has arrived." in text
    assert "Here is &lt;b&gt;a photo&lt;/b&gt;" in text
    assert "We come on Tuesday." in text
    file = Attachment.objects.get()
    download = client.get(f"{address(row)}files/{file.pk}/")
    assert b"".join(download) == PNG  # type: ignore[arg-type]
    assert download["Cache-Control"] == "no-store, private"
    assert client.get(f"/c/{row.number}/wrong/files/{file.pk}/").status_code == 404
    change = Event.objects.filter(kind="complaint.changed", payload__change="message").first()
    assert change is not None
    assert change.payload["detail"] in ("in", "out")


def test_a_message_that_is_refused_is_not_lost(client: Client, row: Complaint) -> None:
    answer = client.post(
        address(row),
        {"action": "message", "text": "my long story", "files": SimpleUploadedFile("run.exe", b"MZ")},
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "“run.exe” is not taken" in text
    assert "my long story</textarea>" in text
    assert not Message.objects.exists()


def test_sending_twice_by_a_double_click_stores_one(client: Client, row: Complaint) -> None:
    for _click in range(2):
        client.post(address(row), {"action": "message", "text": "hello\r\n\0there"})
    assert row.messages.get().text == "hello\nthere"


def test_a_flood_is_stopped(client: Client, row: Complaint) -> None:
    codes = [client.post(address(row), {"action": "nonsense"}).status_code for _n in range(POSTS + 1)]
    assert codes == [422] * POSTS + [429]


def test_withdrawing(client: Client, row: Complaint, run_jobs: Callable[[], int]) -> None:
    answer = client.post(address(row), {"action": "withdraw", "text": "It works again"})
    assert answer.status_code == 303
    row.refresh_from_db()
    assert row.state == "withdrawn"
    text = page(client, row)
    assert "It was withdrawn" in text
    assert "Withdraw my complaint" not in text
    assert client.post(address(row), {"action": "withdraw"}).status_code == 422
    run_jobs()
    assert OutgoingMail.objects.filter(reference__contains=":withdrawn:").count() == 1


def test_rating(client: Client, cast: Cast, row: Complaint, at: datetime) -> None:
    assert client.post(address(row), {"action": "rate", "score": "5"}).status_code == 422
    cases.resolve(cast.scope("agent"), complaint=row, resolution="Bearing replaced.", at=at)
    text = page(client, row)
    assert "Bearing replaced." in text
    assert "Very dissatisfied" in text
    for score in ("", "0", "6", "x", "²"):
        assert client.post(address(row), {"action": "rate", "score": score}).status_code == 422
    for score in ("2", "4"):
        client.post(address(row), {"action": "rate", "score": score, "text": "quick"})
    assert list(row.ratings.values_list("score", "comment", "closing")) == [(4, "quick", 0)]
    cases.close(cast.scope("agent"), complaint=row, at=at)
    client.post(address(row), {"action": "rate", "score": "5"})
    assert list(row.ratings.values_list("score", "closing")) == [(4, 0), (5, 1)]
    assert Event.objects.filter(kind="complaint.rated").count() == 3
    cases.reopen(cast.scope("agent"), complaint=row, reason="again", at=at)
    assert "Bearing replaced." not in page(client, row)


def _merged(row: Complaint, into: Complaint) -> None:
    Complaint.objects.filter(pk=row.pk).update(state="merged", merged_into=into)
    row.refresh_from_db()


def test_a_merged_complaint_shows_the_other_to_the_same_complainant_alone(
    client: Client, cast: Cast, row: Complaint, at: datetime
) -> None:
    other = factories.complaint(cast.east, cast.agent, at, title="Another's matter", email="wang@example.org")
    same = factories.complaint(cast.east, cast.agent, at, title="The same matter", email="LI@example.org")
    _merged(row, other)
    text = page(client, row)
    assert "Another's matter" not in text.replace("&#x27;", "'")
    assert "together with another complaint" in text
    _merged(row, same)
    assert "The same matter" in page(client, row)


# -- nothing internal --------------------------------------------------------------------------------------

#: Text that is meant for the complainant, or that is the complainant's own.
PUBLIC = {
    "Complaint": {"number", "secret", "channel", "language", "state", "severity", "title", "email", "phone",
                  "complainant", "resolution", "next_due_kind"},
    "Message": {"direction", "channel", "mail_reference", "text"},
}  # fmt: skip


def _poison(instance: models.Model) -> None:
    """Put the canary into every free text field of a row that is not for the complainant."""
    name = type(instance).__name__
    changes = {}
    for field in instance._meta.concrete_fields:
        if field.choices or field.name in PUBLIC.get(name, set()) or getattr(field, "unique", False):
            continue
        if isinstance(field, models.TextField) or type(field) is models.CharField:
            changes[field.name] = CANARY[: field.max_length or 50]
    if changes:
        type(instance)._default_manager.filter(pk=instance.pk).update(**changes)


def test_nothing_internal_reaches_page_or_mails(
    client: Client, cast: Cast, row: Complaint, at: datetime, run_jobs: Callable[[], int]
) -> None:
    """Every row of the app that hangs on the complaint holds a canary in its free texts, and people's names do."""
    scope = cast.scope("manager")
    for user in (cast.agent, cast.handler, cast.manager):
        type(user).objects.filter(pk=user.pk).update(name=f"{CANARY} {user.pk}")
    note = cases.add_note(scope, complaint=row, text=f"note {CANARY}", at=at)
    attach(scope, complaint=row, name=f"{CANARY}.png", content=PNG, at=at)
    attach(scope, complaint=row, name=f"{CANARY}2.png", content=PNG, note=note, at=at)
    cases.assign(
        scope, complaint=row, role=CaseRole.HANDLER, unit=cast.east, user=cast.handler, at=at, reason=CANARY
    )
    made = _hang_on(row, cast, at)
    run_jobs()
    cases.start(scope, complaint=row, at=at)
    messages.send(scope, complaint=row, text="We come on Tuesday.", at=at)
    _poison(row)
    for instance in made:
        _poison(instance)
    seen: list[str] = []

    def look() -> None:
        run_jobs()
        for query in ("?lang=en", "?lang=zh"):
            seen.append(page(client, row, query))

    look()
    row.refresh_from_db()
    cases.resolve(scope, complaint=row, resolution="Bearing replaced.", at=at)
    look()
    cases.close(scope, complaint=row, at=at)
    look()
    cases.reopen(scope, complaint=row, reason=f"reason {CANARY}", at=at)
    look()
    cases.withdraw(scope, complaint=row, reason=f"reason {CANARY}", at=at)
    look()
    mails = OutgoingMail.objects.filter(to="li@example.org")
    assert mails.count() >= 6
    seen += [f"{m.subject} {m.text} {m.html} {m.headers}" for m in mails]
    assert Note.objects.filter(text__contains=CANARY).count() >= 3
    assert [text for text in seen if CANARY in text] == []
    for file in row.attachments.all():
        assert client.get(f"{address(row)}files/{file.pk}/").status_code == 404


def _hang_on(row: Complaint, cast: Cast, at: datetime) -> list[models.Model]:
    """A row of every model of the app that points to the complaint and can be made from simple values."""
    made: list[models.Model] = []
    skipped: list[str] = []
    for relation in row._meta.related_objects:
        model = relation.related_model
        if not isinstance(model, type) or model is Complaint or model._meta.app_label != "complaints":
            continue
        if model in (Attachment, Message, Note) or model.__name__ in ("CaseLink", "Rating"):
            continue
        existing = list(model._default_manager.filter(**{relation.field.name: row}))
        if existing:
            made += existing
            continue
        try:
            made.append(_simple(model, relation.field.name, row, cast, at))
        except Exception:
            skipped.append(model.__name__)
    found = {type(instance).__name__ for instance in made}
    assert found >= {"Assignment", "ClockEvent", "HandOver", "Letter", "Proposal", "WorkOrder"}, skipped
    return made


def _simple(model: type[models.Model], link: str, row: Complaint, cast: Cast, at: datetime) -> models.Model:
    from django.db import transaction

    values: dict[str, object] = {link: row}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name == link or field.has_default() or field.null or field.blank:
            continue
        if isinstance(field, models.ForeignKey):
            related = {"User": cast.agent, "OrgUnit": cast.east}.get(field.related_model.__name__)
            values[field.name] = related or field.related_model._default_manager.first()
        elif field.choices:
            values[field.name] = field.choices[0][0]
        elif isinstance(field, models.DateTimeField):
            values[field.name] = at
        elif isinstance(field, models.DateField):
            values[field.name] = at.date()
        elif isinstance(field, models.IntegerField | models.DecimalField):
            values[field.name] = 1
        else:
            values[field.name] = CANARY
    with transaction.atomic():
        return model._default_manager.create(**values)
