"""API: results of waves."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import Query, Router, Schema

from manyi.insights import queries, sentences
from manyi.insights.selection import Selection, UnknownUnit
from manyi.insights.shown import measure_label
from manyi.measures.results import NodeScore
from manyi.surveys.models import Wave
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["results"])


class NodeOut(Schema):
    """Score 0–100 with its 95 % interval; null where it may not be shown."""

    code: str
    name: dict[str, str]
    level: int
    parent: str | None
    weight: float
    n: int
    score: float | None
    ci_low: float | None
    ci_high: float | None
    low_base: bool


class ResultOut(Schema):
    wave: str
    name: dict[str, str]
    series: str
    state: str
    n: int
    index: float | None
    ci_low: float | None
    ci_high: float | None


class MeasureOut(Schema):
    kind: str
    label: str
    question: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class GroupOut(Schema):
    key: str
    label: str
    n: int
    index: float | None
    nodes: list[NodeOut]


class SentenceOut(Schema):
    kind: str
    text: str
    node: str


class ResultDetail(ResultOut):
    """`hidden` is 'too few' or 'too many filters' where the selection may not be shown; all else is empty then."""

    hidden: str | None
    change: float | None
    change_p_value: float | None
    nodes: list[NodeOut]
    measures: list[MeasureOut]
    groups: dict[str, list[GroupOut]]
    sentences: list[SentenceOut]


class ResultFilters(Schema):
    unit: int | None = None
    tier: str = ""
    segment: str = ""
    language: str = ""
    week: str = ""


def _node(node: NodeScore) -> dict[str, Any]:
    return node.to_dict()


def _head(wave: Wave, n: int, root: NodeScore | None) -> dict[str, Any]:
    return {
        "wave": wave.code,
        "name": wave.name,
        "series": wave.series,
        "state": wave.state,
        "n": n,
        "index": root.score if root else None,
        "ci_low": root.ci_low if root else None,
        "ci_high": root.ci_high if root else None,
    }


@router.get("/results", response={200: Page[ResultOut], **ERRORS})
def results(request: Request, page: Query[PageQuery]) -> Any:
    """The index of every wave you may see, newest first; of your units' answers only."""
    request.scope.require(queries.RIGHT)
    found = page_of(request, queries.waves(request.scope), page)
    overviews = queries.overview(request.scope, found["items"])
    return {**found, "items": [_head(one.wave, one.n, one.root) for one in overviews]}


@router.get("/results/{wave}", response={200: ResultDetail, **ERRORS})
def result(request: Request, wave: str, filters: Query[ResultFilters]) -> Any:
    """All figures of one wave, by its code, filtered as on the page; at most two filters at a time."""
    try:
        found = queries.result_of(
            request.scope,
            queries.wave(request.scope, wave),
            Selection(filters.unit, filters.tier, filters.segment, filters.language, filters.week),
        )
    except (Wave.DoesNotExist, UnknownUnit) as error:
        raise Http404 from error
    change = found.changes.get(found.tree.code)
    return {
        **_head(found.wave, found.n, found.index.root if found.index else None),
        "hidden": found.refusal,
        "change": change.value if change else None,
        "change_p_value": change.p_value if change else None,
        "nodes": [_node(node) for node in found.index.nodes] if found.index else [],
        "measures": [
            {
                "kind": measure.kind,
                "label": measure_label(measure),
                "question": measure.column,
                "value": measure.estimate.value,
                "low": measure.estimate.low,
                "high": measure.estimate.high,
                "n": measure.estimate.n,
            }
            for measure in found.measures
        ],
        "groups": {
            attribute: [
                {
                    "key": group.key,
                    "label": group.label,
                    "n": group.n,
                    "index": group.result.index if group.result else None,
                    "nodes": [_node(node) for node in group.result.nodes] if group.result else [],
                }
                for group in found.groups(attribute)
            ]
            for attribute in queries.GROUPED
        },
        "sentences": [
            {"kind": sentence.kind, "text": sentence.text, "node": sentence.node}
            for sentence in sentences.sentences(found)
        ],
    }
