"""The public page of questions and answers: for everybody, without cookies or scripts."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from manyi.knowledge import queries, services
from manyi.knowledge.models import AnswerVersion
from manyi.knowledge.rendering import to_html
from manyi.people.services import organisation
from manyi.web import ratelimit

CODES = {"zh": "zh-hans", "en": "en"}
LABELS = {"zh": "中文", "en": "English"}
MOST = 200
VOTES_A_MINUTE = 20


def _language(request: HttpRequest) -> str:
    """`?lang=`, else the first of the browser's languages that we speak, else Chinese."""
    wish = request.GET.get("lang", "")
    if wish in CODES:
        return wish
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        if code[:2] in CODES:
            return code[:2]
    return "zh"


def _busy(request: HttpRequest, what: str, limit: int) -> HttpResponse | None:
    if not ratelimit.exceeded(what, ratelimit.client_address(request), limit=limit):
        return None
    response = _page(request, "busy", {}, status=429)
    response.headers["Retry-After"] = str(ratelimit.WINDOW_SECONDS)
    return response


def _page(request: HttpRequest, name: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    language = _language(request)
    other = "zh" if language == "en" else "en"
    organisation_name = organisation().name
    query = request.GET.copy()
    query["lang"] = other
    with translation.override(CODES[language]):
        return render(
            request, f"knowledge/faq/{name}.html",
            {
                "language": language, "other": other, "other_label": LABELS[other], "other_url": f"?{query.urlencode()}",
                "organisation": organisation_name.get(language) or organisation_name.get(other) or "",
                **context,
            },
            status=status,
        )  # fmt: skip


def _shown(version: AnswerVersion, language: str) -> dict[str, object]:
    """Title and text in the language, else in the other one (and which it is)."""
    own = language if version.title.get(language) else ("zh" if language == "en" else "en")
    return {"pk": version.answer_id, "text_language": own, "title": version.title[own], "body": version.body[own]}  # fmt: skip


@require_safe
def faq(request: HttpRequest) -> HttpResponse:
    """All public answers by topic, or those that fit the search."""
    if busy := _busy(request, "faq", ratelimit.PER_ADDRESS):
        return busy
    language = _language(request)
    text = request.GET.get("q", "").replace("\0", "")[:100].strip()
    rows = list(queries.public_answers(text)[:MOST])
    if text:
        groups = [(None, [_shown(v, language) for v in rows])] if rows else []
    else:
        groups = [
            (topic, [_shown(v, language) for v in found])
            for topic, found in groupby(rows, key=lambda v: v.answer.topic)
        ]
    return _page(request, "list", {"q": text, "groups": groups})


def _public(pk: int) -> AnswerVersion:
    version = queries.public_answers().filter(answer_id=pk).first()
    if version is None:
        raise Http404
    return version


@require_safe
def question(request: HttpRequest, pk: int) -> HttpResponse:
    if busy := _busy(request, "faq", ratelimit.PER_ADDRESS):
        return busy
    shown = _shown(_public(pk), _language(request))
    context = {**shown, "html": to_html(str(shown["body"])), "thanks": "thanks" in request.GET}
    return _page(request, "question", context)


@csrf_exempt  # no cookie lends a right here: whoever may read may vote, so there is nothing to forge
@require_POST
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """One vote for each address and version; only a keyed digest of the address is kept."""
    if busy := _busy(request, "faq-vote", VOTES_A_MINUTE):
        return busy
    version = _public(pk)
    digest = salted_hmac(
        "manyi.knowledge.vote", f"{version.pk}:{ratelimit.client_address(request)}", algorithm="sha256"
    )
    services.vote(
        version=version, voter=f"visitor:{digest.hexdigest()[:40]}", helped=request.POST.get("helped") == "yes",
        at=timezone.now(),  # noqa: TID251
    )  # fmt: skip
    return redirect(f"{reverse('faq-question', args=[pk])}?lang={_language(request)}&thanks")
