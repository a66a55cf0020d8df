"""API: order reports and fetch them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.events.models import Job
from manyi.insights import queries as insights
from manyi.insights.selection import Selection
from manyi.people.queries import org_units
from manyi.reports import files, queries, services
from manyi.reports.review import UnknownChoice
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["reports"])


class ReportIn(Schema):
    """`wave` names a wave for its report; a review or evidence report is about `period` and `unit` (a code)."""

    what: str = Field("wave", pattern="^(wave|review|evidence)$")
    wave: str = Field("", max_length=40)
    period: str = Field(
        "d90", max_length=10, description="2026, 2026-Q1, 2026-03, 2026-W12, or d90 for 90 days"
    )
    unit: str = Field("", max_length=40)
    format: str = Field("pdf", pattern="^(pdf|xlsx|html|pptx)$")
    language: str = Field("zh-hans", pattern="^(zh-hans|en)$")


class ReportOut(Schema):
    """`wave` is the code of the wave, or the name of a review such as 'review-2026-q1'."""

    key: UUID
    what: str
    wave: str
    format: str
    language: str
    state: str

    @staticmethod
    def resolve_what(job: Job) -> str:
        return str(job.arguments.get("what") or ("complaints" if "week" in job.arguments else "wave"))

    @staticmethod
    def resolve_wave(job: Job) -> str:
        return str(job.arguments["wave"])

    @staticmethod
    def resolve_format(job: Job) -> str:
        return str(job.arguments["format"])

    @staticmethod
    def resolve_language(job: Job) -> str:
        return str(job.arguments["language"])


@router.get("/reports", response={200: Page[ReportOut], **ERRORS})
def reports(request: Request, page: Query[PageQuery]) -> Any:
    """Reports you ordered, newest first."""
    return page_of(request, queries.report_jobs(request.scope), page)


@router.post("/reports", response={202: ReportOut, **ERRORS})
def order_report(request: Request, body: ReportIn) -> Any:
    """Order the report of a wave, a management review or an evidence report; fetch it when its state is 'done'."""
    request.scope.require("results.read")
    if body.what != "wave":
        return Status(202, _order_review(request, body))
    wave = get_object_or_404(insights.waves(request.scope), code=body.wave)
    job = services.order_report(
        request.scope, wave=wave, selection=Selection(), format=body.format, language=body.language,
        at=timezone.now(),  # noqa: TID251
    )  # fmt: skip
    return Status(202, job)


def _order_review(request: Request, body: ReportIn) -> Job:
    at = timezone.now()  # noqa: TID251
    unit = get_object_or_404(org_units(request.scope, "results.read"), code=body.unit) if body.unit else None
    order = {"period": body.period, "unit": unit.pk if unit else ""}
    try:
        choice = files.choice_of(request.scope, order, at=at)
    except UnknownChoice as error:
        raise Http404 from error
    return services.order_review(
        request.scope, what=body.what, choice=choice, format=body.format, language=body.language, at=at
    )


def _job(request: Request, key: UUID) -> Job:
    try:
        return queries.report_job(request.scope, key)
    except Job.DoesNotExist as error:
        raise Http404 from error


@router.get("/reports/{key}", response={200: ReportOut, **ERRORS})
def report(request: Request, key: UUID) -> Job:
    return _job(request, key)


@router.get("/reports/{key}/file", response={200: None, **ERRORS})
def report_file(request: Request, key: UUID) -> Any:
    """The file itself; 404 until it is made."""
    job = _job(request, key)
    path = services.file_of(job)
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type=services.TYPES[job.arguments["format"]])
