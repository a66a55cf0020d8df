"""Many units side by side without shaming small ones by chance: funnel limits, verdicts, and what ranks are worth.

A mean of few answers strays far from the average by luck alone. So a unit is not judged by its place in a table, but
by limits that are wide where answers are few: only what lies outside is more than chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

from .arrays import probability
from .compare import FEWEST_TO_TEST, adjust
from .errors import OptionError
from .estimates import Estimate

INNER, OUTER = 0.95, 0.998
"""The usual limits of funnel plots: one unit of 20, and one of 500, lies outside by chance."""

Verdict = Literal["above", "perhaps above", "average", "perhaps below", "below", "too few"]


@dataclass(frozen=True, slots=True)
class Band:
    """Control limits for a mean of ``n`` answers, in the unit of the means."""

    n: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Place:
    """One unit. ``inner`` and ``outer`` are its limits of 95 % and 99.8 %, None where it has too few answers to be
    judged; ``p_value`` is two-sided, ``p_adjusted`` counts how many units there are (Holm). ``rank`` is 1 for the
    highest mean; ``rank_low`` to ``rank_high`` are the ranks that cannot be ruled out, all units' together with 95 %
    confidence.
    """

    estimate: Estimate
    inner: Band | None
    outer: Band | None
    p_value: float | None
    p_adjusted: float | None
    verdict: Verdict
    rank: int
    rank_low: int
    rank_high: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """``centre`` is the mean of all answers, ``sd`` the pooled standard deviation of answers within units with
    ``freedom`` degrees of freedom, ``total`` the answers behind the centre. ``p_same`` tests whether the units differ at
    all (one-way analysis of variance); None for fewer than two units that can be judged. ``dispersion`` is its F: about 1
    where units differ by chance only. ``places`` are in the order of the units given.
    """

    centre: float
    sd: float
    freedom: float
    total: float
    dispersion: float | None
    p_same: float | None
    places: tuple[Place, ...]

    @property
    def judged(self) -> int:
        """How many units have enough answers to be judged."""
        return sum(place.verdict != "too few" for place in self.places)

    def band(self, n: float, confidence: float = INNER) -> Band:
        """Limits for a unit of ``n`` answers: ``centre ± t · sd · √(1/n − 1/total)``, see :func:`funnel`.

        :raises OptionError: for an n of 0 or less.
        """
        if n <= 0:
            raise OptionError("{name} must be above zero, not {value}.", name="n", value=n)
        t = float(stdtrit(self.freedom, (1 + probability(confidence, "confidence")) / 2))
        half = t * self.sd * sqrt(max(0.0, 1 / n - 1 / self.total))
        return Band(n, self.centre - half, self.centre + half)


def funnel(units: Sequence[Estimate], whole: Estimate | None = None) -> Funnel:
    """Funnel plot of means: control limits around the mean of all, a verdict for each unit, and rank intervals.

    The variance is pooled within units, ``s² = Σ (n_i − 1) s_i² / Σ (n_i − 1)`` with ``s_i² = n_i · se_i²`` and n the
    effective sample size. A unit's mean is compared with a centre that it is part of, so the variance of the
    difference is ``s² (1/n_i − 1/N)``: limits are ``centre ± t · s · √(1/n_i − 1/N)``, narrower than
    ``s/√n_i`` where one unit makes up much of the whole. Outside 99.8 % is 'above' or 'below', between 95 % and
    99.8 % 'perhaps'; with k units, ``0.05 k`` lie outside the inner limits by chance.

    Units below 10 answers are not judged. A rank is ruled out where all pairs of units are compared (Welch, Holm over
    all pairs): ``1 + number clearly better`` to ``k − number clearly worse``.

    :param units: means of disjoint groups of people, such as branches. :param whole: the mean of everybody, also of
        those who belong to no unit given; without it the pooled mean of the units.
    :raises OptionError: when no unit has two answers.

    Sources: Spiegelhalter (2005), Funnel plots for comparing institutional performance; Ott (1967), Analysis of means
    (limits for a mean that is part of the whole); Holm (1979); Klein, Wright & Wieczorek (2020), A joint confidence
    region for an overall ranking of populations.

    >>> from manyi.measures.shares import mean
    >>> found = funnel([mean([60, 70, 80] * 20), mean([65, 75, 85] * 30), mean([30, 90] * 5)])
    >>> round(found.centre, 2), round(found.sd, 2), [place.verdict for place in found.places]
    (72.19, 11.0, ['average', 'above', 'below'])
    """
    known = [unit for unit in units if unit.value is not None]
    spread = [(u.n_eff - 1, u.n_eff * u.se**2) for u in known if u.se is not None and u.n_eff > 1]
    freedom = sum(n for n, _variance in spread)
    if freedom <= 0:
        raise OptionError("No unit has two answers, so nothing is known of how answers differ.")
    sd = sqrt(sum(n * variance for n, variance in spread) / freedom)
    answers = sum(unit.n_eff for unit in known)
    total = max(answers, whole.n_eff) if whole is not None else answers
    if whole is not None and whole.value is not None:
        centre = whole.value
    else:
        centre = sum(unit.n_eff * (unit.value or 0.0) for unit in known) / answers
    empty = Funnel(centre, sd, freedom, total, None, None, ())
    tests = [_p_value(unit, empty) for unit in units]
    ranks = _ranks(units)
    places = tuple(
        _place(unit, empty, p, adjusted, rank)
        for unit, p, adjusted, rank in zip(units, tests, adjust(tests), ranks, strict=True)
    )
    dispersion, p_same = _same([u for u, p in zip(units, tests, strict=True) if p is not None], empty)
    return Funnel(centre, sd, freedom, total, dispersion, p_same, places)


def _judged(unit: Estimate) -> bool:
    return unit.value is not None and unit.n >= FEWEST_TO_TEST and unit.n_eff >= 2


def _p_value(unit: Estimate, shape: Funnel) -> float | None:
    if not _judged(unit):
        return None
    error = shape.sd * sqrt(max(0.0, 1 / unit.n_eff - 1 / shape.total))
    gap = abs((unit.value or 0.0) - shape.centre)
    if error == 0:
        return 1.0 if gap < 1e-9 or unit.n_eff >= shape.total else 0.0
    return float(2 * stdtr(shape.freedom, -gap / error))


def _place(
    unit: Estimate, shape: Funnel, p: float | None, adjusted: float | None, ranks: tuple[int, int, int]
) -> Place:
    if p is None:
        return Place(unit, None, None, None, None, "too few", *ranks)
    up = (unit.value or 0.0) > shape.centre
    verdict: Verdict = "average"
    if p < 1 - OUTER:
        verdict = "above" if up else "below"
    elif p < 1 - INNER:
        verdict = "perhaps above" if up else "perhaps below"
    inner, outer = (shape.band(unit.n_eff, confidence) for confidence in (INNER, OUTER))
    return Place(unit, inner, outer, p, adjusted, verdict, *ranks)


def _same(units: Sequence[Estimate], shape: Funnel) -> tuple[float | None, float | None]:
    """F of the units that can be judged, about their own pooled mean, and its p value."""
    if len(units) < 2 or shape.sd == 0:
        return None, None
    n = np.array([unit.n_eff for unit in units])
    values = np.array([unit.value for unit in units], dtype=np.float64)
    between = float((n * (values - (n * values).sum() / n.sum()) ** 2).sum()) / (len(units) - 1)
    ratio = between / shape.sd**2
    return ratio, float(fdtrc(len(units) - 1, shape.freedom, ratio))


def _ranks(units: Sequence[Estimate]) -> list[tuple[int, int, int]]:
    """Rank, lowest and highest rank not ruled out, of each unit."""
    k = len(units)
    values = np.array([np.nan if unit.value is None else unit.value for unit in units], dtype=np.float64)
    better = clearly_higher(units)
    return [
        (1 + int((values > values[i]).sum()), 1 + int(better[:, i].sum()), k - int(better[i].sum()))
        for i in range(k)
    ]


def clearly_higher(units: Sequence[Estimate], confidence: float = 0.95) -> NDArray[np.bool_]:
    """Which unit's mean is clearly higher than which other's: all pairs by Welch's test, adjusted by Holm over all pairs.

    Pairs with fewer than 10 answers on a side are never clear.

    :returns: truth values of shape ``(k, k)``; ``[i, j]`` says that i is clearly higher than j.
    :raises OptionError: for a confidence outside 0–1.

    >>> from manyi.measures.shares import mean
    >>> clearly_higher([mean([60, 70, 80] * 20), mean([65, 75, 85] * 30), mean([30, 90] * 5)]).tolist()
    [[False, False, False], [True, False, False], [False, False, False]]
    """
    alpha = 1 - probability(confidence, "confidence")
    k = len(units)
    found = np.zeros((k, k), dtype=np.bool_)
    judged = [i for i, unit in enumerate(units) if _judged(unit) and unit.se]
    if len(judged) < 2:
        return found
    value = np.array([units[i].value for i in judged], dtype=np.float64)
    variance = np.array([(units[i].se or 0.0) ** 2 for i in judged])
    freedom = np.array([units[i].n_eff - 1 for i in judged])
    first, second = np.triu_indices(len(judged), 1)
    both = variance[first] + variance[second]
    degrees = both**2 / (variance[first] ** 2 / freedom[first] + variance[second] ** 2 / freedom[second])
    p = 2 * stdtr(degrees, -np.abs(value[first] - value[second]) / np.sqrt(both))
    for i, j, adjusted in zip(first, second, adjust([float(one) for one in p]), strict=True):
        if adjusted is not None and adjusted < alpha:
            high, low = (i, j) if value[i] > value[j] else (j, i)
            found[judged[int(high)], judged[int(low)]] = True
    return found
