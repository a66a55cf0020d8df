"""A wave against its industry: published figures that somebody entered, each with its source and day."""

from __future__ import annotations

from dataclasses import dataclass, replace

from manyi.insights.models import IndustryFigure
from manyi.insights.queries import WaveResult
from manyi.measures import compare
from manyi.measures.compare import Difference
from manyi.measures.results import NodeScore

EDIT = "designs.edit"


@dataclass(frozen=True, slots=True)
class Row:
    """One node: ours, the newest figure of the industry, and ours less theirs (p adjusted over all rows)."""

    name: str
    ours: NodeScore
    figure: IndustryFigure
    difference: Difference


def figures(result: WaveResult) -> list[IndustryFigure]:
    """All that was entered for the tree of the wave, the newest first."""
    found = IndustryFigure.objects.filter(tree=result.wave.tree_version.tree_id)
    return list(found.select_related("tree"))


def compared(result: WaveResult) -> list[Row]:
    """In the order of the tree; none where nothing may be shown. Figures of nodes that the wave lacks are left out."""
    if result.index is None:
        return []
    newest: dict[str, IndustryFigure] = {}
    for figure in figures(result):
        newest.setdefault(figure.node, figure)
    found = [
        Row(result.name(node.code), node, newest[node.code], compare.against(node.estimate, newest[node.code].value))
        for node in result.index.nodes
        if node.code in newest
    ]  # fmt: skip
    p_values = compare.adjust([row.difference.p_value for row in found])
    return [
        replace(row, difference=replace(row.difference, p_value=p))
        for row, p in zip(found, p_values, strict=True)
    ]
