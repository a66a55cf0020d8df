"""Pages of structural models."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from manyi.charts import Chart
from manyi.insights import forms_analysis as forms
from manyi.insights import pictures_analysis as pictures
from manyi.insights import queries_models, services_models, shown_models, structural
from manyi.insights.models import ModelRun
from manyi.insights.queries import WaveResult
from manyi.insights.structural import Spec
from manyi.insights.views import result_or_404
from manyi.insights.views_analysis import PICTURES, base_context, panels
from manyi.warehouse.tabular import write_csv
from manyi.web.errors import Refused
from manyi.web.http import Request

PRESET_TITLES = {"acsi": "ACSI", "ecsi": "ECSI", "ccsi": "CCSI (GB/T 19038)"}


def _run(request: Request, result: WaveResult) -> ModelRun | None:
    """The run that the address names, else the newest one of the selection."""
    wanted = request.GET.get("run", "")
    if wanted:
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
            raise Http404
        return _run_or_404(request, result, int(wanted))
    chosen = result.selection.chosen
    runs = queries_models.runs(request.scope, result.wave)
    return next((run for run in runs if run.filters == chosen), None)


def _run_or_404(request: Request, result: WaveResult, pk: int) -> ModelRun:
    try:
        return queries_models.run_of(request.scope, result.wave, pk)
    except ModelRun.DoesNotExist as error:
        raise Http404 from error


def preset_title(preset: str) -> str:
    return PRESET_TITLES.get(preset) or _("Own model")


@login_required
@require_GET
def model(request: Request, code: str) -> HttpResponse:
    """A fitted model of the wave; where there is none, which ones there could be."""
    result = result_or_404(request, code)
    run = _run(request, result)
    context = base_context(request, result) | {
        "run": run,
        "presets": [(preset, preset_title(preset)) for preset in structural.PRESETS],
        "may_run": request.scope.may(services_models.RUN),
        "runs": [
            (one, preset_title(one.spec["preset"]), _group(result, one))
            for one in queries_models.runs(request.scope, result.wave)[: queries_models.MOST_LISTED]
        ],
    }
    if run is not None:
        spec = Spec.from_dict(run.spec)
        names = spec.labels
        columns = {column.code: column.name for column in structural.columns(result)}
        past = queries_models.trend(request.scope, result, run)
        context |= {
            "spec": spec,
            "title": preset_title(spec.preset),
            "group": _group(result, run),
            "in_short": shown_models.in_short(run, spec, names),
            "warnings": shown_models.warnings(run, {**columns, **names}),
            "paths": shown_models.path_rows(run, "paths", names),
            "effects": shown_models.path_rows(run, "total_effects", names),
            "constructs": shown_models.construct_rows(run, names),
            "htmt": shown_models.htmt_rows(run, names),
            "items": [
                (columns.get(row["column"], row["column"]), names[row["construct"]], row)
                for row in run.figures["items"]
            ],
            "cross": [
                (columns.get(row["column"], row["column"]), [row[key] for key in _keys(run)])
                for row in run.figures["cross_loadings"]
            ],
            "fornell": [
                (names[row["construct"]], [row[key] for key in _keys(run)])
                for row in run.figures["fornell_larcker"]
            ],
            "keys": [names[key] for key in _keys(run)],
            "tables": shown_models.TABLES,
            "pictures": panels(request, code, "model", pictures.model(run, spec, past), run=run.pk),
        }
    return render(request, "insights/analysis/model.html", context)


def _keys(run: ModelRun) -> list[str]:
    return [row["key"] for row in run.figures["constructs"]]


def _group(result: WaveResult, run: ModelRun) -> str:
    """Whose answers went in, beside those of the whole wave."""
    found = []
    for name, value in run.filters.items():
        known = name != "unit" or int(value) in result.units
        found.append(result.label(name, value) if known else value)
    return " · ".join(found)


def _model_pictures(request: Request, result: WaveResult) -> dict[str, Chart]:
    run = _run(request, result)
    if run is None:
        return {}
    past = queries_models.trend(request.scope, result, run)
    return pictures.model(run, Spec.from_dict(run.spec), past)


PICTURES["model"] = _model_pictures


@login_required
def new(request: Request, code: str) -> HttpResponse:
    """Draw a model and have it fitted."""
    request.scope.require(services_models.RUN)
    result = result_or_404(request, code)
    preset = request.GET.get("preset", "")
    if preset not in structural.PRESETS:
        raise Http404
    columns = structural.columns(result)
    spec = forms.with_spare(structural.guess(result, preset))
    settings = forms.ModelSettings(request.POST or None)
    refusal = ""
    if request.method == "POST":
        spec = forms.spec_of(request.POST, spec, columns)
        if "more" in request.POST:
            spec = forms.with_spare(spec)
        elif settings.is_valid():
            try:
                if forms.unnamed(spec):
                    raise Refused(_("Give every construct that has questions or paths a name."))
                job = services_models.order_model(
                    request.scope,
                    result=result,
                    spec=spec,
                    bootstrap=settings.cleaned_data["bootstrap"],
                    seed=settings.cleaned_data["seed"],
                    at=timezone.now(),  # noqa: TID251
                )
            except Refused as error:
                refusal = str(error)
            else:
                return redirect("job", job.key)
    context = base_context(request, result) | {
        "preset": preset,
        "own": preset == structural.OWN,
        "title": preset_title(preset),
        "spec": spec,
        "settings": settings,
        "refusal": refusal,
        **_form_parts(spec, columns),
    }
    return render(
        request, "insights/analysis/model_form.html", context, status=422 if refusal or settings.errors else 200
    )  # fmt: skip


def _form_parts(spec: Spec, columns: list[structural.Column]) -> dict[str, Any]:
    owner = {code: one.key for one in spec.constructs for code in one.columns}
    names = spec.labels
    named = [one for one in spec.constructs if one.name]
    return {
        "columns": [(number, column, owner.get(column.code, "")) for number, column in enumerate(columns)],
        "choices": [(one.key, names[one.key] or one.key) for one in spec.constructs],
        "constructs": [(one, names[one.key]) for one in spec.constructs],
        "matrix": [
            (names[a.key], [(f"path-{a.key}-{b.key}", names[b.key], a is b, (a.key, b.key) in spec.paths) for b in named])
            for a in named
        ],
        "heads": [names[one.key] for one in named],
        "fixed": [(names[a], names[b]) for a, b in spec.paths],
        "empty": [names[one.key] for one in named if not one.columns],
    }  # fmt: skip


@login_required
@require_GET
def model_json(request: Request, code: str, pk: int) -> HttpResponse:
    """Everything of one run: the model and all its figures."""
    run = _run_or_404(request, result_or_404(request, code), pk)
    content = {
        "wave": run.wave.code, "made_at": run.made_at.isoformat(), "method": run.method, "filters": run.filters,
        "model": run.spec, "figures": run.figures,
    }  # fmt: skip
    return _file(json.dumps(content, ensure_ascii=False, indent=2).encode(), "application/json", f"{code}-model-{pk}.json")  # fmt: skip


@login_required
@require_GET
def model_csv(request: Request, code: str, pk: int, table: str) -> HttpResponse:
    """One table of a run; keys of constructs are those of the model, `name` says what they are called."""
    run = _run_or_404(request, result_or_404(request, code), pk)
    if table not in shown_models.TABLES:
        raise Http404
    names = Spec.from_dict(run.spec).labels
    rows = run.figures[table]
    headers = list(dict.fromkeys(key for row in rows for key in row))
    named = ("from", "to", "key", "construct", "first", "second")
    lines = [
        [names.get(row.get(key), row.get(key)) if key in named else row.get(key) for key in headers]
        for row in rows
    ]
    content = write_csv([names.get(key, key) for key in headers], lines)
    return _file(content, "text/csv", f"{code}-model-{pk}-{table}.csv")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
