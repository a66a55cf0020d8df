"""Business time: how much open time lies between two instants, and when a given amount of it is over.

An instant is open when its local wall time lies in a window of its local day. Which windows a day has, in this
order: the calendar's own entry for the day; the country's public holidays (closed) and make-up workdays (调休,
the windows of an ordinary workday); the windows of its weekday. Local days are taken apart where the zone's offset
changes, so an hour that the clocks skip does not count and one that they repeat counts twice.

Pure: no Django, no wall clock. Amounts are `timedelta`, instants aware `datetime`; both exact to the microsecond.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar

DAY_MINUTES = 24 * 60
COUNTRIES = ("CN",)
#: Years without any open time after which a search for the end gives up.
_GIVE_UP = 50

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = timedelta(days=1)


class NeverOpen(ValueError):
    """The calendar has no open time in which the amount could pass."""


class DayKind(Enum):
    """Why a day has the windows it has."""

    WORKDAY = "workday"
    WEEKEND = "weekend"  # the week has no window on this weekday
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    OWN_OPEN = "own_open"
    OWN_CLOSED = "own_closed"


class Window(NamedTuple):
    """Open from minute `start` to minute `end` of the local day, 0 ≤ start < end ≤ 1440."""

    start: int
    end: int


class Day(NamedTuple):
    kind: DayKind
    windows: tuple[Window, ...]
    festival: str  # English name of the public holiday the day belongs to, '' for none


class _Table(NamedTuple):
    """Open stretches of whole UTC years: microseconds since 1970, and the open time before each of them.

    Open time is counted from the beginning of the year `origin`; before it, it is negative. The first stretch is
    an empty one at the beginning of the year `first`.
    """

    origin: int
    first: int
    last: int
    begin: int  # of the first year
    end: int  # of the last year
    starts: list[int]
    ends: list[int]
    before: list[int]


def windows_of(text: str) -> tuple[Window, ...]:
    """Windows from "08:30-12:00, 13:30-17:30"; an empty text is a closed day.

    Commas may be Chinese, dashes of any length. Raises ValueError naming the part that is wrong.
    """
    found = []
    for part in text.replace("，", ",").replace("、", ",").split(","):
        if part := part.strip():
            start, dash, end = part.replace("–", "-").replace("—", "-").replace("：", ":").partition("-")
            if not dash:
                raise ValueError(part)
            found.append(Window(_minute(start, part), _minute(end, part)))
    return checked(tuple(sorted(found)))


def _minute(text: str, part: str) -> int:
    hours, colon, minutes = text.strip().partition(":")
    if not (hours.isdecimal() and len(hours) <= 2 and (minutes.isdecimal() or not colon)):
        raise ValueError(part)
    minute = int(hours) * 60 + int(minutes or 0)
    if int(minutes or 0) > 59 or minute > DAY_MINUTES:
        raise ValueError(part)
    return minute


def checked(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """The windows, in order and apart. Raises ValueError naming the first that is empty or overlaps."""
    for window in windows:
        if not 0 <= window.start < window.end <= DAY_MINUTES:
            raise ValueError(text_of((window,)))
    for one, other in pairwise(windows):
        if other.start < one.end:
            raise ValueError(text_of((one, other)))
    return windows


def text_of(windows: tuple[Window, ...]) -> str:
    """The reverse of `windows_of`."""
    return ", ".join(
        f"{w.start // 60:02}:{w.start % 60:02}-{w.end // 60:02}:{w.end % 60:02}" for w in windows
    )


def country_years(country: str) -> tuple[int, int] | None:
    """First and last year whose public holidays are known for the country; None without a rule."""
    if country != "CN":
        return None
    days = chinese_calendar.holidays
    return min(days).year, max(days).year


@dataclass(frozen=True, eq=False)
class Calendar:
    """A business calendar. `week` holds the windows of Monday to Sunday, `days` those of single days.

    >>> office = windows_of("08:30-12:00, 13:30-17:30")
    >>> calendar = Calendar("Asia/Shanghai", (office,) * 5 + ((), ()), country="CN")
    """

    timezone: str
    week: tuple[tuple[Window, ...], ...]
    country: str = ""
    days: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)
    _years: dict[int, list[tuple[int, int]]] = field(default_factory=dict, init=False, repr=False)
    _tables: list[_Table] = field(default_factory=list, init=False, repr=False)  # the present one, if any

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        if self.country and self.country not in COUNTRIES:
            raise ValueError(f"no holidays are known for {self.country!r}")
        ZoneInfo(self.timezone)
        for windows in (*self.week, *self.days.values()):
            checked(windows)

    @property
    def workday_windows(self) -> tuple[Window, ...]:
        """The windows of an ordinary workday: those of the first weekday that has any."""
        return next((windows for windows in self.week if windows), ())

    @property
    def workday(self) -> timedelta:
        """How long an ordinary workday is; what '3 working days' are counted in."""
        return timedelta(minutes=sum(w.end - w.start for w in self.workday_windows))

    def knows(self, year: int) -> bool:
        """Whether the public holidays of the year are known (or the calendar follows no country)."""
        years = country_years(self.country)
        return years is None or years[0] <= year <= years[1]

    def day(self, day: date) -> Day:
        """What kind of day this is and when it is open."""
        usual = self.week[day.weekday()]
        free, festival = False, ""
        if self.country == "CN" and self.knows(day.year):
            free, name = chinese_calendar.get_holiday_detail(day)
            festival = name or ""
        if day in self.days:
            own = self.days[day]
            return Day(DayKind.OWN_OPEN if own else DayKind.OWN_CLOSED, own, festival)
        if festival and free:
            return Day(DayKind.HOLIDAY, (), festival)
        if festival:
            return Day(DayKind.MAKE_UP, usual or self.workday_windows, festival)
        return Day(DayKind.WORKDAY if usual else DayKind.WEEKEND, usual, "")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from `start` to `end`; zero when `end` is not later."""
        return timedelta(microseconds=max(0, self.position(micros(end)) - self.position(micros(start))))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first instant at which `amount` of open time has passed since `start`, in UTC.

        A day's last window ends the amount: eight hours from the opening of an eight-hour day are over when it
        closes, not when the next one opens. Raises NeverOpen.
        """
        if amount <= timedelta(0):
            return start.astimezone(UTC)
        return instant(self.at_position(self.position(micros(start)) + amount // _MICROSECOND))

    def position(self, at: int) -> int:
        """Open time before `at` (microseconds since 1970), counted from an instant of the calendar's own.

        Only differences mean something: `position(b) - position(a)` is the open time between the two.
        """
        tables = self._tables
        table = tables[0] if tables and tables[0].begin <= at < tables[0].end else self._table_with(at)
        index = bisect_right(table.starts, at) - 1
        end = table.ends[index]
        return table.before[index] + (at if at < end else end) - table.starts[index]

    def at_position(self, position: int) -> int:
        """The first instant with a position later than that of an instant asked for before. Raises NeverOpen."""
        table = self._tables[0]
        for _ in range(_GIVE_UP):
            index = bisect_left(table.before, position) - 1
            at = table.starts[index] + position - table.before[index]
            if at <= table.ends[index]:
                return at
            table = self._table_of(table.origin, table.first, table.last + 1)
        raise NeverOpen(self.timezone)

    def _table_with(self, at: int) -> _Table:
        """The present table, extended to hold the instant."""
        year = instant(at).year
        if not self._tables:
            return self._table_of(year, year, year)
        table = self._tables[0]
        return self._table_of(table.origin, min(year, table.first), max(year, table.last))

    def _table_of(self, origin: int, first: int, last: int) -> _Table:
        """The table of these years, kept as the present one."""
        for year in range(first, last + 1):
            if year not in self._years:
                self._years[year] = list(self._stretches(year))
        total = -sum(end - begin for year in range(first, origin) for begin, end in self._years[year])
        starts, ends, before = [_year_start(first)], [_year_start(first)], [total]
        for begin, end in (stretch for year in range(first, last + 1) for stretch in self._years[year]):
            if ends[-1] == begin:
                ends[-1] = end
            else:
                starts.append(begin)
                ends.append(end)
                before.append(total)
            total += end - begin
        table = _Table(origin, first, last, _year_start(first), _year_start(last + 1), starts, ends, before)
        self._tables[:] = [table]
        return table

    def _stretches(self, year: int) -> Iterator[tuple[int, int]]:
        """Open stretches of the UTC year, in order; neighbouring windows are not joined."""
        for begin, end, offset in self._offsets(year):
            day = instant(begin + offset).date()
            while True:
                midnight = micros(datetime(day.year, day.month, day.day, tzinfo=UTC)) - offset
                if midnight >= end:
                    break
                for window in self.day(day).windows:
                    opens = max(midnight + window.start * _MINUTE, begin)
                    closes = min(midnight + window.end * _MINUTE, end)
                    if opens < closes:
                        yield opens, closes
                day += _DAY

    def _offsets(self, year: int) -> Iterator[tuple[int, int, int]]:
        """(from, to, offset from UTC) for the parts of the UTC year between changes of the zone's offset."""
        zone = ZoneInfo(self.timezone)

        def offset(at: int) -> int:
            local = instant(at).astimezone(zone)
            return (local.utcoffset() or timedelta(0)) // _MICROSECOND

        begin, year_end = _year_start(year), _year_start(year + 1)
        now, here = begin, offset(begin)
        while now < year_end:
            later = min(now + 24 * 60 * _MINUTE, year_end)
            if offset(later) != here:
                low, high = now, later
                while high - low > 1_000_000:  # changes happen at whole seconds
                    middle = (low + high) // 2_000_000 * 1_000_000
                    if offset(middle) == here:
                        low = middle
                    else:
                        high = middle
                yield begin, high, here
                begin, here, later = high, offset(high), high
            now = later
        if begin < year_end:
            yield begin, year_end, here


ALWAYS = Calendar("UTC", ((Window(0, DAY_MINUTES),),) * 7)


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The reverse of `micros`, in UTC."""
    return _EPOCH + timedelta(0, 0, at)


@cache
def _year_start(year: int) -> int:
    return micros(datetime(year, 1, 1, tzinfo=UTC))
