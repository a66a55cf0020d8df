"""API: standard answers, their versions, approval and use."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from manyi.knowledge import queries, services
from manyi.knowledge.models import AnswerVersion, StandardAnswer, Topic
from manyi.people.queries import org_units
from manyi.scope import NotAllowed
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["standard answers"])
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
BIG = 2**62
Id = Annotated[int, Path(ge=1, le=BIG)]


class AnswerTexts(Schema):
    zh: str = Field("", max_length=services.MAX_BODY, pattern=TEXT)
    en: str = Field("", max_length=services.MAX_BODY, pattern=TEXT)


class AnswerVersionOut(Schema):
    number: int
    state: str
    title: dict[str, str]
    body: dict[str, str]
    keywords: str
    public: bool
    note: str
    changed_at: datetime
    published_at: datetime | None


class StandardAnswerOut(Schema):
    id: int
    unit_id: int
    topic_id: int | None
    product: str
    reviewer_id: int | None
    review_on: date | None
    retired_at: datetime | None
    uses: int = Field(description="how often any version was put into a text")
    published: AnswerVersionOut | None = None
    unfinished: AnswerVersionOut | None = Field(
        None, description="draft or waiting for approval; for writers of its unit"
    )


class WordsIn(Schema):
    title: AnswerTexts
    body: AnswerTexts
    keywords: str = Field("", max_length=services.MAX_KEYWORDS, pattern=TEXT)
    public: bool = False
    note: str = Field("", max_length=services.MAX_NOTE, pattern=TEXT)

    def words(self) -> services.Words:
        return services.Words(
            title=self.title.dict(), body=self.body.dict(), keywords=self.keywords, public=self.public, note=self.note
        )  # fmt: skip


class StandardAnswerIn(WordsIn):
    unit_id: int = Field(ge=1, le=BIG)
    topic_id: int | None = Field(None, ge=1, le=BIG)
    product: str = Field("", max_length=100, pattern=TEXT)
    review_on: date | None = None


class AnswerQuery(PageQuery):
    search: str = Field("", max_length=100, pattern=TEXT)
    topic_id: int | None = Field(None, ge=1, le=BIG)
    product: str = Field("", max_length=100, pattern=TEXT)
    state: Literal["", "published", "draft", "submitted", "review", "retired"] = ""


class SendBackIn(Schema):
    reason: str = Field(min_length=1, max_length=500, pattern=TEXT)


class UseIn(Schema):
    subject: str = Field(max_length=60, pattern=services.SUBJECT.pattern, description="such as complaint:12")
    language: Literal["zh", "en"] = "zh"


class VoteIn(Schema):
    helped: bool


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _out(request: Request, row: StandardAnswer) -> dict[str, Any]:
    may = request.scope.may
    writes = may("knowledge.edit", row.unit_id) or may("knowledge.approve", row.unit_id)
    current: list[AnswerVersion] = row.current  # type: ignore[attr-defined]
    names = ("id", "unit_id", "topic_id", "product", "reviewer_id", "review_on", "retired_at", "uses")
    return {
        **{name: getattr(row, name) for name in names},
        "published": next((v for v in current if not v.unfinished), None),
        "unfinished": next((v for v in current if v.unfinished), None) if writes else None,
    }


def _find(request: Request, pk: int) -> StandardAnswer:
    _require_reader(request)
    return get_object_or_404(queries.readable_answers(request.scope), pk=pk)


def _require_reader(request: Request) -> None:
    if not any(request.scope.may(f"knowledge.{right}") for right in ("read", "edit", "approve")):
        raise NotAllowed("knowledge.read")


@router.get("/standard-answers", response={200: Page[StandardAnswerOut], **ERRORS})
def standard_answers(request: Request, page: Query[AnswerQuery]) -> Any:
    """Answers you may see: the best first when you search, otherwise the newest."""
    _require_reader(request)
    topic = None if page.topic_id is None else get_object_or_404(Topic, pk=page.topic_id)
    found = queries.answers(
        request.scope, text=page.search, topic=topic, product=page.product, state=page.state,
        today=timezone.localdate(_now()),
    )  # fmt: skip
    answer = page_of(request, found, page)
    return {**answer, "items": [_out(request, row) for row in answer["items"]]}


@router.post("/standard-answers", response={201: StandardAnswerOut, **ERRORS})
def write(request: Request, body: StandardAnswerIn) -> Any:
    """A new answer; its version 1 is a draft."""
    request.scope.require("knowledge.edit")
    particulars = services.Particulars(
        unit=get_object_or_404(org_units(request.scope, "knowledge.edit"), pk=body.unit_id),
        topic=None if body.topic_id is None else get_object_or_404(Topic, pk=body.topic_id),
        product=body.product, review_on=body.review_on,
    )  # fmt: skip
    row = services.write_answer(request.scope, particulars=particulars, words=body.words(), at=_now())
    return Status(201, _out(request, _find(request, row.pk)))


@router.get("/standard-answers/{answer_id}", response={200: StandardAnswerOut, **ERRORS})
def standard_answer(request: Request, answer_id: Id) -> Any:
    return _out(request, _find(request, answer_id))


@router.get("/standard-answers/{answer_id}/versions", response={200: Page[AnswerVersionOut], **ERRORS})
def versions(request: Request, answer_id: Id, page: Query[PageQuery]) -> Any:
    """All versions you may see, newest first."""
    return page_of(request, queries.versions(request.scope, _find(request, answer_id)), page)


@router.put("/standard-answers/{answer_id}/draft", response={200: StandardAnswerOut, **ERRORS})
def save_draft(request: Request, answer_id: Id, body: WordsIn) -> Any:
    """Replace the draft; after a publication this begins the next version."""
    services.save_draft(request.scope, answer=_find(request, answer_id), words=body.words(), at=_now())
    return _out(request, _find(request, answer_id))


@router.post("/standard-answers/{answer_id}/submit", response={200: StandardAnswerOut, **ERRORS})
def submit(request: Request, answer_id: Id) -> Any:
    """Hand the draft in for approval; 409 when there is none."""
    services.submit(request.scope, answer=_find(request, answer_id), at=_now())
    return _out(request, _find(request, answer_id))


@router.post("/standard-answers/{answer_id}/approve", response={200: StandardAnswerOut, **ERRORS})
def approve(request: Request, answer_id: Id) -> Any:
    """Publish what was handed in; 409 when you wrote in it yourself."""
    services.approve(request.scope, answer=_find(request, answer_id), at=_now())
    return _out(request, _find(request, answer_id))


@router.post("/standard-answers/{answer_id}/send-back", response={200: StandardAnswerOut, **ERRORS})
def send_back(request: Request, answer_id: Id, body: SendBackIn) -> Any:
    """Back to draft, with the reason."""
    services.send_back(request.scope, answer=_find(request, answer_id), reason=body.reason, at=_now())
    return _out(request, _find(request, answer_id))


@router.post("/standard-answers/{answer_id}/uses", response={204: None, **ERRORS})
def use(request: Request, answer_id: Id, body: UseIn) -> Any:
    """Note that the published version went into a text about `subject`."""
    version = get_object_or_404(_find(request, answer_id).versions, state=AnswerVersion.State.PUBLISHED)
    services.note_use(request.scope, version=version, subject=body.subject, language=body.language, at=_now())
    return Status(204, None)


@router.post("/standard-answers/{answer_id}/votes", response={204: None, **ERRORS})
def vote(request: Request, answer_id: Id, body: VoteIn) -> Any:
    """Say whether the published version helped; again replaces what you said."""
    version = get_object_or_404(_find(request, answer_id).versions, state=AnswerVersion.State.PUBLISHED)
    services.vote(version=version, voter=f"user:{request.scope.user_id}", helped=body.helped, at=_now())
    return Status(204, None)
