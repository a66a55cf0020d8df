"""Three plain sentences: what is good, what is bad, what to do next.

Rules, not opinions: nothing is called good, bad or changed that the tests do not bear out (p < 0.05, adjusted
for having looked at every node). Where they bear out nothing, the sentence says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from manyi.insights.queries import ALPHA, WaveResult
from manyi.measures.compare import FEWEST_TO_TEST, Difference
from manyi.measures.index import LOW_BASE
from manyi.measures.results import NodeScore

LIFT = 10  # points by which the item of 'next' is imagined to rise


@dataclass(frozen=True, slots=True)
class Sentence:
    """`node` is the code of the node it is about, '' for the index or none."""

    kind: Literal["good", "bad", "next"]
    text: str
    node: str = ""


def sentences(result: WaveResult) -> list[Sentence]:
    """The three sentences in the active language; none where nothing may be shown or nobody answered."""
    if result.index is None or result.index.index is None:
        return []
    if result.index.n < FEWEST_TO_TEST:
        text = _(
            "Only %(n)d answers so far: too few to say what is good or bad. Wait for more, or remind those who"
            " have not answered."
        ) % {"n": result.index.n}
        return [Sentence("next", text)]
    return [_good(result), _bad(result), _next(result)]


def significant(difference: Difference | None) -> bool:
    return difference is not None and difference.p_value is not None and difference.p_value < ALPHA


def below_index(result: WaveResult) -> list[NodeScore]:
    """Items clearly below the index, the one that holds it down most first (weight × distance)."""
    root = result.index.root.score if result.index else None
    found = [
        leaf
        for leaf in result.leaves
        if leaf.effective_weight > 0
        and significant(difference := result.against_index.get(leaf.code))
        and difference is not None
        and (difference.value or 0) < 0
    ]
    return sorted(found, key=lambda leaf: -leaf.effective_weight * ((root or 0) - (leaf.score or 0)))


def change_in_words(difference: Difference | None, alpha: float = ALPHA) -> str:
    """What became of a figure since the wave before."""
    if difference is None or difference.value is None:
        return ""
    if difference.reason == "too few":
        return _("too few answers to compare with the wave before")
    if difference.p_value is None or difference.p_value >= alpha:
        return _("%(change)+.1f since the wave before: no clear change") % {"change": difference.value}
    if difference.value > 0:
        return _("%(change)+.1f since the wave before: a clear rise") % {"change": difference.value}
    return _("%(change)+.1f since the wave before: a clear fall") % {"change": difference.value}


def _described(result: WaveResult, node: NodeScore) -> str:
    if node.ci_low is None or node.ci_high is None:
        return _("“%(name)s” (%(score).1f)") % {"name": result.name(node.code), "score": node.score}
    return _("“%(name)s” (%(score).1f, 95%% interval %(low).1f–%(high).1f)") % {
        "name": result.name(node.code),
        "score": node.score,
        "low": node.ci_low,
        "high": node.ci_high,
    }


def _good(result: WaveResult) -> Sentence:
    risen = [
        leaf
        for leaf in result.leaves
        if significant(result.changes.get(leaf.code)) and (result.changes[leaf.code].value or 0) > 0
    ]
    above = [
        leaf
        for leaf in result.leaves
        if significant(result.against_index.get(leaf.code))
        and (result.against_index[leaf.code].value or 0) > 0
    ]
    root = result.tree.code
    lead = ""
    if significant(result.changes.get(root)) and (result.changes[root].value or 0) > 0:
        lead = _("The index rose clearly, by %(points).1f points. ") % {"points": result.changes[root].value}
    if above:
        best = max(above, key=lambda leaf: leaf.score or 0)
        text = _("%(item)s is clearly better than the index.") % {"item": _described(result, best)}
        return Sentence("good", lead + text, best.code)
    if risen:
        best = max(risen, key=lambda leaf: result.changes[leaf.code].value or 0)
        text = _("%(item)s rose clearly, by %(points).1f points.") % {
            "item": _described(result, best),
            "points": result.changes[best.code].value,
        }
        return Sentence("good", lead + text, best.code)
    return Sentence("good", lead or _("No item stands out clearly above the rest."))


def _bad(result: WaveResult) -> Sentence:
    root = result.tree.code
    lead = ""
    if significant(result.changes.get(root)) and (result.changes[root].value or 0) < 0:
        lead = _("The index fell clearly, by %(points).1f points. ") % {
            "points": abs(result.changes[root].value or 0)
        }
    below = below_index(result)
    if below:
        worst = min(below, key=lambda leaf: leaf.score or 0)
        text = _("%(item)s is the weakest point, clearly below the index.") % {
            "item": _described(result, worst)
        }
        change = result.changes.get(worst.code)
        if change and significant(change) and (change.value or 0) < 0:
            text += _(" It also fell clearly, by %(points).1f points.") % {"points": abs(change.value or 0)}
        return Sentence("bad", lead + text, worst.code)
    fallen = [
        leaf
        for leaf in result.leaves
        if significant(result.changes.get(leaf.code)) and (result.changes[leaf.code].value or 0) < 0
    ]
    if fallen:
        worst = min(fallen, key=lambda leaf: result.changes[leaf.code].value or 0)
        text = _("%(item)s fell clearly, by %(points).1f points.") % {
            "item": _described(result, worst),
            "points": abs(result.changes[worst.code].value or 0),
        }
        return Sentence("bad", lead + text, worst.code)
    return Sentence("bad", lead or _("No item is clearly weaker than the rest."))


def _next(result: WaveResult) -> Sentence:
    below = below_index(result)
    if below:
        first = below[0]
        text = _(
            "Begin with “%(name)s”: it holds the index down most. Ten points more there lift the index by about"
            " %(gain).1f points."
        ) % {"name": result.name(first.code), "gain": first.effective_weight * LIFT}
        return Sentence("next", text, first.code)
    if result.index is not None and result.index.n < LOW_BASE:
        text = _("Collect more answers: with %(n)d only large differences can be seen.") % {
            "n": result.index.n
        }
        return Sentence("next", text)
    heaviest = max(
        (leaf for leaf in result.leaves if leaf.score is not None),
        key=lambda leaf: leaf.effective_weight * (100 - (leaf.score or 0)),
        default=None,
    )
    if heaviest is None:
        return Sentence("next", _("Look at the comments before deciding what to change."))
    text = _(
        "Nothing is clearly weak. The most room lies in “%(name)s”: ten points more there lift the index by about"
        " %(gain).1f points."
    ) % {"name": result.name(heaviest.code), "gain": heaviest.effective_weight * LIFT}
    return Sentence("next", text, heaviest.code)
