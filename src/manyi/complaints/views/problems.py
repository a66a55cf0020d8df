"""Problems: the list, opening one, its page with the eight disciplines, rules, and the panel of a complaint."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints import eight_d, eight_d_pictures
from manyi.complaints.forms_problems import (
    ActionForm,
    CaseCauseForm,
    CauseForm,
    DetectionRuleForm,
    DoneForm,
    HeaderForm,
    MemberForm,
    OpenProblemForm,
    RootForm,
    StepForm,
)
from manyi.complaints.models import CaseCause, Problem, ProblemCase
from manyi.complaints.queries import cases as case_queries
from manyi.complaints.queries import problems as queries
from manyi.complaints.services import problems as services
from manyi.complaints.views.found import found, now
from manyi.people.queries import org_units
from manyi.web.errors import Refused
from manyi.web.http import Request

#: Actions that a discipline shows.
KINDS = {"D3": "containment", "D5": "corrective", "D6": "corrective", "D7": "preventive"}


def problem_of(request: Request, number: str) -> Problem:
    """The problem of an address, or 404, also for one out of sight."""
    try:
        return queries.problem(request.scope, number)
    except Problem.DoesNotExist as error:
        raise Http404 from error


def said(error: ValidationError) -> str:
    """A field's errors in one line, for forms without a place beside the field."""
    return " ".join(error.messages)


@login_required
@require_safe
def problems(request: Request) -> HttpResponse:
    """Open problems, newest first, and what each waits for."""
    request.scope.require("complaints.read")
    state = request.GET.get("state", "open")
    rows = queries.listed(request.scope, state=state, text=request.GET.get("q", ""))
    context = {
        "page": Paginator(rows, 25).get_page(request.GET.get("page")),
        "state": state,
        "q": request.GET.get("q", ""),
        "tabs": [("open", _("Open problems")), ("closed", _("Closed problems")), ("all", _("All"))],
        "my_actions": queries.my_actions(request.scope)[:10],
        "today": now().date(),
        "may_open": request.scope.may("complaints.handle"),
        "may_manage": request.scope.may("complaints.manage"),
    }
    return render(request, "complaints/problems/list.html", context)


