"""Doors of the eight disciplines: each changes one thing and returns to the place on the problem's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints import eight_d, eight_d_report
from manyi.complaints.forms_problems import ActionForm, CauseForm, DoneForm, MemberForm, RootForm, StepForm
from manyi.complaints.models import ProblemAction, Step
from manyi.complaints.queries import problems as queries
from manyi.complaints.services import eight_d as services
from manyi.complaints.views.found import now
from manyi.complaints.views.problems import problem_of, said
from manyi.web.errors import Refused
from manyi.web.http import Request


def _valid(form: forms.BaseForm) -> dict[str, Any]:
    """The form's data. Raises Refused with what is wrong, field by field."""
    if form.is_valid():
        return form.cleaned_data
    wrong = [
        f"{form.fields[name].label}: {' '.join(str(e) for e in errors)}"
        for name, errors in form.errors.items()
    ]
    raise Refused(" ".join(wrong))


def _do(request: Request, number: str, anchor: str, change: Callable[[], object]) -> HttpResponse:
    try:
        change()
    except Refused as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect(f"{reverse('problem', args=[number])}#{anchor}")


@login_required
@require_POST
def step(request: Request, number: str, code: str) -> HttpResponse:
    """Write a discipline's texts, sign it, or take the signature back."""
    row, scope, at = problem_of(request, number), request.scope, now()
    if code not in eight_d.CODES:
        raise Http404

    def change() -> None:
        match request.POST.get("action"):
            case "sign":
                services.sign(scope, problem=row, code=code, at=at)
            case "unsign":
                services.unsign(scope, problem=row, code=code, reason=request.POST.get("reason", ""), at=at)
            case _:
                form = StepForm(request.POST, step=Step(problem=row, code=code))
                _valid(form)
                due_on = form.cleaned_data["due_on"]
                services.write(scope, problem=row, code=code, content=form.content(), due_on=due_on, at=at)

    return _do(request, number, code, change)


@login_required
@require_POST
def member(request: Request, number: str) -> HttpResponse:
    """Add somebody to the team, or remove one."""
    row, scope, at = problem_of(request, number), request.scope, now()

    def change() -> None:
        if request.POST.get("remove", "").isdecimal():
            gone = get_object_or_404(row.team, pk=request.POST["remove"])
            services.remove_member(scope, member=gone, at=at)
        else:
            services.add_member(scope, problem=row, at=at, **_valid(MemberForm(request.POST)))

    return _do(request, number, "D1", change)


@login_required
@require_POST
def cause(request: Request, number: str) -> HttpResponse:
    """Add a cause, judge it, or remove it."""
    row, scope, at = problem_of(request, number), request.scope, now()

    def change() -> None:
        given = request.POST.get("cause", "")
        chosen = get_object_or_404(row.causes, pk=given) if given.isdecimal() else None
        if chosen is None:
            services.add_cause(scope, problem=row, at=at, **_valid(CauseForm(request.POST, problem=row)))
        elif request.POST.get("action") == "remove":
            services.remove_cause(scope, cause=chosen, at=at)
        elif request.POST.get("action") == "not_root":
            services.judge_cause(scope, cause=chosen, is_root=False, at=at)
        else:
            services.judge_cause(scope, cause=chosen, is_root=True, at=at, **_valid(RootForm(request.POST)))

    return _do(request, number, "D4", change)


@login_required
@require_POST
def action(request: Request, number: str) -> HttpResponse:
    """Add an action, say that it is done, or remove it."""
    row, scope, at = problem_of(request, number), request.scope, now()
    given = request.POST.get("row", "")
    chosen = get_object_or_404(ProblemAction, problem=row, pk=given) if given.isdecimal() else None
    anchor = services.STEP_OF.get(chosen.kind if chosen else request.POST.get("kind", ""), "D3")

    def change() -> None:
        if chosen is None:
            services.add_action(scope, problem=row, at=at, **_valid(ActionForm(request.POST, problem=row)))
        elif request.POST.get("action") == "remove":
            services.remove_action(scope, action=chosen, at=at)
        else:
            services.finish_action(scope, action=chosen, at=at, **_valid(DoneForm(request.POST)))

    return _do(request, number, anchor, change)


@login_required
@require_safe
def report(request: Request, number: str, language: str, format: str) -> HttpResponse:
    """The 8D report as PDF or Word file, in Chinese or English."""
    row = problem_of(request, number)
    report = eight_d_report.report_of(row, queries.causes(row), language=language, at=now())
    if format == "docx":
        from manyi.complaints.eight_d_word import docx

        content, kind = (
            docx(report),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        )
    else:
        content, kind = eight_d_report.pdf(report), "application/pdf"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="8D-{row.number}-{language}.{format}"'
    return response
