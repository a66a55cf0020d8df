"""Follow-ups: what is due, the call, the rules, and the panel of a complaint."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints.forms_follow_ups import OutcomeForm, RulesForm, UnitForm
from manyi.complaints.lifecycle import State
from manyi.complaints.models import FollowUp
from manyi.complaints.queries import cases
from manyi.complaints.queries import follow_ups as queries
from manyi.complaints.services import follow_ups as services
from manyi.complaints.views.found import found, now
from manyi.people.queries import org_units
from manyi.web.errors import Refused
from manyi.web.http import Request

#: The outcome at the top of the list is that of the last 90 days.
PERIOD = timedelta(days=90)


@login_required
@require_safe
def follow_ups(request: Request) -> HttpResponse:
    """What is due first, and how it went of late."""
    request.scope.require("complaints.read")
    at = now()
    show, mine = request.GET.get("show", "open"), request.GET.get("mine") == "1"
    rows = queries.listed(request.scope, show=show, mine=mine, at=at)
    context = {
        "page": Paginator(rows, 25).get_page(request.GET.get("page")),
        "show": show,
        "mine": mine,
        "tabs": [
            ("open", _("Due first")), ("overdue", _("Overdue")), ("done", _("Done")),
            ("dissatisfied", _("Dissatisfied")),
        ],
        "outcome": queries.outcome(request.scope, since=at - PERIOD, until=at, at=at),
        "now": at,
        "may_manage": request.scope.may("complaints.manage"),
    }  # fmt: skip
    return render(request, "complaints/follow_ups/list.html", context)


def _follow_up(request: Request, pk: int) -> FollowUp:
    return get_object_or_404(queries.visible(request.scope), pk=pk)


@login_required
def call(request: Request, pk: int) -> HttpResponse:
    """The screen of one call: whom, about what, what to say, what came out."""
    row, at = _follow_up(request, pk), now()
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ended = services.finish(request.scope, follow_up=row, at=at, **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            if ended.result == FollowUp.Result.DISSATISFIED:
                messages.warning(request, _("Recorded. The complaint is open again."))
            else:
                messages.success(request, _("Recorded."))
            return redirect("follow-ups")
    complaint, contact = row.complaint, row.complaint.contact
    customer = complaint.customer.name if complaint.customer else ""
    context = {
        "row": row,
        "complaint": complaint,
        "whom": complaint.complainant or (contact.name if contact else "") or customer,
        "phone": complaint.phone or (contact.phone if contact else ""),
        "sees_complaint": cases.visible(request.scope).filter(pk=row.complaint_id).exists(),
        "script": queries.script(row),
        "form": form,
        "attempts": row.attempts.select_related("by"),
        "may_call": row.is_open and queries.may_call(request.scope, row),
        "survey_refused": queries.why_no_survey(row),
        "policy": queries.policy_for(row.unit),
        "now": at,
    }
    return render(request, "complaints/follow_ups/call.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """Nobody answered, or the questionnaire is to be sent."""
    row, at = _follow_up(request, pk), now()
    try:
        match request.POST.get("action"):
            case "unanswered":
                after = services.note_attempt(
                    request.scope,
                    follow_up=row,
                    answered=False,
                    note=request.POST.get("note", "")[:300],
                    at=at,
                )
                said = (
                    _("Recorded. The customer counts as not reached.")
                    if after.result
                    else _("Recorded. Try again on the next working day.")
                )
                messages.success(request, said)
            case "survey":
                services.wish_survey(request.scope, follow_up=row, at=at)
                messages.success(request, _("The questionnaire is on its way."))
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("follow-up", row.pk)


@login_required
def rules(request: Request) -> HttpResponse:
    """The rules of a unit; those of the nearest unit above are shown until it has its own."""
    scope = request.scope
    scope.require("complaints.manage")
    units = org_units(scope, "complaints.manage")
    chosen = request.POST.get("unit") or request.GET.get("unit") or ""
    unit = units.filter(pk=chosen).first() if chosen.isdecimal() else units.first()
    if unit is None:
        raise Http404
    present = queries.policy_for(unit)
    form = RulesForm(request.POST or None, instance=present)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_policy(scope, unit=unit, at=now(), **form.rules())
        except ValidationError as error:
            for field, wrong in error.message_dict.items():
                form.add_error(field if field in form.fields else None, wrong)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('follow-up-rules')}?unit={unit.pk}")
    context = {
        "form": form,
        "unit": unit,
        "inherited": present.pk is None or present.unit_id != unit.pk,
        "policy": present,
        "unit_form": UnitForm(initial={"unit": unit.pk}, units=units),
        "many": len(units) > 1,
    }
    return render(request, "complaints/follow_ups/rules.html", context, status=422 if form.errors else 200)


@login_required
def panel(request: Request, number: str) -> HttpResponse:
    """The follow-ups of one complaint, as a part of its page; planning one that is missing."""
    complaint, at = found(request.scope, number), now()
    if request.method == "POST":
        try:
            services.plan_now(request.scope, complaint=complaint, at=at)
            messages.success(request, _("The follow-up is planned."))
        except Refused as error:
            messages.error(request, str(error))
        return redirect("complaint", complaint.number)
    rows = list(queries.of_complaint(complaint))
    context = {
        "complaint": complaint,
        "follow_ups": rows,
        "now": at,
        "may_plan": complaint.state == State.CLOSED
        and not any(row.closing == complaint.closings for row in rows)
        and cases.may_work_on(request.scope, complaint),
    }
    return render(request, "complaints/follow_ups/_panel.html", context)
