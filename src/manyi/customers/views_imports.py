"""Import customers: upload a list, say what its columns are, look at the preview, import."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from manyi.customers import forms, imports, queries, services_imports
from manyi.customers.models import CustomerImport
from manyi.warehouse.tabular import Table, TableError
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.templatetags.web import localised

SHOWN = 20


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


@login_required
def customer_imports(request: Request) -> HttpResponse:
    """Upload a list; below, the lists uploaded before."""
    request.scope.require("customers.edit")
    units = queries.units(request.scope, "customers.edit")
    form = forms.UploadForm(request.POST or None, request.FILES or None, units=units)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services_imports.upload(
                request.scope, data=data["file"].read(), name=data["file"].name, unit=data["unit"],
                encoding=data["encoding"], at=_now(),
            )  # fmt: skip
        except TableError as error:
            form.add_error("file", localised(error.texts))
        except Refused as error:
            form.add_error("file", str(error))
        else:
            return redirect("customer-import", row.key)
    page = Paginator(queries.imports(request.scope), 25).get_page(request.GET.get("page"))
    context = {"form": form, "page": page}
    return render(request, "customers/imports.html", context, status=422 if form.errors else 200)


@login_required
def customer_import(request: Request, key: UUID) -> HttpResponse:
    """Say what the columns are; `?checked=1` shows the preview."""
    row = get_object_or_404(queries.imports(request.scope), key=key)
    waiting = (CustomerImport.State.UPLOADED, CustomerImport.State.FAILED)
    if row.state not in waiting or not row.available:
        return render(request, "customers/import_ended.html", {"row": row})
    table = row.table()
    if request.method == "POST":
        mapping = forms.mapping_of(request.POST, table.names)
        services_imports.choose(request.scope, row=row, mapping=mapping)
        return _next(request, row, table)
    roles = {c: f for f, c in row.mapping.get("columns", {}).items()}
    roles |= dict.fromkeys(row.mapping.get("attributes", []), "attribute")
    samples = table.head(3)
    checked = "checked" in request.GET
    context: dict[str, Any] = {
        "row": row, "fields": forms.FIELD_LABELS.items(), "names": table.names,
        "columns": [(i, name, [s[i] for s in samples if s[i]], roles.get(name, "")) for i, name in enumerate(table.names)],
        "preview": services_imports.examine(request.scope, row, table) if checked else None,
        "faults": row.read_errors()[:SHOWN] if row.state == CustomerImport.State.FAILED and not checked else [],
    }  # fmt: skip
    return render(request, "customers/import.html", context)


def _next(request: Request, row: CustomerImport, table: Table) -> HttpResponse:
    page = reverse("customer-import", args=[row.key])
    if request.POST.get("action") == "import" and not imports.check_mapping(row.mapping, table.names):
        try:
            return redirect("job", services_imports.start(request.scope, row=row, at=_now()).key)
        except Refused as error:
            messages.error(request, str(error))
            return redirect(page)
    return redirect(f"{page}?checked=1#preview")


@login_required
@require_safe
def error_file(request: Request, key: UUID) -> HttpResponse:
    row = get_object_or_404(queries.imports(request.scope), key=key)
    if not row.errors_path.exists():
        raise Http404
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    response = HttpResponse(row.error_file(language), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return response
