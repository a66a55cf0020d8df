"""API: time limits (policies), the clocks of a complaint, and escalations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.complaints.clock import Reading, Target
from manyi.complaints.models import Category, ClockPolicy, PauseReason, Severity
from manyi.complaints.queries import clocks as queries
from manyi.complaints.queries.cases import visible
from manyi.complaints.services import clock_policies
from manyi.complaints.services import clocks as services
from manyi.customers.models import Customer
from manyi.people.api import Texts
from manyi.people.models import BusinessCalendar
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["time limits"])
MOST_ID = 2**31
MOST_MINUTES = 5_000_000


class PolicyOut(Schema):
    """Limits are minutes: of the calendar's open time where `…_business`, else of the clock on the wall."""

    id: int
    code: str
    name: dict[str, str]
    position: int
    active: bool
    severity: str
    tier: str
    category_id: int | None
    calendar_id: int
    acknowledge_minutes: int | None
    acknowledge_business: bool
    respond_minutes: int | None
    respond_business: bool
    resolve_minutes: int | None
    resolve_business: bool
    next_contact_minutes: int | None
    next_contact_business: bool
    warn_share: int | None
    leader_share: int | None
    manager_share: int | None
    executive_share: int | None


def _minutes() -> Any:
    return Field(None, ge=1, le=MOST_MINUTES)


def _share(default: int) -> Any:
    return Field(default, ge=1, le=1000)


class PolicyIn(Schema):
    name: Texts
    position: int = Field(0, ge=0, le=999)
    active: bool = True
    severity: Severity | None = None
    tier: Customer.Tier | None = None
    category_id: int | None = Field(None, ge=1, le=MOST_ID)
    calendar_id: int = Field(ge=1, le=MOST_ID)
    acknowledge_minutes: int | None = _minutes()
    acknowledge_business: bool = True
    respond_minutes: int | None = _minutes()
    respond_business: bool = True
    resolve_minutes: int | None = _minutes()
    resolve_business: bool = True
    next_contact_minutes: int | None = _minutes()
    next_contact_business: bool = True
    warn_share: int | None = _share(80)
    leader_share: int | None = _share(100)
    manager_share: int | None = _share(150)
    executive_share: int | None = _share(200)


class NewPolicyIn(PolicyIn):
    code: str = Field(max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")


class ClockOut(Schema):
    """One clock now; durations in seconds, `elapsed` as the limit counts (open time or wall time)."""

    target: Target
    lap: int
    state: str
    limit_minutes: int
    business: bool
    elapsed: float
    paused: float
    warn_at: datetime | None
    due: datetime | None
    breached_at: datetime | None
    stopped_at: datetime | None

    @staticmethod
    def of(reading: Reading) -> dict[str, Any]:
        return {
            **{
                k: getattr(reading, k)
                for k in ("target", "lap", "warn_at", "due", "breached_at", "stopped_at")
            },
            "state": reading.state.value,
            "limit_minutes": reading.limit.minutes,
            "business": reading.limit.business,
            "elapsed": reading.elapsed.total_seconds(),
            "paused": reading.paused.total_seconds(),
        }


class PauseIn(Schema):
    reason: str = Field(max_length=40)
    note: str = Field("", max_length=300)


class EscalationOut(Schema):
    """`share` is the per cent of the limit used up; `step` says who was told."""

    id: int
    complaint: str = Field(validation_alias="complaint.number")
    round: int
    target: str
    lap: int
    step: str
    share: int
    due_at: datetime | None
    fired_at: datetime


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _filled(policy: ClockPolicy, body: PolicyIn) -> ClockPolicy:
    data = body.dict()
    calendar, category = data.pop("calendar_id"), data.pop("category_id")
    policy.calendar = get_object_or_404(BusinessCalendar, pk=calendar)
    policy.category = get_object_or_404(Category, pk=category) if category else None
    for name, value in data.items():
        setattr(policy, name, "" if value is None and name in ("severity", "tier") else value)
    return policy


@router.get("/clock-policies", response={200: Page[PolicyOut], **ERRORS})
def clock_policy_list(request: Request, page: Query[PageQuery]) -> Any:
    """Time limits, by order."""
    clock_policies.shipped()
    return page_of(request, queries.policies(request.scope), page)


@router.post("/clock-policies", response={201: PolicyOut, **ERRORS})
def create_policy(request: Request, body: NewPolicyIn) -> Any:
    """Add a policy (right `complaints.manage`); open complaints follow in the background."""
    request.scope.require("complaints.manage")
    saved = clock_policies.save_policy(request.scope, policy=_filled(ClockPolicy(), body), at=_now())
    return Status(201, saved)


@router.put("/clock-policies/{policy_id}", response={200: PolicyOut, **ERRORS})
def change_policy(request: Request, policy_id: int, body: PolicyIn) -> Any:
    """Change a policy (right `complaints.manage`); open complaints follow in the background."""
    request.scope.require("complaints.manage")
    row = get_object_or_404(queries.policies(request.scope), pk=min(max(policy_id, 0), MOST_ID))
    return clock_policies.save_policy(request.scope, policy=_filled(row, body), at=_now())


@router.get("/complaints/{number}/clocks", response={200: list[ClockOut], **ERRORS})
def clocks(request: Request, number: str) -> Any:
    """The clocks of a complaint's present round."""
    complaint = get_object_or_404(visible(request.scope), number=number)
    return [ClockOut.of(reading) for reading in queries.readings(complaint, _now())]


@router.post("/complaints/{number}/clocks/pause", response={200: list[ClockOut], **ERRORS})
def pause(request: Request, number: str, body: PauseIn) -> Any:
    """Let respond and resolve stand still, for the code of a reason."""
    complaint = get_object_or_404(visible(request.scope), number=number)
    reason = get_object_or_404(PauseReason, code=body.reason)
    services.pause(request.scope, complaint=complaint, reason=reason, note=body.note, at=_now())
    return [ClockOut.of(reading) for reading in queries.readings(complaint, _now())]


@router.post("/complaints/{number}/clocks/resume", response={200: list[ClockOut], **ERRORS})
def resume(request: Request, number: str) -> Any:
    """Let the clocks run again."""
    complaint = get_object_or_404(visible(request.scope), number=number)
    services.resume(request.scope, complaint=complaint, at=_now())
    return [ClockOut.of(reading) for reading in queries.readings(complaint, _now())]


@router.get("/escalations", response={200: Page[EscalationOut], **ERRORS})
def escalations(request: Request, page: Query[PageQuery], mine: bool = False) -> Any:
    """Who was told that a limit ran out, newest first; `mine` lists what you were told and have not put aside."""
    rows = queries.escalations(request.scope)
    if mine:
        rows = rows.filter(notices__user=request.scope.user_id, notices__seen_at=None)
    return page_of(request, rows, page)
