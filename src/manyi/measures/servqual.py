"""Service gaps: what customers perceive against what they expect (SERVQUAL), and where in the house the gap
arises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import FloatArray, floats, probability, survey_weights
from .errors import ColumnError, OptionError
from .estimates import Estimate
from .shares import mean

DIMENSIONS = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
"""The five dimensions of the published instrument; any others may be used."""


@dataclass(frozen=True, slots=True)
class GapScore:
    """An item or dimension: perception − expectation (``gap``), and both means, in points of the answer
    scale.
    """

    gap: Estimate
    expectation: Estimate
    perception: Estimate


@dataclass(frozen=True, slots=True)
class Servqual:
    """Gap 5 by item and by dimension, and over all dimensions (``overall``, weighted by ``points``, shares of
    1).

    SERVPERF is the perception alone: ``overall.perception``.
    """

    items: Mapping[str, GapScore]
    dimensions: Mapping[str, GapScore]
    overall: GapScore
    points: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ProviderGap:
    """One of the five gaps: ``value = measured − wanted`` per dimension, and ``missing``: which side has no
    data.
    """

    number: int
    title: str
    value: Mapping[str, float]
    missing: tuple[str, ...]

    @property
    def measured(self) -> bool:
        return not self.missing


def gaps(
    expectations: Mapping[str, Any],
    perceptions: Mapping[str, Any],
    dimensions: Mapping[str, Sequence[str]],
    points: Mapping[str, float] | None = None,
    *,
    weights: Any = None,
    confidence: float = 0.95,
) -> Servqual:
    """Gap 5 of the service-quality model: perception minus expectation, by item, dimension and overall.

    A respondent's gap of an item is P − E where both are answered; of a dimension, the mean of the item gaps
    answered; overall, the mean of the dimensions weighted by points. Figures are means over respondents with
    t intervals.

    :param expectations: item → answers of shape ``(n,)``. :param perceptions: the same items, same
        respondents.
    :param dimensions: dimension → its items. :param points: dimension → points allocated (any sum); equal
        when None.
    :param weights: survey weights of shape ``(n,)``.
    :returns: gaps in points of the answer scale, negative where expectations are not met.
    :raises ColumnError: an item is absent on one side, or lengths differ. :raises OptionError: for unusable
        points.

    Source: Parasuraman, Zeithaml & Berry (1988), SERVQUAL; Cronin & Taylor (1992) for SERVPERF.

    >>> found = gaps({"t1": [7, 6], "r1": [7, 7]}, {"t1": [5, 6], "r1": [4, 6]},
    ...              {"tangibles": ["t1"], "reliability": ["r1"]}, {"tangibles": 25, "reliability": 75})
    >>> found.items["t1"].gap.value, found.dimensions["reliability"].gap.value, found.overall.gap.value
    (-1.0, -2.0, -1.75)
    """
    probability(confidence, "confidence")
    if not dimensions or not all(dimensions.values()):
        raise OptionError("Every dimension needs at least one item.")
    share = _shares(dimensions, points)
    expected, perceived = _answers(expectations, perceptions, dimensions)
    rows = next(iter(expected.values())).size
    w = survey_weights(weights, rows)

    def summary(e: FloatArray, p: FloatArray, gap: FloatArray) -> GapScore:
        return GapScore(*(mean(values, w, confidence=confidence) for values in (gap, e, p)))

    items = {
        item: summary(expected[item], perceived[item], perceived[item] - expected[item]) for item in expected
    }
    parts: dict[str, tuple[FloatArray, FloatArray, FloatArray]] = {}
    for name, members in dimensions.items():
        e, p = (np.column_stack([side[item] for item in members]) for side in (expected, perceived))
        parts[name] = _row_mean(e), _row_mean(p), _row_mean(p - e)
    points_of = np.array([share[name] for name in dimensions])
    whole = [_row_mean(np.column_stack([part[k] for part in parts.values()]), points_of) for k in range(3)]
    return Servqual(
        items=items,
        dimensions={name: summary(*part) for name, part in parts.items()},
        overall=summary(*whole),
        points=share,
    )


def five_gaps(
    *,
    expectations: Mapping[str, float] | None = None,
    perceptions: Mapping[str, float] | None = None,
    beliefs: Mapping[str, float] | None = None,
    standards: Mapping[str, float] | None = None,
    delivered: Mapping[str, float] | None = None,
    promised: Mapping[str, float] | None = None,
) -> tuple[ProviderGap, ...]:
    """The five gaps of the service-quality model by dimension, from whichever sources there are.

    1 managers' beliefs − customers' expectations; 2 standards set − beliefs; 3 delivery measured − standards;
    4 delivery − what was promised; 5 perceptions − expectations. Negative means: falls short.

    :param expectations: dimension → level, all on one scale: of the customer survey; ``perceptions``
        likewise; ``beliefs`` of the manager survey; ``standards`` set; ``delivered`` by audit; ``promised``
        by the register.
    :returns: five gaps, those without data named as such and with no values.

    Source: Parasuraman, Zeithaml & Berry (1985), A conceptual model of service quality.

    >>> found = five_gaps(expectations={"speed": 6.5}, perceptions={"speed": 5.0}, beliefs={"speed": 6.0})
    >>> [(gap.number, dict(gap.value), gap.missing) for gap in found if gap.number in (1, 2, 5)]
    [(1, {'speed': -0.5}, ()), (2, {}, ('standards',)), (5, {'speed': -1.5}, ())]
    """
    sources = {
        "expectations": expectations,
        "perceptions": perceptions,
        "beliefs": beliefs,
        "standards": standards,
        "delivered": delivered,
        "promised": promised,
    }
    pairs = (
        (1, "knowledge", "beliefs", "expectations"),
        (2, "standards", "standards", "beliefs"),
        (3, "delivery", "delivered", "standards"),
        (4, "communication", "delivered", "promised"),
        (5, "service quality", "perceptions", "expectations"),
    )
    result = []
    for number, title, left, right in pairs:
        have, want = sources[left] or {}, sources[right] or {}
        value = {name: have[name] - want[name] for name in want if name in have}
        missing = tuple(side for side, data in ((left, have), (right, want)) if not data)
        result.append(ProviderGap(number, title, value, missing))
    return tuple(result)


def _shares(dimensions: Mapping[str, Sequence[str]], points: Mapping[str, float] | None) -> dict[str, float]:
    if points is None:
        return {name: 1 / len(dimensions) for name in dimensions}
    if set(points) != set(dimensions):
        odd = sorted(set(points) ^ set(dimensions))[0]
        raise OptionError("Points and dimensions differ in '{name}'.", name=odd)
    total = float(sum(points.values()))
    if not (total > 0 and all(value >= 0 for value in points.values())):
        raise OptionError("Points must be zero or more, and not all zero.")
    return {name: float(points[name]) / total for name in dimensions}


def _answers(
    expectations: Mapping[str, Any], perceptions: Mapping[str, Any], dimensions: Mapping[str, Sequence[str]]
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    sides: list[dict[str, FloatArray]] = []
    rows: int | None = None
    for side, data in (("expectations", expectations), ("perceptions", perceptions)):
        found = {}
        for item in (item for members in dimensions.values() for item in members):
            if item not in data:
                raise ColumnError("Column '{column}' is not in the {side}.", column=item, side=side)
            values = floats(data[item], item)
            rows = values.size if rows is None else rows
            if values.size != rows:
                raise ColumnError(
                    "Column '{column}' has {rows} rows, not {expected}.",
                    column=item,
                    rows=values.size,
                    expected=rows,
                )
            found[item] = values
        sides.append(found)
    return sides[0], sides[1]


def _row_mean(values: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Weighted mean of each row over what is there; NaN where nothing is."""
    w = np.ones(values.shape[1]) if weights is None else weights
    have = ~np.isnan(values)
    total = have @ w
    sums = np.where(have, values, 0.0) @ w
    result: FloatArray = np.divide(sums, total, out=np.full(values.shape[0], np.nan), where=total > 0)
    return result
