"""The way out: a page for people, one click for mail programs (RFC 8058)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from manyi.people.services import organisation
from manyi.surveys.services import invitations as services
from manyi.web import ratelimit


@csrf_exempt  # a mail program posts without cookies; the secret in the address is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, and stores nothing (mail scanners open links); POST stores."""
    if ratelimit.exceeded("opt-out", ratelimit.client_address(request), limit=ratelimit.PER_LINK):
        response = HttpResponse(status=429)
        response.headers["Retry-After"] = str(ratelimit.WINDOW_SECONDS)
        return response
    invitation = services.by_token(token)
    if invitation is None:
        raise Http404
    done = False
    if request.method == "POST":
        done = services.opt_out(token=token, at=timezone.now())  # noqa: TID251
    with translation.override(invitation.language):
        return render(
            request,
            "surveys/waves/opt_out.html",
            {"done": done, "organisation": organisation(), "language": invitation.language},
        )
