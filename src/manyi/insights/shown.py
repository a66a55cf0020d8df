"""Figures as a page shows them: numbers put into the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from manyi.insights.queries import ALPHA, WaveResult
from manyi.insights.sentences import significant
from manyi.insights.standard import Measure
from manyi.measures.compare import Difference
from manyi.measures.results import NodeScore
from manyi.web.templatetags.web import localised


@dataclass(frozen=True, slots=True)
class MeasureCard:
    """One standard measure, all numbers as text; `value` is empty where it may not be shown."""

    label: str
    question: str
    value: str
    low: str
    high: str
    n: int
    change: str
    tone: str
    low_base: bool


def measure_cards(measures: list[Measure]) -> list[MeasureCard]:
    return [_card(measure) for measure in measures]


def measure_label(measure: Measure) -> str:
    return {
        "overall": _("Overall satisfaction"),
        "satisfied": _("Satisfied (top two)"),
        "dissatisfied": _("Dissatisfied (bottom two)"),
        "nps": _("Net promoter score (NPS)"),
        "ces": _("Customer effort score (CES)"),
    }[measure.kind]


def _card(measure: Measure) -> MeasureCard:
    def text(value: float | None) -> str:
        if value is None:
            return ""
        if measure.is_share:
            return f"{value * 100:.1f}%"
        return f"{value:+.1f}" if measure.kind == "nps" else f"{value:.2f}"

    found = measure.estimate
    return MeasureCard(
        label=measure_label(measure),
        question=localised(measure.question),
        value=text(found.value),
        low=text(found.low),
        high=text(found.high),
        n=found.n,
        change=_change(measure),
        tone=tone(measure.change, reversed_=measure.kind == "dissatisfied"),
        low_base=found.low_base,
    )


def _change(measure: Measure) -> str:
    difference = measure.change
    if difference is None or difference.value is None:
        return ""
    if measure.is_share:
        text = _("%(points)+.1f points") % {"points": difference.value * 100}
    else:
        text = f"{difference.value:+.1f}" if measure.kind == "nps" else f"{difference.value:+.2f}"
    if difference.reason == "too few":
        return _("%(change)s (too few to compare)") % {"change": text}
    clear = difference.p_value is not None and difference.p_value < ALPHA
    return text if clear else _("%(change)s (not clear)") % {"change": text}


def tone(difference: Difference | None, *, reversed_: bool = False) -> str:
    """'up' or 'down' for a clear change to the better or worse, else ''."""
    if difference is None or not significant(difference):
        return ""
    return "up" if ((difference.value or 0) > 0) != reversed_ else "down"


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A child of the node looked into."""

    node: NodeScore
    name: str
    opens: bool
    weight: float
    change: str
    tone: str
    verdict: str


def node_rows(result: WaveResult, node: str) -> list[NodeRow]:
    """The children of a node, lowest score first."""
    groups = {place.code for place in result.tree.nodes() if place.node.children}
    children = sorted(result.children(node), key=lambda child: (child.score is None, child.score or 0))
    return [
        NodeRow(
            node=child,
            name=result.name(child.code),
            opens=child.code in groups,
            weight=child.weight,
            change=_node_change(result.changes.get(child.code)),
            tone=tone(result.changes.get(child.code)),
            verdict=_verdict(result.against_index.get(child.code)),
        )
        for child in children
    ]


def _node_change(difference: Difference | None) -> Any:
    if difference is None or difference.value is None:
        return ""
    if difference.reason == "too few":
        return _("too few to compare")
    text = f"{difference.value:+.1f}"
    return text if significant(difference) else _("%(change)s (not clear)") % {"change": text}


def _verdict(difference: Difference | None) -> str:
    if difference is None or not significant(difference):
        return _("about as the index")
    return _("clearly above the index") if (difference.value or 0) > 0 else _("clearly below the index")
