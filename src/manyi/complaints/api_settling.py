"""API of what is done with a complaint: its steps, its roles, proposals and their approval."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.complaints.models import Complaint, HandOver, Proposal
from manyi.complaints.queries import cases, roles
from manyi.complaints.queries import proposals as queries
from manyi.complaints.services import cases as case_services
from manyi.complaints.services import joining
from manyi.complaints.services import proposals as services
from manyi.complaints.services import roles as role_services
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.api import ERRORS, Page, PageQuery, page_of

router = Router(tags=["complaints"])
MOST_ID = 2**31


class StepIn(Schema):
    """`text`: the settlement of 'resolve', the reason of 'reopen' and 'withdraw', the words of 'note'."""

    step: Literal["start", "resolve", "close", "reopen", "withdraw", "note"]
    text: str = Field("", max_length=20_000)


class StateOut(Schema):
    """Where a complaint stands after a step."""

    number: str
    state: str
    first_contact_owner_id: int
    handler_id: int | None
    handler_unit_id: int
    cause_unit_id: int | None
    first_contact_resolved: bool
    resolved_at: datetime | None
    closed_at: datetime | None
    merged_into: str | None

    @staticmethod
    def resolve_merged_into(row: Complaint) -> str | None:
        return row.merged_into.number if row.merged_into else None


class RoleIn(Schema):
    """`role` 'handler' takes a unit and perhaps a user of it, 'cause_owner' a unit; first-contact ownership only
    changes by a hand-over.
    """

    role: Literal["handler", "cause_owner"]
    unit_id: int = Field(ge=1, le=MOST_ID)
    user_id: int | None = Field(None, ge=1, le=MOST_ID)
    reason: str = Field("", max_length=300)


class HandOverIn(Schema):
    to_id: int = Field(ge=1, le=MOST_ID)
    reason: str = Field(max_length=300)


class HandOverOut(Schema):
    id: int
    complaint: str
    owner_id: int
    to_id: int
    state: str
    reason: str
    answer: str
    asked_at: datetime
    answered_at: datetime | None

    @staticmethod
    def resolve_complaint(row: HandOver) -> str:
        return row.complaint.number


class AnswerIn(Schema):
    answer: Literal["accept", "decline", "take_back"]
    text: str = Field("", max_length=300)


class ProposalIn(Schema):
    kind: Literal["apology", "repair", "replacement", "refund", "discount", "compensation", "other"]
    remedy: str = Field(max_length=2000)
    amount: Decimal = Field(Decimal(0), ge=0, lt=Decimal("1e9"), decimal_places=2)
    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")


class ProposalOut(Schema):
    id: int
    complaint: str
    unit_id: int
    kind: str
    remedy: str
    amount: Decimal
    currency: str
    state: str
    proposed_by_id: int | None
    proposed_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    decision: str
    answer: str

    @staticmethod
    def resolve_complaint(row: Proposal) -> str:
        return row.complaint.number


class ProposalStepIn(Schema):
    """`text`: the reason of 'approve' and 'refuse', the message of 'offer', the customer's words of an answer."""

    step: Literal["approve", "refuse", "offer", "accepted", "declined", "take_back"]
    text: str = Field("", max_length=2000)


class MergeIn(Schema):
    into: str = Field(max_length=40)


class LinkIn(Schema):
    other: str = Field(max_length=40)
    kind: Literal["duplicate", "repeat", "related"] = "related"


class SplitIn(Schema):
    title: str = Field(max_length=200)
    description: str = Field("", max_length=10_000)


def _scope(request: HttpRequest) -> Scope:
    return request.scope  # type: ignore[attr-defined, no-any-return]


def _complaint(request: HttpRequest, number: str) -> Complaint:
    return get_object_or_404(cases.visible(_scope(request)), number=number)


@router.post("/complaints/{number}/steps", response={200: StateOut, **ERRORS})
def step_of_complaint(request: HttpRequest, number: str, body: StepIn) -> Any:
    """One step of the lifecycle, or an internal note."""
    scope, row, at = _scope(request), _complaint(request, number), timezone.now()  # noqa: TID251
    match body.step:
        case "start":
            case_services.start(scope, complaint=row, at=at)
        case "resolve":
            case_services.resolve(scope, complaint=row, resolution=body.text, at=at)
        case "close":
            case_services.close(scope, complaint=row, at=at)
        case "reopen":
            case_services.reopen(scope, complaint=row, reason=body.text, at=at)
        case "withdraw":
            case_services.withdraw(scope, complaint=row, reason=body.text, at=at)
        case "note":
            case_services.add_note(scope, complaint=row, text=body.text, at=at)
    return _complaint(request, number)


