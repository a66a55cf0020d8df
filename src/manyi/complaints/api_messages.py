"""API of the conversation with a complainant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.complaints.models import Complaint, Message
from manyi.complaints.queries import cases
from manyi.complaints.queries import messages as queries
from manyi.complaints.services import messages as services
from manyi.scope import Scope
from manyi.web.api import ERRORS, Page, PageQuery, page_of

router = Router(tags=["complaints"])


class FileOut(Schema):
    id: int
    name: str
    content_type: str
    size: int


class MessageOut(Schema):
    """`direction` is 'in' (from the complainant) or 'out'."""

    id: int
    direction: str
    channel: str
    author_id: int | None
    at: datetime
    text: str
    files: list[FileOut]

    @staticmethod
    def resolve_files(row: Message) -> list[Any]:
        return list(row.attachments.all())


class MessageIn(Schema):
    """`answers` says that it is an answer on the matter, not just keeping in touch."""

    text: str = Field(min_length=1, max_length=services.MOST_TEXT)
    answers: bool = True


def _complaint(scope: Scope, number: str) -> Complaint:
    try:
        return cases.complaint(scope, number)
    except Complaint.DoesNotExist as error:
        raise Http404 from error


@router.get("/complaints/{number}/messages", response={200: Page[MessageOut], **ERRORS})
def list_messages(request: HttpRequest, number: str, page: Query[PageQuery]) -> dict[str, Any]:
    """Both directions, oldest first."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    return page_of(request, queries.conversation(_complaint(scope, number)), page)


@router.post("/complaints/{number}/messages", response={201: MessageOut, **ERRORS})
def send_message(request: HttpRequest, number: str, body: MessageIn) -> Any:
    """Write to the complainant: on the status page, and by mail where there is an address."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    return 201, services.send(
        scope,
        complaint=_complaint(scope, number),
        text=body.text,
        answers=body.answers,
        at=timezone.now(),  # noqa: TID251
    )
