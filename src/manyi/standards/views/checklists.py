"""Pages of checklists and scenarios: the list, and one with its checks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from manyi.standards.forms_checks import CheckForm, ChecklistForm, TouchpointForm, both
from manyi.standards.models import Check, Checklist
from manyi.standards.queries import checklists as queries
from manyi.standards.services import checklists as services
from manyi.standards.views.sheets import now
from manyi.web.errors import Refused
from manyi.web.http import Request

#: Kind → (name of its page, of its list, of a new one, of the list of rounds).
NAMES = {
    Checklist.Kind.AUDIT: ("checklist", "checklists", "checklist-new", "audits"),
    Checklist.Kind.VISIT: ("scenario", "scenarios", "scenario-new", "visits"),
}


def _context(request: Request, kind: str) -> dict[str, Any]:
    request.scope.require("standards.edit")
    one, several, new, rounds = NAMES[Checklist.Kind(kind)]
    return {"kind": kind, "one_url": one, "list_url": several, "new_url": new, "rounds_url": rounds}


@login_required
@require_safe
def checklists(request: Request, kind: str) -> HttpResponse:
    context = _context(request, kind)
    rows = queries.checklists(request.scope, kind)
    may = [(row, request.scope.may("standards.edit", row.unit_id)) for row in rows]
    return render(request, "standards/checks/lists.html", {**context, "rows": may})


@login_required
def new(request: Request, kind: str) -> HttpResponse:
    context = _context(request, kind)
    form = ChecklistForm(request.scope, kind, None, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.make(
                request.scope, kind=kind, unit=data["unit"], name=both(data, "name"),
                briefing=both(data, "briefing"), at=now(),
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect(context["one_url"], row.pk)
    context["form"] = form
    return render(request, "standards/checks/new_list.html", context, status=422 if form.errors else 200)


@login_required
def checklist(request: Request, kind: str, pk: int) -> HttpResponse:
    """The checks of a list, and the forms that change them where the reader may."""
    context = _context(request, kind)
    row = get_object_or_404(queries.checklists(request.scope, kind), pk=pk)
    chosen = request.GET.get("check", "")
    check = row.checks.filter(pk=int(chosen)).first() if chosen.isdigit() and len(chosen) < 18 else None
    action = request.POST.get("action") if request.method == "POST" else None
    forms = {
        "list_form": ChecklistForm(request.scope, kind, row, request.POST if action == "change" else None, prefix="list"),
        "check_form": CheckForm(request.scope, row, check, request.POST if action == "check" else None),
        "point_form": TouchpointForm(request.scope, request.POST if action == "touchpoint" else None),
    }  # fmt: skip
    if action:
        try:
            if _act(request, row, action, forms, check):
                messages.success(request, _("Saved."))
                return redirect(context["one_url"], row.pk)
        except Refused as error:
            messages.error(request, str(error))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    context |= {
        "checklist": row, "check": check, "may_edit": request.scope.may("standards.edit", row.unit_id),
        "checks": row.checks.select_related("standard"), **forms,
    }  # fmt: skip
    failed = any(form.is_bound and form.errors for form in forms.values())
    return render(request, "standards/checks/list.html", context, status=422 if failed else 200)


def _act(request: Request, row: Checklist, action: str, forms: dict[str, Any], check: Check | None) -> bool:
    """Make the change of a form; False when the form has errors. Raises Refused, ValidationError, NotAllowed."""
    scope, at = request.scope, now()
    if action == "remove":
        gone = get_object_or_404(row.checks, pk=request.POST.get("check", ""))
        services.remove_check(scope, check=gone, at=at)
        return True
    form = forms[
        {"change": "list_form", "check": "check_form", "touchpoint": "point_form"}.get(action, "list_form")
    ]
    if not form.is_valid():
        return False
    data = form.cleaned_data
    if action == "touchpoint":
        services.add_touchpoint(scope, checklist=row, touchpoint=data["touchpoint"], at=at)
    elif action == "check":
        services.put_check(
            scope, checklist=row, check=check, text=both(data, "text"), step=both(data, "step"),
            standard=data["standard"], weight=data["weight"], scale=data["scale"], at=at,
        )  # fmt: skip
    else:
        services.change(
            scope, checklist=row, name=both(data, "name"), briefing=both(data, "briefing"),
            is_active=data["is_active"], at=at,
        )  # fmt: skip
    return True
