"""The weekly report of complaints: what it holds, who gets it, and that nobody gets it twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from manyi.events.models import Job
from manyi.messaging.models import OutgoingMail
from manyi.reports import complaints, jobs_complaints, render
from tests import factories
from tests.conftest import Cast

MONDAY = datetime.fromisoformat("2026-03-09T08:00:00+08:00")


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_the_week_is_the_one_that_ended(at: datetime) -> None:
    assert complaints.last_week(MONDAY) == date(2026, 3, 2)
    assert complaints.last_week(MONDAY + timedelta(days=6)) == date(2026, 3, 2)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_report_counts_the_week_and_what_its_reader_may_see(
    cast: Cast, at: datetime, language: str
) -> None:
    for days, product in ((0, "Pump"), (1, "Pump"), (6, "Valve"), (7, "Pump"), (-1, "Pump")):
        factories.complaint(cast.east, cast.agent, at + timedelta(days=days), product=product)
    factories.complaint(cast.west, cast.outsider, at)
    made = complaints.build(cast.scope("east_manager"), monday=date(2026, 3, 2), language=language, at=MONDAY)
    received = made.parts[0].figures[0]
    assert received.value == "3"
    assert received.note.endswith("1")
    page = render.html(made)
    assert ("本周投诉" if language == "zh-hans" else "Complaints of the week") in page
    assert complaints.build(cast.scope("manager"), monday=date(2026, 3, 2), language=language, at=MONDAY).parts[0].figures[0].value == "4"  # fmt: skip


def test_a_week_without_complaints_says_so(cast: Cast) -> None:
    made = complaints.build(cast.scope("manager"), monday=date(2026, 3, 2), language="en", at=MONDAY)
    assert made.parts[0].sentences == ["No complaints were received in this week."]


def test_managers_and_executives_get_it_once_on_monday_morning(
    cast: Cast, at: datetime, run_jobs: Callable[[], int], client: Client
) -> None:
    factories.complaint(cast.east, cast.agent, at)
    early = MONDAY.replace(hour=6)
    assert [jobs_complaints.order_weekly(at=t) for t in (early, MONDAY + timedelta(days=1))] == [0, 0]
    assert jobs_complaints.order_weekly(at=MONDAY) == 4
    assert jobs_complaints.order_weekly(at=MONDAY + timedelta(hours=3)) == 0
    run_jobs()
    mails = OutgoingMail.objects.filter(reference__startswith="complaints-week-2026-03-02")
    assert sorted(mails.values_list("to", flat=True)) == [
        "east_manager@example.org", "executive@example.org", "manager@example.org", "outsider@example.org",
    ]  # fmt: skip
    assert "Received: 0" in mails.get(to="outsider@example.org").text
    job = Job.objects.get(owner_id=cast.manager.pk, kind="report")
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("report-file", args=[job.key])
    assert address in mails.get(to="manager@example.org").text
    assert b"".join(client.get(address).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert address in client.get(reverse("reports")).content.decode()
    client.force_login(cast.outsider, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).status_code == 404
