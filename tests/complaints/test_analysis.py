"""The figures of many complaints against hand counts, and the pages that show them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from manyi.complaints.models import Category, Complaint, FollowUp, Proposal
from manyi.complaints.pictures import Choice
from manyi.complaints.queries import analysis
from manyi.complaints.queries.listing import Selection
from manyi.complaints.spread import spread
from tests import factories
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"
HOUR = timedelta(hours=1)


@pytest.fixture
def cases(cast: Cast, at: datetime) -> list[Complaint]:
    """Six closed complaints of three customers, one reopened and closed twice, one of another branch."""
    noise, delay = (Category.objects.create(code=c, name={"zh": c, "en": c}) for c in ("noise", "delay"))
    first, second = factories.customer(cast.east, 1, at), factories.customer(cast.east, 2, at)
    plan = [
        (0, noise, first, "Pump", 2), (10, noise, first, "Pump", 4), (40, delay, second, "Pump", 6),
        (41, noise, None, "Valve", 8), (200, delay, first, "Valve", 100), (200, noise, second, "", 200),
    ]  # fmt: skip
    rows = []
    for day, category, customer, product, hours in plan:
        start = at + timedelta(days=day)
        row = factories.complaint(
            cast.east, cast.agent, start, category=category, customer=customer, product=product
        )
        Complaint.objects.filter(pk=row.pk).update(
            state="closed", resolved_at=start + hours * HOUR, closed_at=start + (hours + 1) * HOUR,
            closings=1, first_contact_resolved=hours < 5,
        )  # fmt: skip
        rows.append(row)
    Complaint.objects.filter(pk=rows[2].pk).update(closings=2, reopened=1)
    factories.complaint(cast.west, cast.outsider, at, category=noise)
    return rows


def look(cast: Cast, at: datetime, **chosen: Any) -> Any:
    return analysis.received(cast.scope("agent"), Selection(**chosen), at=at)


def test_counts_by_every_dimension_add_up(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    rows = look(cast, at)
    assert [(p.label, p.n) for p in analysis.parts(rows, "category")] == [("noise", 4), ("delay", 2)]
    assert [(p.key, p.n) for p in analysis.parts(rows, "product")] == [("Pump", 3), ("Valve", 2), ("", 1)]
    for dimension in analysis.DIMENSIONS:
        assert sum(p.n for p in analysis.parts(rows, dimension)) == 6


def test_the_cells_of_a_map_add_up_to_their_rows(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    found = analysis.crossed(look(cast, at), "category", "product")
    assert found.counts == [[2, 1, 1], [1, 1, 0]]
    assert [sum(line) for line in found.counts] == [part.n for part in found.rows]
    assert found.left_out == 0


def test_rare_values_are_counted_as_left_out(
    cast: Cast, at: datetime, cases: list[Complaint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "MOST_CELLS", 1)
    found = analysis.crossed(look(cast, at), "category", "product")
    assert (found.counts, found.left_out) == ([[2]], 4)


def test_periods_have_no_gaps_and_are_local(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    late = factories.complaint(cast.east, cast.agent, datetime.fromisoformat("2026-03-31T17:00:00+00:00"))
    line = analysis.over_time(look(cast, at), step="month")
    assert line.points == [date(2026, m, 1) for m in range(3, 10)]
    assert line.received == [2, 3, 0, 0, 0, 0, 2], f"{late} came on 1 April in Shanghai"
    assert line.closed == [2, 2, 0, 0, 0, 0, 2]
    weeks = analysis.over_time(look(cast, at), step="week")
    assert all(point.weekday() == 0 for point in weeks.points)
    assert sum(weeks.received) == 7


def test_durations_in_hours_by_the_clock(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    found = analysis.durations(look(cast, at), "resolved_at")
    assert (found.n, found.median.value, found.p90.value) == (6, 6.0, 200.0)
    by = analysis.durations_by(look(cast, at), "resolved_at", "category")
    assert {part.label: s.median.value for part, s in by} == {"noise": 4.0, "delay": 6.0}
    assert analysis.durations(look(cast, at), "responded_at").n == 0


def test_an_interval_of_a_median_holds_it_in_95_of_100_draws() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _draw in range(400):
        values = rng.exponential(10, 40)
        found = spread((float(v), 1) for v in values).median
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 10 * np.log(2) <= found.high
    assert held >= 370


def test_a_tally_gives_what_its_single_values_give() -> None:
    values = np.random.default_rng(1).integers(0, 50, 500)
    tally = [(float(v), int(n)) for v, n in zip(*np.unique(values, return_counts=True), strict=True)]
    found = spread(tally)
    assert found == spread((float(v), 1) for v in values)
    assert found.median.value == np.quantile(values, 0.5, method="inverted_cdf")
    assert found.p90.value == np.quantile(values, 0.9, method="inverted_cdf")


def test_one_value_has_no_interval() -> None:
    found = spread([(3.0, 1)])
    assert (found.median.value, found.median.low, found.median.high) == (3.0, None, None)
    assert spread([]).median.value is None


def rate_of(rate: analysis.Rate) -> list[tuple[float | None, int] | None]:
    return [
        None if e is None else (None if e.value is None else round(e.value, 4), e.n)
        for e in (rate.per_closing, rate.per_case, rate.per_customer)
    ]


def test_rates_on_their_three_bases(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    rows = look(cast, at)
    assert rate_of(analysis.first_contact(rows)) == [(0.2857, 7), (0.3333, 6), (0.0, 2)]
    assert rate_of(analysis.reopened(rows)) == [(0.1429, 7), (0.1667, 6), (0.5, 2)]
    assert rate_of(analysis.repeated(cast.scope("agent"), rows)) == [None, (0.2, 5), (0.5, 2)]


def test_follow_ups_by_closing_case_and_customer(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    def follow(row: Complaint, closing: int, result: str, kind: str = "first") -> None:
        FollowUp.objects.create(
            complaint=row, closing=closing, kind=kind, unit=cast.east, caller=cast.agent, created_at=at,
            promised_at=at, due_at=at, result=result, ended_at=at if result else None,
        )  # fmt: skip

    follow(cases[2], 1, "dissatisfied")
    follow(cases[2], 2, "satisfied")
    follow(cases[0], 1, "unreachable")
    follow(cases[1], 1, "")
    follow(cases[4], 1, "cancelled")
    rows = look(cast, at)
    assert rate_of(analysis.followed_up(rows, at=at)) == [(0.5, 4), (0.3333, 3), (0.5, 2)]
    assert rate_of(analysis.satisfied(rows)) == [(0.5, 2), (1.0, 1), (0.0, 1)]


def test_cost_per_closing_case_and_customer(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    for row, amount, state in (
        (cases[0], 100, "accepted"),
        (cases[0], 40, "accepted"),
        (cases[1], 900, "declined"),
    ):
        Proposal.objects.create(
            complaint=row, unit=cast.east, kind="refund", remedy="Money", amount=amount, state=state, proposed_at=at
        )  # fmt: skip
    (cost,) = analysis.costs(look(cast, at))
    assert (cost.currency, cost.total, cost.paid) == ("CNY", Decimal(140), 1)
    assert [round(e.value or 0, 2) for e in (cost.per_closing, cost.per_case, cost.per_customer)] == [
        20,
        23.33,
        70,
    ]
    values = np.array([140, 0, 0, 0, 0, 0])
    assert cost.per_case.se == pytest.approx(values.std(ddof=1) / np.sqrt(6))


def test_another_branch_adds_nothing(cast: Cast, at: datetime, cases: list[Complaint]) -> None:
    rows = analysis.received(cast.scope("outsider"), Selection(), at=at)
    assert analysis.bases(rows).cases == 1
    again = factories.complaint(cast.west, cast.outsider, at + timedelta(days=20), customer=cases[0].customer)
    rate = analysis.repeated(cast.scope("outsider"), rows.filter(pk=again.pk))
    assert rate_of(rate)[1] == (0.0, 1)


@pytest.mark.parametrize(
    "parameters", [{}, {"by": "x", "across": "y", "step": "z"}, {"by": "product", "across": "product"}]
)
def test_odd_choices_become_usual_ones(parameters: dict[str, str]) -> None:
    choice = Choice.of(parameters)
    assert choice.by != choice.across
    assert choice.step == "month"


@pytest.mark.parametrize("which", ["what", "times", "outcome"])
def test_every_picture_has_its_table_and_download(
    cast: Cast, at: datetime, client: Client, cases: list[Complaint], which: str
) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    answer = client.get(reverse("complaint-analysis-page", args=[which]), {"since": "2026-01-01"})
    text = answer.content.decode()
    names = re.findall(r'id="chart-(\w+)"', text)
    assert names
    for name in names:
        chart = json.loads(re.search(rf'id="chart-{name}">(.*?)</script>', text, re.S)[1])  # type: ignore[index]
        assert chart["option"]["series"]
        for kind, begins in (("csv", b"\xef\xbb\xbf"), ("png", b"\x89PNG")):
            address = reverse("complaint-analysis-picture", args=[which, name, kind])
            content = client.get(address, {"since": "2026-01-01"}).content
            assert content.startswith(begins)


def test_a_cell_leads_to_the_complaints_it_counts(
    cast: Cast, at: datetime, client: Client, cases: list[Complaint]
) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    text = client.get(reverse("complaint-analysis"), {"since": "2026-01-01"}).content.decode()
    links = re.findall(r'<td class="number"><a href="([^"]+)">(\d+)</a>', text)
    assert sorted(int(n) for _url, n in links) == [1, 1, 1, 2]
    for url, n in links:
        rows = client.get(url.replace("&amp;", "&")).content
        assert rows.count(b'name="row"') == int(n)


def test_without_complaints_the_pages_say_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    for page in ("what", "times", "outcome"):
        assert (
            "No complaints in this selection"
            in client.get(reverse("complaint-analysis-page", args=[page])).content.decode()
        )
    assert (
        client.get(reverse("complaint-analysis-picture", args=["what", "pareto", "csv"])).status_code == 404
    )
    assert client.get(reverse("complaint-analysis-page", args=["nothing"])).status_code == 404


def test_the_pages_take_few_statements(
    cast: Cast, at: datetime, client: Client, cases: list[Complaint], django_assert_max_num_queries: Any
) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    for page in ("what", "times", "outcome"):
        with django_assert_max_num_queries(36):
            client.get(reverse("complaint-analysis-page", args=[page]), {"since": "2026-01-01"})
