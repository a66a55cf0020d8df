"""Pages that explain a result: priorities, comparison, Kano, service gaps. Models have a module of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from manyi.charts import Chart
from manyi.insights import comparison as comparing
from manyi.insights import gaps as service_gaps
from manyi.insights import gaps_house as house_gaps
from manyi.insights import industry, services_gaps
from manyi.insights import kano as kano_levels
from manyi.insights import pictures_analysis as pictures
from manyi.insights import priorities as prioritising
from manyi.insights import queries_verbatims as words
from manyi.insights.queries import WaveResult, result_of
from manyi.insights.selection import UnknownUnit
from manyi.insights.views import filter_fields, result_or_404, wave_or_404
from manyi.measures.kano import PRIORITY
from manyi.surveys.models import StaffSurvey
from manyi.warehouse.tabular import write_csv
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.pictures import chart_file

HELP: Mapping[str, Promise] = {
    "matrix": gettext_lazy("Upper left matters most: important to customers, and not good enough."),
    "drivers": gettext_lazy(
        "Per cent of the differences between people that each explains; where intervals overlap widely, the"
        " order is not certain."
    ),
    "gains": gettext_lazy("Points of the index, with their intervals."),
    "diagram": gettext_lazy(
        "Thick arrows are strong; pale dashed ones may be zero. * p < .05, ** p < .01, *** p < .001."
    ),
    "constructs": gettext_lazy("Each construct on 0–100, with its interval."),
    "differences": gettext_lazy(
        "First less second, in points, with interval: where it holds 0, there may be no difference."
    ),
    "levels": gettext_lazy("Each feature by what having it and what lacking it does to customers, 0 to 1."),
    "shares": gettext_lazy("The share of people in each category."),
    "gaps": gettext_lazy("In points of the scale, with intervals; below zero, expectations are not met."),
    "house": gettext_lazy("In points of the scale, with intervals; below zero, the house falls short."),
    "profile": gettext_lazy("Where the lines part, service and expectation part."),
    "trend": gettext_lazy("The same model in the waves of the series."),
}


def panels(request: Request, code: str, page: str, drawn: Mapping[str, Chart], **also: Any) -> dict[str, Any]:
    """The pictures of a page, each with its explanation and where its table and picture are to be had.

    `also` are parameters that their addresses carry beside those of the page's own.
    """
    parameters = request.GET.copy()
    for key, value in also.items():
        parameters[key] = str(value)
    query = f"?{parameters.urlencode()}" if parameters else ""

    def url(name: str, kind: str) -> str:
        return reverse("analysis-picture", args=[code, page, name, kind]) + query

    return {
        name: {
            "name": name, "chart": chart, "help": HELP.get(name, ""), "csv": url(name, "csv"), "png": url(name, "png"),
        }
        for name, chart in drawn.items()
    }  # fmt: skip


def base_context(request: Request, result: WaveResult) -> dict[str, Any]:
    return {"result": result, "wave": result.wave, "filters": filter_fields(result)}


@login_required
@require_GET
def priorities(request: Request, code: str) -> HttpResponse:
    """What to act on first."""
    result = result_or_404(request, code)
    choice = prioritising.Choice.of(request.GET)
    found = prioritising.priorities(result, choice)
    context = base_context(request, result) | {"found": found}
    if found is not None:
        strategies = {
            row.strategy: (prioritising.strategy_name(row.strategy), prioritising.strategy_advice(row.strategy))
            for row in found.rows
        }  # fmt: skip
        context |= {
            "pictures": panels(request, code, "priorities", pictures.priorities(found)),
            "fields": [
                (*strategies[strategy], strategy, [row for row in found.rows if row.strategy == strategy])
                for strategy in prioritising.ORDER
                if strategy in strategies
            ],
            "targets": prioritising.targets(result),
            "index_target": prioritising.INDEX,
            "has_dimensions": prioritising.has_dimensions(result.tree),
            "groups": {place.code for place in result.tree.nodes() if place.node.children},
            "parents": {place.code: place.parent for place in result.tree.nodes()},
            "may_read_words": request.scope.may(words.READ),
        }
    return render(request, "insights/analysis/priorities.html", context)


def _priorities_pictures(request: Request, result: WaveResult) -> Mapping[str, Chart]:
    found = prioritising.priorities(result, prioritising.Choice.of(request.GET))
    return pictures.priorities(found) if found else {}


def _comparison(
    request: Request, result: WaveResult
) -> tuple[dict[str, Any], comparing.Compared | None, str]:
    """What the address asks to compare, the comparison, and why there is none."""
    waves = comparing.comparable_waves(request.scope, result.wave)
    method: comparing.Method = "bh" if request.GET.get("adjust") == "bh" else "holm"
    before = result.previous_wave
    asked = "a" in request.GET or "b" in request.GET
    names = {
        "a": request.GET.get("a", comparing.WHOLE),
        "b": request.GET.get("b", comparing.WHOLE),
        "a_wave": request.GET.get("a_wave", result.wave.code),
        "b_wave": request.GET.get("b_wave", before.code if before and not asked else result.wave.code),
    }
    choices = {**names, "method": method, "waves": waves}
    if not asked and before is None:
        return choices, None, ""
    try:
        sides = [comparing.side(request.scope, waves, names[f"{name}_wave"], names[name]) for name in "ab"]
        return choices, comparing.compared(sides[0], sides[1], method), ""
    except UnknownUnit as error:
        raise Http404 from error
    except Refused as refusal:
        return choices, None, str(refusal)


@login_required
@require_GET
def compare(request: Request, code: str) -> HttpResponse:
    """Two waves or groups, node by node; and competitors."""
    result = _whole(request, code)
    choices, found, refusal = _comparison(request, result)
    titles = {"unit": _("Org unit"), "tier": _("Tier"), "segment": _("Segment")}
    context = {
        "result": result,
        "wave": result.wave,
        "found": found,
        "refusal": refusal,
        "method": choices["method"],
        "waves": choices["waves"],
        "groups": [(titles[kind], options) for kind, options in comparing.groups(result)],
        "sides": [
            ("a", _("First"), choices["a_wave"], choices["a"]),
            ("b", _("Second"), choices["b_wave"], choices["b"]),
        ],
        "contests": comparing.competitors(result, choices["method"]),
        "industry": industry.compared(result),
        "may_enter": request.scope.may(industry.EDIT),
    }
    if found is not None:
        context["pictures"] = panels(request, code, "compare", pictures.comparison(found))
    return render(request, "insights/analysis/compare.html", context)


def _whole(request: Request, code: str) -> WaveResult:
    """The wave without filters: a comparison has sides instead."""
    try:
        return result_of(request.scope, wave_or_404(request, code))
    except UnknownUnit as error:
        raise Http404 from error


def _compare_pictures(request: Request, result: WaveResult) -> Mapping[str, Chart]:
    _choices, found, _refusal = _comparison(request, result)
    return pictures.comparison(found) if found else {}


@login_required
@require_GET
def kano(request: Request, code: str) -> HttpResponse:
    """What is taken for granted, what is compared, what delights."""
    result = result_or_404(request, code)
    found = kano_levels.classified(result)
    known = [row.found.category for row in found if row.found and row.found.category]
    context = base_context(request, result) | {
        "rows": [
            (
                row,
                kano_levels.category_name(row.found.category if row.found else None),
                kano_levels.certainty(row.found) if row.found else "",
            )
            for row in found
        ],
        "asked": kano_levels.features(result),
        "advice": [
            (kano_levels.category_name(category), kano_levels.category_advice(category))
            for category in PRIORITY
            if category in known
        ],
        "pictures": panels(request, code, "kano", pictures.kano(found)),
    }
    return render(request, "insights/analysis/kano.html", context)


@login_required
@require_GET
def gaps(request: Request, code: str) -> HttpResponse:
    """What customers expect against what they perceive, and which of the five gaps are measured."""
    result = result_or_404(request, code)
    found = service_gaps.gaps(result)
    context = base_context(request, result) | {"found": found, "asked": service_gaps.asked(result).items}
    if found is not None and not found.fault:
        house = house_gaps.house_gaps(result, found)
        context |= {
            "five": [
                *((gap, service_gaps.gap_name(gap.number)) for gap in house),
                (found.five[4], service_gaps.gap_name(5)),
            ],
            "overall": found.rows[0] if found.rows else None,
            "pictures": panels(request, code, "gaps", pictures.gaps(found, house)),
            "may_design": request.scope.may("designs.edit"),
            "may_ask_staff": request.scope.may("waves.run"),
        }
    return render(request, "insights/analysis/gaps.html", context)


def _kano_pictures(request: Request, result: WaveResult) -> Mapping[str, Chart]:
    return pictures.kano(kano_levels.classified(result))


def _gap_pictures(request: Request, result: WaveResult) -> Mapping[str, Chart]:
    found = service_gaps.gaps(result)
    return pictures.gaps(found, house_gaps.house_gaps(result, found)) if found and not found.fault else {}


@login_required
@require_GET
def gaps_table(request: Request, code: str) -> HttpResponse:
    """All figures of gaps 1 to 4 as CSV."""
    result = result_or_404(request, code)
    found = service_gaps.gaps(result)
    if found is None or found.fault:
        raise Http404
    content = write_csv(house_gaps.HEADER, house_gaps.table(house_gaps.house_gaps(result, found)))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-gaps-1-4.csv"'
    return response


@login_required
@require_POST
def gaps_questionnaire(request: Request, code: str, respondents: str) -> HttpResponse:
    """Make the questionnaire for managers or staff from what the customers were asked."""
    kinds = StaffSurvey.Respondents
    if respondents not in kinds.values:
        raise Http404
    result = _whole(request, code)
    try:
        made = services_gaps.make_questionnaire(
            request.scope, result=result, respondents=kinds(respondents), at=timezone.now()  # noqa: TID251
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("result-gaps", code=code)
    messages.success(request, _("The draft is made. Publish it, then plan a staff survey with it."))
    return redirect("questionnaire", code=made.code)


PICTURES: dict[str, Callable[[Request, WaveResult], Mapping[str, Chart]]] = {
    "priorities": _priorities_pictures,
    "compare": _compare_pictures,
    "kano": _kano_pictures,
    "gaps": _gap_pictures,
}


@login_required
@require_GET
def picture(request: Request, code: str, page: str, name: str, kind: str) -> HttpResponse:
    """The table behind a picture, or the picture to keep."""
    chart = PICTURES[page](request, result_or_404(request, code)).get(name)
    if chart is None:
        raise Http404
    return chart_file(chart, f"{code}-{page}-{name}", kind)
