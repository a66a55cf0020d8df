"""API: business calendars, their days, and what time it makes of an amount."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from manyi.people import queries_calendars as queries
from manyi.people import services_calendars as services
from manyi.people.api import Texts
from manyi.people.business_time import NeverOpen
from manyi.people.models import BusinessCalendar
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["calendars"])
MOST_ID = 2**31


class CalendarOut(Schema):
    id: int
    code: str
    name: dict[str, str]
    timezone: str
    week: list[str]
    country: str


class CalendarIn(Schema):
    """`week` holds seven texts, Monday first, each "08:30-12:00, 13:30-17:30" or empty for closed."""

    code: str = Field(max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")
    name: Texts
    timezone: str = Field("Asia/Shanghai", max_length=60)
    week: list[str] = Field(min_length=7, max_length=7)
    country: str = Field("", pattern="^(CN)?$")


class DayIn(Schema):
    day: date
    hours: str = Field("", max_length=200)
    note: str = Field("", max_length=100)


class DayOut(Schema):
    day: date
    hours: str = Field(validation_alias="windows")
    note: str


class DueOut(Schema):
    due: datetime


class DueQuery(Schema):
    start: AwareDatetime = Field(ge=datetime(1980, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC))
    minutes: int = Field(ge=0, le=5_000_000)


@router.get("/calendars", response={200: Page[CalendarOut], **ERRORS})
def calendars(request: Request, page: Query[PageQuery]) -> Any:
    """Business calendars."""
    services.shipped()
    return page_of(request, queries.calendars(request.scope), page)


@router.post("/calendars", response={201: CalendarOut, **ERRORS})
def create_calendar(request: Request, body: CalendarIn) -> Any:
    """Add a calendar (right `people.manage`)."""
    saved = services.save_calendar(
        request.scope, calendar=None, at=timezone.now(), **body.dict()  # noqa: TID251
    )  # fmt: skip
    return Status(201, saved)


@router.get("/calendars/{calendar_id}", response={200: CalendarOut, **ERRORS})
def calendar(request: Request, calendar_id: int) -> Any:
    return _row(request, calendar_id)


@router.get("/calendars/{calendar_id}/days", response={200: Page[DayOut], **ERRORS})
def days(request: Request, calendar_id: int, page: Query[PageQuery]) -> Any:
    """Days of the calendar's own, oldest first."""
    return page_of(request, _row(request, calendar_id).days.all(), page)


@router.put("/calendars/{calendar_id}/days", response={200: DayOut, **ERRORS})
def set_day(request: Request, calendar_id: int, body: DayIn) -> Any:
    """Say what one day is like; empty hours close it (right `people.manage`)."""
    return services.set_day(
        request.scope, calendar=_row(request, calendar_id), at=timezone.now(), **body.dict()  # noqa: TID251
    )  # fmt: skip


@router.get("/calendars/{calendar_id}/due", response={200: DueOut, **ERRORS})
def due(request: Request, calendar_id: int, query: Query[DueQuery]) -> Any:
    """When so many minutes of open time have passed since `start`."""
    value = queries.counting(_row(request, calendar_id))
    try:
        return {"due": value.add(query.start, timedelta(minutes=query.minutes))}
    except NeverOpen as error:
        raise services.CalendarRefused(_("The calendar has too little open time for that.")) from error


def _row(request: Request, calendar_id: int) -> BusinessCalendar:
    return get_object_or_404(queries.calendars(request.scope), pk=min(max(calendar_id, 0), MOST_ID))
