"""My work, its card on the page of today, and the team's board."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints import lifecycle
from manyi.complaints.forms_listing import FilterForm
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint
from manyi.complaints.queries import board as queries
from manyi.complaints.queries import my_work as work
from manyi.complaints.services import cases as services
from manyi.complaints.views.cases import found, now
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

ON_TODAY = 5
BOARD_FILTERS = ("unit", "handler", "severity", "category")


@login_required
@require_safe
def my_work(request: Request) -> HttpResponse:
    """What waits for the reader, in the order to do it in; `kind` narrows it to one kind."""
    request.scope.require("complaints.read")
    at = now()
    found = work.tasks(request.scope, at=at)
    kind = request.GET.get("kind", "")
    kind = kind if kind in work.KINDS else ""
    shown = [task for task in found if kind in ("", task.kind)]
    context = {
        "buckets": work.buckets(shown, at=at), "counts": work.counts(found), "kind": kind, "total": len(found),
        "now": at, "labels": {name: label for name, (label, _provider) in work.KINDS.items()},
    }  # fmt: skip
    return render(request, "complaints/work/my_work.html", context)


@login_required
@require_safe
def my_work_card(request: Request) -> HttpResponse:
    """The first few tasks, for the page of today; empty for those who have nothing to do with complaints."""
    if not request.scope.may("complaints.read"):
        return HttpResponse("")
    at = now()
    found = work.tasks(request.scope, at=at)
    overdue = sum(1 for task in found if task.due and task.due < at)
    context = {"tasks": found[:ON_TODAY], "total": len(found), "overdue": overdue, "now": at}
    return render(request, "complaints/work/card.html", context)


@login_required
@require_safe
def board(request: Request) -> HttpResponse:
    """Open complaints in columns; the filters are those of the list."""
    request.scope.require("complaints.read")
    form, at = FilterForm(request.GET, scope=request.scope), now()
    context = {
        "columns": queries.columns(request.scope, form.selection(), at=at), "form": form, "now": at,
        "fields": [form[name] for name in BOARD_FILTERS], "query": request.GET.urlencode(),
        "may_move": request.scope.may("complaints.handle"), "days": queries.CLOSED_FOR.days,
    }  # fmt: skip
    return render(request, "complaints/work/board.html", context)


@login_required
@require_safe
def move_form(request: Request, number: str) -> HttpResponse:
    """The steps one complaint may take, for the board's dialog."""
    row = found(request.scope, number)
    context = {"row": row, "steps": queries.moves(row.state), "query": request.GET.urlencode()}
    return render(request, "complaints/work/move.html", context)


def _take(scope: Scope, row: Complaint, to: State, text: str) -> None:
    at = now()
    if to == State.WORKING and lifecycle.change(row.state, to) == "started":
        services.start(scope, complaint=row, at=at)
    elif to == State.WORKING:
        services.reopen(scope, complaint=row, reason=text, at=at)
    elif to == State.RESOLVED:
        services.resolve(scope, complaint=row, resolution=text, at=at)
    elif to == State.CLOSED:
        services.close(scope, complaint=row, at=at)
    elif to == State.WITHDRAWN:
        services.withdraw(scope, complaint=row, reason=text, at=at)
    else:
        raise Refused(_("This step is not known."))


@login_required
@require_POST
def move(request: Request, number: str) -> HttpResponse:
    """Take one step and go back to the board. A refused step changes nothing."""
    row = found(request.scope, number)
    to = request.POST.get("to", "")
    try:
        if to not in State.values or lifecycle.change(row.state, to) is None:
            raise Refused(_("This step is not known."))
        _take(request.scope, row, State(to), request.POST.get("text", ""))
    except Refused as error:
        messages.error(request, f"{row.number}: {error}")
    except NotAllowed:
        messages.error(request, _("%(number)s: you may not do this to it.") % {"number": row.number})
    else:
        messages.success(request, f"{row.number}: {State(to).label}")
    return redirect(f"{reverse('complaint-board')}?{request.POST.get('query', '')}")
