"""Roles change hands: the panel of a complaint, and the page of what is silent or nobody's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints.forms_roles import CauseForm, HandOverForm, ReassignForm
from manyi.complaints.models import CaseRole, Complaint, HandOver
from manyi.complaints.queries import roles as queries
from manyi.complaints.queries.cases import may_work_on
from manyi.complaints.services import roles as services
from manyi.complaints.views.found import found, now
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

#: A role counts as silent after this long.
SILENT = timedelta(days=1)


def panel(scope: Scope, complaint: Complaint, at: datetime) -> dict[str, Any]:
    """Context of complaints/roles/_panel.html."""
    dispatch = may_work_on(scope, complaint, "complaints.dispatch")
    silences = queries.silences([complaint], at=at) if complaint.is_open else []
    owner = complaint.first_contact_owner_id == scope.user_id
    return {
        "asked": queries.asked(complaint),
        "silence": {s.role.value: s for s in silences if s.silent >= SILENT},
        "may_hand_over": complaint.is_open and (owner or dispatch),
        "may_take": complaint.is_open
        and complaint.handler_id is None
        and scope.may("complaints.handle", complaint.handler_unit_id),
        "hand_over_form": HandOverForm(complaint=complaint),
        "reassign_form": ReassignForm(complaint=complaint),
        "cause_form": CauseForm(complaint=complaint),
    }


def _first_error(form: forms.Form) -> str:
    """'Reason: this field is required.'"""
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    return f"{label}{_(': ')}{errors[0]}" if label else str(errors[0])


def _checked(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Refused(_first_error(form))
    return dict(form.cleaned_data)


def _asked(complaint: Complaint) -> HandOver:
    row = queries.asked(complaint)
    if row is None:
        raise Refused(_("This request has been answered already."))
    return row


@login_required
@require_POST
def change(request: Request, number: str) -> HttpResponse:
    """One change of a role: `action` names it."""
    complaint = found(request.scope, number)
    scope, at = request.scope, now()
    try:
        match request.POST.get("action"):
            case "hand_over":
                form = HandOverForm(request.POST, complaint=complaint)
                services.ask_hand_over(scope, complaint=complaint, at=at, **_checked(form))
            case "accept":
                services.accept_hand_over(scope, hand_over=_asked(complaint), at=at)
            case "decline":
                answer = request.POST.get("text", "")
                services.decline_hand_over(scope, hand_over=_asked(complaint), answer=answer, at=at)
            case "take_back":
                services.take_back_hand_over(scope, hand_over=_asked(complaint), at=at)
            case "reassign":
                checked = _checked(ReassignForm(request.POST, complaint=complaint))
                services.reassign(scope, complaint=complaint, at=at, **checked)
            case "take":
                services.take(scope, complaint=complaint, at=at)
            case "cause":
                checked = _checked(CauseForm(request.POST, complaint=complaint))
                services.name_cause(scope, complaint=complaint, at=at, **checked)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("complaint", complaint.number)


@login_required
@require_safe
def people_of_unit(request: Request) -> HttpResponse:
    """Options of a person select after the unit was changed."""
    if not (request.scope.may("complaints.handle") or request.scope.may("complaints.manage")):
        request.scope.require("complaints.dispatch")
    given = request.GET.get("unit") or request.GET.get("to_unit") or ""
    unit = get_object_or_404(
        OrgUnit, pk=int(given) if given.isdecimal() and len(given) < 10 else 0, active=True
    )
    here, above = queries.colleagues(unit)
    return render(request, "complaints/roles/people.html", {"here": here, "above": above, "unit": unit})


@login_required
@require_safe
def overview(request: Request) -> HttpResponse:
    """What waits for the reader's acceptance, who has been silent, and what is with people who left."""
    request.scope.require("complaints.read")
    at = now()
    context = {
        "hand_overs": queries.hand_overs_for(request.scope),
        "silent": queries.silent(request.scope, at=at, longer_than=SILENT),
        "without_owner": queries.without_owner(request.scope),
        "role_labels": dict(CaseRole.choices),
        "now": at,
    }
    return render(request, "complaints/roles/overview.html", context)
