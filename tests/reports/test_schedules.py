"""Reports sent by themselves: at their time, once a period, to each reader their own."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pymupdf
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from manyi.events.models import Event, Job
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import send_batch
from manyi.people.models import Membership, User
from manyi.reports import jobs_complaints, schedules
from manyi.reports.models import ReportSchedule, ReportSending
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast
from tests.messaging.conftest import Post

BACKEND = "django.contrib.auth.backends.ModelBackend"


def plan(cast: Cast, at: datetime, *people: User, by: str = "manager", **fields: Any) -> ReportSchedule:
    """Monthly on the 3rd at 9 in Shanghai, unless said otherwise; `at` is 2 March, 10 o'clock there."""
    chosen = {
        "unit": cast.group,
        "format": "pdf",
        "language": "en",
        "rhythm": "monthly",
        "day": 3,
        "hour": 9,
        **fields,
    }
    return schedules.create(cast.scope(by), recipients=people or (cast.manager,), at=at, **chosen)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture
def mails() -> Callable[[], list[OutgoingMail]]:
    return lambda: list(OutgoingMail.objects.filter(reference__startswith="report-schedule").order_by("pk"))


def test_it_comes_at_its_hour_about_the_month_before_and_once(
    year: Cast, at: datetime, run_jobs: Callable[[], int], mails: Callable[[], list[OutgoingMail]]
) -> None:
    plan(year, at)
    assert schedules.order_due(at=local("2026-03-03T08:59")) == 0
    assert schedules.order_due(at=local("2026-03-03T09:00")) == 1
    assert schedules.order_due(at=local("2026-03-03T09:10")) == 0
    assert schedules.order_due(at=local("2026-03-31T23:00")) == 0
    run_jobs()
    (mail,) = mails()
    assert mail.to == "manager@example.org"
    assert mail.subject == "Management review · Group · 2026-02"
    assert mail.attachments.get().name == "review-2026-02.pdf"
    assert schedules.order_due(at=local("2026-04-03T09:00")) == 1


def test_what_was_due_before_it_was_set_up_or_while_it_was_off_is_not_made_up_for(
    year: Cast, at: datetime
) -> None:
    row = plan(year, at, day=1)  # the 1st was yesterday
    assert schedules.order_due(at=at + timedelta(hours=1)) == 0
    schedules.change(year.scope("manager"), row=row, recipients=[year.manager], active=False, at=at)
    assert schedules.order_due(at=local("2026-04-01T09:00")) == 0
    on = schedules.change(
        year.scope("manager"), row=row, recipients=[year.manager], active=True, at=local("2026-04-02T09:00")
    )
    assert schedules.order_due(at=local("2026-04-02T09:01")) == 0
    assert schedules.due_of(on, local("2026-05-01T09:00")) is not None


def test_a_worker_that_slept_sends_the_last_one_only(year: Cast, at: datetime) -> None:
    plan(year, at, rhythm="weekly", day=1, hour=8)
    assert schedules.order_due(at=local("2026-03-25T12:00")) == 1
    assert ReportSending.objects.get().period == "2026-W12"  # the week that ended on Sunday, 22 March


def test_each_reader_gets_their_own_figures(year: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    """A report about the group goes to those who see the group; one about the east is the same for both."""
    plan(year, at, year.manager, year.executive, unit=year.group, format="xlsx")
    plan(year, at, year.east_manager, unit=year.east, by="east_manager", format="xlsx")
    with pytest.raises(Refused, match="East_Manager"):
        plan(year, at, year.manager, year.east_manager, unit=year.group)
    with pytest.raises(NotAllowed):
        plan(year, at, year.east_manager, unit=year.group, by="east_manager")
    factories.complaint(year.west, year.outsider, local("2026-02-20T09:00"))
    schedules.order_due(at=local("2026-03-03T09:00"))
    run_jobs()
    received = {mail.to: _received(mail) for mail in OutgoingMail.objects.all()}
    # February: 20, 15 (west) and 10 days before 2 March, and the new one in the west.
    assert received == {
        "manager@example.org": "4",
        "executive@example.org": "4",
        "east_manager@example.org": "2",
    }


def _received(mail: OutgoingMail) -> str:
    with mail.attachments.get().file.open("rb") as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).worksheets[0]
    return next(str(row[2].value) for row in sheet.iter_rows() if row[1].value == "Received")


