"""The page of one complaint: what it is about, what is to be done, and everything that happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints import lifecycle, next_step
from manyi.complaints.forms_cases import ParticularsForm
from manyi.complaints.forms_settling import JoinForm, SplitForm
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, Message, Proposal
from manyi.complaints.queries import cases as queries
from manyi.complaints.queries import clocks, timeline
from manyi.complaints.queries import messages as message_queries
from manyi.complaints.queries.situation import situation
from manyi.complaints.services import cases as services
from manyi.complaints.views import roles, settling, work_orders
from manyi.complaints.views.found import found, now
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

__all__ = ["act", "detail", "edit", "found", "now"]

#: The way shown at the top of the page.
WAY = (State.RECEIVED, State.WORKING, State.RESOLVED, State.CLOSED)


def _context(scope: Scope, complaint: Complaint, at: datetime) -> dict[str, Any]:
    """Everything the page shows; each noun's panel brings its own part."""
    context: dict[str, Any] = {
        "complaint": complaint,
        "now": at,
        "way": _way(complaint),
        "may_handle": queries.may_work_on(scope, complaint),
        "may_note": queries.may_note(scope, complaint),
        "may_dispatch": queries.may_work_on(scope, complaint, "complaints.dispatch"),
        "may_receive": queries.may_work_on(scope, complaint, "complaints.receive"),
        "next_states": lifecycle.next_states(complaint.state),
        "links": queries.links(scope, complaint),
        "join_form": JoinForm(auto_id="join-%s"),
        "split_form": SplitForm(auto_id="split-%s"),
        "timeline": timeline.entries(scope, complaint),
    }
    context |= message_queries.panel(scope, complaint)
    context |= clocks.panel(scope, complaint, at)
    context |= roles.panel(scope, complaint, at)
    context |= work_orders.panel(scope, complaint, at)
    context |= settling.panel(scope, complaint, at)
    context["settle_text"] = next(
        (row.remedy for row in reversed(context["proposals"]) if row.state == Proposal.State.ACCEPTED), ""
    )
    context["steps"] = next_step.steps(
        situation(
            scope,
            complaint,
            orders=[row.order for row in context["work_orders"]],
            proposals=context["proposals"],
            approvable=context["approvable"],
            asked=context["asked"],
            unanswered=_last_is_theirs(complaint),
            suggested=context["suggested"],
        )
    )
    return context


def _last_is_theirs(complaint: Complaint) -> bool:
    last = complaint.messages.order_by("-at", "-pk").first()
    return last is not None and last.direction == Message.Direction.IN and last.at > complaint.received_at


def _way(complaint: Complaint) -> list[tuple[State, bool]]:
    """The four states in order, and which is the present one; none where it left the way."""
    return [(state, state == complaint.state) for state in WAY]


@login_required
@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    complaint = found(request.scope, number)
    return render(request, "complaints/cases/detail.html", _context(request.scope, complaint, now()))


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


@login_required
def edit(request: Request, number: str) -> HttpResponse:
    """Correct the particulars."""
    complaint = found(request.scope, number)
    services.require_work_on(request.scope, complaint)
    # The form writes into its instance; the service compares with what is stored.
    form = ParticularsForm(request.POST or None, instance=found(request.scope, number), scope=request.scope)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit(request.scope, complaint=complaint, at=now(), **form.particulars())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("complaint", complaint.number)
    context = {"form": form, "complaint": complaint}
    return render(request, "complaints/cases/edit.html", context, status=422 if form.errors else 200)
