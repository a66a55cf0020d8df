"""Service standards: the list with its live status, one standard with its history, setting one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from manyi.charts import Chart
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards import pictures
from manyi.standards.forms_standards import ListForm, LookForm, StandardForm
from manyi.standards.models import ServiceStandard
from manyi.standards.queries import standards as queries
from manyi.standards.queries import touchpoints
from manyi.standards.services import standards as services
from manyi.standards.status import Status
from manyi.standards.views.touchpoints import now, said, today
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.pictures import chart_file


def standard_or_404(scope: Scope, code: str) -> ServiceStandard:
    try:
        return queries.standard(scope, code)
    except ServiceStandard.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_safe
def standards(request: Request) -> HttpResponse:
    """Every standard of a unit and whether it is met."""
    request.scope.require(queries.RIGHT)
    form = ListForm(request.GET, scope=request.scope, today=today())
    unit, chosen = form.unit_chosen, form.period_chosen
    if unit is None:
        raise Http404
    active = queries.standards(request.scope).filter(is_active=True)
    rows = queries.measured(request.scope, active, unit, chosen.since, chosen.until, today())
    counts = [(status, sum(row.verdict.status is status for row in rows)) for status in Status]
    wanted = form.cleaned_data.get("status")
    context = {
        "form": form, "unit": unit, "period": chosen, "counts": counts, "all": len(rows),
        "rows": [row for row in rows if not wanted or row.verdict.status == wanted],
        "out_of_use": queries.standards(request.scope).filter(is_active=False),
        "may_edit": request.scope.may(touchpoints.EDIT),
    }  # fmt: skip
    return render(request, "standards/standards/list.html", context)


def _place(request: Request, row: ServiceStandard, form: LookForm) -> OrgUnit:
    """Where the standard is measured: the chosen unit where it holds there, else where it holds for the reader."""
    chosen = form.cleaned_data.get("unit")
    place = queries.where(row.touchpoint.unit, chosen) if chosen else queries.home(request.scope, row)
    if place is None:
        raise Http404
    return place


@login_required
@require_safe
def standard(request: Request, code: str) -> HttpResponse:
    """One standard: how it stands, its history, its units, and what else looks at it."""
    row = standard_or_404(request.scope, code)
    form = LookForm(request.GET, scope=request.scope, today=today())
    unit, chosen = _place(request, row, form), form.period_chosen
    days = (chosen.since, chosen.until, today())
    chart = pictures.history(row, queries.by_month(request.scope, row, unit, today()))
    query = f"?unit={unit.pk}"
    context: dict[str, Any] = {
        "finding_key": f"{row.code}:{unit.pk}:{chosen.key}",
        "standard": row, "form": form, "unit": unit, "period": chosen,
        "now": queries.measure(request.scope, row, unit, *days),
        "subject": queries.subject_name(request.scope, row.source, row.subject),
        "units": queries.by_unit(request.scope, row, unit, *days),
        "changes": queries.changes(row),
        "elsewhere": queries.elsewhere(request.scope, row, unit, *days),
        "may_edit": request.scope.may(touchpoints.EDIT, row.touchpoint.unit_id),
        "panel": chart and {
            "name": "history", "chart": chart,
            "help": _("Each month by itself, with its interval, against the target of today. A month without a measure has no point."),
            "csv": reverse("service-standard-history", args=[row.code, "csv"]) + query,
            "png": reverse("service-standard-history", args=[row.code, "png"]) + query,
        },
    }  # fmt: skip
    return render(request, "standards/standards/detail.html", context)


@login_required
@require_safe
def history(request: Request, code: str, kind: str) -> HttpResponse:
    """The picture of the history to keep, or the table behind it."""
    row = standard_or_404(request.scope, code)
    unit = _place(request, row, LookForm(request.GET, scope=request.scope, today=today()))
    chart: Chart | None = pictures.history(row, queries.by_month(request.scope, row, unit, today()))
    if chart is None:
        raise Http404
    return chart_file(chart, f"standard-{row.code}", kind)


@login_required
def edit(request: Request, code: str = "") -> HttpResponse:
    """A new standard, or one to change."""
    scope = request.scope
    scope.require(touchpoints.EDIT)
    row = standard_or_404(scope, code) if code else None
    if row is not None:
        scope.require(touchpoints.EDIT, row.touchpoint.unit_id)
    initial = {
        "touchpoint": touchpoints.touchpoints(scope)
        .filter(code=request.GET.get("touchpoint", "")[:40])
        .first()
    }
    form = StandardForm(request.POST or None, scope=scope, standard=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_standard(scope, standard=form.fill(row or ServiceStandard()), at=now())
        except (Refused, ValidationError) as error:
            said(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("service-standard", saved.code)
    context = {"form": form, "standard": row}
    return render(request, "standards/standards/edit.html", context, status=422 if form.errors else 200)
