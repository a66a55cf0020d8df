"""API: the branch league of a wave."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import Query, Router, Schema
from pydantic import Field

from manyi.insights import league as leagues
from manyi.insights import queries
from manyi.surveys.models import Wave
from manyi.web.api import ERRORS
from manyi.web.http import Request

router = Router(tags=["results"])


class LeagueUnitOut(Schema):
    """`low` to `high` are the 95 % limits at the unit's own number of answers, `outer_*` those of 99.8 %, null where it
    has too few answers to be judged; `verdict` is above, perhaps above, average, perhaps below, below or too few.
    """

    unit_id: int
    label: str
    n: int
    n_eff: float | None
    score: float | None
    ci_low: float | None
    ci_high: float | None
    low: float | None
    high: float | None
    outer_low: float | None
    outer_high: float | None
    p_value: float | None
    p_adjusted: float | None
    verdict: str
    rank: int
    rank_low: int
    rank_high: int


class LeagueOut(Schema):
    """`units` are best first and empty where no two may be shown; `hidden` counts those with too few answers."""

    wave: str
    node: str
    depth: int | None
    centre: float | None
    sd: float | None
    p_same: float | None
    confidence: list[float]
    hidden: int
    units: list[LeagueUnitOut]


class LeagueQuery(Schema):
    """`node` is a code of the tree, '' for the index; `level` counts from 1, directly below the top."""

    node: str = Field("", max_length=80)
    level: int | None = Field(None, ge=1, le=99)


@router.get("/results/{wave}/league", response={200: LeagueOut, **ERRORS})
def wave_league(request: Request, wave: str, query: Query[LeagueQuery]) -> Any:
    """Units of a level with their score, funnel limits, verdict and possible ranks."""
    try:
        result = queries.result_of(request.scope, queries.wave(request.scope, wave))
    except Wave.DoesNotExist as error:
        raise Http404 from error
    if query.node and query.node not in {place.code for place in result.tree.nodes()}:
        raise Http404
    found = leagues.league(result, node=query.node, depth=query.level)
    if found is None:
        nothing: dict[str, Any] = {
            "depth": None,
            "centre": None,
            "sd": None,
            "p_same": None,
            "confidence": [],
            "hidden": 0,
        }
        return {"wave": wave, "node": query.node or result.tree.code, "units": [], **nothing}
    return {"wave": wave, **leagues.as_dict(found)}
