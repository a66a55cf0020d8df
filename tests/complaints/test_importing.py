"""Complaints of another system: columns guessed, each row by itself, nothing twice; real data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from manyi.complaints import import_rows
from manyi.complaints.models import Category, Complaint, ComplaintImport
from manyi.complaints.queries import analysis, listing
from manyi.complaints.queries.listing import Selection
from manyi.complaints.services import cases, importing
from manyi.customers.models import Customer
from tests import factories
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"
LIST = (
    "Complaint ID,Date received,Issue,Sub-issue,Product,Submitted via,Company response to consumer,Timely response?\n"
    "1,2026-01-05,Leak,Valve leaks,Pump,Web,Closed with explanation,Yes\n"
    "2,05.01.2026,Leak,Valve leaks,Pump,Phone,In progress,No\n"
    "3,yesterday,Leak,,Pump,Web,,\n"
    "1,2026-01-06,Leak,,Pump,Web,,\n"
    "5,2026-01-06,,,,Web,,\n"
    "6,2027-01-06,噪音,,Pump,Fax,,\n"
)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def imported(cast: Cast, at: datetime, data: bytes = LIST.encode(), source: str = "cfpb") -> ComplaintImport:
    scope = cast.scope("agent")
    row = importing.upload(scope, data=data, name="list.csv", unit=cast.east, source=source, at=at)
    return importing.run(scope, row=row, owner=cast.agent, at=at)


def test_each_row_is_read_by_itself(cast: Cast, at: datetime) -> None:
    row = imported(cast, at)
    assert (row.state, row.imported, row.known, row.errors) == ("done", 2, 0, 4)
    faults = [(f.row, f.column, f.texts["en"]) for f in row.read_errors()]
    assert faults == [
        (4, "Date received", "This is no date."),
        (5, "Complaint ID", "The number stands in the file twice."),
        (6, "title", "There is neither title, category, description nor product."),
        (7, "Date received", "The time of receipt lies in the future."),
    ]
    first, second = Complaint.objects.order_by("external_id")
    assert (first.title, first.category.parent.name["en"], first.state) == ("Valve leaks", "Leak", "closed")  # type: ignore[union-attr]
    assert (second.state, second.channel, second.notes.count()) == ("working", "phone", 1)
    assert [c.number for c in (first, second)] == ["EAST-20260105-0001", "EAST-20260105-0002"]
    assert Category.objects.filter(code__startswith="leak-").count() == 1


def test_importing_again_changes_nothing(cast: Cast, at: datetime) -> None:
    imported(cast, at)
    again = imported(cast, at)
    assert (again.imported, again.known) == (0, 2)
    assert Complaint.objects.count() == 2
    assert imported(cast, at, source="other").imported == 2


def test_imported_ones_are_seen_found_and_counted_like_others(
    cast: Cast, at: datetime, client: Client
) -> None:
    Customer.objects.filter(pk=factories.customer(cast.east, 1, at).pk).update(code="K1")
    data = "id,received,title,customer number\nA-1,2026-02-01,Leaks,K1\nA-2,2026-02-10,Leaks again,K1\n"
    imported(cast, at, data.encode())
    rows = listing.selected(cast.scope("handler"), Selection(search="leaks"), at=at)
    assert [row.title for row in listing.page(rows).rows] == ["Leaks again", "Leaks"]
    assert not listing.selected(cast.scope("outsider"), Selection(), at=at).exists()
    rate = analysis.repeated(cast.scope("agent"), rows)
    assert rate.per_case is not None
    assert (rate.per_case.value, rate.per_case.n) == (0.5, 2)
    row = Complaint.objects.get(external_id="A-1")
    client.force_login(cast.agent, backend=BACKEND)
    assert client.get(reverse("complaint", args=[row.number])).status_code == 200
    cases.resolve(cast.scope("agent"), complaint=row, resolution="Mended", at=at)
    assert row.state == "resolved"


def test_a_list_without_what_is_needed_is_not_imported(cast: Cast, at: datetime) -> None:
    row = imported(cast, at, b"a,b\n1,2\n")
    assert (row.state, row.imported, row.errors) == ("failed", 0, 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-05", 5),
        ("2026/1/5", 5),
        ("01/05/2026", 5),
        ("05.01.2026", 5),
        ("2026-01-05T10:00:00Z", 5),
        ("?", None),
    ],
)
def test_days_as_lists_write_them(text: str, day: int | None) -> None:
    found = import_rows.moment(text, ZoneInfo("Asia/Shanghai"))
    assert (found and found.day) == day


def test_the_pages_lead_from_the_file_to_the_complaints(
    cast: Cast, at: datetime, client: Client, run_jobs: Callable[[], int]
) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    file = SimpleUploadedFile("list.csv", LIST.encode())
    answer = client.post(reverse("import-complaints"), {"file": file, "unit": cast.east.pk, "source": "cfpb"})
    page = answer["Location"]
    row = ComplaintImport.objects.get()
    names = row.table().names
    roles = {column: name for name, column in row.mapping.items()}
    form = {f"role-{i}": roles.get(name, "") for i, name in enumerate(names)}
    preview = client.post(page, {**form, "action": "preview"}, follow=True).content.decode()
    assert "Rows that can be imported: 2; problems: 4." in preview
    client.post(page, {**form, "action": "import"})
    run_jobs()
    ended = client.get(page).content.decode()
    assert "Imported: " in ended
    assert client.get(f"{page}errors.csv").content.startswith(b"\xef\xbb\xbf")
    client.force_login(cast.outsider, backend=BACKEND)
    assert client.get(page).status_code == 404


def test_the_consumer_complaints_come_in_as_they_are(cast: Cast, at: datetime, test_data: Path) -> None:
    """49,303 real complaints, of which the description of the data gives the true figures."""
    data = (test_data / "cfpb_complaints" / "cfpb_complaints_merged.csv.gz").read_bytes()
    row = imported(cast, at, data)
    assert row.rows == 49_303
    assert (row.imported, row.errors) == (49_303, 0)
    rows = analysis.received(cast.scope("agent"), Selection(), at=at)
    products = {part.label: part.n for part in analysis.parts(rows, "product")}
    assert products["Debt collection"] == 10_690
    assert products["Mortgage"] == 9_883
    assert len(products) == 21
    assert Complaint.objects.filter(notes__text__startswith="The other system").count() == 1_092
    assert Complaint.objects.exclude(description="").count() == 3_570
    assert Complaint.objects.filter(state="working").count() == 8_426
    assert sum(part.n for part in analysis.parts(rows, "category", most=1_000)) == 49_303
    line = analysis.over_time(rows, step="month")
    assert (line.points[0].year, line.points[-1].year) == (2012, 2025)
    assert sum(line.received) == 49_303
