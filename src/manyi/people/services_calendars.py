"""Changes to business calendars. Each one is an event, so that whatever counts by the calendar counts anew."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.business_time import text_of, windows_of
from manyi.people.models import BusinessCalendar, CalendarDay
from manyi.scope import Scope
from manyi.web.errors import Refused

OFFICE = "08:30-12:00, 13:30-17:30"
MOST_DAYS = 5000
COLUMNS = ("date", "hours", "note")


class CalendarRefused(Refused):
    """A calendar that cannot be so; the message says where."""


def shipped() -> list[BusinessCalendar]:
    """The two calendars every deployment starts with, made on first use: office hours in China, and always."""
    if not BusinessCalendar.objects.exists():
        BusinessCalendar.objects.bulk_create(
            [
                BusinessCalendar(
                    code="standard", name={"zh": "标准工作日历", "en": "Office hours"}, timezone="Asia/Shanghai",
                    week=[OFFICE] * 5 + ["", ""], country="CN",
                ),
                BusinessCalendar(
                    code="always", name={"zh": "全天候（7×24 小时）", "en": "Always open (24/7)"},
                    timezone="Asia/Shanghai", week=["00:00-24:00"] * 7,
                ),
            ],
            ignore_conflicts=True,
        )  # fmt: skip
    return list(BusinessCalendar.objects.filter(code__in=["standard", "always"]))


def _hours(text: str, where: str) -> str:
    """The open hours in their usual form. Raises CalendarRefused."""
    try:
        return text_of(windows_of(text))
    except ValueError as error:
        raise CalendarRefused(
            _(
                "%(where)s: “%(part)s” are no open hours. Write them as 08:30-12:00, 13:30-17:30, each after the other."
            )
            % {"where": where, "part": error}
        ) from error


def _changed(scope: Scope, row: BusinessCalendar, change: str, at: datetime) -> None:
    row.version = uuid.uuid4()
    row.save(update_fields=["version"])
    publish(scope, catalogue.CalendarChanged(subject_id=str(row.pk), change=change), at=at)


@transaction.atomic
def save_calendar(
    scope: Scope,
    *,
    calendar: BusinessCalendar | None,
    code: str,
    name: dict[str, str],
    timezone: str,
    week: list[str],
    country: str,
    at: datetime,
) -> BusinessCalendar:
    """Add a calendar or change one (its code stays). Raises CalendarRefused, NotAllowed."""
    scope.require("people.manage")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones is no zone
        raise CalendarRefused(_("There is no time zone “%(zone)s”.") % {"zone": timezone}) from error
    if len(week) != 7:
        raise CalendarRefused(_("A week has seven days."))
    hours = [_hours(text, day) for text, day in zip(week, weekdays(), strict=True)]
    if not any(hours):
        raise CalendarRefused(_("The calendar is never open; give at least one weekday open hours."))
    if country not in ("", *BusinessCalendar.Country.values):
        raise CalendarRefused(_("The holidays of “%(country)s” are not known.") % {"country": country})
    if calendar is None and BusinessCalendar.objects.filter(code=code).exists():
        raise CalendarRefused(_("Code “%(code)s” is taken.") % {"code": code})
    row = calendar or BusinessCalendar(code=code)
    row.name, row.timezone, row.week, row.country = name, timezone, hours, country
    row.full_clean()
    row.save()
    _changed(scope, row, "changed" if calendar else "created", at)
    return row


@transaction.atomic
def set_day(
    scope: Scope, *, calendar: BusinessCalendar, day: date, hours: str, note: str = "", at: datetime
) -> CalendarDay:
    """Say what one day is like; empty hours mean closed. Raises CalendarRefused, NotAllowed."""
    scope.require("people.manage")
    row, _made = calendar.days.update_or_create(
        day=day, defaults={"windows": _hours(hours, day.isoformat()), "note": note.strip()[:100]}
    )
    _changed(scope, calendar, "day", at)
    return row


@transaction.atomic
def remove_day(scope: Scope, *, calendar: BusinessCalendar, day: date, at: datetime) -> None:
    """Let the day be again what its weekday and the country's holidays make it."""
    scope.require("people.manage")
    if calendar.days.filter(day=day).delete()[0]:
        _changed(scope, calendar, "day", at)


@transaction.atomic
def import_days(scope: Scope, *, calendar: BusinessCalendar, text: str, at: datetime) -> int:
    """Days from CSV with the columns date, hours (empty: closed) and note; returns how many.

    A day given before is replaced. Nothing is changed when a row is wrong. Raises CalendarRefused naming it.
    """
    scope.require("people.manage")
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if not reader.fieldnames or {"date", "hours"} - set(reader.fieldnames):
        raise CalendarRefused(_("The first line must name the columns: date,hours,note"))
    found: dict[date, CalendarDay] = {}
    for row in reader:
        line = reader.line_num
        try:
            day = date.fromisoformat((row["date"] or "").strip())
        except ValueError as error:
            raise CalendarRefused(
                _("Line %(line)s: “%(value)s” is no date. Write it as 2027-02-06.")
                % {"line": line, "value": row["date"]}
            ) from error
        hours = _hours(row["hours"] or "", _("Line %(line)s") % {"line": line})
        found[day] = CalendarDay(
            calendar=calendar, day=day, windows=hours, note=(row.get("note") or "").strip()[:100]
        )
        if len(found) > MOST_DAYS:
            raise CalendarRefused(
                _("More than %(most)s days are too many for one file.") % {"most": MOST_DAYS}
            )
    if found:
        CalendarDay.objects.bulk_create(
            found.values(),
            batch_size=500,
            update_conflicts=True,
            unique_fields=["calendar", "day"],
            update_fields=["windows", "note"],
        )
        _changed(scope, calendar, "days imported", at)
    return len(found)


def weekdays() -> list[str]:
    """Names of the weekdays, Monday first, in the reader's language."""
    return [str(WEEKDAYS[n]) for n in range(7)]
