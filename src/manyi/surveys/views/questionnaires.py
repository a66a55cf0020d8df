"""Pages of questionnaires: list, new, outline with versions, editor, preview, export, import, difference."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from manyi.surveys import exchange, industry, quality
from manyi.surveys import questionnaire as q
from manyi.surveys import questionnaire_starters as starters
from manyi.surveys import questionnaire_wording as wording
from manyi.surveys.forms_questionnaires import DraftForm, FileForm, NewQuestionnaireForm
from manyi.surveys.models import Questionnaire, QuestionnaireVersion
from manyi.surveys.queries import questionnaires as queries
from manyi.surveys.services import questionnaires as services
from manyi.surveys.services.templates import start_from_template
from manyi.surveys.staff_template import staff_template
from manyi.surveys.views.respond_preview import render_preview
from manyi.web.errors import Refused
from manyi.web.http import Request


def _find(request: Request, code: str) -> Questionnaire:
    return get_object_or_404(queries.questionnaires(request.scope), code=code)


def _version(request: Request, questionnaire: Questionnaire, number: Any = None) -> QuestionnaireVersion:
    """The version of that number, else the newest."""
    rows = queries.versions(request.scope, questionnaire)
    if number in (None, ""):
        return rows[0]
    if not str(number).isdecimal() or len(str(number)) > 9:
        raise Http404
    return get_object_or_404(rows, number=int(number))


def _findings(form: q.Form, version: QuestionnaireVersion) -> list[dict[str, str]]:
    found = quality.check(form, queries.indicators(version.tree_version))
    return [wording.describe(f, version.definition) for f in found]


@login_required
@require_GET
def questionnaires(request: Request) -> HttpResponse:
    found = queries.questionnaires(request.scope)
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    for row in page:
        form = q.parse(row.definition)  # type: ignore[attr-defined]
        row.questions, row.duration = len(list(form.questions())), wording.duration(quality.seconds(form))  # type: ignore[attr-defined]
    context = {"page": page, "may_edit": request.scope.may("designs.edit")}
    return render(request, "surveys/questionnaires/list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    request.scope.require("designs.edit")
    templates = (*industry.templates(), staff_template())
    form = NewQuestionnaireForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = {"zh": form.cleaned_data["name_zh"], "en": form.cleaned_data["name_en"]}
        start = form.cleaned_data["start"]
        template = next((t for t in templates if t.code == start), None)
        now = timezone.now()  # noqa: TID251
        try:
            if template:
                row = start_from_template(
                    request.scope,
                    template=template,
                    name=name,
                    with_tree=form.cleaned_data["with_tree"],
                    at=now,
                )
            else:
                row = services.create_questionnaire(
                    request.scope,
                    code=services.free_code(name["en"]),
                    name=name,
                    definition=starters.blank(name),
                    at=now,
                )
        except q.QuestionnaireError as error:
            form.add_error(None, wording.explain(error, {}))
        else:
            return redirect("questionnaire-edit", row.code)
    return render(request, "surveys/questionnaires/new.html", {"form": form, "templates": templates})


@login_required
@require_GET
def questionnaire(request: Request, code: str) -> HttpResponse:
    """The outline of one version, what the check says, and all versions."""
    row = _find(request, code)
    version = _version(request, row, request.GET.get("version"))
    form = q.parse(version.definition)
    context = {
        "questionnaire": row,
        "version": version,
        "versions": queries.versions(request.scope, row),
        "form": form,
        "types": {kind: {"name": t[0], "icon": t[1]} for kind, t in wording.TYPES.items()},
        "findings": _findings(form, version),
        "duration": wording.duration(quality.seconds(form)),
        "question_count": len(list(form.questions())),
        "may_edit": request.scope.may("designs.edit"),
    }
    return render(request, "surveys/questionnaires/detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: Request, code: str) -> HttpResponse:
    request.scope.require("designs.edit")
    row = _find(request, code)
    if request.method == "POST":
        return _save(request, row)
    version = _version(request, row)
    form = q.parse(version.definition)
    editor = {
        "definition": version.definition,
        "findings": _findings(form, version),
        "indicators": queries.indicators(version.tree_version),
        "starters": starters.STARTERS,
        "labels": starters.LABEL_SETS,
        "types": {
            k: {"name": str(t[0]), "icon": t[1], "rated": k in q.RATED, "chosen": k in q.CHOSEN, "listed": k in q.LISTED}
            for k, t in wording.TYPES.items()
        },
        "language": (get_language() or "zh")[:2],
    }  # fmt: skip
    context = {
        "questionnaire": row,
        "version": version,
        "editor": editor,
        "changed_at": version.changed_at.isoformat(),
        "duration": wording.duration(quality.seconds(form)),
        "type_groups": [
            (label, [(k, wording.TYPES[k]) for k in kinds]) for label, kinds in wording.TYPE_GROUPS
        ],
        "operators": wording.OPERATORS,
        "label_sets": [
            ("satisfaction", _t("Satisfaction")),
            ("agreement", _t("Agreement")),
            ("ease", _t("Ease")),
            ("importance", _t("Importance")),
            ("likelihood", _t("Likelihood")),
        ],
    }
    return render(request, "surveys/questionnaires/edit.html", context)


def _save(request: Request, row: Questionnaire) -> JsonResponse:
    """Store the posted draft; 422 with place and sentence when it is faulty, 409 when somebody was faster."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        sentence = next(iter(form.errors.values()))[0]
        return JsonResponse({"where": "questionnaire", "message": sentence}, status=422)
    definition = form.cleaned_data["definition"]
    try:
        version = services.save_draft(
            request.scope,
            questionnaire=row,
            definition=definition,
            expected_changed_at=form.cleaned_data["changed_at"],
            at=timezone.now(),  # noqa: TID251
        )
    except q.QuestionnaireError as error:
        return JsonResponse({"where": error.where, "message": wording.explain(error, definition)}, status=422)
    except services.DraftConflict as conflict:
        changed_at = conflict.version.changed_at.isoformat()
        return JsonResponse({"message": str(conflict), "changed_at": changed_at}, status=409)
    parsed = q.parse(version.definition)
    return JsonResponse(
        {
            "changed_at": version.changed_at.isoformat(),
            "number": version.number,
            "findings": _findings(parsed, version),
            "duration": wording.duration(quality.seconds(parsed)),
        }
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: Request, code: str) -> HttpResponse:
    """The draft as a respondent sees it; nothing that is entered is kept."""
    row = _find(request, code)
    version = _version(request, row, request.GET.get("version"))
    form = q.parse(version.definition)
    wish = request.GET.get("language", (get_language() or "zh")[:2])
    language = wish if wish in form.languages else form.languages[0]
    return render_preview(request, form, language)


