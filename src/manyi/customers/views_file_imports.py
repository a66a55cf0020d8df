"""Import products in use or orders: upload a list, look at what would happen, import."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from manyi.customers import forms_file, imports_file, queries, services_file_imports
from manyi.customers.models import FileImport
from manyi.warehouse.tabular import TableError
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.templatetags.web import localised

SHOWN = 20


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


@login_required
def file_imports(request: Request) -> HttpResponse:
    """Upload a list."""
    request.scope.require("customers.edit")
    units = queries.units(request.scope, "customers.edit")
    form = forms_file.FileImportForm(request.POST or None, request.FILES or None)
    unit = units.first()
    if request.method == "POST" and form.is_valid() and unit is not None:
        data = form.cleaned_data
        try:
            row = services_file_imports.upload(
                request.scope, kind=data["kind"], data=data["file"].read(), name=data["file"].name, unit=unit,
                at=_now(),
            )  # fmt: skip
        except TableError as error:
            form.add_error("file", localised(error.texts))
        except Refused as error:
            form.add_error("file", str(error))
        else:
            return redirect("file-import", row.key)
    columns = [
        (label, [(field, field in imports_file.REQUIRED[kind], known) for field, known in imports_file.FIELDS[kind].items()])
        for kind, label in FileImport.Kind.choices
    ]  # fmt: skip
    context = {"form": form, "columns": columns}
    return render(request, "customers/file_imports.html", context, status=422 if form.errors else 200)


@login_required
def file_import(request: Request, key: UUID) -> HttpResponse:
    """What the import would do; the button does it."""
    row = get_object_or_404(queries.file_imports(request.scope), key=key)
    if row.state in (FileImport.State.RUNNING, FileImport.State.DONE) or not row.available:
        return render(request, "customers/import_ended.html", {"row": row})
    if request.method == "POST":
        try:
            return redirect("job", services_file_imports.start(request.scope, row=row, at=_now()).key)
        except Refused as error:
            messages.error(request, str(error))
            return redirect("file-import", row.key)
    found = services_file_imports.examine(request.scope, row)
    if found.faults:
        row.write_errors(found.faults)
    names = row.table().names
    used = imports_file.columns(row.kind, names)
    context = {
        "row": row,
        "found": found,
        "faults": sorted(found.faults, key=lambda fault: fault.row or 0)[:SHOWN],
        "fields": list(used),
        "head": row.table().head(5),
        "names": names,
        "unused": [name for name in names if name not in used.values()],
    }
    return render(request, "customers/file_import.html", context)


@login_required
@require_safe
def error_file(request: Request, key: UUID) -> HttpResponse:
    row = get_object_or_404(queries.file_imports(request.scope), key=key)
    if not row.errors_path.exists():
        raise Http404
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    response = HttpResponse(row.error_file(language), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return response
