"""Import answers: upload a file, say what its columns mean, look at the preview, import."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.measures.tree import Tree
from manyi.surveys import forms_imports as forms
from manyi.surveys import mapping
from manyi.surveys.mapping import WaveMap
from manyi.surveys.models import ImportFile
from manyi.surveys.queries import imports as queries
from manyi.surveys.services import imports as services
from manyi.warehouse.tabular import Table, TableError
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.templatetags.web import localised

PREVIEW_ROWS = 10
SHOWN_FAULTS = 20


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _file(request: Request, key: UUID) -> ImportFile:
    try:
        return queries.import_file(request.scope, key)
    except ImportFile.DoesNotExist as error:
        raise Http404 from error


@login_required
def imports(request: Request) -> HttpResponse:
    """Upload a file; below, the files uploaded before."""
    request.scope.require("waves.run")
    form = forms.UploadForm(request.POST or None, request.FILES or None, units=queries.units(request.scope))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.upload(
                request.scope, data=data["file"].read(), name=data["file"].name, unit=data["unit"],
                encoding=data["encoding"], sheet=data["sheet"], at=_now(),
            )  # fmt: skip
        except TableError as error:
            form.add_error("file", localised(error.texts))
        except Refused as error:
            form.add_error("file", str(error))
        else:
            return redirect("wave-import", row.key)
    page = Paginator(queries.import_files(request.scope), 25).get_page(request.GET.get("page"))
    context = {"form": form, "page": page}
    return render(request, "surveys/imports/list.html", context, status=422 if form.errors else 200)


@login_required
def wave_import(request: Request, key: UUID) -> HttpResponse:
    """Say what the columns mean; `?checked=1` shows the preview."""
    row = _file(request, key)
    if row.state in (ImportFile.State.RUNNING, ImportFile.State.DONE) or not row.available:
        ended = {"row": row, "job": queries.job_of(request.scope, row)}
        return render(request, "surveys/imports/ended.html", ended)
    table, current = row.table(), WaveMap.from_dict(row.mapping)
    versions = queries.published_trees(request.scope)
    trees = queries.as_trees(versions)
    labels = {code: localised(v.definition["name"]) + f" (v{v.number})" for code, v in versions.items()}
    tree, _version = services.tree_of(request.scope, current)
    form = forms.WaveForm(
        request.POST or None, request.FILES or None, current=current, tree=tree, trees=labels
    )
    if request.method == "POST" and (twice := forms.doubled(request.POST, table.names)):
        form.add_error(None, _("Two columns are marked as “%(role)s”; only one can be.") % {"role": twice})
    if request.method == "POST" and form.is_valid():
        services.choose(request.scope, row=row, chosen=forms.chosen(form, request.POST, table.names, trees))
        return _next(request, row, table)
    checked = request.method == "GET" and "checked" in request.GET
    failed = row.state == ImportFile.State.FAILED and not checked
    found = mapping.profiles(table, units=frozenset(queries.unit_names(request.scope)), tree=tree)
    own = isinstance(current.tree, dict)
    built = not current.tree or (own and forms.is_built(current.tree))
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "names": table.names,
        "tree": tree,
        "built": built,
        "leaves": [] if built or tree is None else _leaves(tree),
        "columns": forms.column_rows(found, current, request.POST if request.method == "POST" else None),
        "roles": forms.ROLE_LABELS.items(),
        "dimensions": sorted(set(forms.dimensions(current.tree).values())) if own else [],
        "preview": _preview(request, current, table) if checked else None,
        "faults": row.read_errors()[:SHOWN_FAULTS] if failed else [],
    }
    return render(request, "surveys/imports/mapping.html", context, status=422 if form.errors else 200)


def _next(request: Request, row: ImportFile, table: Table) -> HttpResponse:
    """After saving: stay, preview, or import when nothing stands against it."""
    page = reverse("wave-import", args=[row.key])
    action = request.POST.get("action", "")
    if action == "import":
        if not services.examine(request.scope, WaveMap.from_dict(row.mapping), table).usable:
            messages.error(request, _("Nothing was imported: please look at the problems below."))
            return redirect(f"{page}?checked=1#preview")
        try:
            job = services.start(request.scope, row=row, at=_now())
        except Refused as error:
            messages.error(request, str(error))
            return redirect(page)
        return redirect("job", job.key)
    return redirect(f"{page}?checked=1#preview" if action == "preview" else f"{page}#columns")


def _leaves(tree: Tree) -> list[tuple[str, str]]:
    """The items of a chosen tree as options of the columns' selects."""
    seen = {str(leaf.node.column): localised(dict(leaf.node.name)) for leaf in tree.leaves()}
    return [(f"item:{column}", name) for column, name in seen.items()]


def _preview(request: Request, current: WaveMap, table: Table) -> dict[str, Any]:
    found = services.examine(request.scope, current, table)
    preview: dict[str, Any] = {"problems": found.problems, "usable": found.usable, "count": len(table)}
    if found.rows and found.tree:
        names = {str(p.node.column): localised(dict(p.node.name)) for p in found.tree.leaves()}
        preview["items"] = [(item, names[item.answer]) for item in found.rows.items]
        preview["faults"] = found.rows.faults[:SHOWN_FAULTS]
        preview["fault_count"] = found.rows.fault_count
        preview["header"] = [item.column for item in found.rows.items][:30]
        cells = [table.columns[c].slice(0, PREVIEW_ROWS).to_pylist() for c in preview["header"]]
        preview["rows"] = [
            (int(table.rows[i]), [(cells[j][i], item.values[i] != item.values[i]) for j, item in enumerate(found.rows.items[:30])])
            for i in range(min(PREVIEW_ROWS, len(table)))
        ]  # fmt: skip
    return preview


@login_required
@require_safe
def error_file(request: Request, key: UUID) -> HttpResponse:
    """What stood against the last import: row, column, value, message."""
    row = _file(request, key)
    if not row.errors_path.exists():
        raise Http404
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    response = HttpResponse(row.error_file(language), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return response


@login_required
@require_POST
def discard_import(request: Request, key: UUID) -> HttpResponse:
    """Delete an uploaded file that is not wanted any more."""
    services.discard(request.scope, row=_file(request, key))
    messages.success(request, _("The file was deleted."))
    return redirect("wave-imports")
