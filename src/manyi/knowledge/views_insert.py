"""Standard answers inside other pages: hits as one types, their text, and the note that one was used."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from manyi.knowledge import queries, services
from manyi.knowledge.models import AnswerVersion
from manyi.knowledge.rendering import to_text
from manyi.web.errors import Refused
from manyi.web.http import Request

HITS = 8


def _language(wish: str | None) -> str:
    """'zh' or 'en': the language asked for, else the reader's."""
    return "en" if (wish or get_language() or "zh").startswith("en") else "zh"


@login_required
@require_safe
def insert(request: Request) -> HttpResponse:
    """The best published answers for `q`, each with its text in `language` (else the other) for a textarea."""
    request.scope.require("knowledge.read")
    language, other = ("en", "zh") if _language(request.GET.get("language")) == "en" else ("zh", "en")
    text = request.GET.get("q", "").replace("\0", "")[:100]
    hits = []
    for row in queries.answers(request.scope, text=text, state="published")[: HITS if text.strip() else 0]:
        version = next(v for v in row.current if v.state == AnswerVersion.State.PUBLISHED)  # type: ignore[attr-defined]
        own = language if version.body.get(language) else other
        hits.append(
            {
                "version": version,
                "language": own,
                "title": version.title[own],
                "body": to_text(version.body[own]),
            }
        )
    context = {"hits": hits, "q": text, "subject": request.GET.get("subject", "")[:60]}
    return render(request, "knowledge/hits.html", context)


@login_required
@require_POST
def use(request: Request) -> HttpResponse:
    """A version went into a text about `subject`. 204, or 422 when the subject names nothing."""
    request.scope.require("knowledge.read")
    wish = request.POST.get("version", "")
    if not wish.isdecimal() or len(wish) > 15:
        return HttpResponse(status=422)
    try:
        version = queries.published(request.scope, int(wish))
    except AnswerVersion.DoesNotExist:
        return HttpResponse(status=404)
    try:
        services.note_use(
            request.scope, version=version, subject=request.POST.get("subject", ""),
            language=_language(request.POST.get("language")), at=timezone.now(),  # noqa: TID251
        )  # fmt: skip
    except Refused as error:
        return HttpResponse(str(error), status=422)
    return HttpResponse(status=204)
