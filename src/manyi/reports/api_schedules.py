"""API: reports that are sent by mail at fixed times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.reports import schedules
from manyi.reports.models import ReportSchedule
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.errors import Refused
from manyi.web.http import Request

router = Router(tags=["reports"])


class ReportScheduleIn(Schema):
    what: str = Field("review", pattern="^(review|evidence)$")
    unit: str = Field(max_length=40, description="Code of the org unit")
    format: str = Field("pdf", pattern="^(pdf|pptx|xlsx)$")
    language: str = Field("zh-hans", pattern="^(zh-hans|en)$")
    rhythm: str = Field("monthly", pattern="^(weekly|monthly|quarterly)$")
    day: int = Field(1, ge=1, le=28)
    hour: int = Field(8, ge=0, le=23)
    active: bool = True
    recipients: list[str] = Field(
        min_length=1, max_length=schedules.MOST_RECIPIENTS, description="User names"
    )


class ReportScheduleOut(Schema):
    id: int
    what: str
    unit: str
    format: str
    language: str
    rhythm: str
    day: int
    hour: int
    active: bool
    recipients: list[str]
    next_at: datetime | None

    @staticmethod
    def resolve_unit(row: ReportSchedule) -> str:
        return row.unit.code

    @staticmethod
    def resolve_recipients(row: ReportSchedule) -> list[str]:
        return sorted(user.username for user in row.recipients.all())

    @staticmethod
    def resolve_next_at(row: ReportSchedule) -> datetime | None:
        return schedules.next_sending(row, timezone.now()) if row.active else None  # noqa: TID251


@router.get("/report-schedules", response={200: Page[ReportScheduleOut], **ERRORS})
def report_schedules(request: Request, page: Query[PageQuery]) -> Any:
    """Of units whose results you see, the newest first."""
    request.scope.require("results.read")
    return page_of(request, schedules.schedules(request.scope).order_by("-pk"), page)


@router.post("/report-schedules", response={201: ReportScheduleOut, **ERRORS})
def create_report_schedule(request: Request, body: ReportScheduleIn) -> Any:
    """The report is made for each recipient with the figures that person may see."""
    request.scope.require(schedules.EDIT)
    unit = get_object_or_404(org_units(request.scope, schedules.EDIT), code=body.unit)
    fields = body.dict(exclude={"unit", "recipients"})
    row = schedules.create(
        request.scope, unit=unit, recipients=_people(request, body.recipients, unit), at=timezone.now(), **fields  # noqa: TID251
    )  # fmt: skip
    return Status(201, row)


def _people(request: Request, names: list[str], unit: OrgUnit) -> list[User]:
    found = {
        user.username: user
        for user in schedules.possible_recipients(request.scope).filter(username__in=names)
    }
    if missing := sorted(set(names) - set(found)):
        raise Refused(schedules.unable([", ".join(missing)]))
    return list(found.values())


@router.delete("/report-schedules/{schedule_id}", response={204: None, **ERRORS})
def delete_report_schedule(request: Request, schedule_id: int) -> Any:
    """Nothing more is sent."""
    row = get_object_or_404(schedules.editable(request.scope), pk=schedule_id)
    schedules.delete(request.scope, row=row, at=timezone.now())  # noqa: TID251
    return Status(204, None)
