"""Pages of scheduled reports."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.reports import schedules
from manyi.reports.forms import ScheduleForm
from manyi.reports.models import ReportSchedule
from manyi.reports.review import RIGHT
from manyi.reports.views_review import now
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request


def _editable(scope: Scope, pk: int) -> ReportSchedule:
    """The schedule of an address; 404 for one out of sight, 403 for one that is only seen."""
    row = get_object_or_404(schedules.schedules(scope), pk=pk)
    scope.require(schedules.EDIT, row.unit_id)
    return row


@login_required
@require_safe
def report_schedules(request: Request) -> HttpResponse:
    """What is sent by itself, to whom, and when next."""
    request.scope.require(RIGHT)
    at = now()
    rows = [
        {
            "row": row,
            "next": schedules.next_sending(row, at) if row.active else None,
            "last": row.sendings.first(),
            "may_edit": request.scope.may(schedules.EDIT, row.unit_id),
            "mine": request.scope.user_id in [user.pk for user in row.recipients.all()],
        }
        for row in schedules.schedules(request.scope)
    ]
    context = {"rows": rows, "may_edit": request.scope.may(schedules.EDIT)}
    return render(request, "reports/schedules/list.html", context)


@login_required
def new_schedule(request: Request) -> HttpResponse:
    request.scope.require(schedules.EDIT)
    return _form(request, None)


@login_required
def schedule(request: Request, pk: int) -> HttpResponse:
    return _form(request, _editable(request.scope, pk))


def _form(request: Request, row: ReportSchedule | None) -> HttpResponse:
    form = ScheduleForm(request.scope, request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        recipients = list(data.pop("recipients"))
        try:
            if row is None:
                schedules.create(request.scope, recipients=recipients, at=now(), **data)
            else:
                fresh = ReportSchedule.objects.get(pk=row.pk)
                schedules.change(request.scope, row=fresh, recipients=recipients, at=now(), **data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. The report will be sent at its next time."))
            return redirect("report-schedules")
    status = 422 if form.is_bound else 200
    return render(request, "reports/schedules/form.html", {"form": form, "row": row}, status=status)


@login_required
@require_POST
def delete_schedule(request: Request, pk: int) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        raise Http404
    schedules.delete(request.scope, row=_editable(request.scope, pk), at=now())
    messages.success(request, _("The schedule is deleted. Nothing more is sent."))
    return redirect("report-schedules")


@login_required
@require_POST
def leave_schedule(request: Request, pk: int) -> HttpResponse:
    """A recipient does not want the report any more."""
    row = get_object_or_404(schedules.schedules(request.scope), pk=pk)
    schedules.leave(request.scope, row=row, at=now())
    messages.success(request, _("This report is not sent to you any more."))
    return redirect("report-schedules")
