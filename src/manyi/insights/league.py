"""Units of one level side by side: who lies outside what chance explains, and what a rank is worth (C7).

A table that ranks by the mean alone shames small branches for bad luck. Here each unit is judged by limits that are
wide where answers are few; units of which too little may be shown are not in it at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from manyi.insights import rows
from manyi.insights.disclosure import OTHERS, masked
from manyi.insights.industry import figures as industry_figures
from manyi.insights.models import IndustryFigure
from manyi.insights.queries import WaveResult
from manyi.measures.compare import FEWEST_TO_TEST
from manyi.measures.disclosure import visible_groups
from manyi.measures.errors import MeasureError
from manyi.measures.funnel import INNER, OUTER, Funnel, Place, Verdict, funnel
from manyi.measures.index import from_moments
from manyi.measures.moments import Moments
from manyi.measures.results import NodeScore

MOST_UNITS = 300


@dataclass(frozen=True, slots=True)
class Level:
    """Units equally far below the top: `depth` 1 is directly below."""

    depth: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit that may be shown, with its score of the node and its place."""

    unit: int
    label: str
    score: NodeScore
    place: Place


@dataclass(frozen=True, slots=True)
class League:
    """`entries` are best first; `hidden` counts units of the level with answers that may not be shown. `industry` is
    the newest published figure of the node, if any.
    """

    result: WaveResult
    node: str
    level: Level
    whole: NodeScore
    funnel: Funnel
    entries: tuple[Entry, ...]
    hidden: int
    industry: IndustryFigure | None

    @property
    def by_chance(self) -> float:
        """How many of the judged units lie outside the inner limits by chance alone, on average."""
        return self.funnel.judged * (1 - INNER)

    @property
    def outside(self) -> list[Entry]:
        """Units clearly above or below the average."""
        return [entry for entry in self.entries if entry.place.verdict in ("above", "below")]

    @property
    def differ(self) -> bool | None:
        """Whether the units differ more than chance explains; None where that cannot be tested."""
        return None if self.funnel.p_same is None else self.funnel.p_same < 1 - INNER


def levels(result: WaveResult) -> list[Level]:
    """Levels with at least two units that have answers, the highest first. The top is what the reader sees all of."""
    top = result.disclosure.within({})
    start = len(result.forest.path(top)) if top is not None else 0
    answered = {
        above for unit in {cell[0] for cell in result.disclosure.cells} for above in result.forest.path(unit)
    }
    found: dict[int, list[int]] = {}
    for pk in result.units:
        path = result.forest.path(pk)
        if pk in answered and len(path) > start and (top is None or top in path):
            found.setdefault(len(path) - start, []).append(pk)
    return [Level(depth, tuple(units)) for depth, units in sorted(found.items()) if len(units) > 1]


def league(result: WaveResult, *, node: str = "", depth: int | None = None) -> League | None:
    """The units of a level, by one node of the tree (the index when empty or unknown); None where there are no two
    units that may be shown, or nothing may be shown at all.

    :param depth: of :func:`levels`; the highest one when None or unknown.
    """
    known = levels(result)
    if result.index is None or not known:
        return None
    level = next((one for one in known if one.depth == depth), known[0])
    whole = result.node(node) or result.index.root
    scores = _scores(result, level, whole.code)
    shown = {
        pk: score for pk, score in scores.items() if score.score is not None and score.n >= result.minimum
    }
    if len(shown) < 2:
        return None
    try:
        found = funnel([score.estimate for score in shown.values()], whole.estimate)
    except MeasureError:
        return None
    entries = [
        Entry(pk, result.label("unit", str(pk)), score, place)
        for (pk, score), place in zip(shown.items(), found.places, strict=True)
    ]
    newest = next((figure for figure in industry_figures(result) if figure.node == whole.code), None)
    return League(
        result=result,
        node=whole.code,
        level=level,
        whole=whole,
        funnel=found,
        entries=tuple(sorted(entries, key=lambda entry: -(entry.score.score or 0.0))),
        hidden=len(level.units) - len(shown),
        industry=newest,
    )


