"""API: stages and touchpoints of the journey map."""

from __future__ import annotations

from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.people.queries import org_units
from manyi.standards.models import Stage, Touchpoint
from manyi.standards.queries import touchpoints as queries
from manyi.standards.services import touchpoints as services
from manyi.standards.views.touchpoints import now
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["standards"])
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
CODE = r"^[-a-zA-Z0-9_]+$"
BIG = 2**31
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=CODE)]


class NameIn(Schema):
    """A name in both languages; one of them is enough."""

    zh: str = Field("", max_length=200, pattern=TEXT)
    en: str = Field("", max_length=200, pattern=TEXT)


class LongTextIn(Schema):
    zh: str = Field("", max_length=1000, pattern=TEXT)
    en: str = Field("", max_length=1000, pattern=TEXT)


class StageOut(Schema):
    code: str
    name: dict[str, str]
    position: int
    is_active: bool


class StageChangeIn(Schema):
    name: NameIn
    is_active: bool = True


class StageIn(StageChangeIn):
    code: str = Field(min_length=1, max_length=40, pattern=CODE)


class TouchpointOut(Schema):
    """`indicator` is a node of an indicator tree, `category` a complaint category, `topic` a topic of standard
    answers, `volume` what is counted as how often customers come by; '' is none.
    """

    code: str
    name: dict[str, str]
    description: dict[str, str]
    stage: str = Field(alias="stage.code")
    position: int
    unit_id: int
    owner_id: int | None
    indicator: str
    category: str
    topic: str
    volume: str
    is_active: bool


class TouchpointChangeIn(Schema):
    """What is left out becomes empty."""

    name: NameIn
    description: LongTextIn = LongTextIn(zh="", en="")
    stage: str = Field(min_length=1, max_length=40, pattern=CODE)
    unit_id: int = Field(ge=1, le=BIG)
    owner_id: int | None = Field(None, ge=1, le=BIG)
    indicator: str = Field("", max_length=100, pattern=TEXT)
    category: str = Field("", max_length=60, pattern=TEXT)
    topic: str = Field("", max_length=20, pattern=TEXT)
    volume: Touchpoint.Volume | None = None
    is_active: bool = True


class TouchpointIn(TouchpointChangeIn):
    code: str = Field(min_length=1, max_length=40, pattern=CODE)


@router.get("/journey-stages", response={200: Page[StageOut], **ERRORS})
def list_stages(request: Request, page: Query[PageQuery]) -> Any:
    """Stages of the journey map, in order."""
    request.scope.require(queries.RIGHT)
    return page_of(request, queries.stages(request.scope), page)


@router.post("/journey-stages", response={201: StageOut, **ERRORS})
def add_stage(request: Request, body: StageIn) -> Any:
    """Add a stage at the end; takes the right for the whole organisation."""
    row = Stage(code=body.code, name=body.name.dict(), is_active=body.is_active)
    return Status(201, services.save_stage(request.scope, stage=row, at=now()))


@router.put("/journey-stages/{code}", response={200: StageOut, **ERRORS})
def change_stage(request: Request, code: Code, body: StageChangeIn) -> Any:
    row = get_object_or_404(queries.stages(request.scope), code=code)
    row.name, row.is_active = body.name.dict(), body.is_active
    return services.save_stage(request.scope, stage=row, at=now())


@router.get("/touchpoints", response={200: Page[TouchpointOut], **ERRORS})
def list_touchpoints(request: Request, page: Query[PageQuery]) -> Any:
    """Touchpoints in the order of the journey, those out of use too."""
    request.scope.require(queries.RIGHT)
    return page_of(request, queries.touchpoints(request.scope), page)


@router.get("/touchpoints/{code}", response={200: TouchpointOut, **ERRORS})
def one_touchpoint(request: Request, code: Code) -> Any:
    return get_object_or_404(queries.touchpoints(request.scope), code=code)


def _fill(request: Request, row: Touchpoint, body: TouchpointChangeIn) -> Touchpoint:
    scope = request.scope
    scope.require(queries.EDIT)
    row.stage = get_object_or_404(queries.stages(scope), code=body.stage)
    row.unit = get_object_or_404(org_units(scope, queries.EDIT), pk=body.unit_id)
    if body.owner_id != row.owner_id:
        owner = body.owner_id
        row.owner = None if owner is None else get_object_or_404(queries.owners(scope), pk=owner)
    row.name = body.name.dict()
    row.description = {language: text for language, text in body.description.dict().items() if text.strip()}
    row.indicator, row.category, row.topic = body.indicator, body.category, body.topic
    row.volume, row.is_active = body.volume or "", body.is_active
    return row


@router.post("/touchpoints", response={201: TouchpointOut, **ERRORS})
def add_touchpoint(request: Request, body: TouchpointIn) -> Any:
    """Add a touchpoint at the end of its stage."""
    row = _fill(request, Touchpoint(code=body.code), body)
    return Status(201, services.save_touchpoint(request.scope, touchpoint=row, at=now()))


@router.put("/touchpoints/{code}", response={200: TouchpointOut, **ERRORS})
def change_touchpoint(request: Request, code: Code, body: TouchpointChangeIn) -> Any:
    row = get_object_or_404(queries.touchpoints(request.scope), code=code)
    return services.save_touchpoint(request.scope, touchpoint=_fill(request, row, body), at=now())
