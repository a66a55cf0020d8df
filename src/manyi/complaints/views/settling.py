"""Settling a complaint: proposals, approvals, decision letters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints.forms_settling import LetterChoiceForm, LetterForm, ProposalForm
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, Proposal
from manyi.complaints.queries import proposals as queries
from manyi.complaints.queries.cases import may_work_on, visible
from manyi.complaints.services import letters, proposals
from manyi.complaints.views.found import found, now
from manyi.customers.authority import limit_of
from manyi.people.models import User
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request


def panel(scope: Scope, complaint: Complaint, at: datetime) -> dict[str, Any]:
    """Context of complaints/settling/_panel.html."""
    rows = queries.of_complaint(complaint)
    may_work = may_work_on(scope, complaint)
    may_propose = may_work and complaint.state in (State.RECEIVED, State.WORKING)
    limit = None
    if may_propose:
        user = User.objects.filter(pk=scope.user_id or 0).first()
        limit = limit_of(user, complaint.unit, "CNY") if user else None
    for row in rows:
        _name_approvers(row)
    return {
        "proposals": rows,
        "approvable": queries.approvable(scope, rows),
        "compensation": queries.compensation(complaint),
        "proposal_form": ProposalForm(complaint=complaint) if may_propose else None,
        "own_limit": limit,
        "letters": list(complaint.letters.select_related("attachment", "message", "written_by")),
        "letter_form": LetterChoiceForm(complaint=complaint) if may_work else None,
    }


def _name_approvers(row: Proposal) -> None:
    """For the template: who could approve a proposal that waits."""
    if row.state == Proposal.State.WAITING:
        row.approvers = queries.approvers(row)  # type: ignore[attr-defined]


@login_required
@require_POST
def propose(request: Request, number: str) -> HttpResponse:
    complaint = found(request.scope, number)
    form = ProposalForm(request.POST, complaint=complaint)
    if form.is_valid():
        try:
            row = proposals.propose(request.scope, complaint=complaint, at=now(), **form.proposal())
        except Refused as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            waits = row.state == Proposal.State.WAITING
            messages.success(
                request,
                _("Above your limit: it waits for approval.") if waits else _("Approved within your limit."),
            )
            return redirect("complaint", complaint.number)
    context = {"proposal_form": form, "complaint": complaint}
    return render(request, "complaints/settling/propose.html", context, status=422)


def _proposal(scope: Scope, pk: int) -> Proposal:
    """One the reader sees with its complaint, or may approve."""
    rows = Proposal.objects.select_related(*queries.RELATED)
    seen = rows.filter(complaint__in=visible(scope).values("pk"))
    return get_object_or_404(seen, pk=pk)


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """Approve, refuse, offer, answer or take back: `action` names it."""
    row = _proposal(request.scope, pk)
    scope, text, at = request.scope, request.POST.get("text", ""), now()
    try:
        match request.POST.get("action"):
            case "approve":
                proposals.approve(scope, proposal=row, reason=text, at=at)
            case "refuse":
                proposals.refuse(scope, proposal=row, reason=text, at=at)
            case "offer":
                proposals.offer(scope, proposal=row, message=text, at=at)
            case "accepted" | "declined" as answer:
                proposals.record_answer(
                    scope, proposal=row, accepted=answer == "accepted", answer=text, at=at
                )
            case "take_back":
                proposals.take_back(scope, proposal=row, at=at)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    back = request.POST.get("back", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("complaint", row.complaint.number)


@login_required
@require_safe
def approvals(request: Request) -> HttpResponse:
    """What waits for the reader's approval, and what has been given this month."""
    request.scope.require("complaints.approve")
    at = now()
    page = Paginator(queries.to_approve(request.scope), 30).get_page(request.GET.get("page"))
    for row in page:
        _name_approvers(row)
    context = {
        "page": page,
        "approvable": queries.approvable(request.scope, list(page)),
        "uses": queries.budget_use(request.scope, at=at, right="complaints.approve"),
        "now": at,
    }
    return render(request, "complaints/settling/approvals.html", context)


@login_required
def letter(request: Request, number: str) -> HttpResponse:
    """Draft a letter from a template (GET), look at it, then write and perhaps send it (POST)."""
    complaint, at = found(request.scope, number), now()
    choice = LetterChoiceForm(request.GET or None, complaint=complaint)
    if not choice.is_valid():
        return redirect("complaint", complaint.number)
    template, language = choice.cleaned_data["template"], choice.cleaned_data["language"]
    subject, body = letters.draft(
        request.scope, complaint=complaint, template=template, language=language, at=at
    )
    form = LetterForm(request.POST or None, initial={"subject": subject, "body": body})
    if request.method == "POST" and form.is_valid():
        send = request.POST.get("action") == "send"
        try:
            letters.write(
                request.scope, complaint=complaint, language=language, template=template, send=send, at=at,
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The letter is sent.") if send else _("The letter is written."))
            return redirect("complaint", complaint.number)
    context = {"form": form, "complaint": complaint, "template": template, "language": language}
    status = 422 if form.errors else 200
    return render(request, "complaints/letters/write.html", context, status=status)
