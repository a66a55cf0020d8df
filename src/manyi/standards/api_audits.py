"""API: checklists and audits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.people.queries import org_units
from manyi.standards.models import Audit, Checklist
from manyi.standards.queries import audits as queries
from manyi.standards.queries import checklists
from manyi.standards.services import audits
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["audits"])
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
BIG = 2**62


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


class ChecklistOut(Schema):
    id: int
    kind: str
    name: dict[str, str]
    briefing: dict[str, str]
    unit_id: int
    is_active: bool
    checks: int = Field(alias="size")


class ChecklistQuery(PageQuery):
    kind: Checklist.Kind = Checklist.Kind.AUDIT


@router.get("/checklists", response={200: Page[ChecklistOut], **ERRORS})
def list_checklists(request: Request, page: Query[ChecklistQuery]) -> Any:
    """Checklists of audits, or with kind 'visit' scenarios, of those who set standards."""
    request.scope.require("standards.edit")
    return page_of(request, checklists.checklists(request.scope, page.kind), page)


class MarkOut(Schema):
    """A marked check: `value` 0–100, null while not answered or not applicable."""

    id: int
    step: dict[str, str]
    text: dict[str, str]
    standard: str | None = Field(None, alias="standard.code")
    weight: int
    scale: str
    value: float | None
    not_applicable: bool
    note: str


class AuditOut(Schema):
    id: int
    checklist_id: int
    unit_id: int
    auditor_id: int
    due_on: date
    state: str
    planned_at: datetime
    submitted_at: datetime | None
    remarks: str
    score: float | None
    low: float | None
    high: float | None
    checks: int


class AuditFullOut(AuditOut):
    marks: list[MarkOut]

    @staticmethod
    def resolve_marks(row: Audit) -> Any:
        return row.marks.select_related("standard")


class AuditIn(Schema):
    checklist_id: int = Field(ge=1, le=BIG)
    unit_id: int = Field(ge=1, le=BIG)
    auditor_id: int = Field(ge=1, le=BIG)
    due_on: date


class MarkIn(Schema):
    """`value` 0–100 (0 or 100 for yes or no), or `not_applicable`."""

    value: float | None = Field(None, ge=0, le=100)
    not_applicable: bool = False
    note: str = Field("", max_length=1000, pattern=TEXT)


class HandIn(Schema):
    remarks: str = Field("", max_length=5000, pattern=TEXT)


class AuditQuery(PageQuery):
    state: str = Field("", max_length=10, pattern=TEXT)
    unit_id: int | None = Field(None, ge=1, le=BIG)
    standard: str = Field("", max_length=100, pattern=TEXT)


@router.get("/audits", response={200: Page[AuditOut], **ERRORS})
def list_audits(request: Request, page: Query[AuditQuery]) -> Any:
    """Audits of units in sight and one's own, the last planned first."""
    request.scope.require(queries.RIGHT)
    rows = queries.narrowed(
        queries.audits(request.scope), state=page.state, unit=str(page.unit_id or ""), standard=page.standard
    )
    return page_of(request, rows, page)


@router.post("/audits", response={201: AuditFullOut, **ERRORS})
def plan(request: Request, body: AuditIn) -> Any:
    """Plan an audit: who, where, by when. The checks are copied from the checklist."""
    scope = request.scope
    scope.require("standards.edit")
    row = audits.plan(
        scope,
        checklist=get_object_or_404(checklists.checklists(scope, Checklist.Kind.AUDIT), pk=body.checklist_id),
        unit=get_object_or_404(org_units(scope, "standards.edit"), pk=body.unit_id),
        auditor=get_object_or_404(queries.raters(), pk=body.auditor_id),
        due_on=body.due_on,
        at=_now(),
    )
    return Status(201, row)


def _audit(request: Request, audit_id: int) -> Audit:
    return get_object_or_404(queries.audits(request.scope), pk=audit_id if 0 <= audit_id < BIG else 0)


@router.get("/audits/{audit_id}", response={200: AuditFullOut, **ERRORS})
def one_audit(request: Request, audit_id: int) -> Any:
    return _audit(request, audit_id)


@router.put("/audits/{audit_id}/marks/{mark_id}", response={200: MarkOut, **ERRORS})
def mark(request: Request, audit_id: int, mark_id: int, body: MarkIn) -> Any:
    """Answer one check; only the auditor, until it is handed in."""
    row = _audit(request, audit_id)
    check = get_object_or_404(row.marks, pk=mark_id if 0 <= mark_id < BIG else 0)
    audits.mark(request.scope, audit=row, mark=check, at=_now(), **body.dict())
    return check


@router.post("/audits/{audit_id}/submit", response={200: AuditFullOut, **ERRORS})
def submit(request: Request, audit_id: int, body: HandIn) -> Any:
    """Hand it in: scored and frozen."""
    return audits.submit(request.scope, audit=_audit(request, audit_id), remarks=body.remarks, at=_now())


@router.post("/audits/{audit_id}/cancel", response={200: AuditFullOut, **ERRORS})
def cancel(request: Request, audit_id: int) -> Any:
    row = _audit(request, audit_id)
    audits.cancel(request.scope, audit=row, at=_now())
    row.refresh_from_db()
    return row
