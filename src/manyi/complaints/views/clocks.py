"""Time limits: pausing on the page of a complaint, the policies, the reasons to pause, one's notices."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints.forms_clocks import PauseForm, PauseReasonForm, PolicyForm
from manyi.complaints.models import ClockPolicy, PauseReason
from manyi.complaints.queries import clocks as queries
from manyi.complaints.services import clock_policies
from manyi.complaints.services import clocks as services
from manyi.complaints.views.found import found, now
from manyi.web.errors import Refused
from manyi.web.http import Request

#: Notices shown at once; the others come when these have been put aside.
SHOWN = 5


@login_required
@require_POST
def change(request: Request, number: str) -> HttpResponse:
    """Pause the clocks of a complaint, let them run again, or put one's notices about them aside."""
    complaint = found(request.scope, number)
    try:
        if request.POST.get("action") == "resume":
            services.resume(request.scope, complaint=complaint, at=now())
            messages.success(request, _("The clocks run again."))
        elif request.POST.get("action") == "seen":
            services.put_all_aside(request.scope, complaint=complaint, at=now())
        else:
            form = PauseForm(request.POST)
            if not form.is_valid():
                raise Refused(_("Choose why the clocks pause."))
            services.pause(request.scope, complaint=complaint, at=now(), **form.cleaned_data)
            messages.success(request, _("The clocks are paused."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("complaint", complaint.number)


@login_required
@require_safe
def policies(request: Request) -> HttpResponse:
    """All time limits, and the reasons to pause."""
    request.scope.require("complaints.read")
    clock_policies.shipped()
    context = {
        "policies": queries.shown_policies(request.scope),
        "reasons": PauseReason.objects.all(),
        "may_change": request.scope.may("complaints.manage"),
    }
    return render(request, "complaints/clocks/policies.html", context)


@login_required
def policy(request: Request, pk: int | None = None) -> HttpResponse:
    """Add or change a policy."""
    request.scope.require("complaints.manage")
    row = get_object_or_404(queries.policies(request.scope), pk=pk) if pk else ClockPolicy()
    form = PolicyForm(request.POST or None, policy=row)
    if request.method == "POST" and form.is_valid():
        try:
            clock_policies.save_policy(request.scope, policy=form.filled(), at=now())
        except ValidationError as error:
            form.add_error(None, error.messages)  # type: ignore[arg-type]
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. Open complaints follow in the background."))
            return redirect("clock-policies")
    context = {"form": form, "row": row}
    return render(request, "complaints/clocks/policy.html", context, status=422 if form.errors else 200)


@login_required
def pause_reason(request: Request, pk: int | None = None) -> HttpResponse:
    """Add or change a reason to pause."""
    request.scope.require("complaints.manage")
    row = get_object_or_404(PauseReason, pk=pk) if pk else PauseReason(position=PauseReason.objects.count())
    form = PauseReasonForm(request.POST or None, reason=row)
    if request.method == "POST" and form.is_valid():
        clock_policies.save_pause_reason(request.scope, reason=form.filled())
        messages.success(request, _("Saved."))
        return redirect("clock-policies")
    context = {"form": form, "row": row}
    return render(request, "complaints/clocks/reason.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def notices(request: Request) -> HttpResponse:
    """What the reader was told about time limits, as a fragment for any page."""
    return _fragment(request)


def _fragment(request: Request) -> HttpResponse:
    rows = queries.notices(request.scope)
    context = {"notices": rows[:SHOWN], "more": max(0, rows.count() - SHOWN)}
    return render(request, "complaints/clocks/_notices.html", context)


@login_required
@require_POST
def put_aside(request: Request, pk: int) -> HttpResponse:
    """One notice has been seen, or with 0 all of them."""
    rows = queries.notices(request.scope)
    for notice in rows.filter(escalation=pk) if pk else rows:
        services.put_aside(request.scope, escalation=notice.escalation, at=now())
    return _fragment(request) if request.htmx else redirect("my-work")