def test_a_reader_with_fewer_rights_gets_a_report_with_fewer_figures(
    year: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    from manyi.people import services as people
    from manyi.scope import Scope

    dealer = people.create_user(
        Scope.system("test"), username="dealer", email="dealer@example.org", name="Dealer", language="en",
        password=None, roles=[("dealer", year.east)], at=at,
    )  # fmt: skip
    plan(year, at, dealer, year.east_manager, unit=year.east)
    schedules.order_due(at=local("2026-03-03T09:00"))
    run_jobs()
    texts = {}
    for mail in OutgoingMail.objects.all():
        with mail.attachments.get().file.open("rb") as file:
            texts[mail.to] = pymupdf.open(stream=file.read(), filetype="pdf")[0].get_text() + mail.text
    assert "Your role does not see these figures" in texts["dealer@example.org"]
    assert "complaints were received" not in texts["dealer@example.org"]
    assert "complaints were received" in texts["east_manager@example.org"]


def test_who_lost_the_right_or_left_is_not_written_to(
    year: Cast, at: datetime, run_jobs: Callable[[], int], mails: Callable[[], list[OutgoingMail]]
) -> None:
    plan(year, at, year.manager, year.executive)
    Membership.objects.filter(user=year.executive).delete()
    assert schedules.order_due(at=local("2026-03-03T09:00")) == 1
    User.objects.filter(pk=year.manager.pk).update(is_active=False)  # after it was ordered
    run_jobs()
    assert mails() == []
    assert Job.objects.get(kind="report").failed


def test_made_twice_it_is_mailed_once(
    year: Cast, at: datetime, run_jobs: Callable[[], int], mails: Callable[[], list[OutgoingMail]]
) -> None:
    from manyi.reports.jobs_schedules import make_scheduled

    plan(year, at)
    schedules.order_due(at=local("2026-03-03T09:00"))
    job = Job.objects.get(kind="report")
    make_scheduled(job)
    make_scheduled(job)
    run_jobs()
    assert len(mails()) == 1
    assert mails()[0].attachments.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_order_each_report_once(cast: Cast, at: datetime) -> None:
    plan(cast, at, cast.manager, cast.executive, cast.admin)
    start, errors, ordered = threading.Barrier(3), [], []

    def work() -> None:
        try:
            start.wait(30)
            ordered.append(schedules.order_due(at=local("2026-03-03T09:00")))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert errors == []
    assert sum(ordered) == 3
    assert Counter(Job.objects.filter(kind="report").values_list("owner_id", flat=True)) == {
        cast.manager.pk: 1, cast.executive.pk: 1, cast.admin.pk: 1,
    }  # fmt: skip


@pytest.mark.smtp
@pytest.mark.parametrize("format", ["pdf", "pptx", "xlsx"])
def test_the_file_arrives_by_smtp(
    year: Cast,
    at: datetime,
    run_jobs: Callable[[], int],
    post: Post,
    format: str,
) -> None:
    plan(year, at, format=format, language="zh-hans")
    due = local("2026-03-03T09:00")
    schedules.order_due(at=due)
    run_jobs()
    assert send_batch(limit=10, at=due).sent == 1
    (part,) = post.mails[0].iter_attachments()
    assert part.get_filename() == f"review-2026-02.{format}"
    content = part.get_content()
    assert content.startswith(b"%PDF" if format == "pdf" else b"PK")
    assert post.mails[0]["Subject"] == "管理评审 · 集团 · 2026 年 2 月"
    body = post.mails[0].get_body(("plain",))
    assert body is not None
    assert "客户满意度指数" in body.get_content()


@pytest.mark.smtp
def test_the_weekly_report_of_complaints_carries_its_pdf(
    cast: Cast,
    at: datetime,
    run_jobs: Callable[[], int],
    post: Post,
) -> None:
    monday = local("2026-03-09T08:00")
    factories.complaint(cast.east, cast.agent, at)
    jobs_complaints.order_weekly(at=monday)
    run_jobs()
    send_batch(limit=20, at=monday)
    mail = next(m for m in post.mails if m["To"] == "manager@example.org")
    (part,) = mail.iter_attachments()
    assert part.get_filename() == "complaints-2026-03-02.pdf"
    assert part.get_content().startswith(b"%PDF")


@pytest.mark.parametrize(
    "wrong",
    [
        {"rhythm": "weekly", "day": 8},
        {"day": 29},
        {"day": 0},
        {"hour": 24},
        {"what": "evidence", "format": "pptx"},
        {"language": "fr"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(
    cast: Cast, at: datetime, wrong: dict[str, Any]
) -> None:
    with pytest.raises((Refused, ValidationError)):
        plan(cast, at, **wrong)
    assert not ReportSchedule.objects.exists()


@pytest.fixture
def person(client: Client, cast: Cast) -> Iterator[Client]:
    client.force_login(cast.manager, backend=BACKEND)
    return client


def test_a_person_sets_up_changes_and_deletes_a_schedule(person: Client, cast: Cast) -> None:
    assert "Nothing is sent by itself yet" in person.get(reverse("report-schedules")).content.decode()
    data = {
        "what": "review", "unit": cast.east.pk, "format": "pptx", "language": "zh-hans", "rhythm": "quarterly", "day": 5,
        "hour": 7, "recipients": [cast.manager.pk, cast.executive.pk], "active": "on",
    }  # fmt: skip
    assert person.post(reverse("new-report-schedule"), data).status_code == 302
    row = ReportSchedule.objects.get()
    assert set(row.recipients.all()) == {cast.manager, cast.executive}
    page = person.get(reverse("report-schedules")).content.decode()
    assert "Every quarter" in page
    assert "Executive" in page
    address = reverse("report-schedule", args=[row.pk])
    assert person.post(address, {**data, "rhythm": "weekly", "day": 9}).status_code == 422
    wrong = person.post(address, {**data, "unit": cast.group.pk, "recipients": [cast.east_manager.pk]})
    assert "may not see the results" in wrong.content.decode()
    assert person.post(address, {**data, "rhythm": "weekly", "day": 7}).status_code == 302
    row.refresh_from_db()
    assert (row.rhythm, row.day) == ("weekly", 7)
    assert person.post(reverse("delete-report-schedule", args=[row.pk])).status_code == 404
    assert person.post(reverse("delete-report-schedule", args=[row.pk]), {"sure": "yes"}).status_code == 302
    assert not ReportSchedule.objects.exists()
    kinds = Event.objects.filter(kind="report_schedule.changed").values_list("payload__change", flat=True)
    assert list(kinds) == ["created", "changed", "deleted"]


def test_another_branch_neither_sees_nor_changes_it(cast: Cast, at: datetime, client: Client) -> None:
    row = plan(cast, at, cast.east_manager, unit=cast.east)
    for name, status in (("outsider", 404), ("handler", 403)):
        client.force_login(User.objects.get(username=name), backend=BACKEND)
        assert client.get(reverse("report-schedule", args=[row.pk])).status_code == status
        assert (
            client.post(reverse("delete-report-schedule", args=[row.pk]), {"sure": "yes"}).status_code
            == status
        )
    client.force_login(cast.outsider, backend=BACKEND)
    assert "East" not in client.get(reverse("report-schedules")).content.decode()
    page = client.get(reverse("new-report-schedule")).content.decode()
    assert "east_manager@example.org" not in page
    assert ReportSchedule.objects.filter(pk=row.pk).exists()


def test_a_recipient_can_leave(cast: Cast, at: datetime, client: Client) -> None:
    row = plan(cast, at, cast.manager, cast.executive)
    client.force_login(cast.executive, backend=BACKEND)
    assert "Not to me any more" in client.get(reverse("report-schedules")).content.decode()
    client.post(reverse("leave-report-schedule", args=[row.pk]))
    assert list(row.recipients.all()) == [cast.manager]
    client.force_login(cast.outsider, backend=BACKEND)
    assert client.post(reverse("leave-report-schedule", args=[row.pk])).status_code == 404
