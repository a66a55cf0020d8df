"""The respondent's page: a personal link `/s/<token>/` or an open one `/o/<token>/`.

Where the answers under way are kept: a personal link of a named wave has a draft in the database and each
'next' is followed by a redirect, so that the browser's back button and another device work. Anonymous waves
and open links carry the earlier answers in the form itself, signed; an open visitor whose browser takes
cookies also gets a draft.

Forgery: these pages use no CSRF cookie, because the browsers inside chat apps often block cookies. Nothing
here acts with a right that a cookie lends: the secret of the address is the right. The signed field `_form`
binds a post to a page we made for this very link, and carries a random key that becomes the key of the
response of an open link, so that a form sent twice is stored once.

A GET stores nothing but the time a personal link was first opened, and not even that for HEAD, prefetching,
or an anonymous wave. Responses are marked as logged already: Django would write the address, which holds the
secret, into the log for each status of 400 and above.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from manyi.surveys import logic
from manyi.surveys.answers import Checked, Problem, as_posted, check
from manyi.surveys.models import Invitation, Response, Wave
from manyi.surveys.piping import text_of
from manyi.surveys.queries import responses as queries
from manyi.surveys.questionnaire import Form, QuestionnaireError
from manyi.surveys.services import responses as services
from manyi.surveys.views.respond_page import CODES, LANGUAGES, finish, render, section_context
from manyi.web import ratelimit

SALT = "manyi.surveys.respond"
FORM_AGE_SECONDS = 14 * 24 * 3600
COOKIE, COOKIE_DONE = "manyi_visitor", "done"
COOKIE_AGE_SECONDS = 180 * 24 * 3600
STATUS = {"closed": 410, "opted_out": 410, "not_open": 403, "already_answered": 409}


@dataclass
class Visit:
    """One request to one link."""

    link: str
    wave: Wave
    invitation: Invitation | None
    form: Form
    language: str
    cookie: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    section: str = ""
    started_at: datetime | None = None
    key: UUID = field(default_factory=uuid4)

    @property
    def stored(self) -> bool:
        """Whether answers under way are kept by the secret of a personal link."""
        return self.invitation is not None and not self.wave.anonymous

    @property
    def draft_token(self) -> str:
        """Under which a draft is kept; '' where none may be."""
        if self.wave.anonymous:
            return ""
        return self.link if self.invitation is not None else self.cookie

    @property
    def seed(self) -> str:
        return f"{self.wave.seed}:{self.link if self.invitation is not None else self.key.hex}"

    @property
    def names(self) -> dict[str, str]:
        unit = self.invitation.unit if self.invitation else self.wave.unit
        names = {"unit": text_of(unit.name, self.language)}
        if self.invitation is not None:
            names["customer"] = self.invitation.customer.name
            names["contact"] = self.invitation.contact.name if self.invitation.contact else ""
        return names


# -- the signed field --------------------------------------------------------------------------------------


def _link_print(link: str) -> str:
    return hashlib.sha256(link.encode()).hexdigest()[:16]


def form_token(
    link: str, *, started_at: datetime, key: UUID, answers: Mapping[str, Any] | None = None
) -> str:
    """The value of `_form`: for which link, since when, which key, and the answers so far where they travel."""
    content: dict[str, Any] = {"l": _link_print(link), "t": int(started_at.timestamp()), "k": key.hex}
    if answers:
        content["a"] = dict(answers)
    return signing.dumps(content, salt=SALT, compress=True)


def _read_form_token(visit: Visit, value: str) -> bool:
    try:
        content = signing.loads(value, salt=SALT, max_age=FORM_AGE_SECONDS)
    except signing.BadSignature:
        return False
    if content.get("l") != _link_print(visit.link):
        return False
    visit.key = UUID(content["k"])
    if visit.started_at is None:
        visit.started_at = datetime.fromtimestamp(content["t"], tz=UTC)
    if not visit.stored:
        visit.answers = content.get("a", {})
    return True


# -- answers and pages of the house ------------------------------------------------------------------------


def _accepted_language(request: HttpRequest, offered: tuple[str, ...]) -> str:
    """The first offered language the browser accepts, else the first offered."""
    header = request.headers.get("Accept-Language", "")
    for entry in parse_accept_lang_header(header.lower()):
        if entry[0][:2] in offered:
            return str(entry[0])[:2]
    return offered[0]


def language_of(request: HttpRequest, offered: tuple[str, ...], *known: str | None) -> str:
    """`?lang=`, else the draft's or the contact's language, else the browser's."""
    for wish in (request.GET.get("lang"), *known):
        if wish and wish[:2] in offered:
            return wish[:2]
    return _accepted_language(request, offered)


