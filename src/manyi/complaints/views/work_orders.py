"""Work orders: the panel of a complaint, and the page of one's unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints.forms_work_orders import WorkOrderForm
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, WorkOrder
from manyi.complaints.queries import routing
from manyi.complaints.queries import work_orders as queries
from manyi.complaints.queries.cases import may_work_on
from manyi.complaints.queries.situation import replaced
from manyi.complaints.services import routing as routing_services
from manyi.complaints.services import work_orders as services
from manyi.complaints.views.found import found, now
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.templatetags.web import localised


@dataclass(frozen=True)
class Shown:
    """A work order with what this reader may do with it; `again` is the form to send a returned one again."""

    order: WorkOrder
    may_act: bool
    may_cancel: bool
    again: WorkOrderForm | None = None


def _may_act(scope: Scope, order: WorkOrder) -> bool:
    return order.state in ("sent", "accepted") and scope.may("complaints.handle", order.unit_id)


def panel(scope: Scope, complaint: Complaint, at: datetime) -> dict[str, Any]:
    """Context of complaints/work_orders/_panel.html."""
    may_send = complaint.state in (State.RECEIVED, State.WORKING) and may_work_on(
        scope, complaint, "complaints.dispatch"
    )
    rows = []
    for order in queries.of_complaint(complaint):
        back = order.state == WorkOrder.State.RETURNED and not replaced(order)
        rows.append(
            Shown(
                order,
                may_act=_may_act(scope, order),
                may_cancel=may_send and (order.is_open or back),
                again=WorkOrderForm(complaint=complaint, at=at, replaces=order)
                if may_send and back
                else None,
            )
        )
    form = WorkOrderForm(complaint=complaint, at=at) if may_send else None
    suggestion = routing.suggestion(complaint) if may_send else None
    suggested = ""
    if suggestion is not None:
        suggested = localised(suggestion.unit.name)
        if suggestion.user is not None:
            suggested = f"{suggested} · {suggestion.user.get_full_name()}"
    return {"work_orders": rows, "work_order_form": form, "suggestion": suggestion, "suggested": suggested}


@login_required
@require_POST
def suggestion(request: Request, number: str) -> HttpResponse:
    """Take up the work order a routing rule proposes, or do without it."""
    complaint, at = found(request.scope, number), now()
    row = routing.suggestion(complaint)
    try:
        if row is None:
            raise Refused(_("Somebody has answered to this proposal already."))
        if request.POST.get("action") == "send":
            due = queries.due_after("d1", at=at)
            routing_services.take_up(request.scope, suggestion=row, due_at=due, at=at)
        else:
            routing_services.let_go(request.scope, suggestion=row, at=at)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("complaint", complaint.number)


@login_required
def send(request: Request, number: str) -> HttpResponse:
    """Send a work order; a form with errors comes back as a page of its own."""
    complaint, at = found(request.scope, number), now()
    given = request.POST.get("replaces", "")
    replaces = get_object_or_404(complaint.work_orders, pk=given) if given.isdecimal() else None
    data = request.POST if request.method == "POST" else None
    form = WorkOrderForm(data, complaint=complaint, at=at, replaces=replaces)
    if request.method == "POST" and form.is_valid():
        try:
            order = services.send(
                request.scope, complaint=complaint, at=at, replaces=replaces, **form.order()
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Work order %(number)s is sent.") % {"number": order.position})
            return redirect("complaint", complaint.number)
    context = {"form": form, "complaint": complaint, "replaces": replaces}
    status = 422 if form.errors else 200
    return render(request, "complaints/work_orders/send.html", context, status=status)


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """Accept, return, finish or cancel a work order: `action` names it."""
    order = get_object_or_404(queries.work_orders(request.scope), pk=pk)
    scope, text, at = request.scope, request.POST.get("text", ""), now()
    try:
        match request.POST.get("action"):
            case "accept":
                services.accept(scope, order=order, at=at)
            case "return":
                services.send_back(scope, order=order, reason=text, at=at)
            case "finish":
                evidence = request.FILES.getlist("evidence")
                services.finish(scope, order=order, result=text, evidence=evidence, at=at)
            case "cancel":
                services.cancel(scope, order=order, reason=text, at=at)
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    if request.POST.get("back") == "list":
        return redirect("work-orders")
    return redirect("complaint", order.complaint.number)


@login_required
@require_safe
def work_orders(request: Request) -> HttpResponse:
    """What my unit has to do, what came back to me as dispatcher, and what is done."""
    scope = request.scope
    if not scope.may("complaints.dispatch"):
        scope.require("complaints.handle")
    show = request.GET.get("show", "")
    if show not in ("mine", "returned", "ended"):
        show = "unit"
    rows = {
        "unit": lambda: queries.to_do(scope),
        "mine": lambda: queries.to_do(scope, mine=True),
        "returned": lambda: queries.returned(scope),
        "ended": lambda: queries.ended(scope),
    }[show]()
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    counts = {
        "unit": queries.to_do(scope).count(),
        "mine": queries.to_do(scope, mine=True).count(),
        "returned": queries.returned(scope).count(),
    }
    shown = [Shown(order, _may_act(scope, order), may_cancel=False) for order in page]
    context = {"page": page, "rows": shown, "show": show, "counts": counts, "now": now()}
    return render(request, "complaints/work_orders/list.html", context)
