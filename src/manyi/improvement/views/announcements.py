"""What customers were told: the list, the public page, and the page behind the link of a mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from manyi.improvement.models import Announcement, Receipt
from manyi.improvement.queries import loop
from manyi.improvement.services import announcements as services
from manyi.improvement.views.findings import now
from manyi.people import public
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

MOST = 100


def _texts(row: Announcement, language: str) -> dict[str, Any]:
    return {
        "said": row.you_said.get(language) or row.you_said.get("en", ""),
        "did": row.we_did.get(language) or row.we_did.get("en", ""),
        "at": row.published_at,
    }


@login_required
@require_safe
def announcements(request: Request) -> HttpResponse:
    """What was told, to how many, and what they say now."""
    request.scope.require("improvement.read")
    rows = list(loop.announcements(request.scope).filter(published_at__isnull=False)[:MOST])
    before = now() - services.AGAIN_AFTER
    context = {
        "rows": [
            (row, loop.delivered(row), _may_ask_again(request.scope, row, before=before)) for row in rows
        ]
    }
    return render(request, "improvement/announcements/list.html", context)


def _may_ask_again(scope: Scope, row: Any, *, before: datetime) -> bool:
    return bool(row.silent) and row.published_at <= before and scope.may("improvement.decide", row.unit_id)


@login_required
@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    """Ask those who have not answered once more."""
    row = get_object_or_404(loop.announcements(request.scope), pk=pk)
    try:
        n = services.ask_again(request.scope, announcement=row, at=now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        said = ngettext("%(n)d person is asked again.", "%(n)d people are asked again.", n)
        messages.success(request, said % {"n": n})
    return redirect("announcements")


@require_safe
def you_said(request: HttpRequest) -> HttpResponse:
    """The public page 'You said, we did'."""
    if refused := public.busy(request, "you-said"):
        return refused
    language = public.language(request)
    items = [_texts(row, language) for row in loop.public_announcements()[:MOST]]
    return public.page(request, "improvement/public/you_said.html", {"items": items})


@csrf_exempt  # the secret of the link lends the right, no cookie does
@require_http_methods(["GET", "HEAD", "POST"])
def news(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the mail told, and 'is it better now?'. A GET changes nothing: mail scanners follow links."""
    if refused := public.busy(request, "news"):
        return refused
    receipt = get_object_or_404(Receipt.objects.select_related("announcement"), key=key)
    if request.method == "POST" and request.POST.get("better") in ("yes", "no"):
        services.answer_news(receipt=receipt, better=request.POST["better"] == "yes", at=now())
        language = public.language(request, receipt.language)
        return redirect(f"{reverse('news', args=[key])}?lang={language}")
    language = public.language(request, receipt.language)
    context = {"receipt": receipt, **_texts(receipt.announcement, language)}
    response = public.page(
        request, "improvement/public/news.html", context, default_language=receipt.language
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
