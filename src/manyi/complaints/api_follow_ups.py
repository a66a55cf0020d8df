"""API of follow-ups."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.complaints.models import FollowUp
from manyi.complaints.queries import follow_ups as queries
from manyi.complaints.services import follow_ups as services
from manyi.scope import Scope
from manyi.web.api import ERRORS, Page, PageQuery, page_of

router = Router(tags=["complaints"])
MOST_ID = 2**31


class FollowUpOut(Schema):
    """`result` is '' while it is open; `via` 'call' or 'survey'; `promised_at` is when it was due at first."""

    id: int
    complaint: str = Field(validation_alias="complaint.number")
    closing: int
    kind: str
    unit_id: int
    caller_id: int | None
    team_id: int | None
    promised_at: datetime
    due_at: datetime
    survey_wished_at: datetime | None
    result: str
    via: str
    score: int | None
    words: str
    ended_at: datetime | None


class ShareOut(Schema):
    """A share 0–1 with its 95 % interval (Wilson); null without cases."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class OutcomeOut(Schema):
    done: ShareOut
    reached: ShareOut
    satisfied: ShareOut
    score: float | None
    scored: int
    overdue: int


class Days(Schema):
    days: int = Field(90, ge=1, le=3660)


class AttemptIn(Schema):
    answered: bool = False
    note: str = Field("", max_length=300)


class OutcomeIn(Schema):
    result: Literal["satisfied", "dissatisfied"]
    score: int = Field(ge=1, le=5)
    words: str = Field("", max_length=4000)


def _scope(request: HttpRequest) -> Scope:
    return request.scope  # type: ignore[attr-defined, no-any-return]


def _found(request: HttpRequest, pk: int) -> FollowUp:
    return get_object_or_404(queries.visible(_scope(request)), pk=pk if pk < MOST_ID else 0)


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


@router.get("/follow-ups", response={200: Page[FollowUpOut], **ERRORS})
def list_follow_ups(
    request: HttpRequest,
    page: Query[PageQuery],
    show: Literal["open", "overdue", "done", "dissatisfied"] = "open",
    mine: bool = False,
) -> dict[str, Any]:
    """Open ones with the earliest due first; ended ones newest first."""
    scope = _scope(request)
    scope.require("complaints.read")
    return page_of(request, queries.listed(scope, show=show, mine=mine, at=_now()), page)


@router.get("/follow-ups/outcome", response={200: OutcomeOut, **ERRORS})
def follow_up_outcome(request: HttpRequest, period: Query[Days]) -> Any:
    """What came of those due in the last `days` days."""
    scope, at = _scope(request), _now()
    scope.require("complaints.read")
    return queries.outcome(scope, since=at - timedelta(days=period.days), until=at, at=at)


@router.get("/follow-ups/{pk}", response={200: FollowUpOut, **ERRORS})
def read_follow_up(request: HttpRequest, pk: int) -> Any:
    return _found(request, pk)


@router.post("/follow-ups/{pk}/attempts", response={201: FollowUpOut, **ERRORS})
def note_attempt(request: HttpRequest, pk: int, body: AttemptIn) -> Any:
    """Somebody called. After as many unanswered calls as the rules allow it ends as 'unreachable'."""
    row = services.note_attempt(
        _scope(request), follow_up=_found(request, pk), answered=body.answered, note=body.note, at=_now()
    )
    return 201, row


@router.post("/follow-ups/{pk}/outcome", response={200: FollowUpOut, **ERRORS})
def finish_follow_up(request: HttpRequest, pk: int, body: OutcomeIn) -> Any:
    """What the customer said; 'dissatisfied' opens the complaint again with these words."""
    return services.finish(
        _scope(request),
        follow_up=_found(request, pk),
        result=body.result,
        score=body.score,
        words=body.words,
        at=_now(),
    )


@router.post("/follow-ups/{pk}/survey", response={200: FollowUpOut, **ERRORS})
def send_questionnaire(request: HttpRequest, pk: int) -> Any:
    """Ask by the questionnaire of the wave that the rules name."""
    row = _found(request, pk)
    services.wish_survey(_scope(request), follow_up=row, at=_now())
    row.refresh_from_db()
    return row
