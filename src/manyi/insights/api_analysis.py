"""API: what explains a result: priorities, comparison, Kano, service gaps, structural models."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.insights import (
    comparison,
    gaps,
    gaps_house,
    industry,
    kano,
    priorities,
    queries,
    queries_models,
    services_industry,
    services_models,
    structural,
)
from manyi.insights.api import ResultFilters
from manyi.insights.models import IndustryFigure, ModelRun
from manyi.insights.queries import WaveResult
from manyi.insights.selection import Selection, UnknownUnit
from manyi.insights.structural import Construct, Spec
from manyi.measures.compare import Difference
from manyi.measures.estimates import Estimate
from manyi.surveys.models import Wave
from manyi.web.api import ERRORS
from manyi.web.errors import Refused
from manyi.web.http import Request

router = Router(tags=["results"])


class EstimateOut(Schema):
    """A figure with its 95 % interval; null where it may not be shown."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class DifferenceOut(Schema):
    """`reason` says why nothing was tested: 'too few', 'no spread' or 'no value'."""

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    reason: str | None


class PriorityOut(Schema):
    """Importance in per cent of all points; `strategy` is improve, advantage, opportunity or maintain; `gain` in
    points of the index."""

    code: str
    name: str
    score: float | None
    n: int
    importance: float
    importance_low: float | None
    importance_high: float | None
    strategy: str
    gain: EstimateOut | None


class PrioritiesOut(Schema):
    """`hidden` is 'too few' or 'too many filters' where the selection may not be shown."""

    hidden: str | None
    importance: str
    target: str
    importance_cut: float | None
    satisfaction_cut: float | None
    r2: float | None
    points: list[PriorityOut]
    warnings: list[str]


class FigureIn(Schema):
    """What is published of the industry, 0–100, for a node of the wave's tree (the root's code for the index)."""

    node: str = Field(max_length=80)
    value: float
    source: str = Field(max_length=200)
    published_on: date


class FigureOut(FigureIn):
    id: int
    made_at: datetime


class AgainstIndustry(Schema):
    """`difference` is ours less theirs."""

    code: str
    name: str
    ours: EstimateOut
    industry: float
    source: str
    published_on: date
    difference: DifferenceOut


class PriorityQuery(ResultFilters):
    importance: Literal["", "derived", "stated"] = ""
    target: str = Field("", max_length=80)
    level: Literal["items", "dimensions"] = "items"
    cut: Literal["mean", "median", "midpoint"] = "mean"
    gain: Literal["point", "best"] = "point"


class CompareQuery(Schema):
    """A side is 'whole', 'unit:ID', 'tier:A' or 'segment:NAME', of this wave or of the one named."""

    a: str = Field("whole", max_length=80)
    b: str = Field("whole", max_length=80)
    a_wave: str = Field("", max_length=40)
    b_wave: str = Field("", max_length=40)
    adjust: Literal["holm", "bh"] = "holm"


class ComparedNode(Schema):
    code: str
    name: str
    first: EstimateOut
    second: EstimateOut
    difference: DifferenceOut


class ComparedOut(Schema):
    """`rest` names the side that stands for everybody else, because the other is a part of it."""

    first: str
    second: str
    rest: str
    nodes: list[ComparedNode]


class KanoOut(Schema):
    code: str
    name: str
    n: int
    category: str | None
    better: float | None
    worse: float | None
    strength: float | None
    total_strength: float | None
    p_value: float | None
    counts: dict[str, float]


class GapOut(Schema):
    """In points of the answer scale; level 0 all, 1 dimension, 2 item."""

    name: str
    level: int
    gap: EstimateOut
    expectation: EstimateOut
    perception: EstimateOut
    p_value: float | None


class HouseFigureOut(Schema):
    """One measurement of gaps 1 to 4: in points of the customers' scale by dimension, or a share of 0–1."""

    gap: int
    what: str
    value: float | None
    low: float | None
    high: float | None
    n: str = Field(description="of whom or what there were how many")
    unit: str = Field(description="points or share")
    source: str


class RunOut(Schema):
    """A stored structural model; `figures` holds every table of it."""

    id: int
    preset: str
    n: int
    bootstrap: int
    seed: int | None
    filters: dict[str, str]
    method: str
    made_at: datetime


class RunDetail(RunOut):
    model: dict[str, Any]
    figures: dict[str, Any]


class ModelIn(Schema):
    """A preset, with columns put to constructs by name; or constructs → columns and paths of one's own."""

    preset: Literal["acsi", "ecsi", "ccsi", "own"] = "own"
    blocks: dict[str, list[str]] = Field(default_factory=dict, max_length=structural.MOST_CONSTRUCTS)
    paths: list[tuple[str, str]] = Field(default_factory=list, max_length=200)
    scheme: Literal["path", "centroid", "factorial"] = "path"
    metric: Literal["standardised", "covariance"] = "standardised"
    bootstrap: int = 1000
    seed: int | None = None


