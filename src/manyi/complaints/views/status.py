"""The complainant's own page `/c/<number>/<secret>/`, and the form `/c/` for those who have both on paper.

These pages use no CSRF cookie, because the browsers inside chat apps often block cookies: nothing here acts with
a right that a cookie lends, the secret in the address is the right. They are never cached, send no referrer, are
kept out of search engines, and are not written to the log with their address. A wrong secret and an unknown
number give the same answer; who guesses is stopped, who has the right secret never is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from manyi.complaints.models import Channel, Complaint
from manyi.complaints.queries import status as queries
from manyi.complaints.services import cases, messages, ratings
from manyi.complaints.views.files import download
from manyi.messaging.letters import clean
from manyi.people import public
from manyi.scope import Scope
from manyi.web import ratelimit
from manyi.web.errors import Refused

COMPLAINANT = Scope.system("complainant on the status page")
#: Wrong guesses an address has in a minute, and forms it may send.
MISSES, POSTS = 20, 30
MOST_FILES, MOST_A_DAY = 10, 50
#: Of all files a complainant sends by this page and by mail.
MOST_BYTES = 300 * 1024 * 1024
WORDS = (
    (5, gettext_lazy("Very satisfied")),
    (4, gettext_lazy("Satisfied")),
    (3, gettext_lazy("So-so")),
    (2, gettext_lazy("Dissatisfied")),
    (1, gettext_lazy("Very dissatisfied")),
)
DONE = {
    "message": gettext_lazy("Your message has arrived."),
    "rate": gettext_lazy("Thank you for your rating."),
    "withdraw": gettext_lazy("Your complaint is withdrawn."),
}
View = Callable[..., HttpResponseBase]


def now() -> datetime:
    return timezone.now()  # noqa: TID251


def private(view: View) -> View:
    """Limit the rate, and keep the answer out of caches, referrers, search engines and the log."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        address = ratelimit.client_address(request)
        if ratelimit.exceeded("status", address, limit=ratelimit.PER_ADDRESS):
            response: HttpResponseBase = _busy(request)
        else:
            response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response

    return wrapped


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, language: str = ""
) -> HttpResponse:
    template = f"complaints/status/{template}.html"
    return public.page(request, template, context, status=status, default_language=language)


def _busy(request: HttpRequest) -> HttpResponse:
    response = public.page(request, "web/public_busy.html", {}, status=429)
    response.headers["Retry-After"] = str(ratelimit.WINDOW_SECONDS)
    return response


def _unknown(request: HttpRequest, number: str = "") -> HttpResponse:
    """The one answer to a wrong number and to a wrong secret; too many of them are no longer answered."""
    if ratelimit.exceeded("status-miss", ratelimit.client_address(request), limit=MISSES):
        return _busy(request)
    return _page(request, "find", {"unknown": True, "number": number[:40]}, status=404)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def find(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "find", {})
    number, secret = request.POST.get("number", ""), request.POST.get("secret", "")
    complaint = queries.by_secret(number[:40], secret[:64])
    if complaint is None:
        return _unknown(request, number)
    return _see(complaint, public.language(request, complaint.language))


def _see(complaint: Complaint, language: str, done: str = "") -> HttpResponseRedirect:
    address = reverse("complaint-status", args=[complaint.number, complaint.secret])
    query = "&".join(f"{k}={v}" for k, v in {"lang": language, "done": done}.items() if v)
    response = HttpResponseRedirect(f"{address}?{query}#{done}" if done else f"{address}?{query}")
    response.status_code = 303
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def status(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    complaint = queries.by_secret(number, secret)
    if complaint is None:
        return _unknown(request)
    language = public.language(request, complaint.language)
    error = ""
    if request.method == "POST":
        if ratelimit.exceeded("status-post", complaint.number, limit=POSTS):
            return _busy(request)
        with translation.override(public.CODES[language]):
            try:
                done = _act(request, queries.present(complaint))
            except Refused as refused:
                error = str(refused)
            else:
                return _see(complaint, language, done)
    with translation.override(public.CODES[language]):
        shown = queries.status(queries.present(complaint), at=now())
        context = {
            "complaint": complaint,
            "status": shown,
            "words": WORDS,
            "error": error,
            "posted": request.POST if error else {},
            "done": DONE.get(request.GET.get("done", ""), ""),
            "form_query": f"?lang={language}",
        }
    return _page(request, "status", context, status=422 if error else 200, language=language)


def _act(request: HttpRequest, complaint: Complaint) -> str:
    """Do what the form asks; the name of what was done. Raises Refused."""
    at, text = now(), clean(request.POST.get("text", ""))
    match request.POST.get("action"):
        case "message":
            _write(complaint, text, request.FILES.getlist("files"), at)
            return "message"
        case "rate":
            score = request.POST.get("score", "")
            ratings.rate(
                COMPLAINANT,
                complaint=complaint,
                score=int(score) if score in tuple("12345") else 0,
                comment=text,
                at=at,
            )
            return "rate"
        case "withdraw":
            cases.withdraw(COMPLAINANT, complaint=complaint, reason=text[:2000], at=at)
            return "withdraw"
    raise Refused(_("This step is not known."))


def _write(complaint: Complaint, text: str, files: list[Any], at: datetime) -> None:
    said = complaint.messages.filter(direction="in")
    if said.filter(at__gt=at - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Refused(_("That is a great many messages for one day. Please go on tomorrow, or call us."))
    if len(files) > MOST_FILES:
        raise Refused(_("At most %(most)s files at once, please.") % {"most": MOST_FILES})
    stored = complaint.attachments.filter(message__direction="in").aggregate(bytes=Sum("size"))["bytes"] or 0
    if files and stored + sum(upload.size or 0 for upload in files) > MOST_BYTES:
        raise Refused(_("The files of this complaint are too many. Please send us a message; we find a way."))
    last = said.order_by("-at", "-pk").first()
    sent_twice = last is not None and not files and last.text == text.strip()
    if sent_twice and last is not None and (at - last.at).total_seconds() < ratelimit.WINDOW_SECONDS:
        return
    uploads = [(upload.name or "", upload) for upload in files]
    messages.receive(COMPLAINANT, complaint=complaint, text=text, at=at, channel=Channel.WEB, files=uploads)


@require_safe
@private
def file(request: HttpRequest, number: str, secret: str, pk: int) -> HttpResponseBase:
    complaint = queries.by_secret(number, secret)
    if complaint is None:
        return _unknown(request)
    found = queries.file_of(queries.present(complaint), pk)
    if found is None:
        raise Http404
    return download(found)
