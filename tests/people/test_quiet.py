from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.people.quiet import is_quiet, next_moment

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-03-02T20:59", "2026-03-02T20:59"),
        ("2026-03-02T21:00", "2026-03-03T08:30"),
        ("2026-03-03T02:00", "2026-03-03T08:30"),
        ("2026-03-03T08:30", "2026-03-03T08:30"),
    ],
)
def test_quiet_hours_over_midnight(local: str, expected: str) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    found = next_moment(at, quiet_from=time(21), quiet_until=time(8, 30), zone=SHANGHAI)
    assert found.astimezone(SHANGHAI) == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


def test_an_end_that_the_clock_change_skips_becomes_the_first_moment_after_it() -> None:
    at = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30 in Berlin; 02:00 becomes 03:00
    found = next_moment(at, quiet_from=time(1), quiet_until=time(2, 30), zone=BERLIN)
    assert at < found <= datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_equal_times_mean_no_quiet_hours() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    assert next_moment(at, quiet_from=time(9), quiet_until=time(9), zone=SHANGHAI) == at


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)), st.times(), st.times(),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York")]),
)  # fmt: skip
def test_the_moment_is_never_quiet_never_earlier_and_within_26_hours(
    at: datetime, start: time, end: time, zone: ZoneInfo
) -> None:
    found = next_moment(at, quiet_from=start, quiet_until=end, zone=zone)
    assert at <= found <= at + timedelta(hours=26)
    assert not is_quiet(found, quiet_from=start, quiet_until=end, zone=zone)