class JobKeyOut(Schema):
    """Watch it at /jobs/KEY/; its result names the run."""

    key: UUID
    state: str


def _result(request: Request, wave: str, filters: ResultFilters | None = None) -> WaveResult:
    selection = (
        Selection(filters.unit, filters.tier, filters.segment, filters.language, filters.week)
        if filters
        else Selection()
    )
    try:
        return queries.result_of(request.scope, queries.wave(request.scope, wave), selection)
    except (Wave.DoesNotExist, UnknownUnit) as error:
        raise Http404 from error


def _estimate(found: Estimate) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.n}


def _difference(found: Difference) -> dict[str, Any]:
    values = asdict(found)
    return {name: values[name] for name in ("value", "low", "high", "p_value", "reason")}


@router.get("/results/{wave}/priorities", response={200: PrioritiesOut, **ERRORS})
def wave_priorities(request: Request, wave: str, asked: Query[PriorityQuery]) -> Any:
    """What to act on first, the most urgent first."""
    result = _result(request, wave, asked)
    found = priorities.priorities(
        result,
        priorities.Choice(asked.importance, asked.target, asked.level, asked.cut, None, asked.gain),
    )
    if found is None:
        return {
            "hidden": result.refusal, "importance": "", "target": "", "importance_cut": None,
            "satisfaction_cut": None, "r2": None, "points": [], "warnings": [],
        }  # fmt: skip
    return {
        "hidden": None,
        "importance": found.choice.importance,
        "target": found.choice.target,
        "importance_cut": found.importance_cut,
        "satisfaction_cut": found.performance_cut,
        "r2": found.drivers.r2 if found.drivers else None,
        "points": [
            {
                "code": row.node.code,
                "name": row.name,
                "score": row.node.score,
                "n": row.node.n,
                "importance": row.importance,
                "importance_low": row.low,
                "importance_high": row.high,
                "strategy": row.strategy,
                "gain": None
                if row.gain is None
                else {"value": row.gain.gain, "low": row.gain.low, "high": row.gain.high, "n": row.node.n},
            }
            for row in found.rows
        ],
        "warnings": list(found.warnings),
    }


@router.get("/results/{wave}/comparison", response={200: ComparedOut, **ERRORS})
def wave_comparison(request: Request, wave: str, asked: Query[CompareQuery]) -> Any:
    """Two waves or groups, node by node; 409 says why two cannot be compared."""
    result = _result(request, wave)
    known = comparison.comparable_waves(request.scope, result.wave)
    try:
        first, second = (
            comparison.side(request.scope, known, code or result.wave.code, group)
            for code, group in ((asked.a_wave, asked.a), (asked.b_wave, asked.b))
        )
    except UnknownUnit as error:
        raise Http404 from error
    found = comparison.compared(first, second, asked.adjust)
    return {
        "first": found.labels[0],
        "second": found.labels[1],
        "rest": found.rest,
        "nodes": [
            {
                "code": row.code,
                "name": row.name,
                "first": _estimate(row.first.estimate),
                "second": _estimate(row.second.estimate),
                "difference": _difference(row.difference),
            }
            for row in found.rows
        ],
    }


@router.get("/results/{wave}/industry", response={200: list[AgainstIndustry], **ERRORS})
def wave_against_industry(request: Request, wave: str) -> Any:
    """The wave against the newest published figure of each node that has one."""
    return [
        {
            "code": row.figure.node, "name": row.name, "ours": _estimate(row.ours.estimate),
            "industry": row.figure.value, "source": row.figure.source, "published_on": row.figure.published_on,
            "difference": _difference(row.difference),
        }
        for row in industry.compared(_result(request, wave))
    ]  # fmt: skip


@router.get("/results/{wave}/industry/figures", response={200: list[FigureOut], **ERRORS})
def industry_figures(request: Request, wave: str) -> Any:
    """All figures entered for the wave's tree, the newest first."""
    return industry.figures(_result(request, wave))


@router.post("/results/{wave}/industry/figures", response={201: FigureOut, **ERRORS})
def enter_industry_figure(request: Request, wave: str, wanted: FigureIn) -> Any:
    """Enter a figure; it counts for every wave of the tree. Takes the right `designs.edit`."""
    figure = services_industry.enter_figure(
        request.scope,
        result=_result(request, wave),
        at=timezone.now(),  # noqa: TID251
        **wanted.dict(),
    )
    return Status(201, figure)


