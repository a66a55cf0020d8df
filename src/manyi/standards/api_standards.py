"""API: service standards, and how they stand."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.people.models import OrgUnit
from manyi.standards.api_touchpoints import BIG, CODE, TEXT, Code, NameIn
from manyi.standards.models import ServiceStandard
from manyi.standards.period import period
from manyi.standards.queries import standards as queries
from manyi.standards.queries import touchpoints
from manyi.standards.services import standards as services
from manyi.standards.views.touchpoints import now, today
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["standards"])


class StandardOut(Schema):
    """`target` and `tolerance` are on a scale of 0–100: points for items of surveys, per cent for everything else."""

    code: str
    name: dict[str, str]
    touchpoint: str = Field(alias="touchpoint.code")
    unit_id: int = Field(alias="touchpoint.unit_id")
    kind: str
    source: str
    subject: str
    also: dict[str, str]
    better: str
    measure: str
    target: float
    tolerance: float
    training: dict[str, str]
    is_active: bool


class StandingOut(Schema):
    """How a standard stands in a unit and period: `status` is met, watched, missed or unmeasured; `sure` whether the
    95% interval `low`–`high` excludes the target, with at least 10 cases. `hidden`: the caller lacks the right to the
    measure itself.
    """

    standard: str
    unit_id: int
    since: date
    until: date
    status: str
    sure: bool | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    hidden: bool

    @staticmethod
    def of(row: queries.Measured) -> dict[str, Any]:
        reading = row.reading
        return {
            "standard": row.standard.code, "unit_id": row.unit.pk, "since": row.since, "until": row.until,
            "status": row.verdict.status, "sure": row.verdict.sure, "value": reading.value, "low": reading.low,
            "high": reading.high, "n": reading.n, "hidden": reading.hidden,
        }  # fmt: skip


class StandardChangeIn(Schema):
    """What is left out takes the value shown here. `also` maps other sources to what they measure."""

    name: NameIn
    touchpoint: str = Field(min_length=1, max_length=40, pattern=CODE)
    kind: ServiceStandard.Kind = ServiceStandard.Kind.HARD
    source: ServiceStandard.Source
    subject: str = Field("", max_length=100, pattern=TEXT)
    also: dict[ServiceStandard.Source, str] = Field({}, max_length=5)
    better: ServiceStandard.Better = ServiceStandard.Better.HIGHER
    target: float = Field(ge=0, le=100)
    tolerance: float = Field(0, ge=0, le=100)
    training: NameIn = NameIn(zh="", en="")
    is_active: bool = True


class StandardIn(StandardChangeIn):
    code: str = Field(min_length=1, max_length=40, pattern=CODE)


class LookQuery(Schema):
    """`unit`: where it is measured, by default where it holds; `period`: 30, 90, 365 or a month such as 2026-03."""

    unit: int | None = Field(None, ge=1, le=BIG)
    period: str = Field("90", max_length=7, pattern=TEXT)


@router.get("/standards", response={200: Page[StandardOut], **ERRORS})
def list_standards(request: Request, page: Query[PageQuery]) -> Any:
    """Service standards in the order of the journey, those out of use too."""
    request.scope.require(queries.RIGHT)
    return page_of(request, queries.standards(request.scope), page)


def _standard(request: Request, code: str) -> ServiceStandard:
    return get_object_or_404(queries.standards(request.scope), code=code)


@router.get("/standards/{code}", response={200: StandardOut, **ERRORS})
def one_standard(request: Request, code: Code) -> Any:
    return _standard(request, code)


@router.get("/standards/{code}/standing", response={200: StandingOut, **ERRORS})
def standing(request: Request, code: Code, look: Query[LookQuery]) -> Any:
    """How the standard stands now."""
    row = _standard(request, code)
    chosen = period(look.period, today())
    if look.unit is None:
        place: OrgUnit | None = queries.home(request.scope, row)
    else:
        place = queries.where(
            row.touchpoint.unit, get_object_or_404(queries.units(request.scope), pk=look.unit)
        )
    if place is None:
        raise Http404
    found = queries.measure(request.scope, row, place, chosen.since, chosen.until, today())
    return StandingOut.of(found)


def _fill(request: Request, row: ServiceStandard, body: StandardChangeIn) -> ServiceStandard:
    request.scope.require(touchpoints.EDIT)
    row.touchpoint = get_object_or_404(touchpoints.touchpoints(request.scope), code=body.touchpoint)
    given = body.dict(exclude={"code", "touchpoint", "also"})
    for name, value in given.items():
        setattr(row, name, value)
    row.also = {str(source): subject for source, subject in body.also.items()}
    return row


@router.post("/standards", response={201: StandardOut, **ERRORS})
def add_standard(request: Request, body: StandardIn) -> Any:
    row = _fill(request, ServiceStandard(code=body.code), body)
    return Status(201, services.save_standard(request.scope, standard=row, at=now()))


@router.put("/standards/{code}", response={200: StandardOut, **ERRORS})
def change_standard(request: Request, code: Code, body: StandardChangeIn) -> Any:
    row = _fill(request, _standard(request, code), body)
    return services.save_standard(request.scope, standard=row, at=now())
