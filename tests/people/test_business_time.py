"""Business time against an oracle that looks at every minute, and days against the official list of 2023–2026."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyi.people.business_time import (
    ALWAYS,
    DAY_MINUTES,
    Calendar,
    DayKind,
    NeverOpen,
    Window,
    text_of,
    windows_of,
)

OFFICE = windows_of("08:30-12:00, 13:30-17:30")
WEEK = (OFFICE,) * 5 + ((), ())
CHINA = Calendar("Asia/Shanghai", WEEK, country="CN")
SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
#: Around changes of the clocks in Europe, America and Lord Howe, and around Chinese holidays.
MOMENTS = (
    datetime(2026, 3, 7, 20, tzinfo=UTC),
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 4, 4, 10, tzinfo=UTC),
    datetime(2025, 10, 4, 10, tzinfo=UTC),
    datetime(2025, 10, 25, 20, tzinfo=UTC),
    datetime(2025, 11, 1, 20, tzinfo=UTC),
    datetime(2026, 2, 13, 0, tzinfo=UTC),
    datetime(2024, 9, 30, 0, tzinfo=UTC),
    datetime(2023, 12, 30, 0, tzinfo=UTC),
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    edges = sorted(draw(st.lists(st.integers(0, DAY_MINUTES), max_size=6, unique=True)))
    return tuple(Window(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = tuple(draw(windows()) for _ in range(7))
    days = draw(st.dictionaries(st.dates(date(2023, 9, 1), date(2026, 5, 1)), windows(), max_size=5))
    near = {(draw(st.sampled_from(MOMENTS)) + timedelta(days=n)).date(): draw(windows()) for n in range(3)}
    return Calendar(
        draw(st.sampled_from(ZONES)), week, country=draw(st.sampled_from(("", "CN"))), days=days | near
    )


instants = st.builds(
    lambda moment, minutes: moment + minutes * MINUTE,
    st.sampled_from(MOMENTS),
    st.integers(0, 6 * DAY_MINUTES),
)


def open_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The oracle: every minute is asked whether its wall time lies in a window of its day."""
    zone, count = ZoneInfo(calendar.timezone), 0
    known: dict[date, tuple[Window, ...]] = {}
    while start < end:
        local = start.astimezone(zone)
        day = known.setdefault(local.date(), calendar.day(local.date()).windows)
        count += any(w.start <= local.hour * 60 + local.minute < w.end for w in day)
        start += MINUTE
    return count


@given(calendars(), instants, st.integers(0, 8 * DAY_MINUTES))
@settings(max_examples=40, deadline=None)
def test_between_counts_the_same_minutes_as_looking_at_each(
    calendar: Calendar, start: datetime, n: int
) -> None:
    end = start + n * MINUTE
    assert calendar.between(start, end) == open_minutes(calendar, start, end) * MINUTE


@given(calendars(), instants, st.integers(1, 3000))
@settings(max_examples=40, deadline=None)
def test_add_ends_at_the_first_minute_at_which_the_amount_has_passed(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    if not any(calendar.week):
        return
    end = calendar.add(start, minutes * MINUTE)
    if end - start < timedelta(days=40):
        assert open_minutes(calendar, start, end) == minutes
        assert open_minutes(calendar, start, end - MINUTE) == minutes - 1
    assert calendar.between(start, end) == minutes * MINUTE


@given(
    calendars(), st.lists(instants, min_size=3, max_size=3), st.timedeltas(timedelta(0), timedelta(days=30))
)
@settings(max_examples=60, deadline=None)
def test_spans_add_up_and_add_is_the_inverse_to_the_microsecond(
    calendar: Calendar, moments: list[datetime], amount: timedelta
) -> None:
    a, b, c = sorted(moments)
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert timedelta(0) <= calendar.between(a, c) <= c - a
    if any(calendar.week):
        assert calendar.between(a, calendar.add(a, amount)) == amount


def test_every_day_of_2023_to_2026_is_what_the_official_list_says(test_data: Path) -> None:
    with (test_data / "cn_workdays" / "cn_workdays_2023_2026.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1461
    for row in rows:
        day = CHINA.day(date.fromisoformat(row["date"]))
        assert bool(day.windows) == (row["is_workday"] == "1"), row
        assert (day.kind is DayKind.MAKE_UP) == (row["is_makeup_workday"] == "1"), row
        assert day.festival == row["festival"], row


def test_minutes_across_spring_festival_2026_by_the_official_list(test_data: Path) -> None:
    with (test_data / "cn_workdays" / "cn_workdays_2023_2026.csv").open(encoding="utf-8") as file:
        works = {date.fromisoformat(row["date"]): row["is_workday"] == "1" for row in csv.DictReader(file)}
    start, end = shanghai("2026-02-13T10:17"), shanghai("2026-03-02T15:01")
    count, now = 0, start
    while now < end:
        minute = now.hour * 60 + now.minute
        count += works[now.date()] and (510 <= minute < 720 or 810 <= minute < 1050)
        now += MINUTE
    assert CHINA.between(start, end) == count * MINUTE
    assert CHINA.add(start, count * MINUTE) == end


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02T10:00", 2, "2026-03-02T12:00"),  # over when the morning closes
        ("2026-03-02T10:00", 3, "2026-03-02T14:30"),  # the midday rest does not count
        ("2026-03-06T17:00", 1, "2026-03-09T09:00"),  # over the weekend
        ("2026-02-13T16:30", 2, "2026-02-14T09:30"),  # Saturday before Spring Festival is worked
        ("2026-02-14T16:30", 2, "2026-02-24T09:30"),  # nine days off
        ("2026-02-15T12:00", 1, "2026-02-24T09:30"),  # begins on a holiday
    ],
)
def test_hours_of_an_office_in_shanghai(start: str, hours: int, end: str) -> None:
    assert CHINA.add(shanghai(start), timedelta(hours=hours)) == shanghai(end)


