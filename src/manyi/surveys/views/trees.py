"""Pages of indicator trees: list, new, one version, editor, comparison, file in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from manyi.measures.errors import TreeError
from manyi.surveys import exchange, industry
from manyi.surveys import tree as rules
from manyi.surveys.forms_trees import BLANK, FILE, DraftForm, FileForm, NewTreeForm, explain, read_file
from manyi.surveys.models import IndicatorTree, TreeVersion
from manyi.surveys.queries import trees as queries
from manyi.surveys.questionnaire import QuestionnaireError
from manyi.surveys.services import trees as services
from manyi.web.errors import Refused
from manyi.web.http import Request


def _find(request: Request, code: str) -> Any:
    """The IndicatorTree with the annotations of `queries.trees`. Raises Http404."""
    return get_object_or_404(queries.trees(request.scope), code=code)


def _version(request: Request, tree: IndicatorTree, number: str | None = None) -> TreeVersion:
    """The version of that number, or the newest. Raises Http404."""
    rows = queries.versions(request.scope, tree)
    if number is None:
        return rows[0]
    if not (number.isdecimal() and number.isascii() and len(number) < 9):
        raise Http404
    return get_object_or_404(rows, number=int(number))


@login_required
@require_safe
def trees(request: Request) -> HttpResponse:
    page = Paginator(queries.trees(request.scope), 30).get_page(request.GET.get("page"))
    row: Any
    for row in page:
        lines = rules.rows(row.definition)
        row.item_count = sum(line.is_leaf for line in lines)
        row.dimensions = [line for line in lines if line.level == 2]
    context = {
        "page": page,
        "templates": industry.templates(),
        "may_edit": request.scope.may("designs.edit"),
    }
    return render(request, "surveys/trees/list.html", context)


@login_required
def new(request: Request) -> HttpResponse:
    request.scope.require("designs.edit")
    if request.method == "POST":
        form = NewTreeForm(request.POST, request.FILES)
        if form.is_valid() and (row := _create(request, form)):
            messages.success(request, _("The tree is there as a draft. Adapt it, then publish it."))
            return redirect("tree-edit", row.code)
    else:
        form = NewTreeForm(initial={"start": request.GET.get("start", BLANK)})
    context = {"form": form, "templates": industry.templates(), "blank": BLANK, "file": FILE}
    return render(request, "surveys/trees/new.html", context)


def _create(request: Request, form: NewTreeForm) -> IndicatorTree | None:
    """The new tree; None with the reason at a field of the form."""
    start = form.cleaned_data["start"]
    definition: Mapping[str, Any] | None
    if start == FILE:
        definition = read_file(form)
        if definition is None:
            return None
    elif template := industry.template(start):
        definition = template.tree
    else:
        definition = rules.BLANK
    code = form.cleaned_data["code"] or services.free_code("tree" if start in (BLANK, FILE) else start)
    try:
        return services.create_tree(
            request.scope, code=code, name=form.name, definition=definition, at=timezone.now()  # noqa: TID251
        )  # fmt: skip
    except TreeError as error:
        form.add_error("code" if error.params.get("path") == "code" else None, explain(error, definition))
    return None


@login_required
@require_safe
def tree(request: Request, code: str) -> HttpResponse:
    row = _find(request, code)
    version = _version(request, row, request.GET.get("version"))
    lines = rules.rows(version.definition)
    context = {
        "tree": row,
        "version": version,
        "versions": queries.versions(request.scope, row),
        "rows": lines,
        "scale": version.definition["scale"],
        "widest": max((line.effective_weight for line in lines), default=1),
        "item_count": sum(line.is_leaf for line in lines),
        "questionnaires": queries.questionnaires_of(request.scope, version),
        "may_edit": request.scope.may("designs.edit"),
    }
    return render(request, "surveys/trees/detail.html", context)


@login_required
def edit(request: Request, code: str) -> HttpResponse:
    """The editor. A POST saves the draft, or shows what the writer sent with the reason why it was not saved."""
    request.scope.require("designs.edit")
    row = _find(request, code)
    version = _version(request, row)
    drawn: Any = version.definition
    status = 200
    if request.method == "POST":
        form = DraftForm(request.POST)
        if form.is_valid():
            sent, error = _save(request, row, form)
            if error is None:
                if "publish" in request.POST:
                    return publish(request, code)
                messages.success(request, _("The draft is saved."))
                return redirect("tree-edit", code)
            form.add_error(None, error)
            drawn = sent or drawn
        status = 422
    else:
        text = exchange.dump_tree(version.definition)
        form = DraftForm({"definition": text, "changed_at": version.changed_at.isoformat()})
    context = {
        "tree": row,
        "version": version,
        "form": form,
        "drawn": drawn,
        "deepest": rules.DEEPEST_IN_EDITOR,
    }
    return render(request, "surveys/trees/edit.html", context, status=status)


def _save(request: Request, row: IndicatorTree, form: DraftForm) -> tuple[Any, str | None]:
    """What was sent, as far as it can be read, and the reason why it was not saved (None: it was)."""
    sent: Any = None
    try:
        sent = exchange.read(form.cleaned_data["definition"])
        services.save_draft(
            request.scope,
            tree=row,
            definition=sent,
            at=timezone.now(),  # noqa: TID251
            expected_changed_at=form.cleaned_data["changed_at"],
        )
    except (TreeError, exchange.ExchangeError) as error:
        return sent, explain(error, sent)
    except Refused as error:
        return sent, str(error)
    return sent, None


@login_required
@require_POST
def publish(request: Request, code: str) -> HttpResponse:
    row = _find(request, code)
    try:
        version = services.publish_tree(request.scope, tree=row, at=timezone.now())  # noqa: TID251
        messages.success(
            request,
            _("Version %(number)s is published and will never change.") % {"number": version.number},
        )
    except Refused as error:
        messages.error(request, str(error))
    return redirect("tree", code)


@login_required
@require_POST
def discard(request: Request, code: str) -> HttpResponse:
    row = _find(request, code)
    try:
        services.discard_draft(request.scope, tree=row)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("tree", code)
    messages.success(request, _("The draft is discarded."))
    return redirect("tree", code) if row.published else redirect("trees")


@login_required
@require_POST
def make_questionnaire(request: Request, code: str) -> HttpResponse:
    row = _find(request, code)
    version = _version(request, row, request.POST.get("version"))
    try:
        made = services.questionnaire_from_tree(request.scope, version=version, at=timezone.now())  # noqa: TID251
    except TreeError as error:
        messages.error(request, explain(error, version.definition))
        return redirect("tree", code)
    except QuestionnaireError as error:
        messages.error(request, str(error))
        return redirect("tree", code)
    messages.success(request, _("The questionnaire is there as a draft: read it through and publish it."))
    return redirect("questionnaire", made.code)


@login_required
def import_file(request: Request, code: str) -> HttpResponse:
    """A file's tree as the next draft: first what it would keep, change and drop, then the deed."""
    request.scope.require("designs.edit")
    row = _find(request, code)
    version = _version(request, row)
    context: dict[str, Any] = {"tree": row, "version": version, "form": FileForm()}
    if request.method == "POST":
        context["form"] = form = FileForm(request.POST, request.FILES)
        definition = read_file(form) if form.is_valid() else None
        if definition is not None:
            context["comparison"] = exchange.compare(version.definition, definition)
            context["definition"] = exchange.dump_tree(definition, "json")
    return render(request, "surveys/trees/import.html", context)


@login_required
@require_GET
def compare(request: Request, code: str) -> HttpResponse:
    row = _find(request, code)
    newer = _version(request, row, request.GET.get("new"))
    default = str(newer.number - 1) if newer.number > 1 else "1"
    older = _version(request, row, request.GET.get("old", default))
    context = {
        "tree": row,
        "older": older,
        "newer": newer,
        "versions": queries.versions(request.scope, row),
        "comparison": exchange.compare(older.definition, newer.definition),
    }
    return render(request, "surveys/trees/compare.html", context)


@login_required
@require_GET
def export(request: Request, code: str, kind: exchange.Format) -> HttpResponse:
    row = _find(request, code)
    version = _version(request, row, request.GET.get("version"))
    types = {"yaml": "application/yaml", "json": "application/json"}
    answer = HttpResponse(
        exchange.dump_tree(version.definition, kind), content_type=f"{types[kind]}; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{row.code}-v{version.number}.{kind}"'
    return answer
