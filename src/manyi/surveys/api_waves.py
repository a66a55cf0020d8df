"""API of waves: plan, preview, open, watch, close."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.surveys.models import Invitation, Wave
from manyi.surveys.queries import samples
from manyi.surveys.queries import waves as queries
from manyi.surveys.services import waves as services
from manyi.surveys.services.waves import WaveError
from manyi.web.api import ERRORS, Instant, Page, PageQuery, page_of

router = Router(tags=["waves"])
MOST_ID = 2**31
InvitationState = Literal["queued", "sent", "bounced", "opted_out"]


class WaveOut(Schema):
    id: int
    code: str
    name: dict[str, str]
    series: str
    state: str
    unit_id: int
    anonymous: bool
    opened_at: datetime | None
    closed_at: datetime | None
    closes_at: datetime | None


class TotalsOut(Schema):
    invited: int
    waiting: int
    sent: int
    bounced: int
    opted_out: int
    opened: int | None
    answered: int | None
    rate: float | None


class WaveDetail(WaveOut):
    totals: TotalsOut


class WaveIn(Schema):
    code: str = Field(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    name: dict[str, str]
    series: str = Field("", max_length=40, pattern=r"^[A-Za-z0-9_-]*$")
    unit_id: int = Field(ge=1, le=MOST_ID)
    questionnaire_version_id: int = Field(ge=1, le=MOST_ID)
    tree_version_id: int | None = Field(None, ge=1, le=MOST_ID)
    anonymous: bool = False
    audience: dict[str, Any] = {}
    sampling: dict[str, Any] = {}
    target: int | None = Field(None, ge=1, le=2_000_000_000)
    complaint_below: int | None = Field(None, ge=1, le=100)
    closes_at: Instant | None = None
    reminder_days: list[int] = []
    subject: dict[str, str] = {}
    message: dict[str, str] = {}


class SampleIn(Schema):
    unit_id: int = Field(ge=1, le=MOST_ID)
    audience: dict[str, Any] = {}
    sampling: dict[str, Any] = {}
    series: str = Field("", max_length=40)
    margin: float = Field(0.05, ge=0.001, lt=0.5)


class SampleOut(Schema):
    population: int
    eligible: int
    asked: int
    reasons: dict[str, int]
    answers_needed: int | None
    to_ask: int | None
    first_mail_at: datetime


class SamplePlanOut(Schema):
    """Whom a wave asks: its audience and how the sample is drawn from it; `seed` draws the same sample again."""

    wave: str = Field(validation_alias="code")
    unit_id: int
    state: str
    audience: dict[str, Any]
    sampling: dict[str, Any]
    seed: int


class InvitationOut(Schema):
    """In an anonymous wave nothing is said about opening or answering."""

    id: int
    wave_id: int
    customer_id: int
    unit_id: int
    state: str
    weight: float
    sent_at: datetime | None
    opened_at: datetime | None
    answered: bool | None
    answered_at: datetime | None

    @staticmethod
    def resolve_opened_at(row: Invitation) -> datetime | None:
        return None if row.wave.anonymous else row.opened_at

    @staticmethod
    def resolve_answered(row: Invitation) -> bool | None:
        return None if row.wave.anonymous else row.answered

    @staticmethod
    def resolve_answered_at(row: Invitation) -> datetime | None:
        return None if row.wave.anonymous else row.answered_at


class NotAskedOut(Schema):
    customer_id: int
    unit_id: int
    reason: str


def _scope(request: HttpRequest) -> Scope:
    return request.scope  # type: ignore[attr-defined, no-any-return]


def _wave(request: HttpRequest, pk: int) -> Wave:
    return get_object_or_404(queries.waves(_scope(request)), pk=pk)


def _detail(request: HttpRequest, wave: Wave) -> dict[str, Any]:
    totals = queries.totals(_scope(request), wave)
    return {**{name: getattr(wave, name) for name in WaveOut.model_fields}, "totals": totals}


@router.get("/waves", response={200: Page[WaveOut], **ERRORS})
def list_waves(request: HttpRequest, page: Query[PageQuery], state: str = "") -> Any:
    _scope(request).require(queries.READ)
    return page_of(request, queries.waves(_scope(request), state=state[:10]), page)


@router.post("/waves", response={201: WaveDetail, **ERRORS})
def create_wave(request: HttpRequest, body: WaveIn) -> Any:
    scope = _scope(request)
    scope.require("waves.run")
    version = get_object_or_404(queries.questionnaires(scope), pk=body.questionnaire_version_id)
    tree = (
        get_object_or_404(queries.trees(scope), pk=body.tree_version_id)
        if body.tree_version_id
        else version.tree_version
    )
    if tree is None:
        raise WaveError("tree_version_id: the questionnaire was not made from a tree; name one")
    if body.closes_at is not None and timezone.is_naive(body.closes_at):
        body.closes_at = timezone.make_aware(body.closes_at)
    wave = services.create_wave(
        scope,
        unit=get_object_or_404(org_units(scope, "waves.run"), pk=body.unit_id),
        questionnaire_version=version,
        tree_version=tree,
        at=timezone.now(),  # noqa: TID251
        **body.dict(exclude={"unit_id", "questionnaire_version_id", "tree_version_id"}),
    )
    return 201, _detail(request, wave)


@router.get("/waves/{pk}", response={200: WaveDetail, **ERRORS})
def read_wave(request: HttpRequest, pk: int) -> Any:
    return _detail(request, _wave(request, pk))


@router.post("/waves/{pk}/open", response={200: WaveDetail, **ERRORS})
def open_wave(request: HttpRequest, pk: int) -> Any:
    wave = services.open_wave(_scope(request), wave=_wave(request, pk), at=timezone.now())  # noqa: TID251
    return _detail(request, wave)


@router.post("/waves/{pk}/close", response={200: WaveDetail, **ERRORS})
def close_wave(request: HttpRequest, pk: int) -> Any:
    at = timezone.now()  # noqa: TID251
    wave = services.close_wave(_scope(request), wave=_wave(request, pk), reason="by_hand", at=at)
    return _detail(request, wave)


@router.get("/waves/{pk}/invitations", response={200: Page[InvitationOut], **ERRORS})
def list_invitations(
    request: HttpRequest, pk: int, page: Query[PageQuery], state: InvitationState | None = None
) -> Any:
    rows = queries.invitations(_scope(request), _wave(request, pk), state=state or "")
    return page_of(request, rows, page)


@router.get("/invitations", response={200: Page[InvitationOut], **ERRORS})
def list_all_invitations(
    request: HttpRequest,
    page: Query[PageQuery],
    wave: str | None = None,
    state: InvitationState | None = None,
) -> Any:
    """Invitations of the customers you may see, oldest first; of one wave when its code is given."""
    _scope(request).require(queries.READ)
    rows = queries.all_invitations(_scope(request), wave_code=wave, state=state or "")
    return page_of(request, rows, page)


@router.get("/waves/{pk}/not-asked", response={200: Page[NotAskedOut], **ERRORS})
def list_not_asked(request: HttpRequest, pk: int, page: Query[PageQuery], reason: str = "") -> Any:
    rows = queries.not_asked(_scope(request), _wave(request, pk), reason=reason[:20])
    return page_of(request, rows, page)


@router.get("/samples", response={200: Page[SamplePlanOut], **ERRORS})
def list_samples(request: HttpRequest, page: Query[PageQuery]) -> Any:
    """The sample of each wave you may see, newest wave first; who was drawn is in `/invitations`."""
    _scope(request).require(queries.READ)
    return page_of(request, queries.waves(_scope(request)), page)


@router.post("/samples", response={200: SampleOut, **ERRORS})
def preview_sample(request: HttpRequest, body: SampleIn) -> Any:
    """Who would be asked if a wave of this audience and sample were opened now; stores nothing."""
    scope = _scope(request)
    scope.require("waves.run")
    audience, plan = services.read_design(body.audience, body.sampling)
    found = samples.preview(
        scope,
        unit=get_object_or_404(org_units(scope, "waves.run"), pk=body.unit_id),
        audience=audience,
        plan=plan,
        seed=0,
        series=body.series,
        margin=body.margin,
        at=timezone.now(),  # noqa: TID251
    )
    return {
        "population": found.population,
        "eligible": found.eligible,
        "asked": found.asked,
        "reasons": dict(found.reasons),
        "answers_needed": found.advice.answers if found.advice else None,
        "to_ask": found.advice.to_ask if found.advice else None,
        "first_mail_at": found.first_mail_at,
    }
