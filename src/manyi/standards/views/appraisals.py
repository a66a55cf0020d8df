"""Pages of appraisal sheets, and the sheet as PDF."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.charts.render import FONTS
from manyi.people.services import organisation
from manyi.standards.forms_appraisals import AppraisalForm
from manyi.standards.models import AppraisalSheet
from manyi.standards.queries import appraisals as queries
from manyi.standards.services import appraisals as services
from manyi.standards.status import Status
from manyi.standards.views.sheets import now
from manyi.web.errors import Refused
from manyi.web.http import Request


def _found(request: Request, pk: int) -> AppraisalSheet:
    return get_object_or_404(queries.sheets(request.scope), pk=pk)


@login_required
@require_safe
def appraisals(request: Request) -> HttpResponse:
    """One's own sheets, and those of one's people."""
    scope = request.scope
    rows = list(queries.sheets(scope)[:200])
    context = {
        "own": [row for row in rows if row.person_id == scope.user_id],
        "others": [row for row in rows if row.person_id != scope.user_id],
        "may_edit": scope.may(queries.EDIT),
    }
    return render(request, "standards/appraisals/list.html", context)


@login_required
def new(request: Request) -> HttpResponse:
    request.scope.require(queries.EDIT)
    form = AppraisalForm(request.scope, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.make(request.scope, at=now(), **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect("appraisal", row.pk)
    return render(
        request, "standards/appraisals/new.html", {"form": form}, status=422 if form.errors else 200
    )


def _context(request: Request, row: AppraisalSheet) -> dict[str, Any]:
    labels = dict(Status.choices)
    figures = [{**figure, "label": labels.get(figure["status"], "")} for figure in row.figures]
    return {
        "sheet": row,
        "own_figures": [figure for figure in figures if figure["own"]],
        "unit_figures": [figure for figure in figures if not figure["own"]],
        "may_manage": queries.may_manage(request.scope, row),
        "is_person": row.person_id == request.scope.user_id,
    }


@login_required
@require_safe
def appraisal(request: Request, pk: int) -> HttpResponse:
    return render(request, "standards/appraisals/detail.html", _context(request, _found(request, pk)))


@login_required
@require_POST
def act(request: Request, pk: int) -> HttpResponse:
    """Comment, share; reply, acknowledge."""
    row, scope, text = _found(request, pk), request.scope, request.POST.get("text", "")
    try:
        match request.POST.get("action"):
            case "comment":
                services.comment(scope, sheet=row, text=text)
            case "share":
                services.comment(scope, sheet=row, text=text)
                services.share(scope, sheet=row, at=now())
            case "reply":
                services.reply(scope, sheet=row, text=text, at=now())
            case "acknowledge":
                services.acknowledge(scope, sheet=row, at=now())
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("appraisal", pk)


@login_required
@require_safe
def report(request: Request, pk: int) -> HttpResponse:
    """The sheet on A4, in the reader's language."""
    from weasyprint import HTML  # slow to import: only reports pay for it

    row = _found(request, pk)
    context = {
        **_context(request, row), "organisation": organisation(), "fonts": FONTS, "at": now(),
        "language": "en" if get_language() == "en" else "zh-Hans",
    }  # fmt: skip
    html = render_to_string("standards/appraisals/report.html", context)
    content: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="appraisal-{row.pk}.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response
