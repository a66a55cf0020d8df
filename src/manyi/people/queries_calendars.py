"""Reads about business calendars, and the calendars in the form that counts."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chinese_calendar import Holiday
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi.people.business_time import Calendar, Day, DayKind, text_of, windows_of
from manyi.people.models import BusinessCalendar, CalendarDay
from manyi.scope import Scope

#: The newest form of each calendar; an entry of another version is made anew.
_known: dict[int, tuple[UUID, Calendar]] = {}


#: Public holidays by the English name a `Day` has.
_FESTIVALS = {holiday.value: holiday.chinese for holiday in Holiday}


@dataclass(frozen=True)
class ShownDay:
    """A day of a year's calendar; `date` is None for a place before the first or after the last of a month."""

    date: date | None
    day: Day | None = None
    note: str = ""

    @property
    def hours(self) -> str:
        return text_of(self.day.windows) if self.day and self.day.windows else _("day off")

    @property
    def why(self) -> str:
        """The note, else the festival in the reader's language."""
        festival = self.day.festival if self.day else ""
        if (get_language() or "").startswith("zh"):
            festival = _FESTIVALS.get(festival, festival)
        return self.note or festival


def calendars(scope: Scope) -> QuerySet[BusinessCalendar]:
    """All calendars; they are nobody's secret, so that any role may see by which one a limit counts."""
    return BusinessCalendar.objects.all() if scope.grants else BusinessCalendar.objects.none()


def counting(row: BusinessCalendar) -> Calendar:
    """The calendar as a value that counts; kept until the row changes."""
    known = _known.get(row.pk)
    if known is None or known[0] != row.version:
        days = {day.day: windows_of(day.windows) for day in row.days.all()}
        value = Calendar(row.timezone, tuple(windows_of(text) for text in row.week), row.country, days)
        known = _known[row.pk] = (row.version, value)
    return known[1]


def counting_of(ids: Iterable[int]) -> dict[int, Calendar]:
    """Several calendars by id, in one query where they are known already."""
    return {row.pk: counting(row) for row in BusinessCalendar.objects.filter(pk__in=set(ids))}


def year_of(row: BusinessCalendar, year: int) -> list[tuple[int, list[list[ShownDay]]]]:
    """Twelve months as weeks of seven days, Monday first, with what each day is."""
    value = counting(row)
    notes = {day.day: day.note for day in row.days.filter(day__year=year)}
    weeks = months.Calendar()
    return [
        (
            month,
            [
                [
                    ShownDay(day, value.day(day), notes.get(day, ""))
                    if day.month == month
                    else ShownDay(None)
                    for day in week
                ]
                for week in weeks.monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def own_days(row: BusinessCalendar, year: int) -> QuerySet[CalendarDay]:
    return row.days.filter(day__year=year)


def sums_of(row: BusinessCalendar, year: int) -> dict[str, int]:
    """How many days of the year are open, holidays on weekdays, and make-up workdays."""
    value = counting(row)
    days = [
        value.day(date(year, month, n))
        for month in range(1, 13)
        for n in range(1, months.monthrange(year, month)[1] + 1)
    ]
    return {
        "open": sum(bool(day.windows) for day in days),
        "holidays": sum(day.kind is DayKind.HOLIDAY for day in days),
        "make_up": sum(day.kind is DayKind.MAKE_UP for day in days),
    }
