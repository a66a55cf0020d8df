"""API: self-assessments, their raters, one's own sheet, and results once a round has ended."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.people.models import User
from manyi.people.queries import org_units
from manyi.standards import assessment as rules
from manyi.standards.models import AssessmentRater, SelfAssessment
from manyi.standards.queries import assessments as queries
from manyi.standards.services import assessments as services
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["self-assessments"])
BIG = 2**62
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
Words = Annotated[str, Field(max_length=services.LONGEST_COMMENT, pattern=TEXT)]
Key = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]*$")]


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _today() -> date:
    return timezone.localtime(_now()).date()


class SelfAssessmentOut(Schema):
    """`invited` and `submitted` count people; `targets` are percentages by category."""

    id: int
    unit_id: int
    name: dict[str, str]
    opened_at: datetime
    closes_on: date
    closed_at: datetime | None
    targets: dict[str, int]
    invited: int
    submitted: int


class AssessmentStatementOut(Schema):
    code: str
    category: str
    text: dict[str, str]
    mean: float
    spread: float | None


class AssessmentCategoryOut(Schema):
    """`percent` and `gap` (target − percent) in percentage points; `by_role` only roles that may be shown apart."""

    code: str
    name: dict[str, str]
    points: float
    maximum: int
    percent: float
    target: int
    gap: float
    spread: float | None
    by_role: dict[str, float]


class AssessmentResultOut(Schema):
    raters: int
    points: float
    maximum: int
    percent: float
    spread: float | None
    categories: list[AssessmentCategoryOut]
    statements: list[AssessmentStatementOut]
    comments: dict[str, list[str]]


class SelfAssessmentDetail(SelfAssessmentOut):
    """`result` is null while the round runs and where fewer than three sheets were submitted."""

    result: AssessmentResultOut | None


class SelfAssessmentIn(Schema):
    """`name` in 'zh' and 'en'; `targets` are percentages from 20 to 100 by category."""

    unit_id: int = Field(ge=1, le=BIG)
    name: dict[Key, Words]
    closes_on: date
    targets: dict[Key, int] = {}


class RatersIn(Schema):
    user_ids: list[int] = Field(max_length=500)
    role: str = Field(max_length=10, pattern=TEXT)


class SheetOut(Schema):
    """One's own sheet: `ratings` by statement 1–5, `comments` by category, and the statements left."""

    assessment_id: int
    role: str
    ratings: dict[str, int]
    comments: dict[str, str]
    submitted_at: datetime | None
    unanswered: list[str]


class SheetIn(Schema):
    ratings: dict[Key, int] = {}
    comments: dict[Key, Words] = {}


def _found(request: Request, pk: int) -> SelfAssessment:
    request.scope.require(queries.RIGHT)
    return get_object_or_404(queries.assessments(request.scope), pk=pk if pk < BIG else 0)


def _result(row: SelfAssessment) -> dict[str, Any] | None:
    today = _today()
    found = queries.result(row, today)
    if found is None:
        return None
    return {
        "raters": found.raters, "points": found.points, "maximum": rules.MAXIMUM, "percent": found.percent,
        "spread": found.spread,
        "categories": [
            {
                "code": c.category.code, "name": c.category.name, "points": c.points, "maximum": c.category.maximum,
                "percent": c.percent, "target": c.target, "gap": c.gap, "spread": c.spread, "by_role": c.by_role,
            }
            for c in found.categories
        ],
        "statements": [
            {
                "code": s.statement.code, "category": s.category.code, "text": s.statement.text, "mean": s.mean,
                "spread": s.spread,
            }
            for s in found.statements
        ],
        "comments": {category.code: texts for category, texts in queries.comments(row, today)},
    }  # fmt: skip


def _detail(request: Request, pk: int) -> dict[str, Any]:
    row = _found(request, pk)
    return {name: getattr(row, name) for name in SelfAssessmentOut.model_fields} | {"result": _result(row)}


@router.get("/self-assessments", response={200: Page[SelfAssessmentOut], **ERRORS})
def list_self_assessments(request: Request, page: Query[PageQuery]) -> Any:
    """Rounds, newest first."""
    request.scope.require(queries.RIGHT)
    return page_of(request, queries.assessments(request.scope), page)


@router.post("/self-assessments", response={201: SelfAssessmentDetail, **ERRORS})
def open_self_assessment(request: Request, body: SelfAssessmentIn) -> Any:
    request.scope.require("standards.edit")
    unit = get_object_or_404(org_units(request.scope, "standards.edit"), pk=body.unit_id)
    row = services.open_assessment(
        request.scope, unit=unit, name=body.name, closes_on=body.closes_on, targets=body.targets, at=_now()
    )
    return Status(201, _detail(request, row.pk))


@router.get("/self-assessments/{pk}", response={200: SelfAssessmentDetail, **ERRORS})
def one_self_assessment(request: Request, pk: int) -> Any:
    return _detail(request, pk)


@router.post("/self-assessments/{pk}/raters", response={200: SelfAssessmentDetail, **ERRORS})
def invite_raters(request: Request, pk: int, body: RatersIn) -> Any:
    """Each person is invited once, by mail; `role` is leader, manager, front or office."""
    row = _found(request, pk)
    request.scope.require("standards.edit", row.unit_id)
    people = list(User.objects.filter(pk__in=[n for n in body.user_ids if 0 < n <= BIG]))
    services.invite(request.scope, assessment=row, people=people, role=body.role, at=_now())
    return _detail(request, pk)


@router.post("/self-assessments/{pk}/close", response={200: SelfAssessmentDetail, **ERRORS})
def close_self_assessment(request: Request, pk: int) -> Any:
    services.close(request.scope, assessment=_found(request, pk), at=_now())
    return _detail(request, pk)


def _mine(request: Request, pk: int) -> AssessmentRater:
    return get_object_or_404(queries.my_sheets(request.scope), assessment=pk if pk < BIG else 0)


def _sheet(rater: AssessmentRater) -> dict[str, Any]:
    fields = ("assessment_id", "role", "ratings", "comments", "submitted_at")
    left = [statement.code for statement in rules.unanswered(rater.ratings)]
    return {name: getattr(rater, name) for name in fields} | {"unanswered": left}


@router.get("/self-assessments/{pk}/sheet", response={200: SheetOut, **ERRORS})
def my_sheet(request: Request, pk: int) -> Any:
    """The sheet of the one who asks; nobody reads that of another."""
    return _sheet(_mine(request, pk))


@router.patch("/self-assessments/{pk}/sheet", response={200: SheetOut, **ERRORS})
def save_my_sheet(request: Request, pk: int, body: SheetIn) -> Any:
    """What is not named stays as it is."""
    rater = services.save_sheet(
        request.scope, rater=_mine(request, pk), ratings=body.ratings, comments=body.comments, at=_now()
    )
    return _sheet(rater)


@router.post("/self-assessments/{pk}/sheet/submit", response={200: SheetOut, **ERRORS})
def submit_my_sheet(request: Request, pk: int) -> Any:
    services.submit(request.scope, rater=_mine(request, pk), at=_now())
    return _sheet(_mine(request, pk))
