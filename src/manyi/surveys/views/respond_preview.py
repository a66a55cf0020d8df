"""A questionnaire as a respondent would see it, for its editor."""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from manyi.surveys import logic
from manyi.surveys.answers import check
from manyi.surveys.questionnaire import Form
from manyi.surveys.views.respond_page import CODES, render, section_context


def render_preview(request: HttpRequest, form: Form, language: str) -> HttpResponse:
    """One section as a respondent would see it, for the editor's frame. Stores nothing.

    The page's form is sent by GET to the same address: `_section`, `_go` and the answers are in the query,
    so that conditions and piping can be tried.
    """
    if language not in CODES:
        raise SuspiciousOperation("unknown language")
    columns = [c for q in form.questions() for c in logic.all_columns(q)]
    posted = {c: request.GET.getlist(c) for c in columns if c in request.GET}
    checked = check(form, posted)
    pages = logic.pages(form, checked.answers)
    codes = [page.section.code for page in pages]
    here = request.GET.get("_section", "")
    step = {"next": 1, "back": -1}.get(request.GET.get("_go", ""), 0)
    if here in codes:
        here = codes[max(0, min(len(codes) - 1, codes.index(here) + step))]
    context = section_context(
        form, language, here, checked.answers, posted=posted, seed="preview",
        names={n: f"[{n}]" for n in ("customer", "contact", "unit")}, problems=[], new=set(),
    )  # fmt: skip
    on_page = {c for q, _hidden in context["questions"] for c in logic.all_columns(q.question)}
    kept = [(c, v) for c, values in posted.items() if c not in on_page for v in values]
    rest = (k for k in request.GET if k not in columns and not k.startswith("_"))
    kept += [(k, request.GET.get(k, "")) for k in rest]
    context["languages"] = []
    return render("page", language, token="", notice="", preview=True, kept=kept, **context)