@router.delete("/results/{wave}/industry/figures/{number}", response={204: None, **ERRORS})
def remove_industry_figure(request: Request, wave: str, number: int) -> Any:
    """Take a figure back. Takes the right `designs.edit`."""
    tree = _result(request, wave).wave.tree_version.tree_id
    figure = IndustryFigure.objects.filter(tree=tree, pk=number).first()
    if figure is None:
        raise Http404
    services_industry.remove_figure(request.scope, figure=figure, at=timezone.now())  # noqa: TID251
    return Status(204, None)


@router.get("/results/{wave}/kano", response={200: list[KanoOut], **ERRORS})
def wave_kano(request: Request, wave: str, filters: Query[ResultFilters]) -> Any:
    """Features by category, must-be ones first; those with too few answers are left out."""
    rows = kano.classified(_result(request, wave, filters))
    return [
        {"code": row.feature.code, "name": row.feature.name, **asdict(row.found)} for row in rows if row.found
    ]


@router.get("/results/{wave}/gaps", response={200: list[GapOut], **ERRORS})
def wave_gaps(request: Request, wave: str, filters: Query[ResultFilters]) -> Any:
    """Perception less expectation; what has too few answers is left out."""
    found = gaps.gaps(_result(request, wave, filters))
    return [
        {
            "name": row.name,
            "level": row.level,
            "gap": _estimate(row.score.gap),
            "expectation": _estimate(row.score.expectation),
            "perception": _estimate(row.score.perception),
            "p_value": row.p_value,
        }
        for row in (found.rows if found else ())
        if row.score
    ]


@router.get("/results/{wave}/gaps/house", response={200: list[HouseFigureOut], **ERRORS})
def wave_house_gaps(request: Request, wave: str, filters: Query[ResultFilters]) -> Any:
    """Gaps 1 to 4 as far as they are measured: by surveys of managers and staff, standards and promises."""
    result = _result(request, wave, filters)
    found = gaps.gaps(result)
    if found is None or found.fault:
        return []
    names = ("gap", "what", "value", "low", "high", "n", "unit", "source")
    return [
        dict(zip(names, line, strict=True)) for line in gaps_house.table(gaps_house.house_gaps(result, found))
    ]


def _run(run: ModelRun) -> dict[str, Any]:
    return {
        "id": run.pk, "preset": run.spec["preset"], "n": run.n, "bootstrap": run.bootstrap, "seed": run.seed,
        "filters": run.filters, "method": run.method, "made_at": run.made_at,
    }  # fmt: skip


@router.get("/results/{wave}/models", response={200: list[RunOut], **ERRORS})
def wave_models(request: Request, wave: str) -> Any:
    """Structural models fitted to the wave, newest first, as far as all their answers are yours to see."""
    return [_run(run) for run in queries_models.runs(request.scope, _result(request, wave).wave)]


@router.get("/results/{wave}/models/{number}", response={200: RunDetail, **ERRORS})
def wave_model(request: Request, wave: str, number: int) -> Any:
    """One model with all its figures."""
    try:
        run = queries_models.run_of(request.scope, _result(request, wave).wave, number)
    except ModelRun.DoesNotExist as error:
        raise Http404 from error
    return {**_run(run), "model": run.spec, "figures": run.figures}


@router.post("/results/{wave}/models", response={202: JobKeyOut, **ERRORS})
def fit_wave_model(request: Request, wave: str, filters: Query[ResultFilters], wanted: ModelIn) -> Any:
    """Have a model fitted in the background. Takes the right `waves.run`."""
    request.scope.require(services_models.RUN)
    result = _result(request, wave, filters)
    job = services_models.order_model(
        request.scope,
        result=result,
        spec=_spec(result, wanted),
        bootstrap=wanted.bootstrap,
        seed=wanted.seed,
        at=timezone.now(),  # noqa: TID251
    )
    return Status(202, job)


def _spec(result: WaveResult, wanted: ModelIn) -> Spec:
    start = structural.guess(result, wanted.preset)
    constructs, paths = start.constructs, start.paths
    if wanted.blocks and wanted.preset == structural.OWN:
        constructs = tuple(
            Construct(key, {"zh": key, "en": key}, tuple(columns)) for key, columns in wanted.blocks.items()
        )
        paths = tuple(wanted.paths)
    elif wanted.blocks:
        constructs = tuple(
            Construct(one.key, one.name, tuple(wanted.blocks.get(one.key, ()))) for one in start.constructs
        )
    known = {one.key for one in constructs}
    for key in [*wanted.blocks, *(key for path in paths for key in path)]:
        if key not in known:
            raise Refused(_("The model has no construct “%(key)s”.") % {"key": key[:60]})
    return Spec(wanted.preset, constructs, paths, wanted.scheme, wanted.metric)
