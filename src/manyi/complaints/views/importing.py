"""Import complaints of another system: upload, say what the columns are, look, import."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from manyi.complaints import import_rows
from manyi.complaints.models import ComplaintImport
from manyi.complaints.queries.listing import imports
from manyi.complaints.services import importing as services
from manyi.complaints.views.cases import now
from manyi.customers.forms import UploadForm
from manyi.people.queries import org_units
from manyi.warehouse.tabular import TableError
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.templatetags.web import localised

LABELS = {
    "external_id": _("Number in the other system"), "received_at": _("Received"), "closed_at": _("Closed at"),
    "title": _("What happened, in one line"), "description": _("Description"), "category": _("Category"),
    "subcategory": _("Category below it"), "product": _("Product"), "channel": _("Channel"),
    "outcome": _("How it ended"), "timely": _("Answered in time (yes or no)"), "customer": _("Customer number"),
    "complainant": _("Complainant"), "phone": _("Phone"), "email": _("E-mail"), "serial": _("Serial number"),
    "order_number": _("Order number"), "severity": _("Severity"),
}  # fmt: skip
SHOWN = 20


class ImportForm(UploadForm):
    source = forms.SlugField(
        label=_("Name of the other system"), max_length=40, initial="import",
        help_text=_("With its number it says which complaints are here already."),
    )  # fmt: skip


@login_required
def complaint_imports(request: Request) -> HttpResponse:
    """Upload a list; below, the lists uploaded before."""
    request.scope.require(services.RIGHT)
    units = org_units(request.scope, services.RIGHT)
    form = ImportForm(request.POST or None, request.FILES or None, units=units)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.upload(
                request.scope, data=data["file"].read(), name=data["file"].name, unit=data["unit"],
                source=data["source"], encoding=data["encoding"], at=now(),
            )  # fmt: skip
        except TableError as error:
            form.add_error("file", localised(error.texts))
        else:
            return redirect("complaint-import", row.key)
    context = {
        "form": form,
        "lists": imports(request.scope)[:50],
        "limit": settings.UPLOAD_MAX_BYTES // 2**20,
    }
    return render(request, "complaints/importing/list.html", context, status=422 if form.errors else 200)


@login_required
def complaint_import(request: Request, key: UUID) -> HttpResponse:
    """Say what the columns are; `?checked=1` shows what would be imported. Later: how it ended."""
    row = get_object_or_404(imports(request.scope), key=key)
    waiting = (ComplaintImport.State.UPLOADED, ComplaintImport.State.FAILED)
    if row.state not in waiting or not row.available:
        return render(
            request, "complaints/importing/ended.html", {"row": row, "faults": row.read_errors()[:SHOWN]}
        )
    table = row.table()
    if request.method == "POST":
        chosen = {request.POST.get(f"role-{i}", ""): name for i, name in enumerate(table.names)}
        services.choose(
            request.scope, row=row, mapping={f: chosen[f] for f in import_rows.FIELDS if f in chosen}
        )
        if request.POST.get("action") == "import" and not import_rows.check(row.mapping, table.names):
            try:
                return redirect("job", services.start(request.scope, row=row, at=now()).key)
            except Refused as error:
                messages.error(request, str(error))
        return redirect(f"{request.path}?checked=1#preview")
    roles = {column: name for name, column in row.mapping.items()}
    samples = table.head(3)
    context: dict[str, Any] = {
        "row": row, "fields": LABELS.items(),
        "columns": [(i, name, [s[i] for s in samples if s[i]], roles.get(name, "")) for i, name in enumerate(table.names)],
        "preview": services.examine(row, at=now(), table=table) if "checked" in request.GET else None,
    }  # fmt: skip
    return render(request, "complaints/importing/mapping.html", context)


@login_required
@require_safe
def error_file(request: Request, key: UUID) -> HttpResponse:
    row = get_object_or_404(imports(request.scope), key=key)
    if not row.errors_path.exists():
        raise Http404
    content = row.error_file("zh" if (get_language() or "zh").startswith("zh") else "en")
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return response
