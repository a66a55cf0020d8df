"""The journey map, and drawing it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.scope import Scope
from manyi.standards.forms_standards import LookForm
from manyi.standards.forms_touchpoints import StageForm, TouchpointForm
from manyi.standards.models import Stage, Touchpoint
from manyi.standards.queries import touchpoints as queries
from manyi.standards.services import touchpoints as services
from manyi.web.errors import Refused
from manyi.web.http import Request


def now() -> datetime:
    return timezone.now()  # noqa: TID251


def today() -> date:
    return timezone.localtime(now()).date()


def touchpoint_or_404(scope: Scope, code: str) -> Touchpoint:
    try:
        return queries.touchpoints(scope).get(code=code)
    except Touchpoint.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_safe
def journey_map(request: Request) -> HttpResponse:
    """Stages and their touchpoints, each with what is known of it; where it is weakest stands out."""
    request.scope.require(queries.RIGHT)
    form = LookForm(request.GET, scope=request.scope, today=today())
    unit, chosen = form.unit_chosen, form.period_chosen
    if unit is None:
        raise Http404
    context = {
        "form": form,
        "period": chosen,
        "journey": queries.journey(request.scope, unit, chosen.since, chosen.until, today()),
        "may_edit": request.scope.may(queries.EDIT),
    }
    return render(request, "standards/touchpoints/map.html", context)


@login_required
@require_safe
def edit_journey(request: Request) -> HttpResponse:
    """Everything of the map as a list: add, change, move, take out of use."""
    request.scope.require(queries.EDIT)
    units = request.scope.units_for(queries.EDIT)
    rows = list(queries.touchpoints(request.scope))
    stages = [
        (stage, [(row, units is None or row.unit_id in units) for row in rows if row.stage_id == stage.pk])
        for stage in queries.stages(request.scope)
    ]
    context = {
        "stages": stages,
        "may_draw_stages": services.may_draw_stages(request.scope),
        "moved": request.GET.get("moved", ""),
    }
    return render(request, "standards/touchpoints/edit.html", context)


def said(form: Any, error: Refused | ValidationError) -> None:
    """What the service found wrong, beside the field it is about where there is one."""
    if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        for name, found in error.error_dict.items():
            form.add_error(name if name in form.fields else None, [str(m) for e in found for m in e.messages])
    else:
        form.add_error(None, str(error) if isinstance(error, Refused) else error.messages)


@login_required
def stage(request: Request, code: str = "") -> HttpResponse:
    """A new stage, or one to change."""
    if not services.may_draw_stages(request.scope):
        request.scope.require(queries.EDIT)
        raise Http404
    row = get_object_or_404(queries.stages(request.scope), code=code) if code else None
    form = StageForm(request.POST or None, stage=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_stage(request.scope, stage=form.fill(row or Stage()), at=now())
        except (Refused, ValidationError) as error:
            said(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("edit-journey")
    context = {"form": form, "stage": row}
    return render(request, "standards/touchpoints/stage.html", context, status=422 if form.errors else 200)


@login_required
def touchpoint(request: Request, code: str = "") -> HttpResponse:
    """A new touchpoint, or one to change."""
    request.scope.require(queries.EDIT)
    row = touchpoint_or_404(request.scope, code) if code else None
    if row is not None:
        request.scope.require(queries.EDIT, row.unit_id)
    initial = {"stage": queries.stages(request.scope).filter(code=request.GET.get("stage", "")[:40]).first()}
    form = TouchpointForm(request.POST or None, scope=request.scope, touchpoint=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_touchpoint(request.scope, touchpoint=form.fill(row or Touchpoint()), at=now())
        except (Refused, ValidationError) as error:
            said(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("edit-journey")
    context = {"form": form, "touchpoint": row}
    return render(
        request, "standards/touchpoints/touchpoint.html", context, status=422 if form.errors else 200
    )


@login_required
@require_POST
def move(request: Request, what: str, code: str) -> HttpResponse:
    """One place on or back."""
    by = 1 if request.POST.get("by") == "1" else -1  # the page comes back with the focus on the same button
    if what == "stage":
        row = get_object_or_404(queries.stages(request.scope), code=code)
        services.move_stage(request.scope, stage=row, by=by, at=now())
    else:
        services.move_touchpoint(
            request.scope, touchpoint=touchpoint_or_404(request.scope, code), by=by, at=now()
        )
    return redirect(f"{reverse('edit-journey')}?{urlencode({'moved': f'{what}:{code}:{by}'})}")
