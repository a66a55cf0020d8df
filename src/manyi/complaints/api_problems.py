"""API of problems, their eight disciplines, improvement requests and the four never-miss."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.complaints import eight_d
from manyi.complaints.models import ImprovementRequest, Problem, Step
from manyi.complaints.queries import improvement_requests as request_queries
from manyi.complaints.queries import never_miss
from manyi.complaints.queries import problems as queries
from manyi.complaints.services import eight_d as step_services
from manyi.complaints.services import improvement_requests as request_services
from manyi.complaints.services import problems as services
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.api import ERRORS, Page, PageQuery, page_of

router = Router(tags=["complaints"])
MOST_ID = 2**31
Code = Literal["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"]


class ProblemOut(Schema):
    number: str
    title: str
    unit_id: int
    state: str
    origin: str
    same: str
    key: str
    champion_id: int | None
    leader_id: int | None
    customer_id: int | None
    customer_reference: str
    part_number: str
    part_name: str
    batch: str
    quiet_days: int
    target_score: float
    opened_at: datetime
    closed_at: datetime | None
    reopened: int
    reopened_because: str


class StepOut(Schema):
    """`content` is {field: text}; `missing` says what it lacks before it can be signed."""

    code: str
    content: dict[str, str]
    due_on: date | None
    signed_at: datetime | None
    signed_by_id: int | None
    missing: list[str]


class CauseOut(Schema):
    id: int
    parent_id: int | None
    question: str
    branch: str
    text: str
    is_root: bool
    link: str
    proof: str


class ProblemActionOut(Schema):
    id: int
    kind: str
    text: str
    owner_id: int
    due_on: date
    done_at: datetime | None
    evidence: str
    effectiveness: int | None


class GateOut(Schema):
    """`code`: 'steps', 'quiet', 'score' or 'promises'."""

    code: str
    title: str
    passed: bool
    said: str


class ProblemDetail(ProblemOut):
    complaints: list[str]
    steps: list[StepOut]
    causes: list[CauseOut]
    actions: list[ProblemActionOut]
    gates: list[GateOut]


class ProblemIn(Schema):
    """`same` says what counts as a recurrence: 'batch', 'product', 'serial', 'customer' or ''."""

    unit_id: int = Field(ge=1, le=MOST_ID)
    title: str = Field(min_length=1, max_length=200)
    complaints: list[str] = Field([], max_length=500)
    same: Literal["", "batch", "product", "serial", "customer"] = ""


class DisciplineIn(Schema):
    content: dict[str, str] = {}
    due_on: date | None = None


class ProblemActionIn(Schema):
    kind: Literal["containment", "corrective", "preventive"]
    text: str = Field(min_length=1, max_length=500)
    owner_id: int = Field(ge=1, le=MOST_ID)
    due_on: date


class DoneIn(Schema):
    evidence: str = Field(min_length=1, max_length=500)
    effectiveness: int | None = Field(None, ge=0, le=100)


class CauseIn(Schema):
    text: str = Field(min_length=1, max_length=300)
    question: Literal["occurrence", "escape"] = "occurrence"
    branch: Literal["man", "machine", "material", "method", "measurement", "environment"]
    parent_id: int | None = Field(None, ge=1, le=MOST_ID)


class RootIn(Schema):
    link: Literal["value", "system", "person"]
    proof: str = Field(min_length=1, max_length=500)


class ReasonIn(Schema):
    reason: str = Field(min_length=1, max_length=300)


class RequestOut(Schema):
    number: str
    unit_id: int
    to_unit_id: int
    audience: str
    title: str
    text: str
    problem_id: int | None
    state: str
    answer: str
    version: str
    sent_at: datetime
    answered_at: datetime | None
    shipped_at: datetime | None


class RequestIn(Schema):
    unit_id: int = Field(ge=1, le=MOST_ID)
    to_unit_id: int = Field(ge=1, le=MOST_ID)
    audience: Literal["design", "production", "service", "management"]
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=8000)
    problem: str = Field("", max_length=40)
    complaints: list[str] = Field([], max_length=500)


class RequestAnswerIn(Schema):
    state: Literal["accepted", "rejected", "shipped"]
    text: str = Field("", max_length=4000)
    version: str = Field("", max_length=60)


class MissOut(Schema):
    source: str
    kind: str
    at: datetime
    unit_id: int
    title: str
    who: str
    number: str


class MissCountsOut(Schema):
    """Misses by org unit id."""

    recorded: dict[int, int]
    handled: dict[int, int]
    rechecked: dict[int, int]
    fed_back: dict[int, int]


def _scope(request: HttpRequest) -> Scope:
    return request.scope  # type: ignore[attr-defined, no-any-return]


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _unit(pk: int) -> OrgUnit:
    return get_object_or_404(OrgUnit, pk=pk)


def _found(request: HttpRequest, number: str) -> Problem:
    try:
        return queries.problem(_scope(request), number)
    except Problem.DoesNotExist as error:
        raise Http404 from error


def _step(step: Step, facts: eight_d.Facts) -> dict[str, Any]:
    names = ("code", "content", "due_on", "signed_at", "signed_by_id")
    missing = eight_d.missing(step.code, step.content, facts)
    return {**{name: getattr(step, name) for name in names}, "missing": missing}


def _detail(request: HttpRequest, row: Problem) -> dict[str, Any]:
    facts = queries.facts(row)
    return {
        **{name: getattr(row, name) for name in ProblemOut.model_fields},
        "complaints": [c.number for c in queries.complaints(_scope(request), row)],
        "steps": [_step(step, facts) for step in queries.steps(row)],
        "causes": queries.causes(row),
        "actions": list(queries.actions(row)),
        "gates": queries.gates(row, _now()),
    }


@router.get("/problems", response={200: Page[ProblemOut], **ERRORS})
def list_problems(
    request: HttpRequest,
    page: Query[PageQuery],
    state: Literal["open", "closed", "all"] = "all",
    q: str = "",
) -> dict[str, Any]:
    """Newest first."""
    _scope(request).require("complaints.read")
    return page_of(request, queries.listed(_scope(request), state=state, text=q), page)


@router.post("/problems", response={201: ProblemOut, **ERRORS})
def open_problem(request: HttpRequest, body: ProblemIn) -> Any:
    scope = _scope(request)
    return 201, services.open_problem(
        scope,
        unit=_unit(body.unit_id),
        title=body.title,
        complaints=services.visible_complaints(scope, body.complaints),
        same=body.same,
        at=_now(),
    )


@router.get("/problems/{number}", response={200: ProblemDetail, **ERRORS})
def read_problem(request: HttpRequest, number: str) -> Any:
    """The problem with its steps, causes, actions, and what is proved for closing."""
    return _detail(request, _found(request, number))


@router.put("/problems/{number}/steps/{code}", response={200: ProblemDetail, **ERRORS})
def write_step(request: HttpRequest, number: str, code: Code, body: DisciplineIn) -> Any:
    """The texts of a discipline; unknown fields are left out."""
    row = _found(request, number)
    step_services.write(
        _scope(request), problem=row, code=code, content=body.content, due_on=body.due_on, at=_now()
    )
    return _detail(request, row)


@router.post("/problems/{number}/steps/{code}/sign", response={200: ProblemDetail, **ERRORS})
def sign_step(request: HttpRequest, number: str, code: Code) -> Any:
    row = _found(request, number)
    step_services.sign(_scope(request), problem=row, code=code, at=_now())
    return _detail(request, row)


@router.post("/problems/{number}/steps/{code}/unsign", response={200: ProblemDetail, **ERRORS})
def unsign_step(request: HttpRequest, number: str, code: Code, body: ReasonIn) -> Any:
    """Take the signature back, with those of all later disciplines; the history keeps them."""
    row = _found(request, number)
    step_services.unsign(_scope(request), problem=row, code=code, reason=body.reason, at=_now())
    return _detail(request, row)


@router.post("/problems/{number}/causes", response={201: CauseOut, **ERRORS})
def add_cause(request: HttpRequest, number: str, body: CauseIn) -> Any:
    row = _found(request, number)
    parent = get_object_or_404(row.causes, pk=body.parent_id) if body.parent_id else None
    return 201, step_services.add_cause(
        _scope(request), problem=row, text=body.text, branch=body.branch, question=body.question,
        parent=parent, at=_now(),
    )  # fmt: skip


@router.post("/problems/{number}/causes/{pk}/root", response={200: CauseOut, **ERRORS})
def mark_root_cause(request: HttpRequest, number: str, pk: int, body: RootIn) -> Any:
    cause = get_object_or_404(_found(request, number).causes, pk=pk if pk < MOST_ID else 0)
    return step_services.judge_cause(
        _scope(request), cause=cause, is_root=True, link=body.link, proof=body.proof, at=_now()
    )


@router.post("/problems/{number}/actions", response={201: ProblemActionOut, **ERRORS})
def add_action(request: HttpRequest, number: str, body: ProblemActionIn) -> Any:
    row = _found(request, number)
    owner = get_object_or_404(User, pk=body.owner_id, is_active=True)
    return 201, step_services.add_action(
        _scope(request),
        problem=row,
        kind=body.kind,
        text=body.text,
        owner=owner,
        due_on=body.due_on,
        at=_now(),
    )


@router.post("/problems/{number}/actions/{pk}/done", response={200: ProblemActionOut, **ERRORS})
def finish_action(request: HttpRequest, number: str, pk: int, body: DoneIn) -> Any:
    action = get_object_or_404(_found(request, number).actions, pk=pk if pk < MOST_ID else 0)
    return step_services.finish_action(
        _scope(request), action=action, evidence=body.evidence, effectiveness=body.effectiveness, at=_now()
    )


@router.post("/problems/{number}/close", response={200: ProblemDetail, **ERRORS})
def close_problem(request: HttpRequest, number: str) -> Any:
    """Refused (409) with everything that is not proved yet."""
    row = services.close(_scope(request), problem=_found(request, number), at=_now())
    return _detail(request, row)


@router.post("/problems/{number}/reopen", response={200: ProblemDetail, **ERRORS})
def reopen_problem(request: HttpRequest, number: str, body: ReasonIn) -> Any:
    row = _found(request, number)
    services.reopen(_scope(request), problem=row, reason=body.reason, at=_now())
    return _detail(request, row)


@router.get("/improvement-requests", response={200: Page[RequestOut], **ERRORS})
def list_improvement_requests(
    request: HttpRequest,
    page: Query[PageQuery],
    state: Literal["open", "sent", "accepted", "rejected", "shipped", "all"] = "all",
    way: Literal["all", "in", "out"] = "all",
) -> dict[str, Any]:
    """Newest first; `way` 'in' are those the reader's units were asked, 'out' those they sent."""
    _scope(request).require("complaints.read")
    return page_of(request, request_queries.listed(_scope(request), state=state, way=way), page)


