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
from manyi.reports import queries, services
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["reports"])


class ReportIn(Schema):
    wave: str = Field(max_length=40)
    format: str = Field("pdf", pattern="^(pdf|xlsx|html)$")
    language: str = Field("zh-hans", pattern="^(zh-hans|en)$")


class ReportOut(Schema):
    key: UUID
    wave: str
    format: str
    language: str
    state: str

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
    """Order the report of a wave; fetch the file when its state is 'done'."""
    request.scope.require("results.read")
    wave = get_object_or_404(insights.waves(request.scope), code=body.wave)
    job = services.order_report(
        request.scope, wave=wave, selection=Selection(), format=body.format, language=body.language,
        at=timezone.now(),  # noqa: TID251
    )  # fmt: skip
    return Status(202, job)


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