@router.post("/complaints/{number}/roles", response={200: StateOut, **ERRORS})
def give_role(request: HttpRequest, number: str, body: RoleIn) -> Any:
    """Say who handles it, or whose process caused it."""
    scope, row, at = _scope(request), _complaint(request, number), timezone.now()  # noqa: TID251
    unit = get_object_or_404(OrgUnit, pk=body.unit_id)
    if body.role == "handler":
        user = get_object_or_404(User, pk=body.user_id) if body.user_id else None
        role_services.reassign(scope, complaint=row, unit=unit, user=user, reason=body.reason, at=at)
    else:
        role_services.name_cause(scope, complaint=row, unit=unit, reason=body.reason, at=at)
    return _complaint(request, number)


@router.post("/complaints/{number}/hand-overs", response={201: HandOverOut, **ERRORS})
def ask_hand_over(request: HttpRequest, number: str, body: HandOverIn) -> Any:
    """Ask somebody to answer for it from now on; it stays with the owner until they accept."""
    row = _complaint(request, number)
    to = get_object_or_404(User, pk=body.to_id)
    at = timezone.now()  # noqa: TID251
    return 201, role_services.ask_hand_over(_scope(request), complaint=row, to=to, reason=body.reason, at=at)


@router.post("/complaints/{number}/hand-overs/answer", response={200: HandOverOut, **ERRORS})
def answer_hand_over(request: HttpRequest, number: str, body: AnswerIn) -> Any:
    """Accept, decline with the reason, or take back the request that waits for an answer."""
    scope, row, at = _scope(request), _complaint(request, number), timezone.now()  # noqa: TID251
    asked = get_object_or_404(HandOver, pk=getattr(roles.asked(row), "pk", 0))
    match body.answer:
        case "accept":
            role_services.accept_hand_over(scope, hand_over=asked, at=at)
        case "decline":
            role_services.decline_hand_over(scope, hand_over=asked, answer=body.text, at=at)
        case "take_back":
            role_services.take_back_hand_over(scope, hand_over=asked, at=at)
    return asked


@router.post("/complaints/{number}/merge", response={200: StateOut, **ERRORS})
def merge(request: HttpRequest, number: str, body: MergeIn) -> Any:
    """End this complaint: it goes on as the other one. Cannot be undone."""
    row, into = _complaint(request, number), _complaint(request, body.into)
    joining.merge(_scope(request), complaint=row, into=into, at=timezone.now())  # noqa: TID251
    return _complaint(request, number)


@router.post("/complaints/{number}/links", response={200: StateOut, **ERRORS})
def link(request: HttpRequest, number: str, body: LinkIn) -> Any:
    """Say that two complaints belong together."""
    row, other = _complaint(request, number), _complaint(request, body.other)
    joining.link(_scope(request), complaint=row, other=other, kind=body.kind, at=timezone.now())  # noqa: TID251
    return _complaint(request, number)


@router.post("/complaints/{number}/split", response={201: StateOut, **ERRORS})
def split(request: HttpRequest, number: str, body: SplitIn) -> Any:
    """Open a complaint of its own for another matter in the same words."""
    at = timezone.now()  # noqa: TID251
    made = joining.split(_scope(request), complaint=_complaint(request, number), at=at, **body.dict())
    return 201, made


@router.get("/proposals", response={200: Page[ProposalOut], **ERRORS})
def list_proposals(request: HttpRequest, page: Query[PageQuery], to_approve: bool = False) -> Any:
    """Proposals of the complaints you may see, newest first; or those that wait for approval in your units."""
    scope = _scope(request)
    scope.require("complaints.read")
    if to_approve:
        return page_of(request, queries.to_approve(scope), page)
    rows = Proposal.objects.select_related("complaint").filter(
        complaint__in=cases.visible(scope).values("pk")
    )
    return page_of(request, rows.order_by("-pk"), page)


@router.post("/complaints/{number}/proposals", response={201: ProposalOut, **ERRORS})
def propose(request: HttpRequest, number: str, body: ProposalIn) -> Any:
    """Propose a settlement; within your own authority limit it is approved at once."""
    row = _complaint(request, number)
    at = timezone.now()  # noqa: TID251
    return 201, services.propose(_scope(request), complaint=row, at=at, **body.dict())


@router.post("/proposals/{pk}/steps", response={200: ProposalOut, **ERRORS})
def step_of_proposal(request: HttpRequest, pk: int, body: ProposalStepIn) -> Any:
    """Approve or refuse (somebody else, with a limit that reaches it), offer, record the answer, take back."""
    scope, at = _scope(request), timezone.now()  # noqa: TID251
    rows = Proposal.objects.select_related(*queries.RELATED)
    row = get_object_or_404(rows.filter(complaint__in=cases.visible(scope).values("pk")), pk=pk)
    match body.step:
        case "approve":
            services.approve(scope, proposal=row, reason=body.text, at=at)
        case "refuse":
            services.refuse(scope, proposal=row, reason=body.text, at=at)
        case "offer":
            services.offer(scope, proposal=row, message=body.text, at=at)
        case "accepted" | "declined":
            accepted = body.step == "accepted"
            services.record_answer(scope, proposal=row, accepted=accepted, answer=body.text, at=at)
        case "take_back":
            services.take_back(scope, proposal=row, at=at)
    return row
