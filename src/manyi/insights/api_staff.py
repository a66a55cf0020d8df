"""API: what came out of staff surveys, and staff beside customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from manyi.insights import staff, staff_link
from manyi.insights.api import NodeOut
from manyi.measures.correlation import Correlation
from manyi.surveys.models import StaffSurvey
from manyi.web.api import ERRORS
from manyi.web.errors import Refused
from manyi.web.http import Request

router = Router(tags=["staff surveys"])


class StaffUnitOut(Schema):
    unit_id: int
    name: dict[str, str]
    asked: int
    n: int
    nodes: list[NodeOut] = Field(
        description="index, dimensions, and items where ten people stand behind them"
    )
    drivers: dict[str, float] = Field(description="dimension → share of what is explained; from 30 people on")
    change: float | None = Field(description="of the index, since the survey before; null where not shown")


class RatingOut(Schema):
    value: float | None
    low: float | None
    high: float | None
    n: int


class StaffResultOut(Schema):
    """What is shown of a closed survey; there are no filters. `columns` and `texts` are of all units together, and
    empty for a reader of some of them only.
    """

    survey: str
    respondents: str
    closed_at: datetime
    minimum: int
    units: list[StaffUnitOut]
    columns: dict[str, RatingOut]
    texts: dict[str, list[str]]


class CorrelationOut(Schema):
    value: float | None
    low: float | None
    high: float | None
    n: int


class LinkPointOut(Schema):
    unit: str
    staff: float
    staff_n: int
    customers: float
    customers_n: int


class StaffLinkOut(Schema):
    survey: str
    wave: str
    lag_days: int = Field(description="above zero, customers were asked after staff")
    points: list[LinkPointOut]
    pearson: CorrelationOut
    spearman: CorrelationOut
    verdict: str


@router.get("/staff-surveys/{code}/results", response={200: StaffResultOut, **ERRORS})
def staff_survey_results(request: Request, code: str) -> Any:
    """The figures, once the survey is closed; 409 before."""
    try:
        found = staff.staff_result(request.scope, code)
    except StaffSurvey.DoesNotExist as error:
        raise Http404 from error
    survey = found.survey
    if survey.state != StaffSurvey.State.CLOSED:
        raise Refused(_("There are no figures before the survey is closed."))
    texts = survey.figures["texts"] if found.texts else {}
    return {
        "survey": survey.code,
        "respondents": survey.respondents,
        "closed_at": survey.closed_at,
        "minimum": found.minimum,
        "units": [_unit(row) for row in found.rows],
        "columns": {
            code: {"value": one.value, "low": one.low, "high": one.high, "n": one.n}
            for code, one in found.columns.items()
        },
        "texts": texts,
    }


def _unit(row: staff.Row) -> dict[str, Any]:
    return {
        "unit_id": row.unit_id, "name": row.name, "asked": row.asked, "n": row.n,
        "nodes": [node.to_dict() for node in row.result.nodes] if row.result else [],
        "drivers": row.drivers, "change": row.change.value if row.change else None,
    }  # fmt: skip


def _correlation(found: Correlation) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.n}


@router.get("/staff-and-customers", response={200: list[StaffLinkOut], **ERRORS})
def staff_and_customers(request: Request, survey: str | None = None) -> Any:
    """A staff survey (the newest, or the one of this code) against each of the newest waves, by lag."""
    surveys = staff_link.surveys(request.scope)
    chosen = next((one for one in surveys if survey in (None, one.survey.code)), None)
    if chosen is None:
        if survey is not None:
            raise Http404
        return []
    return [
        {
            "survey": chosen.survey.code, "wave": found.wave.code, "lag_days": found.lag, "verdict": found.verdict,
            "pearson": _correlation(found.linear), "spearman": _correlation(found.ranks),
            "points": [
                {
                    "unit": p.name, "staff": p.staff.score, "staff_n": p.staff.n,
                    "customers": p.customers.score, "customers_n": p.customers.n,
                }
                for p in found.points
            ],
        }
        for found in staff_link.links(request.scope, chosen, staff_link.waves(request.scope))
    ]  # fmt: skip
