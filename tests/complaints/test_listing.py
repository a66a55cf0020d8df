"""The list of complaints: filters, pages by position, kept filters, many rows at once, export."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from manyi.complaints import exports, search
from manyi.complaints.models import Category, Complaint, SearchWords
from manyi.complaints.queries import listing as queries
from manyi.complaints.queries.listing import Selection
from manyi.complaints.services import cases, joining
from manyi.complaints.services import listing as services
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def category(db: None) -> Category:
    return Category.objects.create(code="noise", name={"zh": "异响", "en": "Noise"})


def numbers(cast: Cast, at: datetime, who: str = "agent", **chosen: Any) -> list[str]:
    rows = queries.selected(cast.scope(who), Selection(**chosen), at=at)
    return [row.title for row in queries.page(rows, sort=chosen.get("sort", "newest")).rows]


def test_every_filter_keeps_what_fits_and_only_that(cast: Cast, at: datetime, category: Category) -> None:
    fits = {
        "severity": "major", "category": category, "product": "Pump", "channel": "web", "phone": "138-0000",
    }  # fmt: skip
    row = factories.complaint(cast.east, cast.handler, at, title="fits", **fits)
    other = factories.complaint(cast.east, cast.agent, at - timedelta(days=3), title="other")
    cases.start(cast.scope("agent"), complaint=row, at=at)
    Complaint.objects.filter(pk=row.pk).update(next_due_at=at - timedelta(minutes=1))
    Complaint.objects.filter(pk=other.pk).update(next_due_at=at + timedelta(days=1))
    day = at.date()
    for chosen in (
        {"severity": "major"}, {"category": category}, {"product": "Pump"}, {"channel": "web"},
        {"state": "working"}, {"overdue": True}, {"since": day}, {"handler": str(cast.handler.pk)},
        {"search": "1380000"}, {"search": "fits"}, {"search": row.number}, {"state": "open", "since": day},
    ):  # fmt: skip
        assert numbers(cast, at, **chosen) == ["fits"], chosen
    assert numbers(cast, at, until=day - timedelta(days=1)) == ["other"]
    assert numbers(cast, at, handler="me") == ["other"]
    assert numbers(cast, at, sort="due") == ["fits", "other"]
    assert numbers(cast, at, state="open") == ["fits", "other"]
    assert numbers(cast, at, "manager", unit=cast.west) == []


def test_a_parent_category_finds_what_is_below_it(cast: Cast, at: datetime, category: Category) -> None:
    child = Category.objects.create(code="hum", parent=category)
    factories.complaint(cast.east, cast.agent, at, title="hums", category=child)
    assert numbers(cast, at, category=category) == ["hums"]


@pytest.mark.parametrize("asked", ["漏油", "水泵漏", "LEAK", "王五", "sn-77", "77"])
def test_words_are_found_in_chinese_and_english(cast: Cast, at: datetime, asked: str) -> None:
    factories.complaint(cast.east, cast.agent, at, title="水泵漏油 leaks", complainant="王五", serial="SN-77")
    factories.complaint(cast.east, cast.agent, at, title="别的事 other")
    assert numbers(cast, at, search=asked) == ["水泵漏油 leaks"]


def test_the_search_knows_what_was_corrected(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at, title="old")
    cases.edit(cast.scope("agent"), complaint=row, title="new", at=at)
    assert numbers(cast, at, search="old") == []
    assert numbers(cast, at, search="new") == ["new"]


def test_every_step_of_a_complaint_tells_the_search_whether_it_is_open(cast: Cast, at: datetime) -> None:
    scope, row = cast.scope("agent"), factories.complaint(cast.east, cast.agent, at, title="bearing")
    into = factories.complaint(cast.east, cast.agent, at, title="another")

    def resolve() -> None:
        cases.resolve(scope, complaint=row, resolution="Replaced", at=at)

    steps = [
        lambda: cases.start(scope, complaint=row, at=at),
        resolve,
        lambda: cases.close(scope, complaint=row, at=at),
        lambda: cases.reopen(scope, complaint=row, reason="Noisy again", at=at),
        lambda: cases.withdraw(scope, complaint=row, reason="", at=at),
        lambda: cases.reopen(scope, complaint=row, reason="Noisy after all", at=at),
        lambda: joining.merge(scope, complaint=row, into=into, at=at),
    ]
    for step, expected in zip(steps, [True, True, False, True, False, True, False], strict=True):
        step()
        marks = SearchWords.objects.get(complaint=row).sight.split()
        assert ("@open" in marks) is expected is row.is_open
        assert f"@u{cast.east.pk}" in marks
        assert numbers(cast, at, search="bearing", state="open") == (["bearing"] if expected else [])
        assert numbers(cast, at, "manager", search="bearing", overdue=True) == []


def test_a_search_of_signs_only_finds_nothing(cast: Cast, at: datetime) -> None:
    factories.complaint(cast.east, cast.agent, at)
    assert search.ids("，*'\"") is None
    assert numbers(cast, at, search="，*'\"") == []


@pytest.mark.parametrize("sort", ["newest", "due"])
def test_pages_by_position_show_every_row_once(cast: Cast, at: datetime, sort: str) -> None:
    for n in range(7):
        row = factories.complaint(cast.east, cast.agent, at - timedelta(days=n // 2), title=str(n))
        Complaint.objects.filter(pk=row.pk).update(next_due_at=at + timedelta(days=n // 3))
    rows, after, seen = queries.selected(cast.scope("agent"), Selection(), at=at), "", []
    for _turn in range(4):
        page = queries.page(rows, sort=sort, after=after, size=2)
        seen += [row.pk for row in page.rows]
        after = page.following
    assert after == ""
    assert seen == [row.pk for row in queries.ordered(rows, sort)]
    assert len(set(seen)) == 7


@pytest.mark.parametrize("after", ["x", "2026-01-01~3", "2026-01-01T00:00:00+00:00~x", "~", "~-1"])
def test_an_unreadable_position_is_the_start(cast: Cast, at: datetime, after: str) -> None:
    factories.complaint(cast.east, cast.agent, at)
    rows = queries.selected(cast.scope("agent"), Selection(), at=at)
    assert len(queries.page(rows, after=after).rows) == 1


def test_counting_stops_where_nobody_reads_on(cast: Cast, at: datetime) -> None:
    for _n in range(3):
        factories.complaint(cast.east, cast.agent, at)
    assert queries.count(queries.selected(cast.scope("agent"), Selection(), at=at), most=1) == 2


def test_the_number_of_statements_does_not_grow_with_the_rows(
    cast: Cast, at: datetime, client: Client, django_assert_max_num_queries: Any, category: Category
) -> None:
    for n in range(12):
        customer = factories.customer(cast.east, n, at)
        factories.complaint(cast.east, cast.agent, at, customer=customer, category=category)
    client.force_login(cast.agent, backend=BACKEND)
    with django_assert_max_num_queries(14):
        answer = client.get(reverse("complaints"), {"state": "open", "q": "bearing"})
    assert answer.content.count(b'name="row"') == 12


def test_the_page_keeps_a_filter_and_forgets_it(cast: Cast, at: datetime, client: Client) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    answer = client.post(reverse("complaint-filter-save"), {"name": "Urgent", "query": "?severity=urgent"})
    assert answer["Location"] == "/complaints/?severity=urgent"
    row = queries.saved_filters(cast.scope("agent")).get()
    client.force_login(cast.handler, backend=BACKEND)
    assert client.post(reverse("complaint-filter-delete", args=[row.pk])).status_code == 404
    client.force_login(cast.agent, backend=BACKEND)
    client.post(reverse("complaint-filter-delete", args=[row.pk]))
    assert not queries.saved_filters(cast.scope("agent")).exists()


def test_many_rows_are_given_away_and_the_refused_ones_say_why(
    cast: Cast, at: datetime, client: Client
) -> None:
    first = factories.complaint(cast.east, cast.agent, at)
    over = factories.complaint(cast.east, cast.agent, at)
    cases.withdraw(cast.scope("agent"), complaint=over, reason="", at=at)
    client.force_login(cast.agent, backend=BACKEND)
    answer = client.post(
        reverse("complaints-bulk"),
        {"bulk-action": "handler", "bulk-user": cast.handler.pk, "row": [first.number, over.number]},
    )
    assert "The complaint is over" in answer.content.decode()
    first.refresh_from_db()
    over.refresh_from_db()
    assert (first.handler, over.handler) == (cast.handler, cast.agent)


def test_only_resolved_complaints_are_closed_together(cast: Cast, at: datetime) -> None:
    scope = cast.scope("agent")
    ready, early = (
        factories.complaint(cast.east, cast.agent, at),
        factories.complaint(cast.east, cast.agent, at),
    )
    cases.resolve(scope, complaint=ready, resolution="Replaced", at=at)
    outcome = services.each(scope, numbers=[ready.number, early.number], step=services.close, at=at)
    assert [row.pk for row in outcome.done] == [ready.pk]
    assert [row.pk for row, _reason in outcome.refused] == [early.pk]


def test_rows_out_of_sight_are_no_rows(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    outcome = services.each(cast.scope("outsider"), numbers=[row.number], step=services.close, at=at)
    assert (outcome.done, outcome.refused) == ([], [])
    with pytest.raises(Refused, match="Choose at least one"):
        services.each(cast.scope("outsider"), numbers=[], step=services.close, at=at)


def test_the_export_holds_all_times_and_no_formula(cast: Cast, at: datetime, client: Client) -> None:
    row = factories.complaint(cast.east, cast.agent, at, title="=HYPERLINK(1)")
    cases.resolve(cast.scope("agent"), complaint=row, resolution="Done", at=at + timedelta(hours=3))
    client.force_login(cast.agent, backend=BACKEND)
    answer = client.get(reverse("complaints-export", args=["csv"]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, line = text.split("\r\n")[:2]
    cells = dict(zip(head.split(","), line.split(","), strict=True))
    assert cells["title"] == "'=HYPERLINK(1)"
    assert (cells["received_at"], cells["hours_to_resolve"]) == ("2026-03-02 10:00:00", "3.0")
    answer = client.get(reverse("complaints-export", args=["xlsx"]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = dict(zip((c.value for c in sheet[1]), (c.value for c in sheet[2]), strict=True))
    assert tuple(cells) == exports.HEADER
    assert (cells["title"], cells["hours_to_resolve"]) == ("'=HYPERLINK(1)", 3)


def test_the_export_goes_through_all_batches(cast: Cast, at: datetime) -> None:
    for _n in range(5):
        factories.complaint(cast.east, cast.agent, at)
    rows = queries.selected(cast.scope("agent"), Selection(), at=at)
    assert [len(batch) for batch in queries.batches(rows, size=2)] == [2, 2, 1]


def test_words_are_counted_less_far_than_all_rows(
    cast: Cast, at: datetime, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        factories.complaint(cast.east, cast.agent, at + timedelta(minutes=n), title=f"Pump leaks {n}")
    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr(queries, "MOST_FOUND", 3)
    client.force_login(cast.agent, backend=BACKEND)
    assert "4 complaints" in client.get(reverse("complaints")).content.decode()
    assert "More than 3 complaints" in client.get(reverse("complaints"), {"q": "pump leaks"}).content.decode()
