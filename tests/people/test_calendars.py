"""Business calendars: what is accepted, what a day is, and that every change is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from manyi.events.models import Event
from manyi.people import services_calendars as services
from manyi.people.business_time import DayKind
from manyi.people.models import BusinessCalendar
from manyi.people.queries_calendars import counting, counting_of, sums_of, year_of
from manyi.people.services import first_moment
from manyi.people.services_calendars import CalendarRefused
from manyi.scope import NotAllowed, Scope
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system("test")
WEEK = ["9-12，13-18"] * 5 + ["", ""]


def make(at: datetime, **fields: object) -> BusinessCalendar:
    given = {
        "code": "works", "name": {"zh": "工厂", "en": "Works"}, "timezone": "Asia/Shanghai", "week": WEEK, "country": "CN",
    }  # fmt: skip
    return services.save_calendar(SYSTEM, calendar=None, at=at, **{**given, **fields})  # type: ignore[arg-type]


def test_two_calendars_are_shipped_and_made_once() -> None:
    standard, always = services.shipped()
    assert services.shipped() == [standard, always]
    assert counting(standard).workday == timedelta(hours=7, minutes=30)
    assert sums_of(standard, 2026) == {"open": 248, "holidays": 33, "make_up": 6}
    assert (
        counting(always).between(datetime(2026, 1, 1).astimezone(), datetime(2026, 1, 3).astimezone()).days
        == 2
    )


def test_hours_are_kept_in_their_usual_form_and_the_change_is_told(at: datetime) -> None:
    row = make(at)
    assert row.week[0] == "09:00-12:00, 13:00-18:00"
    assert Event.objects.get(kind="calendar.changed").payload == {"change": "created"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"timezone": "Asia/Nowhere"}, "Asia/Nowhere"),
        ({"timezone": "../etc"}, "etc"),
        ({"timezone": "Asia"}, "Asia"),
        ({"week": ["9-12"] * 6}, "seven"),
        ({"week": ["9-12, 11-13"] + [""] * 6}, "09:00-12:00, 11:00-13:00"),
        ({"week": [""] * 7}, "never open"),
        ({"country": "XX"}, "XX"),
        ({"code": "standard"}, "taken"),
    ],
)
def test_what_cannot_be_is_refused_with_the_place(
    at: datetime, fields: dict[str, object], message: str
) -> None:
    services.shipped()
    with pytest.raises(CalendarRefused, match=message):
        make(at, **fields)
    assert BusinessCalendar.objects.count() == 2


def test_a_day_of_ones_own_counts_at_once_and_can_be_taken_back(at: datetime) -> None:
    row = make(at)
    day = date(2026, 5, 1)
    assert counting(row).day(day).kind is DayKind.HOLIDAY
    services.set_day(SYSTEM, calendar=row, day=day, hours="10-12", note="盘点", at=at)
    assert counting_of([row.pk])[row.pk].day(day).kind is DayKind.OWN_OPEN
    services.set_day(SYSTEM, calendar=row, day=day, hours="", at=at)
    assert counting(row).day(day).kind is DayKind.OWN_CLOSED
    services.remove_day(SYSTEM, calendar=row, day=day, at=at)
    assert counting(row).day(day).kind is DayKind.HOLIDAY


def test_the_days_of_a_year_come_from_a_file_or_nothing_does(at: datetime) -> None:
    row = make(at)
    text = "\ufeffdate,hours,note\n2027-02-06,,春节\n2027-02-20,9-12,调休\n2027-02-06,,除夕\n"
    assert services.import_days(SYSTEM, calendar=row, text=text, at=at) == 2
    assert row.days.get(day=date(2027, 2, 6)).note == "除夕"
    assert counting(row).day(date(2027, 2, 20)).kind is DayKind.OWN_OPEN
    for bad, message in (
        ("date,hours\n2027-03-01,9-12\n2027-13-01,", "Line 3.*2027-13-01"),
        ("date,hours\n2027-03-01,25-26", "Line 2.*25-26"),
        ("day;hours\n", "columns"),
        ("", "columns"),
    ):
        with pytest.raises(CalendarRefused, match=message):
            services.import_days(SYSTEM, calendar=row, text=bad, at=at)
    assert row.days.count() == 2


def test_a_year_has_twelve_months_of_whole_weeks(at: datetime) -> None:
    months = year_of(make(at), 2026)
    assert [month for month, _weeks in months] == list(range(1, 13))
    february = [day.day for week in months[1][1] for day in week if day.day]
    assert len(february) == 28
    assert sum(day.kind is DayKind.MAKE_UP for day in february) == 2


def test_only_who_manages_the_organisation_changes_calendars(cast: Cast, at: datetime) -> None:
    row = make(at)
    for work in (
        lambda scope: services.set_day(scope, calendar=row, day=date(2026, 1, 1), hours="", at=at),
        lambda scope: services.remove_day(scope, calendar=row, day=date(2026, 1, 1), at=at),
        lambda scope: services.import_days(scope, calendar=row, text="date,hours\n", at=at),
    ):
        with pytest.raises(NotAllowed):
            work(cast.scope("manager"))
        work(cast.scope("admin"))


def test_the_quiet_hours_of_a_new_deployment_are_times(at: datetime) -> None:
    night = at + timedelta(hours=13)
    assert first_moment(night) == at + timedelta(hours=22, minutes=30)
