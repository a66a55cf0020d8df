"""What was promised, what it cost, what moved; and the new processes that wait to be acknowledged."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from manyi.improvement import exports
from manyi.improvement.models import Acknowledgement, Action
from manyi.improvement.queries import loop
from manyi.improvement.services import training as services
from manyi.improvement.views.actions import today
from manyi.improvement.views.findings import now
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.web.http import Request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 2000


def _rows(scope: Scope, unit: str) -> list[Action]:
    return list(loop.actions(scope, unit=unit).exclude(state=Action.State.CANCELLED)[:MOST])


@login_required
@require_safe
def portfolio(request: Request) -> HttpResponse:
    """Every action with its promise, its cost and what the figure did."""
    request.scope.require("improvement.read")
    unit = request.GET.get("unit", "")[:18]
    rows = _rows(request.scope, unit)
    context = {
        "rows": rows,
        "portfolio": loop.portfolio(request.scope, today(), unit=unit),
        "units": org_units(request.scope, "improvement.read"),
        "unit": unit,
    }
    return render(request, "improvement/actions/portfolio.html", context)


@login_required
@require_safe
def portfolio_xlsx(request: Request) -> HttpResponse:
    request.scope.require("improvement.read")
    data = exports.to_xlsx(_rows(request.scope, request.GET.get("unit", "")[:18]))
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="improvement-portfolio.xlsx"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def training(request: Request, pk: int) -> HttpResponse:
    """How something is done from now on; whoever works by it says to have been trained. One's own only."""
    row = get_object_or_404(
        Acknowledgement.objects.select_related("action", "action__standard"),
        pk=pk,
        user=request.scope.user_id,
    )
    if request.method == "POST":
        services.acknowledge(request.scope, row=row, at=now())
        messages.success(request, _("Thank you. It is recorded that you were trained."))
        return redirect("training", pk)
    return render(request, "improvement/actions/training.html", {"row": row, "action": row.action})
