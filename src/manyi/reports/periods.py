"""Periods of a management review, and when a report about them is due. Pure: days and moments are passed in.

A period's key stands in addresses and names what was sent: '2026', '2026-Q3', '2026-09', '2026-W36', or 'd90' for
the 90 days that end today.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from django.utils.translation import gettext as _

Kind = Literal["days", "week", "month", "quarter", "year"]
Rhythm = Literal["weekly", "monthly", "quarterly"]
KIND_OF: dict[str, Kind] = {"weekly": "week", "monthly": "month", "quarterly": "quarter"}
LONGEST_DAYS = 1100
USUAL = "d90"
_FORMS: dict[Kind, re.Pattern[str]] = {
    "days": re.compile(r"d([1-9]\d{0,3})"),
    "week": re.compile(r"(\d{4})-W(\d\d)"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "year": re.compile(r"(\d{4})"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `since` to before `until`."""

    kind: Kind
    since: date
    until: date

    @property
    def last(self) -> date:
        return self.until - timedelta(days=1)

    @property
    def key(self) -> str:
        match self.kind:
            case "days":
                return f"d{(self.until - self.since).days}"
            case "week":
                year, week, _day = self.since.isocalendar()
                return f"{year:04d}-W{week:02d}"
            case "month":
                return f"{self.since:%Y-%m}"
            case "quarter":
                return f"{self.since.year:04d}-Q{(self.since.month + 2) // 3}"
            case _:
                return f"{self.since.year:04d}"

    @property
    def before(self) -> Period:
        """The period of the same kind that ends where this one begins."""
        if self.kind == "days":
            return Period("days", self.since - (self.until - self.since), self.since)
        return containing(self.kind, self.since - timedelta(days=1))

    @property
    def label(self) -> str:
        """In the active language."""
        names = {"year": self.since.year, "month": self.since.month}
        match self.kind:
            case "days":
                return _("The last %(n)d days") % {"n": (self.until - self.since).days}
            case "week":
                year, week, _day = self.since.isocalendar()
                return _("Week %(week)d of %(year)d") % {"week": week, "year": year}
            case "month":
                return _("%(year)d-%(month)02d") % names
            case "quarter":
                return _("Quarter %(quarter)d of %(year)d") % {
                    **names,
                    "quarter": (self.since.month + 2) // 3,
                }
            case _:
                return _("The year %(year)d") % names

    @property
    def days(self) -> str:
        return f"{self.since:%Y-%m-%d} – {self.last:%Y-%m-%d}"


def containing(kind: Kind, day: date) -> Period:
    """The week, month, quarter or year that `day` is in.

    >>> containing("quarter", date(2026, 8, 15)).key
    '2026-Q3'
    """
    match kind:
        case "week":
            since = day - timedelta(days=day.weekday())
            return Period(kind, since, since + timedelta(days=7))
        case "month":
            since = day.replace(day=1)
            return Period(kind, since, (since + timedelta(days=32)).replace(day=1))
        case "quarter":
            since = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
            return Period(kind, since, (since + timedelta(days=95)).replace(day=1))
        case "year":
            return Period(kind, date(day.year, 1, 1), date(day.year + 1, 1, 1))
        case _:
            raise ValueError(f"a day is in no period of kind {kind!r}")


def parse(key: str, *, today: date) -> Period:
    """The period a key names. Raises ValueError for one that is none.

    >>> parse("d90", today=date(2026, 3, 1)).days
    '2025-12-02 – 2026-03-01'
    """
    for kind, form in _FORMS.items():
        found = form.fullmatch(key)
        if found is None:
            continue
        numbers = [int(text) for text in found.groups()]
        if kind == "days":
            if numbers[0] > LONGEST_DAYS:
                break
            until = today + timedelta(days=1)
            return Period(kind, until - timedelta(days=numbers[0]), until)
        if not 1970 <= numbers[0] <= 9000:
            break
        if kind == "week":
            return containing(kind, date.fromisocalendar(numbers[0], numbers[1], 1))
        month = {"month": numbers[-1], "quarter": numbers[-1] * 3, "year": 1}[kind]
        return containing(kind, date(numbers[0], month, 1))
    raise ValueError(f"{key!r} is no period")


def choices(today: date) -> list[Period]:
    """What a reader is offered, the usual one first."""
    found = [parse(key, today=today) for key in (USUAL, "d365")]
    quarter = containing("quarter", today)
    for _n in range(5):
        found.append(quarter)
        quarter = quarter.before
    month, year = containing("month", today), containing("year", today)
    return [*found, month, month.before, year, year.before]


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is to be sent at `at`, about `period`, which has ended."""

    at: datetime
    period: Period


def latest_due(rhythm: Rhythm, *, day: int, hour: int, now: datetime, zone: tzinfo) -> Due:
    """The last sending time that is not after `now`.

    `day` is 1–7 (Monday first) of the week, else 1–28 of the month or of the quarter's first month; `hour` 0–23 in
    `zone`. What is sent is about the week, month or quarter before the one the sending time is in.
    """
    kind = KIND_OF[rhythm]
    period = containing(kind, now.astimezone(zone).date())
    at = _moment(period, day, hour, zone)
    if at > now:
        period = period.before
        at = _moment(period, day, hour, zone)
    return Due(at, period.before)


def next_due(rhythm: Rhythm, *, day: int, hour: int, now: datetime, zone: tzinfo) -> datetime:
    """The first sending time after `now`."""
    period = containing(KIND_OF[rhythm], now.astimezone(zone).date())
    at = _moment(period, day, hour, zone)
    if at > now:
        return at
    return _moment(containing(period.kind, period.until), day, hour, zone)


def _moment(period: Period, day: int, hour: int, zone: tzinfo) -> datetime:
    """A sending time; an hour that the clock leaves out in spring counts as the one after."""
    return datetime.combine(period.since + timedelta(days=day - 1), time(hour), zone)
