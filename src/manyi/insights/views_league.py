"""The branch league: units of a level by one indicator of a wave, with a funnel plot."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from manyi.insights import league as leagues
from manyi.insights import pictures_league, queries
from manyi.insights.league import League
from manyi.insights.queries import RIGHT, WaveResult
from manyi.surveys.models import Wave
from manyi.web.http import Request
from manyi.web.pictures import chart_file

MOST_WAVES = 24
TRIED = 6


def _waves(request: Request) -> list[Wave]:
    return list(queries.waves(request.scope)[:MOST_WAVES])


def _result(request: Request, waves: list[Wave]) -> WaveResult | None:
    """Of the wave in the address; without one, of the newest finished one that has units to compare.

    :raises Http404: for a wave that the reader does not have.
    """
    code = request.GET.get("wave", "")
    if code:
        try:
            return queries.result_of(request.scope, queries.wave(request.scope, code))
        except Wave.DoesNotExist as error:
            raise Http404 from error
    first = None
    for wave in sorted(waves[:TRIED], key=lambda wave: wave.state != Wave.State.CLOSED):
        result = queries.result_of(request.scope, wave)
        if leagues.league(result) is not None:
            return result
        first = first or result
    return first


def _league(request: Request, result: WaveResult) -> League | None:
    depth = request.GET.get("level", "")
    return leagues.league(
        result,
        node=request.GET.get("node", ""),
        depth=int(depth) if depth.isascii() and depth.isdigit() and len(depth) < 3 else None,
    )


@login_required
@require_GET
def league(request: Request) -> HttpResponse:
    """Which units are better or worse than chance explains?"""
    request.scope.require(RIGHT)
    waves = _waves(request)
    result = _result(request, waves)
    found = _league(request, result) if result else None
    context: dict[str, Any] = {
        "waves": waves,
        "result": result,
        "wave": result.wave if result else None,
        "found": found,
    }
    if result is not None:
        context["nodes"] = [
            (place.code, "\u2003" * (place.level - 1) + result.name(place.code))
            for place in result.tree.nodes()
        ]
        context["levels"] = leagues.levels(result) if not result.refusal else []
    if found is not None:
        chart = pictures_league.funnel(found)
        query = f"?wave={found.result.wave.code}&node={found.node}&level={found.level.depth}"
        context |= {
            "node": found.node,
            "node_name": found.result.name(found.node),
            "said": leagues.summary(found),
            "rows": [
                (
                    entry,
                    leagues.verdict_words(entry.place.verdict),
                    f"{found.result.wave.code}:{found.node}?unit={entry.unit}",
                )
                for entry in found.entries
            ],
            "panel": {
                "name": "funnel",
                "chart": chart,
                "help": _(
                    "Each point is a unit. Between the dashed lines it cannot be told from the average; the fewer answers,"
                    " the wider they are."
                ),
                "csv": reverse("league-picture", args=["csv"]) + query,
                "png": reverse("league-picture", args=["png"]) + query,
            },
        }
    return render(request, "insights/league/league.html", context)


@login_required
@require_GET
def picture(request: Request, kind: str) -> HttpResponse:
    """The table behind the plot, or the plot to keep."""
    request.scope.require(RIGHT)
    result = _result(request, _waves(request))
    found = _league(request, result) if result else None
    if found is None:
        raise Http404
    chart = pictures_league.funnel(found)
    return chart_file(chart, f"{found.result.wave.code}-league", kind)
