"""Pages of audits: what is to be done, what was found, planning one, the sheet."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.people.queries import org_units
from manyi.standards.forms_checks import AuditForm
from manyi.standards.models import Audit, AuditPhoto
from manyi.standards.queries import audits as queries
from manyi.standards.services import audits as services
from manyi.standards.views import sheets
from manyi.standards.views.sheets import now
from manyi.web.errors import Refused
from manyi.web.http import Request

PER_PAGE = 30
MISSED = 10
DOOR = sheets.Door("audit", services.mark)


def _found(request: Request, pk: int) -> Audit:
    return get_object_or_404(queries.audits(request.scope), pk=pk)


@login_required
@require_safe
def audits(request: Request) -> HttpResponse:
    """What the reader is to do, which standards are missed, and the audits so far."""
    scope = request.scope
    scope.require(queries.RIGHT)
    chosen = {name: request.GET.get(name, "")[:60] for name in ("state", "unit", "standard")}
    rows = queries.narrowed(queries.audits(scope), **chosen)
    context = {
        "mine": queries.mine(scope),
        "missed": queries.missed(scope, now())[:MISSED],
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "states": Audit.State.choices,
        "units": org_units(scope, queries.RIGHT),
        "may_edit": scope.may("standards.edit"),
        "today": timezone.localtime(now()).date(),
    }
    return render(request, "standards/audits/list.html", context)


@login_required
def new(request: Request) -> HttpResponse:
    request.scope.require("standards.edit")
    form = AuditForm(request.scope, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.plan(request.scope, at=now(), **form.cleaned_data)
        except (Refused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, _("The audit is planned."))
            return redirect("audit", row.pk)
    return render(request, "standards/audits/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def audit(request: Request, pk: int) -> HttpResponse:
    """The result once handed in; before that, where it stands."""
    row = _found(request, pk)
    marks = sheets.marks_of(row)
    standards, points = queries.parts(marks) if row.state == Audit.State.SUBMITTED else ([], [])
    context = {
        "audit": row, "marks": marks, "standards": standards, "points": points,
        "is_mine": row.auditor_id == request.scope.user_id and row.is_open,
        "may_edit": request.scope.may("standards.edit", row.unit_id), "picture_url": "audit-photo", "key": row.pk,
        "history": queries.history(request.scope, row),
        "answered": sum(mark.answered for mark in marks),
    }  # fmt: skip
    return render(request, "standards/audits/detail.html", context)


@login_required
@require_safe
def sheet(request: Request, pk: int) -> HttpResponse:
    return sheets.show(request, DOOR, _found(request, pk), pk)


@login_required
@require_POST
def answer(request: Request, pk: int, mark: int) -> HttpResponse:
    return sheets.answer(request, DOOR, _found(request, pk), pk, mark)


@login_required
@require_POST
def photos(request: Request, pk: int, mark: int) -> HttpResponse:
    return sheets.photos(request, DOOR, _found(request, pk), pk, mark)


@login_required
@require_safe
def photo(request: Request, pk: int, photo: int) -> FileResponse:
    return sheets.picture(AuditPhoto, _found(request, pk), photo)


@login_required
@require_POST
def submit(request: Request, pk: int) -> HttpResponse:
    row = _found(request, pk)
    try:
        services.submit(request.scope, audit=row, remarks=request.POST.get("remarks", ""), at=now())
    except Refused as error:
        messages.error(request, str(error))
        return redirect("audit-sheet", pk)
    messages.success(request, _("Handed in. Thank you."))
    return redirect("audit", pk)


@login_required
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    row = _found(request, pk)
    try:
        services.cancel(request.scope, audit=row, at=now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The audit is called off."))
    return redirect("audit", pk)