@login_required
def new(request: Request) -> HttpResponse:
    """Open a problem by hand, from complaints named in the address or in the form."""
    scope = request.scope
    scope.require("complaints.handle")
    units = org_units(scope, "complaints.handle")
    initial: dict[str, Any] = {"numbers": " ".join(request.GET.getlist("complaint"))}
    first = case_queries.visible(scope).filter(number=request.GET.get("complaint", "")).first()
    if first is not None:
        initial |= {"title": first.title, "unit": first.unit_id, "same": "batch" if first.batch else ""}
    form = OpenProblemForm(request.POST or None, units=units, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.open_problem(
                scope,
                unit=data["unit"],
                title=data["title"],
                same=data["same"],
                complaints=services.visible_complaints(scope, data["numbers"]),
                leader=request.user,
                at=now(),
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Problem %(number)s is open.") % {"number": row.number})
            return redirect("problem", row.number)
    return render(request, "complaints/problems/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def problem(request: Request, number: str) -> HttpResponse:
    """One problem: may it close, and what does each discipline say."""
    row, at = problem_of(request, number), now()
    scope = request.scope
    facts = queries.facts(row)
    works = queries.may_work_on(scope, row) and row.is_open
    signs = scope.may("complaints.approve", row.unit_id) and row.is_open
    actions = list(queries.actions(row))
    shown: list[dict[str, Any]] = []
    signed: set[str] = set()
    for step in queries.steps(row):
        missing = eight_d.missing(step.code, step.content, facts)
        earlier = [code for code in eight_d.before(step.code) if code not in signed]
        if step.signed_at:
            signed.add(step.code)
        kind = KINDS.get(step.code, "")
        shown.append(
            {
                "step": step,
                "missing": missing,
                "earlier": earlier,
                "may_sign": signs and not step.signed_at and not missing and not earlier,
                "may_edit": works and not step.signed_at,
                "texts": [
                    (field.label, step.content[field.name])
                    for field in eight_d.FIELDS[step.code]
                    if step.content.get(field.name)
                ],
                "form": StepForm(step=step) if works and not step.signed_at else None,
                "kind": kind,
                "actions": [action for action in actions if action.kind == kind],
                "action_form": ActionForm(problem=row, kind=kind)
                if kind and works and not step.signed_at and step.code != "D6"
                else None,
            }
        )
    linked = list(queries.complaints(scope, row))
    gates = queries.gates(row, at)
    context = {
        "problem": row,
        "steps": shown,
        "current": next((s["step"].code for s in shown if not s["step"].signed_at), ""),
        "gates": gates,
        "may_close": signs and all(gate.passed for gate in gates),
        "may_reopen": not row.is_open and scope.may("complaints.handle", row.unit_id),
        "may_sign": signs,
        "works": works,
        "team": row.team.all(),
        "member_form": MemberForm(auto_id="member-%s"),
        "causes": eight_d_pictures.rows(queries.causes(row)),
        "pictures": eight_d_pictures.pictures(row, queries.causes(row)),
        "cause_form": CauseForm(problem=row),
        "root_form": RootForm(auto_id=False),
        "done_form": DoneForm(auto_id=False),
        "complaints": linked,
        "hidden_complaints": row.cases.count() - len(linked),
        "requests": row.requests.select_related("to_unit"),
        "sign_offs": queries.sign_offs(row),
        "today": at.date(),
        "user_id": scope.user_id,
    }
    return render(request, "complaints/problems/problem.html", context)


@login_required
def edit(request: Request, number: str) -> HttpResponse:
    """The head of the report and what it takes to close."""
    row = problem_of(request, number)
    services.require_work(request.scope, row)
    form = HeaderForm(request.POST or None, instance=problem_of(request, number))
    if request.method == "POST" and form.is_valid():
        services.edit(request.scope, problem=row, at=now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("problem", row.number)
    context = {"form": form, "problem": row}
    return render(request, "complaints/problems/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def link(request: Request, number: str) -> HttpResponse:
    """Put complaints to the problem, or take one away."""
    row, scope = problem_of(request, number), request.scope
    try:
        if request.POST.get("action") == "unlink":
            for complaint in services.visible_complaints(scope, [request.POST.get("number", "")]):
                services.unlink(scope, problem=row, complaint=complaint, at=now())
        else:
            numbers = request.POST.get("number", "").replace(",", " ").replace("，", " ").split()
            for complaint in services.visible_complaints(scope, numbers):
                services.link(scope, problem=row, complaint=complaint, at=now())
        messages.success(request, _("Recorded."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("problem", row.number)


@login_required
@require_POST
def settle(request: Request, number: str) -> HttpResponse:
    """Close on evidence, or open again with a reason."""
    row = problem_of(request, number)
    try:
        if request.POST.get("action") == "close":
            services.close(request.scope, problem=row, at=now())
            messages.success(request, _("Problem %(number)s is closed.") % {"number": row.number})
        else:
            services.reopen(request.scope, problem=row, reason=request.POST.get("reason", ""), at=now())
            messages.success(request, _("Problem %(number)s is open.") % {"number": row.number})
    except Refused as error:
        messages.error(request, str(error))
    return redirect("problem", row.number)


@login_required
def rules(request: Request, pk: int | None = None) -> HttpResponse:
    """Rules that open problems; one can be added or changed below the list."""
    scope = request.scope
    scope.require("complaints.manage")
    mine = queries.rules(scope, "complaints.manage")
    rule = get_object_or_404(mine, pk=pk) if pk else None
    units = org_units(scope, "complaints.manage")
    form = DetectionRuleForm(request.POST or None, instance=rule, units=units)
    if request.method == "POST" and form.is_valid():
        try:
            present = get_object_or_404(mine, pk=pk) if pk else None
            services.save_rule(scope, rule=present, at=now(), **form.cleaned_data)
        except ValidationError as error:
            for field, wrong in error.message_dict.items():
                form.add_error(field if field in form.fields else None, wrong)
        else:
            messages.success(request, _("Saved."))
            return redirect("detection-rules")
    context = {"form": form, "rules": mine, "rule": rule}
    return render(request, "complaints/problems/rules.html", context, status=422 if form.errors else 200)


@login_required
def panel(request: Request, number: str) -> HttpResponse:
    """The cause of one complaint and its problem, as a part of its page; recording the cause."""
    complaint, scope = found(request.scope, number), request.scope
    if request.method == "POST":
        form = CaseCauseForm(request.POST)
        if form.is_valid():
            services.set_cause(scope, complaint=complaint, at=now(), **form.cleaned_data)
            messages.success(request, _("Saved."))
        else:
            messages.error(request, _("Choose where the cause lies."))
        return redirect("complaint", complaint.number)
    case = ProblemCase.objects.filter(complaint=complaint).select_related("problem").first()
    cause = CaseCause.objects.filter(complaint=complaint).first()
    seen = case is not None and queries.visible(scope).filter(pk=case.problem_id).exists()
    initial = {"link": cause.link, "text": cause.text} if cause else None
    context = {
        "complaint": complaint,
        "problem": case.problem if case and seen else None,
        "cause": cause,
        "form": CaseCauseForm(initial=initial, auto_id="case-cause-%s"),
        "may_handle": case_queries.may_work_on(scope, complaint),
        "requests": complaint.improvement_requests.all(),
    }
    return render(request, "complaints/problems/_panel.html", context)
