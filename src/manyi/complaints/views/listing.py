"""The list of complaints: filters in the address, kept filters, one action for many rows, export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.complaints import exports
from manyi.complaints.forms_listing import BulkForm, FilterForm
from manyi.complaints.queries import listing as queries
from manyi.complaints.services import listing as services
from manyi.complaints.views.cases import now
from manyi.warehouse.tabular import safe_cell
from manyi.web.errors import Refused
from manyi.web.http import Request

MOST_IN_WORKBOOK = 20_000
MORE = ("category", "unit", "product", "channel", "since", "until", "sort")


@login_required
@require_safe
def complaints(request: Request) -> HttpResponse:
    """All complaints in sight, newest or due first; every filter is in the address."""
    request.scope.require("complaints.read")
    form = FilterForm(request.GET, scope=request.scope)
    chosen, at = form.selection(), now()
    rows = queries.selected(request.scope, chosen, at=at)
    after = request.GET.get("after", "")
    counted = queries.MOST_FOUND if chosen.search.strip() else queries.MOST_COUNTED
    found = queries.page(rows, sort=chosen.sort, after=after, most=0 if after else counted)
    context = {
        "form": form, "page": found, "now": at, "after": after,
        "count": min(found.count, counted), "more": found.count > counted,
        "bulk": BulkForm(scope=request.scope), "filters": queries.saved_filters(request.scope),
        "query": request.GET.urlencode(), "more_fields": [form[name] for name in MORE],
        "may_import": request.scope.may("complaints.receive"),
        "may_bulk": request.scope.may("complaints.handle") or request.scope.may("complaints.dispatch"),
    }  # fmt: skip
    template = "complaints/listing/rows.html" if request.htmx else "complaints/listing/list.html"
    return render(request, template, context)


def _back(request: Request) -> str:
    """The list as it was, from the form's `next`."""
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None):
        return wanted
    return reverse("complaints")


def _step(data: dict[str, Any]) -> services.Step:
    if data["action"] == "handler":
        return services.assigning(data["user"])
    if data["action"] == "category":
        return services.categorising(data["category"])
    return services.close


@login_required
@require_POST
def bulk(request: Request) -> HttpResponse:
    """Do one thing to every chosen row; those that are refused are listed with the reason."""
    scope, back = request.scope, _back(request)
    scope.require("complaints.read")
    form = BulkForm(request.POST, scope=scope)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(str(e) for e in errors))
        return redirect(back)
    data = form.cleaned_data
    try:
        outcome = services.each(scope, numbers=request.POST.getlist("row"), step=_step(data), at=now())
    except Refused as error:
        messages.error(request, str(error))
        return redirect(back)
    if outcome.refused:
        label = dict(BulkForm.base_fields["action"].choices)[data["action"]]  # type: ignore[attr-defined]
        return render(
            request, "complaints/listing/outcome.html", {"outcome": outcome, "back": back, "label": label}
        )
    messages.success(request, _("Done for %(n)d complaints.") % {"n": len(outcome.done)})
    return redirect(back)


@login_required
@require_POST
def save_filter(request: Request) -> HttpResponse:
    query = request.POST.get("query", "")
    try:
        row = services.save_filter(request.scope, name=request.POST.get("name", ""), query=query)
    except Refused as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('complaints')}?{query}")
    messages.success(request, _("The filter “%(name)s” is kept.") % {"name": row.name})
    return redirect(f"{reverse('complaints')}?{row.query}")


@login_required
@require_POST
def delete_filter(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(queries.saved_filters(request.scope), pk=pk)
    services.delete_filter(request.scope, row=row)
    return redirect("complaints")


class _Echo:
    """A file that hands back what is written, so that the CSV writer feeds a stream."""

    def write(self, text: str) -> str:
        return text


def csv_stream(header: Iterable[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """UTF-8 with byte order mark, CRLF, formula-safe, a row at a time."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + writer.writerow(header).encode()
    buffer = io.StringIO(newline="")
    block = csv.writer(buffer)
    for number, row in enumerate(rows, start=1):
        block.writerow([safe_cell(cell) for cell in row])
        if number % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


@login_required
@require_safe
def export(request: Request, format: str) -> HttpResponseBase:
    """The filtered list with all times, as CSV (any length, streamed) or XLSX (up to MOST_IN_WORKBOOK rows)."""
    request.scope.require("complaints.read")
    at = now()
    rows = queries.selected(request.scope, FilterForm(request.GET, scope=request.scope).selection(), at=at)
    count = queries.count(rows, MOST_IN_WORKBOOK)
    if format == "xlsx" and count > MOST_IN_WORKBOOK:
        messages.error(
            request,
            _("A workbook holds at most %(n)d complaints here; narrow the list or take the CSV file.")
            % {"n": MOST_IN_WORKBOOK},
        )
        return redirect(f"{reverse('complaints')}?{request.GET.urlencode()}")
    lines = exports.lines(queries.batches(rows), at)
    services.note_export(request.scope, rows=count if format == "xlsx" else rows.count(), at=at)
    response: HttpResponseBase
    if format == "xlsx":
        response = HttpResponse(
            exports.xlsx(exports.HEADER, lines),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    else:
        stream = csv_stream(exports.HEADER, lines)
        response = StreamingHttpResponse(stream, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="complaints.{format}"'
    return response
