"""API: mystery visits. A visit that is not published is found only by its visitor and those who plan it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.standards.api_audits import BIG, TEXT, MarkIn, MarkOut, _now
from manyi.standards.models import Checklist, MysteryVisit
from manyi.standards.queries import checklists
from manyi.standards.queries import visits as queries
from manyi.standards.queries.audits import raters
from manyi.standards.services import visits
from manyi.web.api import ERRORS, Instant, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["mystery visits"])


class VisitMarkOut(MarkOut):
    objection: str
    ruling: str
    changed: bool
    ruled_value: float | None
    ruled_not_applicable: bool


class VisitOut(Schema):
    """`score` is the visitor's, `ruled_score` the one after an appeal. Who went is told to those who plan visits."""

    key: UUID
    checklist_id: int
    unit_id: int
    visitor_id: int | None
    state: str
    starts_on: date
    ends_on: date
    visited_at: datetime | None
    submitted_at: datetime | None
    published_at: datetime | None
    appeal_until: datetime | None
    score: float | None
    low: float | None
    high: float | None
    checks: int
    ruled_score: float | None
    ruled_low: float | None
    ruled_high: float | None

    @staticmethod
    def resolve_visitor_id(row: MysteryVisit, context: Any) -> int | None:
        return row.visitor_id if queries.knows_visitor(context["request"].scope, row) else None


class VisitFullOut(VisitOut):
    remarks: str
    appeal: str
    ruling: str
    marks: list[VisitMarkOut]

    @staticmethod
    def resolve_marks(row: MysteryVisit) -> Any:
        return row.marks.select_related("standard")


class VisitIn(Schema):
    checklist_id: int = Field(ge=1, le=BIG)
    unit_id: int = Field(ge=1, le=BIG)
    visitor_id: int = Field(ge=1, le=BIG)
    starts_on: date
    ends_on: date
    appeal_days: int = Field(visits.APPEAL_DAYS, ge=1, le=90)


class VisitHandIn(Schema):
    visited_at: Instant
    remarks: str = Field("", max_length=5000, pattern=TEXT)


class ObjectionIn(Schema):
    mark_id: int = Field(ge=1, le=BIG)
    reason: str = Field(min_length=1, max_length=1000, pattern=TEXT)


class AppealIn(Schema):
    reason: str = Field("", max_length=5000, pattern=TEXT)
    objections: list[ObjectionIn] = Field(max_length=100)


class RulingIn(Schema):
    """`changed` with a `value` 0–100, or with null: does not apply."""

    mark_id: int = Field(ge=1, le=BIG)
    changed: bool = False
    value: float | None = Field(None, ge=0, le=100)
    reason: str = Field(min_length=1, max_length=1000, pattern=TEXT)


class DecisionOfAppealIn(Schema):
    reason: str = Field(min_length=1, max_length=5000, pattern=TEXT)
    rulings: list[RulingIn] = Field(max_length=100)


@router.get("/mystery-visits", response={200: Page[VisitOut], **ERRORS})
def list_visits(request: Request, page: Query[PageQuery]) -> Any:
    """Visits the reader may know of: published ones in sight, one's own, and those one plans."""
    return page_of(request, queries.visible(request.scope), page)


@router.post("/mystery-visits", response={201: VisitFullOut, **ERRORS})
def assign(request: Request, body: VisitIn) -> Any:
    """Send a visitor to a unit; the unit learns of it when the result is published."""
    scope = request.scope
    scope.require(queries.PLAN)
    row = visits.assign(
        scope,
        checklist=get_object_or_404(checklists.checklists(scope, Checklist.Kind.VISIT), pk=body.checklist_id),
        unit=get_object_or_404(queries.plannable(scope), pk=body.unit_id),
        visitor=get_object_or_404(raters(), pk=body.visitor_id),
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        appeal_days=body.appeal_days,
        at=_now(),
    )
    return Status(201, row)


def _visit(request: Request, key: UUID) -> MysteryVisit:
    try:
        return queries.visit(request.scope, key)
    except MysteryVisit.DoesNotExist as error:
        raise Http404 from error


@router.get("/mystery-visits/{key}", response={200: VisitFullOut, **ERRORS})
def one_visit(request: Request, key: UUID) -> Any:
    return _visit(request, key)


@router.put("/mystery-visits/{key}/marks/{mark_id}", response={200: VisitMarkOut, **ERRORS})
def mark_check(request: Request, key: UUID, mark_id: int, body: MarkIn) -> Any:
    """Answer one check; only the visitor, until it is handed in."""
    row = _visit(request, key)
    check = get_object_or_404(row.marks, pk=mark_id if 0 <= mark_id < BIG else 0)
    visits.mark(request.scope, visit=row, mark=check, at=_now(), **body.dict())
    return check


@router.post("/mystery-visits/{key}/submit", response={200: VisitFullOut, **ERRORS})
def submit_visit(request: Request, key: UUID, body: VisitHandIn) -> Any:
    row = _visit(request, key)
    return visits.submit(
        request.scope, visit=row, visited_at=body.visited_at, remarks=body.remarks, at=_now()
    )


@router.post("/mystery-visits/{key}/publish", response={200: VisitFullOut, **ERRORS})
def publish_visit(request: Request, key: UUID) -> Any:
    """Let the unit see the result; the days to appeal begin."""
    return visits.publish(request.scope, visit=_visit(request, key), at=_now())


@router.post("/mystery-visits/{key}/cancel", response={200: VisitFullOut, **ERRORS})
def cancel_visit(request: Request, key: UUID) -> Any:
    row = _visit(request, key)
    visits.cancel(request.scope, visit=row, at=_now())
    row.refresh_from_db()
    return row


@router.post("/mystery-visits/{key}/appeal", response={200: VisitFullOut, **ERRORS})
def appeal_visit(request: Request, key: UUID, body: AppealIn) -> Any:
    """The unit objects, once and in time, with a reason for each check."""
    given = {objection.mark_id: objection.reason for objection in body.objections}
    return visits.appeal(
        request.scope, visit=_visit(request, key), reason=body.reason, objections=given, at=_now()
    )


@router.post("/mystery-visits/{key}/decide", response={200: VisitFullOut, **ERRORS})
def decide_appeal(request: Request, key: UUID, body: DecisionOfAppealIn) -> Any:
    """Decide an appeal; both scores stay."""
    given = {r.mark_id: (r.changed, r.value, r.reason) for r in body.rulings}
    return visits.rule(
        request.scope, visit=_visit(request, key), reason=body.reason, rulings=given, at=_now()
    )
