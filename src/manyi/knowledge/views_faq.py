"""The public page of questions and answers: for everybody, without cookies or scripts."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from manyi.knowledge import queries, services
from manyi.knowledge.models import AnswerVersion
from manyi.knowledge.rendering import to_html
from manyi.people import public
from manyi.web import ratelimit

MOST = 200
VOTES_A_MINUTE = 20


def _shown(version: AnswerVersion, language: str) -> dict[str, object]:
    """Title and text in the language, else in the other one (and which it is)."""
    own = language if version.title.get(language) else ("zh" if language == "en" else "en")
    return {"pk": version.answer_id, "text_language": own, "title": version.title[own], "body": version.body[own]}  # fmt: skip


@require_safe
def faq(request: HttpRequest) -> HttpResponse:
    """All public answers by topic, or those that fit the search."""
    if busy := public.busy(request, "faq"):
        return busy
    language = public.language(request)
    text = request.GET.get("q", "").replace("\0", "")[:100].strip()
    rows = list(queries.public_answers(text)[:MOST])
    if text:
        groups = [(None, [_shown(v, language) for v in rows])] if rows else []
    else:
        groups = [
            (topic, [_shown(v, language) for v in found])
            for topic, found in groupby(rows, key=lambda v: v.answer.topic)
        ]
    return public.page(request, "knowledge/faq/list.html", {"q": text, "groups": groups})


def _public(pk: int) -> AnswerVersion:
    version = queries.public_answers().filter(answer_id=pk).first()
    if version is None:
        raise Http404
    return version


@require_safe
def question(request: HttpRequest, pk: int) -> HttpResponse:
    if busy := public.busy(request, "faq"):
        return busy
    shown = _shown(_public(pk), public.language(request))
    context = {**shown, "html": to_html(str(shown["body"])), "thanks": "thanks" in request.GET}
    return public.page(request, "knowledge/faq/question.html", context)


@csrf_exempt  # no cookie lends a right here: whoever may read may vote, so there is nothing to forge
@require_POST
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """One vote for each address and version; only a keyed digest of the address is kept."""
    if busy := public.busy(request, "faq-vote", VOTES_A_MINUTE):
        return busy
    version = _public(pk)
    digest = salted_hmac(
        "manyi.knowledge.vote", f"{version.pk}:{ratelimit.client_address(request)}", algorithm="sha256"
    )
    services.vote(
        version=version, voter=f"visitor:{digest.hexdigest()[:40]}", helped=request.POST.get("helped") == "yes",
        at=timezone.now(),  # noqa: TID251
    )  # fmt: skip
    return redirect(f"{reverse('faq-question', args=[pk])}?lang={public.language(request)}&thanks")
