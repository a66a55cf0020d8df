"""Pages for everybody: small, without scripts, in the language of the visitor.

A template extends `web/public.html`; its language comes from `?lang=`, else from the browser, else Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from manyi.people.services import organisation
from manyi.web import ratelimit

CODES = {"zh": "zh-hans", "en": "en"}
LABELS = {"zh": "中文", "en": "English"}


def language(request: HttpRequest, default: str = "") -> str:
    """'zh' or 'en': `?lang=`, else `default` ('zh-hans' or 'en', such as the complainant's), else the browser's."""
    wish = request.GET.get("lang", "")
    if wish in CODES:
        return wish
    if default[:2] in CODES:
        return default[:2]
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        if code[:2] in CODES:
            return code[:2]
    return "zh"


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    default_language: str = "",
) -> HttpResponse:
    """The template in the visitor's language, with `language`, `other_url`, `other_label`, `organisation`."""
    chosen = language(request, default_language)
    other = "zh" if chosen == "en" else "en"
    name = organisation().name
    query = request.GET.copy()
    query["lang"] = other
    with translation.override(CODES[chosen]):
        return render(
            request,
            template,
            {
                "language": chosen,
                "other": other,
                "other_label": LABELS[other],
                "other_url": f"?{query.urlencode()}",
                "organisation": name.get(chosen) or name.get(other) or "",
                **context,
            },
            status=status,
        )


def busy(request: HttpRequest, what: str, limit: int = ratelimit.PER_ADDRESS) -> HttpResponse | None:
    """A 429 page when this address has used `what` more than `limit` times this minute, else None."""
    if not ratelimit.exceeded(what, ratelimit.client_address(request), limit=limit):
        return None
    response = page(request, "web/public_busy.html", {}, status=429)
    response.headers["Retry-After"] = str(ratelimit.WINDOW_SECONDS)
    return response
