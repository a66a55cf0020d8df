"""API of staff surveys: plan, open, close. Slips are given out on the page alone, as answers of the API may be kept
to be repeated; and answers can neither be read nor sent in here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.people.queries import org_units
from manyi.surveys.models import StaffSurvey
from manyi.surveys.queries import staff as queries
from manyi.surveys.services import staff as services
from manyi.web.api import ERRORS, Instant, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["staff surveys"])


class StaffSurveyOut(Schema):
    code: str
    name: dict[str, str]
    series: str
    respondents: str
    state: str
    unit_id: int
    closes_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None


class StaffSurveyDetail(StaffSurveyOut):
    slips: int
    given: int
    answered: int | None = Field(description="of all units together; null below the smallest group shown")


class StaffSurveyIn(Schema):
    code: str = Field(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    name: dict[str, str]
    series: str = Field("", max_length=40, pattern=r"^[A-Za-z0-9_-]*$")
    respondents: Literal["staff", "managers"] = "staff"
    unit_id: int = Field(ge=1, le=2**31)
    questionnaire_version_id: int = Field(ge=1, le=2**31)
    headcounts: dict[str, int] = Field(description="id of an org unit → slips to give out there")
    closes_at: Instant | None = None


def _survey(request: Request, code: str) -> StaffSurvey:
    try:
        return queries.staff_survey(request.scope, code)
    except StaffSurvey.DoesNotExist as error:
        raise Http404 from error


def _detail(survey: StaffSurvey) -> dict[str, Any]:
    found = queries.progress(survey)
    head = {name: getattr(survey, name) for name in StaffSurveyOut.model_fields}
    return {**head, "slips": found.slips, "given": found.given, "answered": found.answered}


@router.get("/staff-surveys", response={200: Page[StaffSurveyOut], **ERRORS})
def list_staff_surveys(request: Request, page: Query[PageQuery]) -> Any:
    return page_of(request, queries.staff_surveys(request.scope), page)


@router.post("/staff-surveys", response={201: StaffSurveyDetail, **ERRORS})
def create_staff_survey(request: Request, body: StaffSurveyIn) -> Any:
    request.scope.require(queries.RUN)
    version = get_object_or_404(queries.questionnaires(request.scope), pk=body.questionnaire_version_id)
    if not all(key.isascii() and key.isdigit() and len(key) < 10 for key in body.headcounts):
        raise services.StaffSurveyRefused("headcounts: ids of org units are expected as keys")
    survey = services.create_staff_survey(
        request.scope, code=body.code, name=body.name, series=body.series, respondents=body.respondents,
        unit=get_object_or_404(org_units(request.scope, queries.RUN), pk=body.unit_id), questionnaire_version=version,
        headcounts={int(key): count for key, count in body.headcounts.items()}, closes_at=body.closes_at,
        at=timezone.now(),  # noqa: TID251
    )  # fmt: skip
    return 201, _detail(survey)


@router.get("/staff-surveys/{code}", response={200: StaffSurveyDetail, **ERRORS})
def read_staff_survey(request: Request, code: str) -> Any:
    return _detail(_survey(request, code))


@router.post("/staff-surveys/{code}/open", response={200: StaffSurveyDetail, **ERRORS})
def open_staff_survey(request: Request, code: str) -> Any:
    at = timezone.now()  # noqa: TID251
    return _detail(services.open_staff_survey(request.scope, survey=_survey(request, code), at=at))


@router.post("/staff-surveys/{code}/close", response={200: StaffSurveyDetail, **ERRORS})
def close_staff_survey(request: Request, code: str) -> Any:
    at = timezone.now()  # noqa: TID251
    return _detail(services.close_staff_survey(request.scope, survey=_survey(request, code), at=at))
