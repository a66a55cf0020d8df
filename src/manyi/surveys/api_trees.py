"""API: indicator trees and their versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from manyi.measures.errors import TreeError
from manyi.surveys.forms_trees import explain, place_of
from manyi.surveys.models import TreeVersion
from manyi.surveys.queries import trees as queries
from manyi.surveys.services import trees as services
from manyi.web.api import ERRORS, Page, PageQuery, page_of, problem
from manyi.web.http import Request

router = Router(tags=["trees"])


class TreeOut(Schema):
    """`newest` and `published` are version numbers; `published` is null until one is."""

    code: str
    name: dict[str, str]
    newest: int
    published: int | None
    changed_at: datetime


class TreeVersionOut(Schema):
    """`changed_at` has its microseconds, so that it can be sent back with the next draft."""

    number: int
    state: str
    definition: dict[str, Any]
    changed_at: str = Field(json_schema_extra={"format": "date-time"})
    published_at: datetime | None

    @staticmethod
    def resolve_changed_at(version: TreeVersion) -> str:
        # The encoder of the API cuts times to milliseconds, and then no draft would match its version.
        return version.changed_at.isoformat()


class TreeIn(Schema):
    """`definition` as in TREE.yaml; `name`, where given, replaces the definition's."""

    code: str = Field(max_length=40)
    name: dict[str, str] = {}
    definition: dict[str, Any]


class TreeDraftIn(Schema):
    """`changed_at` of the version you read; when it is another now, nothing is stored and 409 answers."""

    definition: dict[str, Any]
    changed_at: AwareDatetime | None = None


def _refused(error: TreeError, definition: Any) -> HttpResponse:
    where = str(error.params.get("path", ""))
    errors = [{"where": where, "node": place_of(where, definition), "what": explain(error, definition)}]
    return problem(422, _("Invalid input"), explain(error, definition), errors)


def _find(request: Request, code: str) -> Any:
    if "\x00" in code:
        raise Http404
    return get_object_or_404(queries.trees(request.scope), code=code)


@router.get("/trees", response={200: Page[TreeOut], **ERRORS})
def trees(request: Request, page: Query[PageQuery]) -> Any:
    return page_of(request, queries.trees(request.scope), page)


@router.post("/trees", response={201: TreeOut, **ERRORS})
def create_tree(request: Request, body: TreeIn) -> Any:
    """A new tree; version 1 is a draft."""
    try:
        row = services.create_tree(
            request.scope,
            code=body.code,
            name=body.name,
            definition=body.definition,
            at=timezone.now(),  # noqa: TID251
        )
    except TreeError as error:
        return _refused(error, body.definition)
    return Status(201, _find(request, row.code))


@router.get("/trees/{code}", response={200: TreeOut, **ERRORS})
def tree(request: Request, code: str) -> Any:
    return _find(request, code)


@router.get("/trees/{code}/versions", response={200: Page[TreeVersionOut], **ERRORS})
def versions(request: Request, code: str, page: Query[PageQuery]) -> Any:
    """Versions, newest first."""
    return page_of(request, queries.versions(request.scope, _find(request, code)), page)


@router.put("/trees/{code}/draft", response={200: TreeVersionOut, **ERRORS})
def save_draft(request: Request, code: str, body: TreeDraftIn) -> Any:
    """Store the draft; after a publication this begins the next version."""
    request.scope.require("designs.edit")
    try:
        return services.save_draft(
            request.scope,
            tree=_find(request, code),
            definition=body.definition,
            expected_changed_at=body.changed_at,
            at=timezone.now(),  # noqa: TID251
        )
    except TreeError as error:
        return _refused(error, body.definition)


@router.post("/trees/{code}/publish", response={200: TreeVersionOut, **ERRORS})
def publish_tree(request: Request, code: str) -> Any:
    """Freeze the draft for ever."""
    request.scope.require("designs.edit")
    return services.publish_tree(request.scope, tree=_find(request, code), at=timezone.now())  # noqa: TID251