def notice(
    request: HttpRequest, code: str, language: str, offered: tuple[str, ...], **more: Any
) -> HttpResponse:
    """A friendly page that says why there is nothing to answer."""
    status = more.pop("status", STATUS.get(code, 404))
    with translation.override(CODES[language]):
        title, text = {
            "unknown": (_("This link leads nowhere"), _("Please check that the whole address was copied from the mail or message.")),
            "not_open": (_("This survey is not open yet"), _("Please come back later; the link stays the same.")),
            "closed": (_("This survey is closed"), _("Answers are no longer taken. Thank you for your interest.")),
            "opted_out": (_("You asked not to be surveyed"), _("We keep to that: there is nothing to answer here.")),
            "already_answered": (_("You have answered already"), _("Your answers have arrived safely. Each invitation can be answered once.")),
            "visitor_answered": (_("This device has answered already"), _("Thank you. If somebody else would like to answer on it, please begin anew.")),
            "busy": (_("One moment, please"), _("A great many requests came from your network. Please try again in a minute; nothing you entered is lost.")),
        }[code]  # fmt: skip
    languages = [(code_, label) for code_, label in LANGUAGES if code_ in offered and code_ != language]
    response = render(
        "notice", language, status, title=title, text=text, code=code, languages=languages, **more
    )
    if status == 429:
        response.headers["Retry-After"] = str(ratelimit.WINDOW_SECONDS)
    return response


_BOTH = ("zh", "en")


# -- doors -------------------------------------------------------------------------------------------------


def too_many(request: HttpRequest) -> HttpResponse | None:
    if ratelimit.exceeded("respond", ratelimit.client_address(request), limit=ratelimit.PER_ADDRESS):
        return notice(request, "busy", language_of(request, _BOTH), _BOTH, status=429)
    return None


@csrf_exempt
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def respond(request: HttpRequest, token: str) -> HttpResponse:
    """A personal link."""
    busy = too_many(request)
    if busy is not None:
        return busy
    invitation = queries.invitation_of(token)
    if invitation is None:
        return notice(request, "unknown", language_of(request, _BOTH), _BOTH)
    # A count per link would be a trace of when somebody answered, so anonymous waves have none.
    if not invitation.wave.anonymous and ratelimit.exceeded("link", token, limit=ratelimit.PER_LINK):
        return notice(request, "busy", language_of(request, _BOTH, invitation.language), _BOTH, status=429)
    return _visit(request, token, invitation.wave, invitation)


@csrf_exempt
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def respond_open(request: HttpRequest, token: str) -> HttpResponse:
    """An open link, as on a poster."""
    busy = too_many(request)
    if busy is not None:
        return busy
    wave = queries.open_wave_of(token)
    if wave is None:
        return notice(request, "unknown", language_of(request, _BOTH), _BOTH)
    return _visit(request, token, wave, None)


def _visit(request: HttpRequest, token: str, wave: Wave, invitation: Invitation | None) -> HttpResponse:
    at = timezone.now()  # noqa: TID251
    preferred = invitation.language if invitation else None
    try:
        form = services.form_of(wave)
    except (services.ResponseRefused, QuestionnaireError):
        return notice(request, "closed", language_of(request, _BOTH, preferred), _BOTH)
    cookie = "" if invitation else request.COOKIES.get(COOKIE, "")
    visit = Visit(token, wave, invitation, form, "", cookie if cookie != COOKIE_DONE else "")
    draft = queries.draft_of(visit.draft_token) if visit.draft_token else None
    if draft is not None and draft.wave_id == wave.pk:
        visit.answers, visit.section, visit.started_at = draft.answers, draft.section, draft.started_at
    visit.language = language_of(request, form.languages, draft.language if draft else None, preferred)
    if request.method == "POST":
        return _post(request, visit, at)
    return _get(request, visit, at, answered_here=cookie == COOKIE_DONE)


def _get(request: HttpRequest, visit: Visit, at: datetime, *, answered_here: bool) -> HttpResponse:
    if "done" in request.GET and (visit.invitation is None or visit.invitation.answered):
        return _thanks(request, visit, at)
    reason = services.refusal(visit.wave, visit.invitation, at)
    if reason == "already_answered":
        return _thanks(request, visit, at)
    if reason:
        return notice(request, reason, visit.language, visit.form.languages)
    if answered_here and "again" not in request.GET:
        return notice(
            request, "visitor_answered", visit.language, visit.form.languages, status=200, again="?again=1"
        )
    if visit.invitation is not None and request.method == "GET" and not _prefetching(request):
        services.note_opened(invitation=visit.invitation, at=at)
    return _page(visit, at, request.GET.get("s") or visit.section)


def _prefetching(request: HttpRequest) -> bool:
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" in purpose.lower()