@login_required
@require_POST
def publish(request: Request, code: str) -> HttpResponseRedirect:
    row = _find(request, code)
    try:
        version = services.publish_questionnaire(request.scope, questionnaire=row, at=timezone.now())  # noqa: TID251
    except Refused as refused:
        messages.error(request, str(refused))
    except q.QuestionnaireError as error:
        messages.error(request, wording.explain(error, {}))
        return redirect("questionnaire-edit", row.code)
    else:
        messages.success(
            request,
            _t("Version %(number)s is published. It stays as it is; a wave can now use it.")
            % {"number": version.number},
        )
    return redirect("questionnaire", row.code)


@login_required
@require_POST
def duplicate(request: Request, code: str) -> HttpResponseRedirect:
    copy = services.duplicate_questionnaire(
        request.scope,
        questionnaire=_find(request, code),
        at=timezone.now(),  # noqa: TID251
    )
    return redirect("questionnaire-edit", copy.code)


@login_required
@require_POST
def discard(request: Request, code: str) -> HttpResponseRedirect:
    row = _find(request, code)
    services.discard_draft(request.scope, questionnaire=row)
    messages.success(request, _t("The draft is gone."))
    return redirect("questionnaire", row.code) if row.pk else redirect("questionnaires")


@login_required
@require_GET
def export(request: Request, code: str, kind: str) -> HttpResponse:
    row = _find(request, code)
    version = _version(request, row, request.GET.get("version"))
    text = exchange.dump_questionnaire(version.definition, "json" if kind == "json" else "yaml")
    response = HttpResponse(
        text, content_type="application/json" if kind == "json" else "application/yaml; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{row.code}-v{version.number}.{kind}"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
def import_file(request: Request, code: str) -> HttpResponse:
    """A file's questionnaire as the next draft: first what it would keep, change and drop, then the deed."""
    request.scope.require("designs.edit")
    row = _find(request, code)
    version = _version(request, row)
    context: dict[str, Any] = {"questionnaire": row, "version": version, "form": FileForm()}
    if request.method == "POST" and "definition" in request.POST:
        answer = _save(request, row)
        if answer.status_code == 200:
            messages.success(request, _t("The file is now the draft."))
            return redirect("questionnaire-edit", row.code)
        messages.error(
            request, _t("Nothing was imported: choose the file again. It may have been overtaken.")
        )
        return redirect("questionnaire-import", row.code)
    if request.method == "POST":
        context["form"] = form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            definition = _read_file(form)
            if definition is not None:
                context["comparison"] = exchange.compare(version.definition, definition)
                context["draft"] = DraftForm(
                    {"definition": exchange.dump_questionnaire(definition, "json"), "changed_at": version.changed_at.isoformat()}
                )  # fmt: skip
    return render(request, "surveys/questionnaires/import.html", context)


def _read_file(form: FileForm) -> dict[str, Any] | None:
    """The definition in the uploaded file, in canonical form; None with an error at the form's field."""
    file = form.cleaned_data["file"]
    try:
        if file.size > exchange.MAX_BYTES:  # before it is read into memory
            raise exchange.ExchangeError(
                "The file has {size} bytes; {limit} are the most there may be.",
                size=file.size,
                limit=exchange.MAX_BYTES,
            )
        return q.to_definition(q.parse(exchange.load_questionnaire(file.read())))
    except q.QuestionnaireError as error:
        form.add_error("file", wording.explain(error, {}))
    except exchange.ExchangeError as error:
        form.add_error("file", _t(error.template).format(**error.params))
    except ValueError as error:
        form.add_error("file", str(error))
    return None


@login_required
@require_GET
def compare(request: Request, code: str) -> HttpResponse:
    row = _find(request, code)
    newer = _version(request, row, request.GET.get("new"))
    older = _version(request, row, request.GET.get("old") or max(newer.number - 1, 1))
    context = {
        "questionnaire": row,
        "older": older,
        "newer": newer,
        "versions": queries.versions(request.scope, row),
        "comparison": exchange.compare(older.definition, newer.definition),
    }
    return render(request, "surveys/questionnaires/compare.html", context)
