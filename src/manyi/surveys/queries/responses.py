"""Reads about responses. The first three take no scope: whoever holds the link's secret may answer."""

from __future__ import annotations

from django.db.models import QuerySet

from manyi.scope import Scope
from manyi.surveys.models import Invitation, Response, ResponseDraft, Wave


def invitation_of(token: str) -> Invitation | None:
    """The invitation behind a personal link, with its wave."""
    return Invitation.objects.select_related("wave").filter(token=token).first()


def open_wave_of(token: str) -> Wave | None:
    """The wave behind an open link."""
    return Wave.objects.select_related("unit").filter(open_token=token).first()


def draft_of(token: str) -> ResponseDraft | None:
    return ResponseDraft.objects.filter(token=token).first()


def responses(scope: Scope, *, wave_code: str | None = None) -> QuerySet[Response]:
    """Responses the scope may read one by one (right `responses.read`), newest first.

    Within a moment they come in the order of their random keys, so that a page of an anonymous wave, whose
    times are days, says nothing about who answered first.
    """
    rows: QuerySet[Response] = scope.limit(
        Response.objects.select_related("wave", "unit").order_by("-submitted_at", "pk"), "responses.read"
    )
    return rows.filter(wave__code=wave_code) if wave_code else rows
