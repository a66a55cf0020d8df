"""Every door to the findings: what a page's button stands for is looked up, frozen and raised once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from manyi.complaints.models import Category
from manyi.complaints.services import problems
from manyi.customers import services_promises
from manyi.improvement import sources
from manyi.improvement.models import Finding
from manyi.improvement.services import findings
from manyi.scope import NotAllowed
from manyi.surveys.models import Wave
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast
from tests.improvement.test_pages import signed_in
from tests.insights.test_gaps import ONE, filled


def raised(cast: Cast, kind: str, key: str, at: datetime, who: str = "east_manager") -> Finding:
    scope = cast.scope(who)
    return findings.raise_from(scope, source=sources.look_up(scope, kind, key, at), at=at)[0]


def test_an_indicator_keeps_its_figure_and_the_gain_it_promises(
    cast: Cast, before: Wave, at: datetime
) -> None:
    row = raised(cast, "indicator", "spring:on_time?", at)
    assert (row.kind, row.unit, row.evidence["score"]) == ("indicator", cast.east, pytest.approx(22.5))
    # Everybody has room for one point of the four more, a quarter of the item's share of the index.
    assert 0 < row.evidence["expected_gain"] <= 25
    assert raised(cast, "priority", "spring:on_time?", at) == row, "the same item has one open finding"


def test_a_segment_of_an_indicator_keeps_unit_and_filters(cast: Cast, before: Wave, at: datetime) -> None:
    row = raised(cast, "priority", f"spring:on_time?unit={cast.east.pk}&week=2026-W10", at)
    assert row.evidence["filters"] == {"unit": str(cast.east.pk)}
    assert row.kind == "priority"


def test_a_gap_says_by_how_much_it_falls_short_in_both_languages(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    row = raised(cast, "gap", f"{wave.code}:reliability?", at, "manager")
    assert row.title.startswith("“Reliability” falls short of what customers expect by 1.98")
    assert "expected" in row.evidence["figure"]["en"]
    assert "期望" in row.evidence["figure"]["zh"]
    assert row.evidence["value"] < -1.5
    with pytest.raises(Refused, match="not there"):
        raised(cast, "gap", f"{wave.code}:nonsense?", at, "manager")


def test_what_many_write_is_counted_and_not_copied(cast: Cast, before: Wave, at: datetime) -> None:
    row = raised(cast, "verbatim", "spring?q=two+weeks", at)
    assert row.evidence["figure"]["en"].startswith("32 of 32 comments mention")
    assert "Two weeks late" not in str(row.evidence)
    with pytest.raises(Refused, match="Search the comments"):
        raised(cast, "verbatim", "spring?", at)


def test_a_complaint_its_category_and_its_problem(cast: Cast, at: datetime) -> None:
    late = Category.objects.create(code="late", name={"zh": "延误", "en": "Late"})
    cases = [
        factories.complaint(cast.east, cast.agent, at - timedelta(days=day), category=late)
        for day in (1, 2, 3)
    ]
    one = raised(cast, "complaint", cases[0].number, at)
    assert (one.title, one.evidence["category"]) == (cases[0].title, "late")
    many = raised(cast, "category", f"{late.pk}?unit=", at)
    assert many.title == "3 complaints about “Late” in 90 days"
    assert many.evidence["value"] == pytest.approx(1.0)
    problem = problems.open_problem(
        cast.scope("agent"), unit=cast.east, title="Noisy bearings", complaints=cases, at=at
    )
    behind = raised(cast, "problem", problem.number, at)
    assert behind.evidence["figure"] == {"zh": "3 件投诉", "en": "3 complaints"}


def test_promises_that_were_not_kept(cast: Cast, at: datetime) -> None:
    customer = factories.customer(cast.east, 1, at)
    scope = cast.scope("agent")
    for day in (2, 3):
        services_promises.make_promise(
            scope,
            subject=f"customer:{customer.pk}",
            text="We call back",
            due_at=at + timedelta(days=day),
            at=at,
        )
    row = raised(cast, "promise", "unit=", at + timedelta(days=10))
    assert row.title == "0.0% of promises kept in time"
    assert row.evidence["n"] == 2


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("indicator", "spring:on_time?"), ("gap", "spring:x"), ("verbatim", "spring?q=late"), ("complaint", "T-1"),
        ("problem", "8D-1"), ("category", "1?unit=1"), ("indicator", "spring:on_time?unit=abc"), ("nonsense", "1"),
        ("complaint", ""), ("category", "x"),
    ],
)  # fmt: skip
def test_what_is_out_of_sight_becomes_no_finding(
    cast: Cast, before: Wave, at: datetime, kind: str, key: str
) -> None:  # fmt: skip
    with pytest.raises((Refused, NotAllowed)):
        raised(cast, kind, key, at, "outsider")
    assert not Finding.objects.exists()


def test_the_button_shows_to_those_who_may_and_leads_back_when_refused(
    cast: Cast,
    before: Wave,
    at: datetime,
) -> None:
    client = signed_in(cast.east_manager)
    page = client.get("/results/spring/priorities/").content.decode()
    assert 'action="/improve/findings/raise/"' in page
    assert (
        'action="/improve/findings/raise/"'
        not in signed_in(cast.executive).get("/results/spring/").content.decode()
    )
    refused = client.post(
        "/improve/findings/raise/",
        {"kind": "gap", "key": "spring:x"},
        headers={"Referer": "http://evil.example/"},
    )
    assert refused["Location"] == "/improve/findings/"
    assert signed_in(cast.executive).post("/improve/findings/raise/", {}).status_code == 403


def test_doors_of_other_pages(cast: Cast, at: datetime) -> None:
    late = Category.objects.create(code="late", name={"zh": "延误", "en": "Late"})
    case = factories.complaint(
        cast.east, cast.agent, datetime.now(at.tzinfo) - timedelta(days=1), category=late
    )
    client = signed_in(cast.east_manager)

    def page(address: str) -> Any:
        return client.get(address).content.decode()

    assert f'name="key" value="{case.number}"' in page(f"/complaints/{case.number}/")
    assert f'name="key" value="{late.pk}?unit="' in page("/complaints/analysis/?by=category")
    with translation.override("en"):
        problem = problems.open_problem(
            cast.scope("agent"), unit=cast.east, title="x", complaints=[case], at=at
        )
    assert f'name="key" value="{problem.number}"' in page(f"/problems/{problem.number}/")
