"""API of work orders: list, send, and every step of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.complaints.models import WorkOrder
from manyi.complaints.queries import cases
from manyi.complaints.queries import work_orders as queries
from manyi.complaints.services import work_orders as services
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.api import ERRORS, Instant, Page, PageQuery, page_of

router = Router(tags=["work orders"])
MOST_ID = 2**31
State = Literal["waiting", "sent", "accepted", "returned", "done", "cancelled"]


class WorkOrderOut(Schema):
    id: int
    complaint: str
    position: int
    state: str
    unit_id: int
    user_id: int | None
    instruction: str
    due_at: datetime | None
    after_id: int | None
    replaces_id: int | None
    created_at: datetime
    sent_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    reason: str
    result: str

    @staticmethod
    def resolve_complaint(row: WorkOrder) -> str:
        return row.complaint.number

    @staticmethod
    def resolve_result(row: WorkOrder) -> str:
        return row.result.text if row.result else ""


class WorkOrderIn(Schema):
    unit_id: int = Field(ge=1, le=MOST_ID)
    user_id: int | None = Field(None, ge=1, le=MOST_ID)
    instruction: str = Field(max_length=5000)
    due_at: Instant | None = None
    after_id: int | None = Field(None, ge=1, le=MOST_ID)
    replaces_id: int | None = Field(None, ge=1, le=MOST_ID)


class OrderStepIn(Schema):
    """`text`: the reason of 'return' and 'cancel', the result of 'finish'."""

    step: Literal["accept", "return", "finish", "cancel"]
    text: str = Field("", max_length=5000)


def _scope(request: HttpRequest) -> Scope:
    return request.scope  # type: ignore[attr-defined, no-any-return]


def _order(request: HttpRequest, pk: int) -> WorkOrder:
    return get_object_or_404(queries.work_orders(_scope(request)), pk=pk)


@router.get("/work-orders", response={200: Page[WorkOrderOut], **ERRORS})
def list_work_orders(
    request: HttpRequest, page: Query[PageQuery], state: State | None = None, complaint: str = ""
) -> Any:
    """Work orders of the complaints you may see, and those of your units; the one due first comes first."""
    _scope(request).require("complaints.read")
    rows = queries.work_orders(_scope(request))
    if state:
        rows = rows.filter(state=state)
    if complaint:
        rows = rows.filter(complaint__number=complaint[:40])
    return page_of(request, rows, page)


@router.get("/work-orders/{pk}", response={200: WorkOrderOut, **ERRORS})
def read_work_order(request: HttpRequest, pk: int) -> Any:
    return _order(request, pk)


@router.post("/complaints/{number}/work-orders", response={201: WorkOrderOut, **ERRORS})
def send_work_order(request: HttpRequest, number: str, body: WorkOrderIn) -> Any:
    """Send a work order; with `after_id` it waits until that one is done."""
    row = get_object_or_404(cases.visible(_scope(request)), number=number)
    due = body.due_at
    if due is not None and timezone.is_naive(due):
        due = timezone.make_aware(due)
    order = services.send(
        _scope(request),
        complaint=row,
        unit=get_object_or_404(OrgUnit, pk=body.unit_id),
        user=get_object_or_404(User, pk=body.user_id) if body.user_id else None,
        instruction=body.instruction,
        due_at=due,
        after=get_object_or_404(row.work_orders, pk=body.after_id) if body.after_id else None,
        replaces=get_object_or_404(row.work_orders, pk=body.replaces_id) if body.replaces_id else None,
        at=timezone.now(),  # noqa: TID251
    )
    return 201, order


@router.post("/work-orders/{pk}/steps", response={200: WorkOrderOut, **ERRORS})
def step_of_work_order(request: HttpRequest, pk: int, body: OrderStepIn) -> Any:
    """Accept, return with the reason, finish with the result, or cancel."""
    scope, order, at = _scope(request), _order(request, pk), timezone.now()  # noqa: TID251
    match body.step:
        case "accept":
            services.accept(scope, order=order, at=at)
        case "return":
            services.send_back(scope, order=order, reason=body.text, at=at)
        case "finish":
            services.finish(scope, order=order, result=body.text, at=at)
        case "cancel":
            services.cancel(scope, order=order, reason=body.text, at=at)
    return _order(request, pk)
