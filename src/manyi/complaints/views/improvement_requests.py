"""Improvement requests: the list, sending one, answering one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from manyi.complaints.forms_improvement_requests import AnswerForm, RequestForm
from manyi.complaints.models import ImprovementRequest
from manyi.complaints.queries import cases
from manyi.complaints.queries import improvement_requests as queries
from manyi.complaints.queries import problems as problem_queries
from manyi.complaints.services import improvement_requests as services
from manyi.complaints.services.problems import visible_complaints
from manyi.complaints.views.found import now
from manyi.people.queries import org_units
from manyi.web.errors import Refused
from manyi.web.http import Request


@login_required
@require_safe
def requests(request: Request) -> HttpResponse:
    """What was asked of others, and what others asked of us."""
    request.scope.require("complaints.read")
    state, way = request.GET.get("state", "open"), request.GET.get("way", "all")
    rows = queries.listed(request.scope, state=state, way=way)
    context = {
        "page": Paginator(rows, 25).get_page(request.GET.get("page")),
        "state": state,
        "way": way,
        "states": [("open", _("Not finished")), ("shipped", _("Shipped")), ("rejected", _("Rejected")), ("all", _("All"))],
        "ways": [("all", _("All")), ("out", _("From us")), ("in", _("To us"))],
        "may_send": request.scope.may("complaints.handle"),
    }  # fmt: skip
    return render(request, "complaints/requests/list.html", context)


@login_required
def new(request: Request) -> HttpResponse:
    """Send a request about a problem or complaints named in the address."""
    scope = request.scope
    scope.require("complaints.handle")
    numbers, problem = request.GET.getlist("complaint"), request.GET.get("problem", "")
    initial: dict[str, Any] = {"numbers": " ".join(numbers), "problem": problem}
    source: Any = problem_queries.visible(scope).filter(number=problem).first() if problem else None
    source = source or (cases.visible(scope).filter(number=numbers[0]).first() if numbers else None)
    if source is not None:
        initial |= {"title": source.title, "unit": source.unit_id}
    form = RequestForm(request.POST or None, units=org_units(scope, "complaints.handle"), initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            about = data.pop("problem").strip()
            known = problem_queries.visible(scope).filter(number=about).first() if about else None
            if about and known is None:
                raise Refused(_("There is no problem “%(number)s” that you may see.") % {"number": about})
            found = visible_complaints(scope, data.pop("numbers"))
            row = services.send(scope, problem=known, complaints=found, at=now(), **data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Request %(number)s is sent.") % {"number": row.number})
            return redirect("improvement-request", row.number)
    return render(request, "complaints/requests/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def detail(request: Request, number: str) -> HttpResponse:
    """One request, where it comes from, and what became of it."""
    row: ImprovementRequest = get_object_or_404(queries.visible(request.scope), number=number)
    may_answer = queries.may_answer(request.scope, row) and row.state in services.ANSWERS
    form = AnswerForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(request.scope, request=row, at=now(), **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Recorded."))
            return redirect("improvement-request", row.number)
    seen = problem_queries.visible(request.scope).filter(pk=row.problem_id or 0).exists()
    context = {
        "row": row,
        "form": form,
        "may_answer": may_answer,
        "problem": row.problem if seen else None,
        "complaints": cases.visible(request.scope).filter(improvement_requests=row),
    }
    return render(request, "complaints/requests/request.html", context, status=422 if form.errors else 200)
