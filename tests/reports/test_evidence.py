"""The evidence report: counts that are those of the records, honest gaps, and nobody counts what they may not see."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import openpyxl
import pymupdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from manyi.complaints.models import FollowUp
from manyi.reports import evidence_report, render
from manyi.reports.evidence import KINDS, Records
from manyi.reports.requirements import REQUIREMENTS
from tests.conftest import Cast
from tests.reports.test_review import BACKEND, review

LANGUAGES = ["zh-hans", "en"]


def counts(found: Records) -> dict[str, int | None]:
    return {name: found.get(name).n for name in KINDS}


def test_every_record_named_exists_and_every_kind_is_used() -> None:
    used = {name for requirements in REQUIREMENTS.values() for one in requirements for name in one.records}
    assert used == set(KINDS)


def test_the_clauses_asked_for_are_there() -> None:
    clauses = {
        standard: {one.clause for one in requirements} for standard, requirements in REQUIREMENTS.items()
    }
    assert "9.1.2" in clauses["ISO 9001:2015"]
    assert {"7.2", "7.4", "8.3", "8.5", "8.6"} <= clauses["ISO 10002:2018"]
    assert {"7.2", "7.4", "7.5", "7.6"} <= clauses["ISO 10004:2018"]


def test_counts_are_those_of_the_period(year: Cast, at: datetime) -> None:
    with translation.override("en"):
        found = Records(review(year, "manager", at, period="d365"))
        assert found.get("received").n == 8
        assert found.get("waves").n == 2
        assert found.get("waves").note == "autumn wave, spring wave"
        assert "tree csi version 1" in found.get("methods").note
        assert found.get("promises").n == 3
        assert found.get("promises").note.startswith("67%")
        assert (found.get("verifications").n, found.get("verifications").note) == (1, "1 effective")
        assert found.get("findings").n == 1
        assert found.get("classified").n == 3
        assert found.get("audits").n == 0
        assert found.get("received").url.startswith("/complaints/?since=")
    short = Records(review(year, "manager", at))
    assert short.get("received").n == 6
    assert short.get("waves").n == 1


def test_a_unit_counts_its_own(year: Cast, at: datetime) -> None:
    west = counts(Records(review(year, "manager", at, unit=year.west, period="d365")))
    assert west["received"] == 1
    assert west["verifications"] == 0
    assert west["waves"] == 2  # of the group, in which the west took part


def test_a_reader_without_the_right_gets_no_number_and_no_address(year: Cast, at: datetime) -> None:
    found = Records(review(year, "outsider", at, period="d365"))
    assert found.get("received").n == 1
    assert found.get("verifications").n == 0
    executive = Records(review(year, "executive", at, period="d365"))
    assert executive.get("callbacks").n is None  # executives do not read single answers
    assert executive.get("callbacks").url == ""
    assert executive.get("asked").n == 0


def test_follow_ups_and_closings_are_counted_when_they_happened(year: Cast, at: datetime) -> None:
    from manyi.complaints.models import Complaint

    row = Complaint.objects.filter(unit=year.east).first()
    assert row is not None
    FollowUp.objects.create(
        complaint=row, closing=1, kind="first", unit=row.unit, created_at=at - timedelta(days=9), result="satisfied",
        promised_at=at - timedelta(days=8), due_at=at - timedelta(days=8), ended_at=at - timedelta(days=7), via="call", caller=year.agent,
    )  # fmt: skip
    assert Records(review(year, "manager", at)).get("follow_ups").n == 1
    assert Records(review(year, "outsider", at)).get("follow_ups").n == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_pdf_and_workbook_hold_the_same_lines(year: Cast, at: datetime, language: str) -> None:
    with translation.override(language):
        found = review(year, "manager", at, period="d365")
        written = evidence_report.document(found, evidence_report.chapters(found))
    pages = pymupdf.open(stream=render.pdf(written), filetype="pdf")
    text = re.sub(r"\s+", "", "".join(page.get_text() for page in pages))
    assert ("无记录" if language == "zh-hans" else "norecord") in text
    for standard in REQUIREMENTS:
        assert standard.replace(" ", "") in text
    book = openpyxl.load_workbook(io.BytesIO(render.xlsx(written)))
    assert len(book.sheetnames) == 2 + len(REQUIREMENTS)
    rows = list(book["ISO 9001 2015"].iter_rows(values_only=True))
    assert rows[1][0] == "9.1.2"
    assert len(rows) == 1 + sum(len(one.records) for one in REQUIREMENTS["ISO 9001:2015"])


def test_an_empty_organisation_has_gaps_and_says_so(cast: Cast, at: datetime) -> None:
    found = evidence_report.chapters(review(cast, "manager", at))
    assert not any(
        line.shown
        for chapter in found
        for line in chapter.lines
        if set(line.requirement.records) <= {"waves", "asked"}
    )
    with translation.override("en"):
        parts = evidence_report.document(review(cast, "manager", at), found).parts
    assert all(part.sentences[0].startswith("Without any record") for part in parts[1:])


def test_the_page_leads_to_the_records(
    year: Cast, client: Client, at: datetime, run_jobs: Callable[[], int]
) -> None:
    client.force_login(year.manager, backend=BACKEND)
    page = client.get(reverse("evidence-report"), {"period": "d365", "unit": year.east.pk}).content.decode()
    assert "ISO 10004:2018" in page
    assert "no record" in page
    answer = client.post(
        reverse("order-review"), {"what": "evidence", "format": "pdf", "language": "en", "period": "2026-Q1"}
    )
    assert answer.status_code == 302
    run_jobs()
    from manyi.events.models import Job

    job = Job.objects.get(kind="report")
    content = client.get(reverse("report-file", args=[job.key]))
    assert b"".join(content.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    wrong = client.post(
        reverse("order-review"), {"what": "evidence", "format": "pptx", "language": "en"}, follow=True
    )
    assert "does not come in this format" in wrong.content.decode()
    client.force_login(year.agent, backend=BACKEND)
    assert client.get(reverse("evidence-report")).status_code == 403
