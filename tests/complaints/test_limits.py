"""Verdicts of the clocks: they repeat the replay, and shares of kept limits are counted from them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from manyi.complaints.clock import Target
from manyi.complaints.models import ClockVerdict, Complaint
from manyi.complaints.pictures import PICTURES, Choice, Look
from manyi.complaints.queries import analysis, clocks, limits
from manyi.complaints.queries.listing import Selection
from manyi.complaints.services import cases
from manyi.complaints.services import clocks as services
from manyi.measures.estimates import Estimate
from tests import factories
from tests.conftest import Cast

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def assert_repeats_the_replay(row: Complaint, at: datetime) -> None:
    rounds = clocks.rounds(row, at)
    found = {(v.round, v.target): v for v in ClockVerdict.objects.filter(complaint=row)}
    expected = {
        (r.number, x.target): x for r in rounds for x in r.readings if x.target != Target.NEXT_CONTACT
    }
    assert found.keys() == expected.keys()
    for key, reading in expected.items():
        verdict = found[key]
        assert (verdict.state, verdict.due_at, verdict.reached_at) == (
            reading.state,
            reading.due,
            reading.stopped_at,
        )
        assert verdict.elapsed_minutes == int(reading.elapsed.total_seconds() // 60)


def test_verdicts_repeat_the_replay_at_every_step(cast: Cast, at: datetime) -> None:
    row, scope = factories.complaint(cast.east, cast.agent, at), cast.scope("agent")
    assert_repeats_the_replay(row, at)
    cases.respond(scope, complaint=row, at=at + HOUR)
    assert_repeats_the_replay(row, at + HOUR)
    reason = clocks.pause_reasons()[0]
    services.pause(scope, complaint=row, reason=reason, at=at + 2 * HOUR)
    assert_repeats_the_replay(row, at + 2 * HOUR)
    services.resume(scope, complaint=row, at=at + 4 * HOUR)
    cases.start(scope, complaint=row, at=at + 4 * HOUR)
    cases.resolve(scope, complaint=row, resolution="换新", at=at + 5 * HOUR)
    cases.close(scope, complaint=row, at=at + DAY)
    assert_repeats_the_replay(row, at + DAY)
    cases.reopen(scope, complaint=row, reason="又漏", at=at + 3 * DAY)
    assert_repeats_the_replay(row, at + 3 * DAY)
    assert {v.round for v in ClockVerdict.objects.filter(complaint=row)} == {1, 2}


@pytest.fixture
def later(cast: Cast, at: datetime) -> datetime:
    """Four complaints: kept, kept and then missed in a second round, resolved too late, still open and overdue;
    a fifth is not due yet. Answers the moment at which that is so.
    """
    scope, customer = cast.scope("agent"), factories.customer(cast.east, 1, at)
    rows = [factories.complaint(cast.east, cast.agent, at, customer=customer) for _n in range(4)]
    for row, hours in zip(rows, (2, 3, 24 * 4), strict=False):
        cases.resolve(scope, complaint=row, resolution="换新", at=at + hours * HOUR)
        cases.close(scope, complaint=row, at=at + hours * HOUR + HOUR)
    cases.reopen(scope, complaint=rows[1], reason="又漏", at=at + 8 * HOUR)
    cases.resolve(scope, complaint=rows[1], resolution="再换", at=at + 9 * DAY)
    factories.complaint(cast.east, cast.agent, at + 9 * DAY)
    return at + 9 * DAY + HOUR


def shown(found: Estimate | None) -> tuple[float | None, int]:
    assert found is not None
    return found.value, found.n


def test_shares_of_kept_limits_have_three_bases(cast: Cast, at: datetime, later: datetime) -> None:
    rows = analysis.received(cast.scope("agent"), Selection(), at=later)
    rate = limits.kept(rows, "resolve", later)
    assert [shown(e) for e in (rate.per_closing, rate.per_case, rate.per_customer)] == [
        (2 / 5, 5),
        (1 / 4, 4),
        (0, 1),
    ]
    early = limits.kept(rows, "resolve", at + HOUR)  # what is overdue now was not then
    assert shown(early.per_closing) == (2 / 4, 4)


def test_shares_by_unit_count_the_same_rounds(cast: Cast, later: datetime) -> None:
    rows = analysis.received(cast.scope("agent"), Selection(), at=later)
    [(part, found)] = limits.kept_by(rows, "resolve", "unit", later)
    assert (part.label, part.n) == ("East", 5)
    assert shown(found) == (2 / 5, 5)


def test_business_hours_leave_out_nights_and_weekends(cast: Cast, at: datetime) -> None:
    friday = at + 4 * DAY + 7 * HOUR  # 17:00 in Shanghai
    row = factories.complaint(cast.east, cast.agent, friday)
    opening = at + 7 * DAY
    cases.resolve(cast.scope("agent"), complaint=row, resolution="换新", at=opening)  # Monday 10:00
    rows = analysis.received(cast.scope("agent"), Selection(), at=opening)
    used = clocks.readings(row, opening)
    spent = next(r.elapsed for r in used if r.target == Target.RESOLVE)
    found = limits.open_hours(rows, "resolve")
    assert found.n == 1
    assert found.median.value == pytest.approx(spent / HOUR, abs=0.02)
    wall = analysis.durations(rows, "resolved_at").median.value
    assert (spent < 4 * HOUR, wall) == (True, 65)


def test_the_page_shows_kept_limits_and_its_pictures(cast: Cast, later: datetime) -> None:
    look = Look(cast.scope("agent"), Selection(), Choice(by="unit"), at=later)
    charts = {name: PICTURES["times"][name].draw(look) for name in ("kept", "kept_by")}
    tables = {name: str(chart.table.rows) if chart else "" for name, chart in charts.items()}
    assert "Resolved in time" in tables["kept"]
    assert "East" in tables["kept_by"]


def test_the_export_tells_the_verdicts(cast: Cast, at: datetime, client: Client, later: datetime) -> None:
    client.force_login(cast.agent, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("complaints-export", args=["csv"]) + "?sort=newest")
    head, *lines = b"".join(answer.streaming_content).decode("utf-8-sig").split("\r\n")  # type: ignore[attr-defined]
    table = [dict(zip(head.split(","), line.split(","), strict=True)) for line in lines if line]
    assert sorted(row["resolve_limit_verdict"] for row in table)[:2] == ["kept", "missed"]
    first = next(row for row in table if row["hours_to_resolve"] == "2.0")
    assert (first["resolve_limit_verdict"], first["resolve_limit_hours_used"]) == ("kept", "2.0")
    assert (
        float(first["resolve_limit_hours"])
        == ClockVerdict.objects.filter(target="resolve")[0].limit_minutes / 60
    )
    assert first["first_follow_up_result"] == ""
