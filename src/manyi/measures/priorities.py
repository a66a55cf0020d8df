"""Where to act first: importance against performance, and what an improvement would be worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from .arrays import Answers, FloatArray, probability, survey_weights
from .errors import OptionError
from .index import groups, respondent_scores
from .shares import mean
from .tree import Tree

Cut = Literal["mean", "median", "midpoint"]
Quadrant = Literal["concentrate here", "keep up the good work", "low priority", "possible overkill"]
Strategy = Literal["improve", "advantage", "opportunity", "maintain"]

STRATEGY: Mapping[Quadrant, Strategy] = {
    "concentrate here": "improve",
    "keep up the good work": "advantage",
    "low priority": "opportunity",
    "possible overkill": "maintain",
}
"""The quadrants of Martilla & James in the words of the strategic matrix of GB/T 19038, annex D."""


@dataclass(frozen=True, slots=True)
class Priority:
    """One item: how much it matters, how well it does, and which quadrant that makes."""

    code: str
    importance: float
    performance: float
    quadrant: Quadrant

    @property
    def strategy(self) -> Strategy:
        """The field of the strategic matrix of GB/T 19038: improve, advantage, opportunity or maintain."""
        return STRATEGY[self.quadrant]


@dataclass(frozen=True, slots=True)
class Priorities:
    """Items with their quadrants, and the cut lines that made them (to be stored and shown with the picture)."""

    points: tuple[Priority, ...]
    importance_cut: float
    performance_cut: float
    cut: str

    def __getitem__(self, code: str) -> Priority:
        for point in self.points:
            if point.code == code:
                return point
        raise OptionError("There is no item '{code}'.", code=code)


@dataclass(frozen=True, slots=True)
class Gain:
    """What the index would gain, in points, with interval, if one item improved.

    ``raise_by`` is by how many points (of 0–100) the item's score rises, ``best_unit`` whose level it would
    reach (None when simply raised). ``gain`` is None when nobody has a score.
    """

    code: str
    score: float | None
    raise_by: float | None
    gain: float | None
    low: float | None
    high: float | None
    best_unit: str | None = None


def importance_performance(
    importance: Mapping[str, float],
    performance: Mapping[str, float],
    *,
    cut: Cut | tuple[float, float] = "mean",
    scales: tuple[tuple[float, float], tuple[float, float]] | None = None,
) -> Priorities:
    """Importance–performance analysis: which items to concentrate on.

    An item at or above a cut line counts as high. High importance and low performance: concentrate here.

    :param importance: item → importance, stated (mean rating) or derived (drivers' shares, total effects).
    :param performance: item → performance, for example its score of 0–100. The same items as `importance`.
    :param cut: lines at the grand ``mean``, the ``median``, the scales' ``midpoint``, or ``(importance,
        performance)``.
    :param scales: ``((min, max) of importance, (min, max) of performance)``, needed for ``midpoint`` only.
    :raises OptionError: when the items differ, are none, hold a missing value, or the cut is unknown.

    Source: Martilla & James (1977), Importance-performance analysis; GB/T 19038-2009, annex D.

    >>> found = importance_performance({"price": 0.4, "care": 0.3, "wifi": 0.1}, {"price": 60, "care": 85, "wifi": 50})
    >>> [(point.code, point.quadrant, point.strategy) for point in found.points][0]
    ('price', 'concentrate here', 'improve')
    >>> found["care"].strategy, found["wifi"].strategy
    ('advantage', 'opportunity')
    """
    if not importance:
        raise OptionError("There are no items to compare.")
    if set(importance) != set(performance):
        odd = sorted(set(importance) ^ set(performance))[0]
        raise OptionError("'{code}' has only one of importance and performance.", code=odd)
    x = np.array([importance[code] for code in importance], dtype=np.float64)
    y = np.array([performance[code] for code in importance], dtype=np.float64)
    for code, a, b in zip(importance, x, y, strict=True):
        if not (np.isfinite(a) and np.isfinite(b)):
            raise OptionError("'{code}' has no importance or no performance.", code=code)
    lines = _lines(x, y, cut, scales)
    points = tuple(
        Priority(code, float(a), float(b), _quadrant(a >= lines[0], b >= lines[1]))
        for code, a, b in zip(importance, x, y, strict=True)
    )
    return Priorities(points, lines[0], lines[1], cut if isinstance(cut, str) else "given")


def expected_gain(
    tree: Tree | Mapping[str, Any],
    answers: Answers,
    weights: Any = None,
    *,
    points: float = 1.0,
    by: Any = None,
    at_least: int = 30,
    confidence: float = 0.95,
) -> tuple[Gain, ...]:
    """What the index would gain if one item improved, for each item; the largest gain first.

    A respondent's index is a weighted mean of that person's item scores (weights renormalised over what was
    answered), so it moves by that weight times the move of the item. Without `by`, each answer rises by
    `points` of its scale, but not beyond its end. With `by`, the item's mean rises to that of the best unit
    (0 for an item that is best already overall); the interval then takes in the uncertainty of that unit's
    mean and the overall one.

    :param points: rise in steps of the answer scale, above 0.
    :param by: unit of each respondent, shape ``(n,)``. :param at_least: respondents a unit needs to serve as
        the best.
    :returns: gains in points of the index.
    :raises ColumnError, WeightError: as for the index. :raises OptionError: for `points` of zero or less.

    >>> from manyi.measures.tree import Node, Scale
    >>> items = (Node("a", {"en": "A"}, 3, column="a"), Node("b", {"en": "B"}, 1, column="b"))
    >>> found = expected_gain(Tree({"en": "Index"}, Scale(1, 5), items), {"a": [2, 3, 5], "b": [1, 1, 1]})
    >>> [(gain.code, gain.gain) for gain in found]
    [('a', 12.5), ('b', 6.25)]
    """
    tree = Tree.of(tree)
    probability(confidence, "confidence")
    if not points > 0:
        raise OptionError("{name} must be above zero, not {value}.", name="points", value=points)
    scores = respondent_scores(tree, answers)
    rows = scores[tree.code].size
    w = survey_weights(weights, rows)
    share = _shares_of_index(tree, scores)
    units = None if by is None else groups(tree, answers, {"unit": by}, weights)["unit"]
    gains = []
    for place in tree.leaves():
        item = scores[place.code]
        own = mean(item, w, confidence=confidence)
        if units is None:
            scale = tree.scale_of(place.node)
            step = points / (scale.max - scale.min) * 100
            moved = np.where(np.isnan(item), 0.0, np.minimum(step, 100 - item))
            found = mean(share[place.code] * moved, w, confidence=confidence)
            gains.append(Gain(place.code, own.value, step, found.value, found.low, found.high))
            continue
        z = float(ndtri((1 + confidence) / 2))
        best, target, error = None, own.value, 0.0
        for name, result in units.items():
            node = result.node(place.code)
            if node.n >= at_least and node.score is not None and target is not None and node.score > target:
                best, target, error = name, node.score, node.se or 0.0
        weight = mean(share[place.code], w, confidence=confidence).value
        if own.value is None or weight is None or target is None:
            gains.append(Gain(place.code, own.value, None, None, None, None))
            continue
        rise = target - own.value
        half = z * float(np.hypot(error, own.se or 0.0)) if best is not None else 0.0
        gains.append(
            Gain(
                place.code,
                own.value,
                rise,
                weight * rise,
                weight * (rise - half),
                weight * (rise + half),
                best,
            )
        )
    return tuple(sorted(gains, key=lambda gain: -(gain.gain or 0.0)))


def _lines(
    x: FloatArray,
    y: FloatArray,
    cut: Cut | tuple[float, float],
    scales: tuple[tuple[float, float], tuple[float, float]] | None,
) -> tuple[float, float]:
    if not isinstance(cut, str):
        return float(cut[0]), float(cut[1])
    if cut == "mean":
        return float(x.mean()), float(y.mean())
    if cut == "median":
        return float(np.median(x)), float(np.median(y))
    if cut == "midpoint":
        if scales is None:
            raise OptionError("Cut lines at the midpoint need the scales.")
        return sum(scales[0]) / 2, sum(scales[1]) / 2
    raise OptionError("'{cut}' is no cut; use mean, median, midpoint or two numbers.", cut=cut)


def _quadrant(important: bool, good: bool) -> Quadrant:
    if important:
        return "keep up the good work" if good else "concentrate here"
    return "possible overkill" if good else "low priority"


def _shares_of_index(tree: Tree, scores: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """How much of each respondent's index each node is: (n,), NaN without an index, 0 for what was not
    answered.
    """
    places = tree.nodes()
    answered = {place.code: ~np.isnan(scores[place.code]) for place in places}
    share = {tree.code: np.where(answered[tree.code], 1.0, np.nan)}
    for parent in places:
        if parent.node.is_leaf:
            continue
        children = parent.node.children
        total = np.zeros_like(share[parent.code])
        for child in children:
            total += child.weight * answered[child.code]
        for child in children:
            part = np.divide(
                child.weight * answered[child.code], total, out=np.zeros_like(total), where=total > 0
            )
            share[child.code] = share[parent.code] * part
    return share
