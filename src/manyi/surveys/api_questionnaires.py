"""API: questionnaires, their drafts and versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from manyi.surveys import quality
from manyi.surveys import questionnaire as q
from manyi.surveys import questionnaire_wording as wording
from manyi.surveys.models import Questionnaire, QuestionnaireVersion
from manyi.surveys.queries import questionnaires as queries
from manyi.surveys.services import questionnaires as services
from manyi.web.api import ERRORS, Instant, Page, PageQuery, page_of, problem
from manyi.web.http import Request

router = Router(tags=["questionnaires"])
Code = Annotated[str, Path(pattern=r"^[-\w]{1,40}$")]


class QuestionnaireOut(Schema):
    code: str
    name: dict[str, str]
    newest: int = Field(description="number of the newest version")
    published: int | None = Field(None, description="number of the newest published version")
    changed_at: datetime


class QuestionnaireVersionOut(Schema):
    number: int
    state: str
    changed_at: datetime
    published_at: datetime | None = None
    tree: str | None = Field(None, description="code of the indicator tree it is meant to measure")

    @staticmethod
    def resolve_tree(version: QuestionnaireVersion) -> str | None:
        return version.tree_version.tree.code if version.tree_version else None


class QualityFindingOut(Schema):
    where: str
    place: str
    rule: str
    severity: str
    what: str
    why: str
    mend: str


class VersionDetail(QuestionnaireVersionOut):
    definition: dict[str, Any]
    seconds: int = Field(description="estimated time to answer")
    findings: list[QualityFindingOut] = []

    @staticmethod
    def resolve_seconds(version: QuestionnaireVersion) -> int:
        return quality.seconds(q.parse(version.definition))

    @staticmethod
    def resolve_findings(version: QuestionnaireVersion) -> list[dict[str, str]]:
        found = quality.check(q.parse(version.definition), queries.indicators(version.tree_version))
        return [wording.describe(f, version.definition) for f in found]


class QuestionnaireIn(Schema):
    code: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$")
    definition: dict[str, Any]


class QuestionnaireDraftIn(Schema):
    definition: dict[str, Any]
    expected_changed_at: Instant | None = Field(
        None, description="changed_at of the newest version as you read it; 409 when it changed since"
    )


def _find(request: Request, code: str) -> Questionnaire:
    return get_object_or_404(queries.questionnaires(request.scope), code=code)


def _newest(request: Request, code: str) -> QuestionnaireVersion:
    return queries.versions(request.scope, _find(request, code))[0]


def _invalid(error: q.QuestionnaireError, definition: Any) -> HttpResponse:
    errors = [{"where": error.where, "what": wording.explain(error, definition)}]
    return problem(422, _("Invalid questionnaire"), errors[0]["what"], errors)


@router.get("/questionnaires", response={200: Page[QuestionnaireOut], **ERRORS})
def questionnaires(request: Request, page: Query[PageQuery]) -> Any:
    """All questionnaires, by code."""
    return page_of(request, queries.questionnaires(request.scope), page)


@router.post("/questionnaires", response={201: VersionDetail, **ERRORS})
def create(request: Request, body: QuestionnaireIn) -> Any:
    """A new questionnaire; its version 1 is a draft."""
    try:
        row = services.create_questionnaire(
            request.scope,
            code=body.code,
            name=body.definition.get("name") or {},
            definition=body.definition,
            at=timezone.now(),  # noqa: TID251
        )
    except q.QuestionnaireError as error:
        return _invalid(error, body.definition)
    return Status(201, _newest(request, row.code))


@router.get("/questionnaires/{code}", response={200: VersionDetail, **ERRORS})
def questionnaire(request: Request, code: Code) -> Any:
    """The newest version (draft or published) with its definition and what the check remarks."""
    return _newest(request, code)


@router.get("/questionnaires/{code}/versions", response={200: Page[QuestionnaireVersionOut], **ERRORS})
def versions(request: Request, code: Code, page: Query[PageQuery]) -> Any:
    """All versions, newest first."""
    return page_of(request, queries.versions(request.scope, _find(request, code)), page)


@router.get("/questionnaires/{code}/versions/{number}", response={200: VersionDetail, **ERRORS})
def version(request: Request, code: Code, number: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Any:
    return get_object_or_404(queries.versions(request.scope, _find(request, code)), number=number)


@router.put("/questionnaires/{code}/draft", response={200: VersionDetail, **ERRORS})
def save_draft(request: Request, code: Code, body: QuestionnaireDraftIn) -> Any:
    """Replace the draft; after a publication this begins the next version."""
    try:
        services.save_draft(
            request.scope,
            questionnaire=_find(request, code),
            definition=body.definition,
            expected_changed_at=body.expected_changed_at,
            at=timezone.now(),  # noqa: TID251
        )
    except q.QuestionnaireError as error:
        return _invalid(error, body.definition)
    return _newest(request, code)


@router.post("/questionnaires/{code}/publish", response={200: VersionDetail, **ERRORS})
def publish(request: Request, code: Code) -> Any:
    """Freeze the draft for ever; 409 when there is none."""
    row = _find(request, code)
    try:
        services.publish_questionnaire(request.scope, questionnaire=row, at=timezone.now())  # noqa: TID251
    except q.QuestionnaireError as error:
        return _invalid(error, {})
    return _newest(request, code)