def test_the_night_the_clocks_change_has_23_or_25_hours() -> None:
    berlin = Calendar("Europe/Berlin", ((Window(0, DAY_MINUTES),),) * 7)
    zone = ZoneInfo("Europe/Berlin")
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        start = datetime(day.year, day.month, day.day, tzinfo=zone)
        end = (start + timedelta(days=1)).astimezone(UTC)
        assert berlin.between(start, end) == timedelta(hours=hours)


def test_own_days_come_before_holidays_and_weekdays() -> None:
    days = {date(2026, 2, 17): windows_of("10:00-11:00"), date(2026, 3, 2): ()}
    calendar = Calendar("Asia/Shanghai", WEEK, country="CN", days=days)
    assert calendar.day(date(2026, 2, 17)) == (DayKind.OWN_OPEN, (Window(600, 660),), "Spring Festival")
    assert calendar.day(date(2026, 3, 2)).kind is DayKind.OWN_CLOSED
    assert calendar.add(shanghai("2026-02-14T17:30"), timedelta(hours=2)) == shanghai("2026-02-24T09:30")


def test_a_shop_open_at_weekends_keeps_its_own_hours_on_a_make_up_day() -> None:
    shop = Calendar("Asia/Shanghai", (OFFICE,) * 5 + (windows_of("10-22"),) * 2, country="CN")
    assert shop.day(date(2026, 2, 14)) == (DayKind.MAKE_UP, (Window(600, 1320),), "Spring Festival")
    assert shop.day(date(2026, 2, 21)).windows == ()


def test_years_the_country_list_does_not_know_are_left_to_the_week_and_the_own_days() -> None:
    assert CHINA.knows(2026)
    assert not CHINA.knows(2031)
    assert CHINA.day(date(2031, 10, 1)).windows == OFFICE
    assert Calendar("Europe/Berlin", WEEK).knows(2031)


def test_amounts_across_many_years() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    assert ALWAYS.add(start, timedelta(days=9000)) == start + timedelta(days=9000)
    assert ALWAYS.between(start, start + timedelta(days=9000)) == timedelta(days=9000)


def test_a_calendar_that_never_opens_says_so() -> None:
    with pytest.raises(NeverOpen):
        Calendar("UTC", ((),) * 7).add(datetime(2026, 1, 1, tzinfo=UTC), MINUTE)


@given(windows())
def test_windows_are_read_back_from_their_text(value: tuple[Window, ...]) -> None:
    assert windows_of(text_of(value)) == value


def test_windows_may_be_typed_the_chinese_way() -> None:
    assert windows_of("13：30—17：30，8：30–12：00") == OFFICE
    assert windows_of(" ") == ()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("8:30", "8:30"),
        ("9-12, 9-25", "9-25"),
        ("12:00-12:00", "12:00-12:00"),
        ("12-9", "12:00-09:00"),
        ("9:60-10", "9:60-10"),
        ("a-b", "a-b"),
        ("9-12, 11-13", "09:00-12:00, 11:00-13:00"),
        ("09:00-10:00-11:00", "09:00-10:00-11:00"),
        ("-", "-"),
    ],
)
def test_windows_that_make_no_sense_are_named(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^{wrong}$"):
        windows_of(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"week": WEEK[:6]}, "seven days"),
        ({"country": "XX"}, "no holidays are known"),
        ({"days": {date(2026, 1, 1): (Window(9, 9),)}}, "00:09-00:09"),
    ],
)
def test_a_calendar_of_wrong_shape_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Calendar(**({"timezone": "UTC", "week": WEEK} | change))  # type: ignore[arg-type]