def _posted(request: HttpRequest, form: Form) -> dict[str, list[str]]:
    """What the form posted, without file columns: those are set by uploads alone."""
    columns = [c for q in form.questions() if q.type != "file" for c in logic.all_columns(q)]
    return {c: [str(v) for v in request.POST.getlist(c)] for c in columns if c in request.POST}


def _post(request: HttpRequest, visit: Visit, at: datetime) -> HttpResponse:
    if request.POST.get("_go") == "call":
        return _call(request, visit, at)
    reason = services.refusal(visit.wave, visit.invitation, at)
    if reason:
        return _refused(request, visit, reason)
    genuine = _read_form_token(visit, request.POST.get("_form", ""))
    wish = request.POST.get("_lang", "")
    if wish in visit.form.languages:
        visit.language = wish
    here = request.POST.get("_section", "")
    shown = set(request.POST.getlist("_shown"))
    posted, problems = _merged(request, visit, shown, at if genuine else None)
    checked = check(visit.form, posted)
    visit.answers = checked.answers
    pages = logic.pages(visit.form, checked.answers)
    position = next((i for i, page in enumerate(pages) if page.section.code == here), 0)
    if not pages or not genuine:
        return _page(visit, at, here, posted=posted, notice="stale", status=403)
    if wish:
        return _move(visit, at, here, posted=posted)
    if request.POST.get("_go") == "back":
        return _move(visit, at, pages[max(0, position - 1)].section.code)
    codes = {q.code for q in pages[position].questions}
    wrong = [p for p in (*problems, *checked.problems) if p.question in codes & shown]
    if wrong:
        _keep(visit, at, here)
        return _page(visit, at, here, posted=posted, problems=wrong, status=422)
    if codes - shown:
        _keep(visit, at, here)
        return _page(visit, at, here, posted=posted, notice="more" if shown else "", new=codes - shown)
    if position + 1 < len(pages):
        return _move(visit, at, pages[position + 1].section.code)
    return _submit(request, visit, at, checked)


def _merged(
    request: HttpRequest, visit: Visit, shown: set[str], at: datetime | None
) -> tuple[dict[str, list[str]], list[Problem]]:
    """Earlier answers with those of the questions this page showed put in their place."""
    posted, new, problems = as_posted(visit.form, visit.answers), _posted(request, visit.form), []
    for question in visit.form.questions():
        if question.code not in shown:
            continue
        if question.type == "file":
            upload = request.FILES.get(question.code)
            if upload is not None and at is not None:
                try:
                    posted[question.code] = [services.store_file(wave=visit.wave, upload=upload, at=at)]
                except ValueError as error:
                    size = services.FILE_MAX_BYTES // 2**20
                    problems.append(Problem(question.code, question.code, str(error), {"max": size}))
            continue
        for column in logic.all_columns(question):
            posted.pop(column, None)
            if column in new:
                posted[column] = new[column]
    return posted, problems


def _keep(visit: Visit, at: datetime, section: str) -> None:
    """Save the draft where one may be kept."""
    if visit.invitation is None and not visit.wave.anonymous and not visit.cookie:
        visit.cookie = secrets.token_urlsafe(24)
    if visit.draft_token:
        services.save_draft(
            wave=visit.wave, token=visit.draft_token, answers=visit.answers, section=section,
            language=CODES[visit.language], started_at=visit.started_at or at,
        )  # fmt: skip


def _move(
    visit: Visit, at: datetime, section: str, *, posted: Mapping[str, list[str]] | None = None
) -> HttpResponse:
    """On to another section, or the same one in another language with what was entered."""
    _keep(visit, at, section)
    if visit.stored and posted is None:
        query = urlencode({"s": section, "lang": visit.language})
        return finish(HttpResponseRedirect(f"?{query}"), visit.language)
    return _page(visit, at, section, posted=posted)


