"""The page of one complaint: what it is about, what is to be done, and everything that happened."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints import lifecycle
from manyi.complaints.models import Complaint
from manyi.complaints.queries import cases as queries
from manyi.complaints.queries import timeline
from manyi.complaints.services import cases as services
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request


def now() -> datetime:
    return timezone.now()  # noqa: TID251


def found(scope: Scope, number: str, right: str = "complaints.read") -> Complaint:
    """The complaint of an address, or 404, also for one out of sight."""
    try:
        return queries.complaint(scope, number, right)
    except Complaint.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    complaint = found(request.scope, number)
    context = {
        "complaint": complaint,
        "timeline": timeline.entries(request.scope, complaint),
        "links": queries.links(complaint),
        "may_handle": queries.may_work_on(request.scope, complaint),
        "may_dispatch": queries.may_work_on(request.scope, complaint, "complaints.dispatch"),
        "next_states": lifecycle.next_states(complaint.state),
        "now": now(),
    }
    return render(request, "complaints/cases/detail.html", context)


@login_required
@require_POST
def act(request: Request, number: str) -> HttpResponse:
    """One step of the lifecycle, or a note: `action` names it, `text` is what it needs."""
    complaint = found(request.scope, number)
    scope, text, at = request.scope, request.POST.get("text", ""), now()
    try:
        match request.POST.get("action"):
            case "start":
                services.start(scope, complaint=complaint, at=at)
            case "resolve":
                services.resolve(scope, complaint=complaint, resolution=text, at=at)
            case "close":
                services.close(scope, complaint=complaint, at=at)
            case "reopen":
                services.reopen(scope, complaint=complaint, reason=text, at=at)
            case "withdraw":
                services.withdraw(scope, complaint=complaint, reason=text, at=at)
            case "note":
                services.add_note(scope, complaint=complaint, text=text, at=at)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("complaint", complaint.number)
