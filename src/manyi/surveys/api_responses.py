"""API: responses, read one by one or taken in from another channel."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.surveys.models import Invitation, Response, Wave
from manyi.surveys.queries import responses as queries
from manyi.surveys.services import responses as services
from manyi.web.api import ERRORS, Instant, Page, PageQuery, page_of, problem
from manyi.web.http import Request

router = Router(tags=["responses"])


class ResponseOut(Schema):
    id: UUID
    wave: str
    unit: str | None = Field(None, description="code of the org unit at the time of asking")
    customer_id: int | None = Field(None, description="null in an anonymous wave and for open links")
    tier: str
    segment: str
    language: str
    channel: str
    seconds: int | None = None
    weight: float
    flags: list[str] = Field(description="signs of little care: speeding, straight_line, duplicate")
    answers: dict[str, Any]
    submitted_at: datetime = Field(description="cut to the day in an anonymous wave")

    @staticmethod
    def resolve_wave(response: Response) -> str:
        return response.wave.code

    @staticmethod
    def resolve_unit(response: Response) -> str | None:
        return response.unit.code if response.unit else None


class ResponseIn(Schema):
    wave: str = Field(max_length=40, description="code of an open wave")
    invitation: str | None = Field(
        None, max_length=43, description="secret of a personal link; never in an anonymous wave"
    )
    answers: dict[str, str | int | float | None] = Field(
        description="by answer column; null is 'not applicable', a column left out is unanswered"
    )
    language: Literal["zh-hans", "en"] = "zh-hans"
    started_at: Instant | None = None


@router.get("/responses", response={200: Page[ResponseOut], **ERRORS})
def responses(request: Request, page: Query[PageQuery], wave: str | None = None) -> Any:
    """Responses you may read one by one, newest first; of one wave when its code is given."""
    return page_of(request, queries.responses(request.scope, wave_code=wave), page)


@router.post("/responses", response={201: ResponseOut, **ERRORS})
def create(request: Request, body: ResponseIn) -> Any:
    """A response that another channel took (kiosk, chat, call centre). Checked like the respondent's page."""
    if any("\0" in text for text in (body.wave, body.invitation or "")):
        return problem(404, _("Not found"))
    wave = get_object_or_404(request.scope.limit(Wave.objects, "waves.read"), code=body.wave)
    invitation = None
    if body.invitation is not None:
        invitation = get_object_or_404(Invitation, wave=wave, token=body.invitation)
    form_files = {q.code for q in services.form_of(wave).questions() if q.type == "file"}
    at = timezone.now()  # noqa: TID251
    started_at = body.started_at
    if started_at is not None and timezone.is_naive(started_at):
        started_at = timezone.make_aware(started_at)
    try:
        response = services.record_response(
            request.scope, wave=wave, invitation=invitation, language=body.language, at=at, started_at=started_at,
            answers={k: v for k, v in body.answers.items() if k not in form_files},
        )  # fmt: skip
    except services.AnswersInvalid as invalid:
        return _invalid(invalid, body.language[:2])
    return Status(201, response)


def _invalid(invalid: services.AnswersInvalid, language: str) -> HttpResponse:
    errors = [
        {"where": f"answers.{p.column}", "what": services.message(p, language)} for p in invalid.problems
    ]
    return problem(422, _("Invalid input"), errors=errors)