def _page(
    visit: Visit,
    at: datetime,
    section: str,
    *,
    posted: Mapping[str, list[str]] | None = None,
    problems: list[Problem] | None = None,
    notice: str = "",
    new: set[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = section_context(
        visit.form, visit.language, section, visit.answers,
        posted=as_posted(visit.form, visit.answers) if posted is None else posted,
        seed=visit.seed, names=visit.names, problems=problems or [], new=new or set(),
    )  # fmt: skip
    carried = None if visit.stored else visit.answers
    token = form_token(visit.link, started_at=visit.started_at or at, key=visit.key, answers=carried)
    response = render("page", visit.language, status, token=token, notice=notice, **context)
    return _with_cookie(response, visit, visit.cookie)


def _with_cookie(response: HttpResponse, visit: Visit, value: str) -> HttpResponse:
    if visit.invitation is None and value:
        path = f"/o/{visit.link}/"
        response.set_cookie(
            COOKIE, value, max_age=COOKIE_AGE_SECONDS, path=path, httponly=True, samesite="Lax"
        )
    return response


# -- the end -----------------------------------------------------------------------------------------------


def _submit(request: HttpRequest, visit: Visit, at: datetime, checked: Checked) -> HttpResponse:
    if visit.invitation is None:
        channel = Response.Channel.OPEN
    else:
        mailed = visit.invitation.channel == Invitation.Channel.EMAIL
        channel = Response.Channel.EMAIL if mailed else Response.Channel.LINK
    try:
        services.submit_response(
            wave=visit.wave, invitation=visit.invitation, answers=checked.answers,
            language=CODES[visit.language], channel=channel, started_at=visit.started_at, at=at,
            visitor=visit.draft_token or None, key=None if visit.invitation else visit.key,
        )  # fmt: skip
    except services.ResponseRefused as refusal:
        return _refused(request, visit, refusal.code)
    except services.AnswersInvalid as invalid:
        # A question on another page is unanswered: the page was reached by its address, or changed since.
        first = invalid.problems[0].question
        section = next(s.code for s in visit.form.sections if first in {q.code for q in s.questions})
        _keep(visit, at, section)
        here = [p for p in invalid.problems if p.question in _codes_of(visit.form, section)]
        return _page(visit, at, section, problems=here, status=422)
    query = {"done": "1", "lang": visit.language}
    if visit.invitation is None and not visit.wave.anonymous:
        query["done"] = form_token(visit.link, started_at=at, key=visit.key)
    response = finish(HttpResponseRedirect(f"?{urlencode(query)}"), visit.language)
    return _with_cookie(response, visit, COOKIE_DONE)


def _codes_of(form: Form, section: str) -> set[str]:
    return {q.code for s in form.sections if s.code == section for q in s.questions}


def _refused(request: HttpRequest, visit: Visit, reason: str) -> HttpResponse:
    if visit.invitation is None and reason == "already_answered":
        # The same form of an open link sent twice: the first one was stored, so this one is thanked too.
        response = finish(
            HttpResponseRedirect(f"?{urlencode({'done': '1', 'lang': visit.language})}"), visit.language
        )
        return _with_cookie(response, visit, COOKIE_DONE)
    return notice(request, reason, visit.language, visit.form.languages)


def _response_of(visit: Visit, token: str) -> Response | None:
    """The response the callback form belongs to; None where no link may be or is known."""
    if visit.wave.anonymous:
        return None
    if visit.invitation is not None:
        return Response.objects.filter(invitation=visit.invitation).first()
    return (
        Response.objects.filter(pk=visit.key, wave=visit.wave).first()
        if _read_form_token(visit, token)
        else None
    )


def _thanks(request: HttpRequest, visit: Visit, at: datetime, **more: Any) -> HttpResponse:
    status = more.pop("status", 200)
    done = request.POST.get("_form") or request.GET.get("done", "")
    response = _response_of(visit, done)
    wished = "called" in request.GET or (response is not None and hasattr(response, "callback_wish"))
    token = ""
    if visit.form.callback and not wished:
        token = form_token(visit.link, started_at=at, key=response.pk if response else visit.key)
    return render(
        "thanks", visit.language, status, token=token, wished=wished, fresh=bool(done),
        thanks=text_of(visit.form.thanks, visit.language), anonymous=visit.wave.anonymous,
        languages=[(c, label) for c, label in LANGUAGES if c in visit.form.languages and c != visit.language],
        **more,
    )  # fmt: skip


def _call(request: HttpRequest, visit: Visit, at: datetime) -> HttpResponse:
    """The form of the last page: somebody wants to be called."""
    token = request.POST.get("_form", "")
    answered = visit.invitation is None or visit.invitation.answered
    if not (visit.form.callback and answered and _read_form_token(visit, token)):
        return notice(request, "unknown", visit.language, visit.form.languages)
    fields = {name: request.POST.get(name, "").strip() for name in ("name", "phone", "wish")}
    limits = {"name": 100, "phone": 40, "wish": 1000}
    errors = {}
    with translation.override(CODES[visit.language]):
        for name, value in fields.items():
            if not value and name != "wish":
                errors[name] = _("Please fill this in.")
            elif "\0" in value:
                errors[name] = str(services.MESSAGES["characters"])
            elif len(value) > limits[name]:
                errors[name] = services.MESSAGES["too_long"] % {"max": limits[name], "length": len(value)}
        if "phone" not in errors and sum(c.isdigit() for c in fields["phone"]) < 5:
            errors["phone"] = _("Please enter a telephone number with at least five digits.")
    if errors:
        return _thanks(request, visit, at, status=422, wish=fields, errors=errors)
    services.wish_callback(wave=visit.wave, response=_response_of(visit, token), at=at, **fields)
    query = urlencode({"done": "1", "called": "1", "lang": visit.language})
    return finish(HttpResponseRedirect(f"?{query}"), visit.language)
