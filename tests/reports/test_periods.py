"""Periods of a review and sending times of a schedule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.reports import periods
from manyi.reports.periods import KIND_OF, containing, latest_due, next_due, parse

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
days = st.dates(date(1971, 1, 10), date(2200, 1, 1))
kinds = st.sampled_from(["week", "month", "quarter", "year"])
rhythms = st.sampled_from(sorted(KIND_OF))


@given(kind=kinds, day=days)
def test_a_key_leads_back_to_its_period_and_periods_touch(kind: periods.Kind, day: date) -> None:
    found = containing(kind, day)
    assert found.since <= day < found.until
    assert parse(found.key, today=day) == found
    assert found.before.until == found.since
    assert found.before.kind == kind


@pytest.mark.parametrize(
    "key", ["", "2026-13", "2026-00", "2026-Q5", "2026-W54", "d0", "d9999", "0001", "9999", "x", "2026-1"]
)
def test_what_is_no_period_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"is no period|must be|Invalid"):
        parse(key, today=date(2026, 3, 2))


def test_everything_offered_can_be_asked_for() -> None:
    offered = periods.choices(date(2026, 1, 1))
    assert [parse(found.key, today=date(2026, 1, 1)) for found in offered] == offered
    assert len({found.key for found in offered}) == len(offered)


@given(
    rhythm=rhythms, day=st.integers(1, 7), hour=st.integers(0, 23), zone=st.sampled_from([SHANGHAI, BERLIN]),
    now=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
)  # fmt: skip
def test_the_last_sending_time_and_the_next_one_surround_now(
    rhythm: periods.Rhythm, day: int, hour: int, zone: ZoneInfo, now: datetime
) -> None:
    due = latest_due(rhythm, day=day, hour=hour, now=now, zone=zone)
    coming = next_due(rhythm, day=day, hour=hour, now=now, zone=zone)
    assert due.at <= now < coming
    assert due.period.until <= due.at.astimezone(zone).date()  # it has ended
    after = latest_due(rhythm, day=day, hour=hour, now=coming, zone=zone)
    assert after.at == coming
    assert after.period.before == due.period  # none is left out, none comes twice
    assert due.at.astimezone(zone).hour in (hour, hour + 1)


def test_the_third_at_nine_in_shanghai_is_about_the_month_before() -> None:
    now = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    due = latest_due("monthly", day=3, hour=9, now=now, zone=SHANGHAI)
    assert (due.at, due.period.key) == (now, "2026-02")
    early = latest_due("monthly", day=3, hour=9, now=now - timedelta(minutes=1), zone=SHANGHAI)
    assert early.period.key == "2026-01"
