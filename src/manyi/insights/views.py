"""Pages of results."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from manyi import charts
from manyi.charts import Chart
from manyi.insights import pictures, queries, sentences, services
from manyi.insights import queries_verbatims as words
from manyi.insights.queries import RIGHT, WaveResult
from manyi.insights.selection import Selection, UnknownUnit
from manyi.insights.shown import measure_cards, node_rows
from manyi.measures.results import IndexResult
from manyi.surveys.models import NotAsked, Wave
from manyi.warehouse.tabular import write_csv
from manyi.web.http import Request
from manyi.web.templatetags.web import localised

ON_PAGE = 12
MOST_EXPORTED = 100_000
ATTRIBUTES = ("unit", "tier", "segment", "language", "week")


def wave_or_404(request: Request, code: str) -> Wave:
    try:
        return queries.wave(request.scope, code)
    except Wave.DoesNotExist as error:
        raise Http404 from error


def result_or_404(request: Request, code: str) -> WaveResult:
    wave = wave_or_404(request, code)
    try:
        return queries.result_of(request.scope, wave, Selection.of(request.GET))
    except UnknownUnit as error:
        raise Http404 from error


def _node(request: Request, result: WaveResult) -> str:
    """The node looked into: a group of the tree, else the index."""
    wanted = request.GET.get("node", "")
    places = {place.code: place.node for place in result.tree.nodes()}
    return wanted if wanted in places and places[wanted].children else result.tree.code


@login_required
@require_GET
def results(request: Request) -> HttpResponse:
    request.scope.require(RIGHT)
    page = Paginator(queries.waves(request.scope), ON_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "overviews": queries.overview(request.scope, list(page.object_list))}
    return render(request, "insights/results.html", context)


@login_required
@require_GET
def result(request: Request, code: str) -> HttpResponse:
    found = result_or_404(request, code)
    node = _node(request, found)
    context: dict[str, Any] = {
        "result": found,
        "wave": found.wave,
        "filters": filter_fields(found),
        "may_read_words": request.scope.may(words.READ),
        "may_store": request.scope.may("waves.run", found.wave.unit_id),
        "stored": queries.stored_results(request.scope, found.wave)[:5],
    }
    if found.index is not None:
        drawn = dict(pictures.drawn(found, node))
        context |= {
            "root": found.index.root,
            "change": sentences.change_in_words(found.changes.get(found.tree.code)),
            "change_value": found.changes.get(found.tree.code),
            "change_is_clear": sentences.significant(found.changes.get(found.tree.code)),
            "sentences": sentences.sentences(found),
            "measures": measure_cards(found.measures),
            "node": node,
            "node_name": found.name(node),
            "path": _path(found, node),
            "rows": node_rows(found, node),
            "pictures": {
                # A template cannot look up a name with a hyphen.
                name.replace("-", "_"): _panel(name, chart, found, node)
                for name, chart in drawn.items()
            },
        }
    fielding = found.fielding
    if fielding is not None:
        labels = dict(NotAsked.Reason.choices)
        reasons = sorted(fielding.not_asked.items(), key=lambda pair: -pair[1])
        context |= {
            "fielding": fielding,
            "not_asked": [(labels.get(reason, reason), n) for reason, n in reasons],
            "not_asked_total": sum(fielding.not_asked.values()),
        }
    if context["may_read_words"] and found.n:
        context["words"] = words.verbatims(found, limit=5)
    return render(request, "insights/result.html", context)


def _panel(name: str, chart: Chart, result: WaveResult, node: str) -> dict[str, Any]:
    query = result.selection.query
    if node != result.tree.code:
        query = f"{query}&node={node}".lstrip("&")
    query = query and f"?{query}"

    def url(kind: str) -> str:
        return reverse("result-picture", args=[result.wave.code, name, kind]) + query

    return {
        "name": name, "chart": chart, "help": pictures.PICTURES[name].help, "csv": url("csv"), "png": url("png"),
    }  # fmt: skip


def _path(result: WaveResult, node: str) -> list[dict[str, str]]:
    parents = {place.code: place.parent for place in result.tree.nodes()}
    found: list[dict[str, str]] = []
    here: str | None = node
    while here is not None:
        found.insert(0, {"code": here, "name": result.name(here)})
        here = parents[here]
    return found


def filter_fields(result: WaveResult) -> list[dict[str, Any]]:
    """The filters with the values that may be chosen; one that offers no choice is left out."""
    titles = {
        "unit": _("Org unit"),
        "tier": _("Tier"),
        "segment": _("Segment"),
        "language": _("Language"),
        "week": _("Week"),
    }
    languages = {"zh-hans": "简体中文", "zh": "简体中文", "en": "English"}
    chosen = result.selection.chosen
    fields = []
    for name in ATTRIBUTES:
        values = result.choices(name)
        value = chosen.get(name, "")
        if value and value not in values:
            values = [*values, value]
        if len(values) < (1 if value else 2):
            continue
        options = [(key, languages.get(key, result.label(name, key))) for key in values]
        fields.append({"name": name, "title": titles[name], "value": value, "options": options})
    return fields


@login_required
@require_GET
def picture(request: Request, code: str, name: str, kind: str) -> HttpResponse:
    """One picture as JSON for the page script, or as CSV, PNG or SVG to keep."""
    found = result_or_404(request, code)
    if name not in pictures.PICTURES or found.index is None:
        raise Http404
    chart = pictures.PICTURES[name].draw(found, _node(request, found))
    if chart is None:
        raise Http404
    match kind:
        case "json":
            response = HttpResponse(chart.to_json(), content_type="application/json")
        case "csv":
            response = HttpResponse(write_csv(chart.table.headers, chart.table.rows), content_type="text/csv")
        case "png":
            response = HttpResponse(charts.to_png(chart.titled()), content_type="image/png")
        case _:
            response = HttpResponse(charts.to_svg(chart.titled()), content_type="image/svg+xml")
    if kind != "json":
        response["Content-Disposition"] = f'attachment; filename="{code}-{name}.{kind}"'
    return response


def _words(request: Request, found: WaveResult, *, limit: int, page: int) -> words.Verbatims:
    band = request.GET.get("band", "")
    return words.verbatims(
        found,
        search=request.GET.get("q", "")[:200],
        band=band if band in words.BANDS else "",
        node=_rated_node(request, found),
        page=page,
        limit=limit,
    )


def _rated_node(request: Request, found: WaveResult) -> str:
    """The node below the index whose score sorts people into bands, '' for the index itself."""
    wanted = request.GET.get("node", "")
    known = {place.code for place in found.tree.nodes()} - {found.tree.code}
    return wanted if wanted in known and not found.wave.anonymous else ""


@login_required
@require_GET
def verbatims(request: Request, code: str) -> HttpResponse:
    found = result_or_404(request, code)
    wanted = request.GET.get("page", "1")
    page = int(wanted) if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 10_000 else 1
    context = {
        "result": found,
        "wave": found.wave,
        "filters": filter_fields(found),
        "words": _words(request, found, limit=words.PAGE, page=page),
        "rated": (node := _rated_node(request, found)),
        "rated_name": found.name(node) if node else "",
        "bands": [
            ("low", _("Low: below 60")),
            ("middle", _("Middle: 60 to 80, or none")),
            ("high", _("High: 80 and more")),
        ],
    }
    fragment = request.htmx and not request.htmx.boosted
    return render(request, "insights/verbatim_list.html" if fragment else "insights/verbatims.html", context)


@login_required
@require_GET
def verbatims_csv(request: Request, code: str) -> HttpResponse:
    found = result_or_404(request, code)
    listed = _words(request, found, limit=MOST_EXPORTED, page=1)
    headers = [_("Question"), _("In their own words")]
    lines: list[list[Any]] = [[item.question, item.text] for item in listed.items]
    if not found.wave.anonymous:
        headers += [_("Org unit"), _("Day"), _("Language"), _("Index of the respondent")]
        for line, item in zip(lines, listed.items, strict=True):
            score = None if item.score is None else round(item.score, 1)
            line += [item.unit, item.day.isoformat(), item.language, score]
    services.note_export(
        request.scope,
        wave=found.wave,
        what="verbatims",
        count=len(lines),
        at=timezone.now(),  # noqa: TID251
    )
    response = HttpResponse(write_csv(headers, lines), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{code}-verbatims.csv"'
    return response


@login_required
@require_POST
def store(request: Request, code: str) -> HttpResponse:
    wave = wave_or_404(request, code)
    row = services.store_result(request.scope, wave=wave, at=timezone.now())  # noqa: TID251
    return redirect("result-stored", code, row.pk)


@login_required
@require_GET
def stored(request: Request, code: str, pk: int) -> HttpResponse:
    """The numbers as they were, whatever has happened since."""
    wave = wave_or_404(request, code)
    row = get_object_or_404(
        queries.stored_results(request.scope, wave).select_related("tree_version__tree"), pk=pk
    )
    shown = queries.stored_figures(row)
    figures: IndexResult = shown.whole
    items = [
        charts.Score(localised(node.name), node.score, node.ci_low, node.ci_high, node.n if node.n else None)
        for node in figures.nodes
        if node.parent == figures.root.code
    ]
    title = _("Scores by dimension")
    chart = charts.score_bars(items, title=title, texts=charts.texts_for(request.LANGUAGE_CODE or "zh"))
    context = {"wave": wave, "row": row, "figures": figures, "groups": shown.groups, "chart": chart}
    return render(request, "insights/stored.html", context)
