"""The page behind a slip of a staff survey, `/e/<secret>/`.

Nothing is stored before the last page is sent: the answers so far travel in the form, signed. No cookie is set and
no session begun; the address is not logged. See `surveys.services.staff` for what is stored then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from manyi.people.services import organisation
from manyi.surveys import logic
from manyi.surveys.answers import Posted, Problem, as_posted, check
from manyi.surveys.models import StaffSlip
from manyi.surveys.piping import text_of
from manyi.surveys.questionnaire import Form
from manyi.surveys.services import staff as services
from manyi.surveys.services.responses import AnswersInvalid, ResponseRefused
from manyi.surveys.views.respond import FORM_AGE_SECONDS, language_of, notice, too_many
from manyi.surveys.views.respond_page import CODES, LANGUAGES, finish, render, section_context

SALT = "manyi.surveys.staff"


@dataclass
class Visit:
    secret: str
    slip: StaffSlip
    form: Form
    language: str
    answers: dict[str, Any] = field(default_factory=dict)

    def read(self, token: str) -> bool:
        """Take the answers of earlier pages out of the signed field; False when it is not of this slip."""
        try:
            content = signing.loads(token, salt=SALT, max_age=FORM_AGE_SECONDS)
        except signing.BadSignature:
            return False
        if content.get("s") != self.slip.pk:
            return False
        self.answers = content["a"]
        return True

    def token(self) -> str:
        return signing.dumps({"s": self.slip.pk, "a": self.answers}, salt=SALT, compress=True)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def respond(request: HttpRequest, token: str) -> HttpResponse:
    busy = too_many(request)
    if busy is not None:
        return busy
    slip = services.slip_of(token)
    if slip is None:
        return notice(request, "unknown", language_of(request, ("zh", "en")), ("zh", "en"))
    form = services.form_of(slip.survey)
    visit = Visit(token, slip, form, language_of(request, form.languages, request.POST.get("_lang")))
    reason = services.refusal(slip, timezone.now())  # noqa: TID251
    if reason == "already_answered":
        return _thanks(visit, fresh="done" in request.GET)
    if reason:
        return notice(request, reason, visit.language, form.languages)
    if request.method == "POST":
        return _post(request, visit)
    return _page(visit, request.GET.get("s", ""))


def _post(request: HttpRequest, visit: Visit) -> HttpResponse:
    form, here = visit.form, request.POST.get("_section", "")
    genuine = visit.read(request.POST.get("_form", ""))
    shown = set(request.POST.getlist("_shown"))
    posted = {**as_posted(form, visit.answers)}
    for question in form.questions():
        if question.code in shown:
            for column in logic.all_columns(question):
                posted[column] = [str(value) for value in request.POST.getlist(column)]
    checked = check(form, posted)
    visit.answers = checked.answers
    pages = logic.pages(form, checked.answers)
    position = next((i for i, page in enumerate(pages) if page.section.code == here), 0)
    if not genuine or not pages:
        return _page(visit, here, posted=posted, message="stale", status=403)
    if request.POST.get("_lang") in form.languages:
        return _page(visit, here, posted=posted)
    if request.POST.get("_go") == "back":
        return _page(visit, pages[max(0, position - 1)].section.code)
    codes = {question.code for question in pages[position].questions}
    wrong = [problem for problem in checked.problems if problem.question in codes & shown]
    if wrong:
        return _page(visit, here, posted=posted, problems=wrong, status=422)
    if codes - shown:
        return _page(visit, here, posted=posted, message="more" if shown else "", new=codes - shown)
    if position + 1 < len(pages):
        return _page(visit, pages[position + 1].section.code)
    return _submit(request, visit)


def _submit(request: HttpRequest, visit: Visit) -> HttpResponse:
    try:
        services.answer(slip=visit.slip, answers=visit.answers, at=timezone.now())  # noqa: TID251
    except ResponseRefused as refused:
        return notice(request, refused.code, visit.language, visit.form.languages)
    except AnswersInvalid as invalid:
        first = invalid.problems[0].question
        section = next(s for s in visit.form.sections if first in {q.code for q in s.questions})
        here = [p for p in invalid.problems if p.question in {q.code for q in section.questions}]
        return _page(visit, section.code, problems=here, status=422)
    query = urlencode({"done": "1", "lang": visit.language})
    return finish(HttpResponseRedirect(f"?{query}"), visit.language)


def _page(
    visit: Visit,
    section: str,
    *,
    posted: Posted | None = None,
    problems: list[Problem] | None = None,
    message: str = "",
    new: set[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    given: Mapping[str, Any] = as_posted(visit.form, visit.answers) if posted is None else posted
    context = section_context(
        visit.form, visit.language, section, visit.answers, posted={k: list(v) for k, v in given.items()},
        seed=str(visit.slip.survey_id), names={"unit": text_of(visit.slip.survey.unit.name, visit.language)},
        problems=problems or [], new=new or set(),
    )  # fmt: skip
    if context["position"] == 1:
        with translation.override(CODES[visit.language]):
            promise = _(
                "Anonymous: your answer is stored without your name, this link or a time. Results of fewer than"
                " %(minimum)s people are not shown; they are made after the end, and then every single answer is"
                " deleted."
            ) % {"minimum": organisation().anonymity_minimum}
        context["intro"] = "\n\n".join(part for part in (context["intro"], promise) if part)
    return render("page", visit.language, status, token=visit.token(), notice=message, **context)


def _thanks(visit: Visit, *, fresh: bool) -> HttpResponse:
    return render(
        "thanks", visit.language, token="", wished=False, fresh=fresh, anonymous=True,
        thanks=text_of(visit.form.thanks, visit.language),
        languages=[(c, label) for c, label in LANGUAGES if c in visit.form.languages and c != visit.language],
    )  # fmt: skip
