"""Pages of staff surveys: list, plan, monitor, slips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from manyi.people.models import OrgUnit
from manyi.people.queries import org_units
from manyi.people.services import organisation
from manyi.surveys import letters, staff_slips
from manyi.surveys.forms_staff import StaffSurveyForm
from manyi.surveys.models import StaffSurvey
from manyi.surveys.queries import staff as queries
from manyi.surveys.services import staff as services
from manyi.web.errors import Refused
from manyi.web.http import Request


def _survey(request: Request, code: str) -> StaffSurvey:
    try:
        return queries.staff_survey(request.scope, code)
    except StaffSurvey.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_GET
def staff_surveys(request: Request) -> HttpResponse:
    rows = queries.staff_surveys(request.scope)
    context = {"surveys": rows, "may_run": request.scope.may(queries.RUN)}
    return render(request, "surveys/staff/list.html", context)


@login_required
def create(request: Request) -> HttpResponse:
    request.scope.require(queries.RUN)
    form = StaffSurveyForm(request.POST or None, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        try:
            survey = services.create_staff_survey(
                request.scope,
                at=timezone.now(),  # noqa: TID251
                **form.values(),
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The draft is saved. Nobody has been asked yet."))
            return redirect("staff-survey", code=survey.code)
    context = {"form": form, "minimum": organisation().anonymity_minimum}
    return render(request, "surveys/staff/form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def staff_survey(request: Request, code: str) -> HttpResponse:
    survey = _survey(request, code)
    context: dict[str, Any] = {
        "survey": survey,
        "may_run": request.scope.may(queries.RUN, survey.unit_id),
        "may_read_results": request.scope.may("results.read"),
        "progress": queries.progress(survey),
        "units": [
            (row, request.scope.may(queries.RUN, row.unit.pk))
            for row in queries.by_unit(request.scope, survey)
        ],
        "minutes": letters.minutes(survey.questionnaire_version.definition),
        "minimum": organisation().anonymity_minimum,
    }
    return render(request, "surveys/staff/detail.html", context)


def _do(request: Request, code: str, act: Callable[..., Any], done: str) -> HttpResponse:
    survey = _survey(request, code)
    try:
        act(request.scope, survey=survey, at=timezone.now())  # noqa: TID251
        messages.success(request, done)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("staff-survey", code=code)


@login_required
@require_POST
def open_(request: Request, code: str) -> HttpResponse:
    return _do(request, code, services.open_staff_survey, _("The survey is open. Now give the slips out."))


@login_required
@require_POST
def close(request: Request, code: str) -> HttpResponse:
    return _do(
        request, code, services.close_staff_survey,
        _("The survey is closed: the figures are made, and the single answers are deleted."),
    )  # fmt: skip


@login_required
@require_POST
def delete(request: Request, code: str) -> HttpResponse:
    try:
        services.delete_staff_draft(request.scope, survey=_survey(request, code))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("staff-survey", code=code)
    messages.success(request, _("The draft is deleted."))
    return redirect("staff-surveys")


def _unit(request: Request, pk: int) -> OrgUnit:
    return get_object_or_404(org_units(request.scope, queries.RUN), pk=pk)


@login_required
@require_POST
def print_(request: Request, code: str, unit: int) -> HttpResponse:
    """The slips of one unit as PDF; made in this moment, and not a second time."""
    survey, place = _survey(request, code), _unit(request, unit)
    try:
        made = services.print_slips(request.scope, survey=survey, unit=place, at=timezone.now())  # noqa: TID251
    except Refused as error:
        messages.error(request, str(error))
        return redirect("staff-survey", code=code)
    rules = organisation()
    pdf = staff_slips.sheet(
        survey, place.name, made, organisation=rules.name, minimum=rules.anonymity_minimum
    )
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{survey.code}-{place.pk}-slips.pdf"'
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def mail(request: Request, code: str, unit: int) -> HttpResponse:
    survey, place = _survey(request, code), _unit(request, unit)
    try:
        count = services.mail_slips(request.scope, survey=survey, unit=place, at=timezone.now())  # noqa: TID251
        messages.success(request, _("%(count)s mails are on their way.") % {"count": count})
    except Refused as error:
        messages.error(request, str(error))
    return redirect("staff-survey", code=code)
