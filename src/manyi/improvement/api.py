"""API: findings, decisions, actions, verifications, announcements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.improvement import sources
from manyi.improvement.forms import candidates
from manyi.improvement.models import Action, Announcement, Decision, Finding, Verification
from manyi.improvement.queries import figures, loop
from manyi.improvement.services import actions, announcements, decisions, findings, verifications
from manyi.people.queries import org_units
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["improvement"])
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
BIG = 2**62
Filters = dict[str, str]


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


class FindingOut(Schema):
    number: str
    unit_id: int
    kind: str
    source: str
    title: str
    description: str
    evidence: dict[str, Any]
    state: str
    reason: str
    times_reopened: int
    raised_at: datetime


class FindingQuery(PageQuery):
    state: str = Field("", max_length=10, pattern=TEXT)
    kind: str = Field("", max_length=20, pattern=TEXT)
    search: str = Field("", max_length=100, pattern=TEXT)


class FindingIn(Schema):
    """By hand: `unit_id` and `title`. From a survey: `wave` and `node`, with the segment in `unit_id`. From anything
    else: `kind` and `key`, as the button of its page posts them.
    """

    unit_id: int | None = Field(None, ge=1, le=BIG)
    title: str = Field("", max_length=200, pattern=TEXT)
    description: str = Field("", max_length=5000, pattern=TEXT)
    kind: str = Field("", max_length=30, pattern=TEXT)
    key: str = Field("", max_length=300, pattern=TEXT)
    wave: str = Field("", max_length=60, pattern=TEXT)
    node: str = Field("", max_length=60, pattern=TEXT)
    tier: str = Field("", pattern="^[ABCD]?$")
    segment: str = Field("", max_length=60, pattern=TEXT)


class Reason(Schema):
    reason: str = Field(min_length=1, max_length=500, pattern=TEXT)


@router.get("/findings", response={200: Page[FindingOut], **ERRORS})
def list_findings(request: Request, page: Query[FindingQuery]) -> Any:
    """What should improve, newest first."""
    request.scope.require("improvement.read")
    rows = loop.findings(request.scope, state=page.state, kind=page.kind, search=page.search)
    return page_of(request, rows, page)


@router.post("/findings", response={201: FindingOut, **ERRORS})
def raise_finding(request: Request, body: FindingIn) -> Any:
    """The same source twice gives the finding that is open."""
    scope = request.scope
    scope.require("improvement.edit")
    if body.kind:
        source = sources.look_up(scope, body.kind, body.key, _now())
        row, _new = findings.raise_from(scope, source=source, at=_now())
    elif body.wave:
        filters = {"unit": str(body.unit_id or ""), "tier": body.tier, "segment": body.segment}
        row = findings.raise_from_indicator(
            scope,
            wave=figures.wave_of(scope, body.wave),
            node=body.node,
            filters={name: value for name, value in filters.items() if value},
            at=_now(),
        )
    else:
        unit = get_object_or_404(org_units(scope, "improvement.edit"), pk=body.unit_id or 0)
        row = findings.raise_finding(
            scope, unit=unit, title=body.title, description=body.description, at=_now()
        )
    return Status(201, row)


def _finding(request: Request, number: str) -> Finding:
    return get_object_or_404(loop.findings(request.scope), number=number)


@router.get("/findings/{number}", response={200: FindingOut, **ERRORS})
def one_finding(request: Request, number: str) -> Any:
    return _finding(request, number)


@router.post("/findings/{number}/dismiss", response={200: FindingOut, **ERRORS})
def dismiss(request: Request, number: str, body: Reason) -> Any:
    row = _finding(request, number)
    findings.dismiss(request.scope, finding=row, reason=body.reason, at=_now())
    return row


@router.post("/findings/{number}/reopen", response={200: FindingOut, **ERRORS})
def reopen(request: Request, number: str, body: Reason) -> Any:
    row = _finding(request, number)
    findings.reopen(request.scope, finding=row, reason=body.reason, at=_now())
    return row


class ActionOut(Schema):
    id: int
    finding: str = Field(alias="finding.number")
    unit_id: int
    title: str
    owner_id: int
    state: str
    starts_on: date
    due_on: date
    cost: float | None
    target: str
    subject: str
    filters: dict[str, Any]
    wave: str
    baseline: float | None
    target_value: float | None
    done_at: datetime | None


class ActionIn(Schema):
    """`subject` is a node of the tree of `wave`, or with target 'complaint_rate' the code of a category."""

    finding: str = Field(max_length=20, pattern=TEXT)
    title: str = Field(min_length=1, max_length=200, pattern=TEXT)
    owner_id: int = Field(ge=1, le=BIG)
    starts_on: date
    due_on: date
    target: Action.Target
    subject: str = Field(min_length=1, max_length=100, pattern=TEXT)
    wave: str = Field("", max_length=60, pattern=TEXT)
    target_value: float | None = Field(None, ge=-1e9, le=1e9)
    corrective: str = Field("", max_length=5000, pattern=TEXT)
    preventive: str = Field("", max_length=5000, pattern=TEXT)


class ActionQuery(PageQuery):
    state: str = Field("", max_length=10, pattern=TEXT)


@router.get("/actions", response={200: Page[ActionOut], **ERRORS})
def list_actions(request: Request, page: Query[ActionQuery]) -> Any:
    """Action plans, the earliest due first."""
    request.scope.require("improvement.read")
    return page_of(request, loop.actions(request.scope, state=page.state), page)


@router.post("/actions", response={201: ActionOut, **ERRORS})
def plan_action(request: Request, body: ActionIn) -> Any:
    """The figure as it is now is frozen as the baseline."""
    given = body.dict()
    finding = _finding(request, given.pop("finding"))
    request.scope.require("improvement.edit", finding.unit_id)
    owner = get_object_or_404(candidates(finding.unit), pk=given.pop("owner_id"))
    filters = finding.evidence.get("filters", {}) if body.target == Action.Target.INDICATOR else {}
    row = actions.plan(request.scope, finding=finding, owner=owner, filters=filters, at=_now(), **given)
    return Status(201, row)


def _action(request: Request, action_id: int) -> Action:
    return get_object_or_404(loop.actions(request.scope), pk=action_id if action_id < BIG else 0)


@router.get("/actions/{action_id}", response={200: ActionOut, **ERRORS})
def one_action(request: Request, action_id: int) -> Any:
    return _action(request, action_id)


@router.post("/actions/{action_id}/start", response={200: ActionOut, **ERRORS})
def start(request: Request, action_id: int) -> Any:
    row = _action(request, action_id)
    actions.start(request.scope, action=row, at=_now())
    return row


@router.post("/actions/{action_id}/finish", response={200: ActionOut, **ERRORS})
def finish(request: Request, action_id: int) -> Any:
    """Everything planned is done; refused while tasks are open."""
    row = _action(request, action_id)
    actions.finish(request.scope, action=row, at=_now())
    return row


class VerificationOut(Schema):
    id: int
    action_id: int
    look: int
    verdict: str
    before: dict[str, Any]
    after: dict[str, Any]
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    level: float
    wave: str
    note: str
    at: datetime


class VerificationIn(Schema):
    action_id: int = Field(ge=1, le=BIG)
    wave: str = Field("", max_length=60, pattern=TEXT)
    note: str = Field("", max_length=2000, pattern=TEXT)


@router.get("/verifications", response={200: Page[VerificationOut], **ERRORS})
def list_verifications(request: Request, page: Query[PageQuery]) -> Any:
    """Looks at target figures before and after, newest first."""
    request.scope.require("improvement.read")
    seen = request.scope.limit(Verification.objects.all(), "improvement.read", field="action__unit_id")
    return page_of(request, seen.order_by("-at", "-pk"), page)


@router.post("/verifications", response={201: VerificationOut, **ERRORS})
def verify(request: Request, body: VerificationIn) -> Any:
    """Compare before and after; `wave` is the later wave, empty for a complaint rate."""
    scope, row = request.scope, _action(request, body.action_id)
    scope.require("improvement.decide", row.unit_id)
    wave = figures.wave_of(scope, body.wave) if body.wave else None
    return Status(201, verifications.verify(scope, action=row, wave=wave, note=body.note, at=_now()))


class DecisionOut(Schema):
    id: int
    unit_id: int
    question: str
    outcome: dict[str, Any]
    reason: str
    created_at: datetime
    decided_at: datetime | None


class CriterionIn(Schema):
    name: str = Field(min_length=1, max_length=100, pattern=TEXT)
    weight: int = Field(ge=1, le=100)


class OptionIn(Schema):
    name: str = Field(min_length=1, max_length=200, pattern=TEXT)
    effort: int = Field(3, ge=1, le=5)
    expected_gain: float | None = Field(None, ge=-100, le=100)


class DecisionIn(Schema):
    unit_id: int = Field(ge=1, le=BIG)
    question: str = Field(min_length=1, max_length=200, pattern=TEXT)
    criteria: list[CriterionIn] = Field(max_length=20)
    options: list[OptionIn] = Field(max_length=50)


@router.get("/decisions", response={200: Page[DecisionOut], **ERRORS})
def list_decisions(request: Request, page: Query[PageQuery]) -> Any:
    request.scope.require("improvement.read")
    return page_of(request, loop.decisions(request.scope), page)


@router.post("/decisions", response={201: DecisionOut, **ERRORS})
def ask(request: Request, body: DecisionIn) -> Any:
    """A question with criteria whose weights sum to 100, and at least two options."""
    unit = get_object_or_404(org_units(request.scope, "improvement.edit"), pk=body.unit_id)
    row: Decision = decisions.ask(
        request.scope,
        unit=unit,
        question=body.question,
        criteria=[(c.name, c.weight) for c in body.criteria],
        options=[o.dict() for o in body.options],
        at=_now(),
    )
    return Status(201, row)


class AnnouncementOut(Schema):
    id: int
    action_id: int
    you_said: dict[str, str]
    we_did: dict[str, str]
    public: bool
    published_at: datetime | None
    told: int
    read: int
    better: int
    worse: int


class BothTexts(Schema):
    zh: str = Field(min_length=1, max_length=2000, pattern=TEXT)
    en: str = Field(min_length=1, max_length=2000, pattern=TEXT)


class AnnouncementIn(Schema):
    action_id: int = Field(ge=1, le=BIG)
    you_said: BothTexts
    we_did: BothTexts
    public: bool = True
    tell: bool = False


@router.get("/announcements", response={200: Page[AnnouncementOut], **ERRORS})
def list_announcements(request: Request, page: Query[PageQuery]) -> Any:
    """What customers were told, newest first, and what they say now."""
    request.scope.require("improvement.read")
    return page_of(request, loop.announcements(request.scope), page)


@router.post("/announcements", response={201: AnnouncementOut, **ERRORS})
def announce(request: Request, body: AnnouncementIn) -> Any:
    """Publish at once; with `tell`, everybody who raised it is written to."""
    row = _action(request, body.action_id)
    news: Announcement = announcements.draft(
        request.scope,
        action=row,
        you_said=body.you_said.dict(),
        we_did=body.we_did.dict(),
        public=body.public,
        at=_now(),
    )
    announcements.publish_announcement(request.scope, announcement=news, tell=body.tell, at=_now())
    return Status(201, loop.announcements(request.scope).get(pk=news.pk))