@router.post("/improvement-requests", response={201: RequestOut, **ERRORS})
def send_improvement_request(request: HttpRequest, body: RequestIn) -> Any:
    scope = _scope(request)
    problem = _found(request, body.problem) if body.problem else None
    return 201, request_services.send(
        scope,
        unit=_unit(body.unit_id),
        to_unit=_unit(body.to_unit_id),
        audience=body.audience,
        title=body.title,
        text=body.text,
        problem=problem,
        complaints=services.visible_complaints(scope, body.complaints),
        at=_now(),
    )


@router.post("/improvement-requests/{number}/answer", response={200: RequestOut, **ERRORS})
def answer_improvement_request(request: HttpRequest, number: str, body: RequestAnswerIn) -> Any:
    """Accepted, rejected with the reason in `text`, or shipped in `version`."""
    rows = request_queries.visible(_scope(request))
    row: ImprovementRequest = get_object_or_404(rows, number=number)
    return request_services.answer(_scope(request), request=row, at=_now(), **body.dict())


@router.get("/never-miss", response={200: MissCountsOut, **ERRORS})
def count_misses(request: HttpRequest) -> Any:
    """The four counts by org unit."""
    _scope(request).require("complaints.read")
    return never_miss.counts(_scope(request), _now())


@router.get("/never-miss/{code}", response={200: Page[MissOut], **ERRORS})
def list_misses(
    request: HttpRequest,
    code: Literal["recorded", "handled", "rechecked", "fed_back"],
    page: Query[PageQuery],
) -> dict[str, Any]:
    """The list behind one of the four counts."""
    _scope(request).require("complaints.read")
    return page_of(request, never_miss.misses(_scope(request), code, _now()), page)


class AsideIn(Schema):
    source: str = Field(min_length=1, max_length=60)
    reason: str = Field(min_length=1, max_length=300)


@router.post("/set-asides", response={204: None, **ERRORS})
def set_aside(request: HttpRequest, body: AsideIn) -> Any:
    """It is no complaint, because …"""
    request_services.set_aside(_scope(request), source=body.source, reason=body.reason, at=_now())
    return 204, None