def _scores(result: WaveResult, level: Level, node: str) -> Mapping[int, NodeScore]:
    """Unit → its score of the node, where it could also be chosen as a filter and nobody can be worked out from it."""
    by_unit = rows.moments(result.rows, "unit_id")

    def sums(pk: int) -> dict[str, Moments]:
        found: dict[str, Moments] = {}
        for below in result.forest.below(pk):
            for code, moment in by_unit.get(below, {}).items():
                found[code] = found.get(code, Moments()) + moment
        return found

    counted = _Counts(result, {pk: by_unit.get(pk, {}).get(node, Moments()).n for pk in result.units})
    scores = {}
    for pk in level.units[:MOST_UNITS]:
        if result.disclosure.refusal({"unit": str(pk)}) is None and counted.shown(pk):
            own = masked(from_moments(result.tree, sums(pk)), result.minimum)
            scores[pk] = next(score for score in own.nodes if score.code == node)
    return scores


class _Counts:
    """Answers of one node by unit: who answered the wave need not have answered the node, so that what is left of a
    parent when its shown units are subtracted has to be looked at again for the node.
    """

    def __init__(self, result: WaveResult, own: Mapping[int, int]) -> None:
        self.forest, self.minimum, self.own = result.forest, result.minimum, own
        self._visible: dict[int | None, set[str]] = {}

    def below(self, unit: int | None) -> int:
        return sum(self.own.get(pk, 0) for pk in self.forest.below(unit))

    def shown(self, unit: int) -> bool:
        """Whether the unit, and each unit above it, may stand beside its siblings."""
        path = self.forest.path(unit)
        return all(str(step) in self._of(above) for above, step in zip([None, *path], path, strict=False))

    def _of(self, parent: int | None) -> set[str]:
        if parent not in self._visible:
            counts = {str(child): self.below(child) for child in self.forest.children(parent)}
            if parent is not None:
                counts[OTHERS] = self.own.get(parent, 0)
            self._visible[parent] = visible_groups(counts, self.minimum, self.below(parent))
        return self._visible[parent]


def verdict_words(verdict: Verdict) -> str:
    """The verdict in the active language."""
    return {
        "above": _("clearly above the average"),
        "perhaps above": _("perhaps above, may be chance"),
        "average": _("cannot be told from the average"),
        "perhaps below": _("perhaps below, may be chance"),
        "below": _("clearly below the average"),
        "too few": _("too few answers to judge (below %(fewest)d)") % {"fewest": FEWEST_TO_TEST},
    }[verdict]


def summary(found: League) -> list[str]:
    """What the plot says, and what it does not."""
    said = []
    if found.differ is False:
        said.append(
            _(
                "Taken together, the units differ no more than chance explains. The order below is mostly luck."
            )
        )
    elif found.differ:
        said.append(_("The units differ more than chance explains."))
    above = [entry.label for entry in found.outside if entry.place.verdict == "above"]
    below = [entry.label for entry in found.outside if entry.place.verdict == "below"]
    if above:
        said.append(_("Clearly above the average: %(units)s.") % {"units": _listed(above)})
    if below:
        said.append(_("Clearly below the average: %(units)s.") % {"units": _listed(below)})
    if not found.outside:
        said.append(_("No unit lies outside the outer limits (99.8%)."))
    said.append(
        _("Of %(count)d units judged, about %(expected)s lie outside the 95%% limits by chance alone; so one there is a question, not an answer.")
        % {"count": found.funnel.judged, "expected": f"{found.by_chance:.1f}"}
    )  # fmt: skip
    return said


def _listed(names: list[str]) -> str:
    return pgettext("list", ", ").join(names)


def as_dict(found: League) -> dict[str, Any]:
    """For the API: plain types."""
    return {
        "node": found.node,
        "depth": found.level.depth,
        "centre": found.funnel.centre,
        "sd": found.funnel.sd,
        "p_same": found.funnel.p_same,
        "confidence": [INNER, OUTER],
        "hidden": found.hidden,
        "units": [
            {
                "unit_id": entry.unit, "label": entry.label, "n": entry.score.n, "n_eff": entry.score.n_eff,
                "score": entry.score.score, "ci_low": entry.score.ci_low, "ci_high": entry.score.ci_high,
                "low": entry.place.inner.low if entry.place.inner else None,
                "high": entry.place.inner.high if entry.place.inner else None,
                "outer_low": entry.place.outer.low if entry.place.outer else None,
                "outer_high": entry.place.outer.high if entry.place.outer else None,
                "p_value": entry.place.p_value, "p_adjusted": entry.place.p_adjusted,
                "verdict": entry.place.verdict, "rank": entry.place.rank,
                "rank_low": entry.place.rank_low, "rank_high": entry.place.rank_high,
            }
            for entry in found.entries
        ],
    }  # fmt: skip
