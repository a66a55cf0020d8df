"""Do two figures differ? Differences with interval and test, and the adjustment for having looked many times.

Base rules: below 10 answers on either side nothing is tested (the result says why), below 30 it is marked low
base.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, Literal

import numpy as np
from scipy.special import bdtr, bdtrc, gammaincinv, ndtr, ndtri, stdtr, stdtrit

from .arrays import probability
from .errors import OptionError
from .estimates import LOW_BASE, Estimate
from .shares import mean, wilson, wilson_limits

FEWEST_TO_TEST = 10
"""Below this many answers on either side a difference is not tested, and no trend is drawn."""


@dataclass(frozen=True, slots=True)
class Difference:
    """``value = first − second`` with interval and two-sided p value, in the unit of the figures compared.

    ``low``, ``high`` and ``p_value`` are None when there was no test; ``reason`` then says why: ``"too few"``
    (below 10 answers on a side), ``"no spread"`` (all answers alike on both sides) or ``"no value"``.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_first: int
    n_second: int
    reason: Literal["too few", "no spread", "no value"] | None = None

    @property
    def low_base(self) -> bool:
        """Whether either side has fewer than 30 answers."""
        return min(self.n_first, self.n_second) < LOW_BASE


def shares(
    first: Estimate | tuple[float, float], second: Estimate | tuple[float, float], *, confidence: float = 0.95
) -> Difference:
    """Difference of two independent shares: hybrid score interval of Newcombe, and the pooled score test.

    With Wilson limits ``l, u`` of each share: ``d − √((p₁ − l₁)² + (u₂ − p₂)²)`` to
    ``d + √((u₁ − p₁)² + (p₂ − l₂)²)``. Weighted shares count with their effective sample size.

    :param first: a share from :mod:`manyi.measures.shares`, or a pair ``(count, n)``. The same for `second`.
    :returns: difference of shares, −1 to 1.
    :raises OptionError: for a count outside 0 to n.

    Source: Newcombe (1998), Interval estimation for the difference between independent proportions, method
    10.

    >>> found = shares((56, 70), (48, 80))
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    a, b = (side if isinstance(side, Estimate) else wilson(*side) for side in (first, second))
    refused = _refuse(a, b)
    if refused:
        return refused
    p, q = a.value or 0.0, b.value or 0.0
    p_low, p_high = wilson_limits(p, a.n_eff, confidence)
    q_low, q_high = wilson_limits(q, b.n_eff, confidence)
    pooled = (p * a.n_eff + q * b.n_eff) / (a.n_eff + b.n_eff)
    spread = pooled * (1 - pooled) * (1 / a.n_eff + 1 / b.n_eff)
    return Difference(
        value=p - q,
        low=p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2),
        high=p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2),
        p_value=1.0 if spread <= 0 else _two_sided((p - q) / sqrt(spread)),
        n_first=a.n,
        n_second=b.n,
    )


def nps(first: Estimate, second: Estimate, *, confidence: float = 0.95) -> Difference:
    """Difference of two independent net promoter scores, in points: ``se = √(se₁² + se₂²)``, normal interval
    and test.

    >>> from manyi.measures.shares import nps_from_shares
    >>> found = nps(nps_from_shares(0.5, 0.2, 400), nps_from_shares(0.4, 0.25, 400))
    >>> round(found.value, 6), round(found.low, 2), round(found.p_value, 4)
    (15.0, 4.1, 0.007)
    """
    z = float(ndtri((1 + probability(confidence, "confidence")) / 2))
    refused = _refuse(first, second)
    if refused:
        return refused
    value, se = _gap(first, second)
    if se == 0:
        return Difference(value, None, None, None, first.n, second.n, "no spread")
    return Difference(value, value - z * se, value + z * se, _two_sided(value / se), first.n, second.n)


def means(first: Any, second: Any, *, confidence: float = 0.95) -> Difference:
    """Difference of two independent means: t interval and test of Welch.

    ``t = d / √(se₁² + se₂²)`` with ``(se₁² + se₂²)² / (se₁⁴/(n₁ − 1) + se₂⁴/(n₂ − 1))`` degrees of freedom, n
    being the effective sample size where weighted.

    :param first: an Estimate (for example ``result.node("care").estimate``), or values of shape ``(n,)``. The
        same for `second`.
    :raises ColumnError: when the values are not numbers.

    Source: Welch (1947), The generalization of 'Student's' problem.

    >>> found = means([20.1, 22.3, 19.8, 21.5] * 5, [18.2, 19.9, 20.4, 17.7] * 5)
    >>> round(found.value, 3), round(found.low, 3), found.p_value < 0.001, found.low_base
    (1.875, 1.168, True, True)
    """
    probability(confidence, "confidence")
    a, b = (side if isinstance(side, Estimate) else mean(side) for side in (first, second))
    refused = _refuse(a, b)
    if refused:
        return refused
    value, se = _gap(a, b)
    if se == 0:
        return Difference(value, None, None, None, a.n, b.n, "no spread")
    # The share of the first side in the variance, since the formula as printed underflows for tiny errors.
    part = ((a.se or 0.0) / se) ** 2
    freedom = 1 / (part**2 / (a.n_eff - 1) + (1 - part) ** 2 / (b.n_eff - 1))
    t = float(stdtrit(freedom, (1 + confidence) / 2))
    return Difference(
        value, value - t * se, value + t * se, float(2 * stdtr(freedom, -abs(value / se))), a.n, b.n
    )


def against(first: Any, known: float, *, confidence: float = 0.95) -> Difference:
    """Difference of a mean from a figure without uncertainty of its own, such as a published one: t interval and
    one-sample t test with ``n − 1`` degrees of freedom, n being the effective sample size where weighted.

    :param first: an Estimate, or values of shape ``(n,)``. :param known: the figure, in the same unit.
    :raises ColumnError: when the values are not numbers.

    Source: Student (1908), The probable error of a mean.

    >>> found = against([20.1, 22.3, 19.8, 21.5] * 5, 20)
    >>> round(found.value, 3), round(found.low, 3), found.p_value < 0.001
    (0.925, 0.435, True)
    """
    probability(confidence, "confidence")
    own = first if isinstance(first, Estimate) else mean(first)
    refused = _refuse(own, Estimate(known, None, None, own.n, 0.0, own.n_eff))
    if refused:
        return refused
    value, se = (own.value or 0.0) - known, own.se or 0.0
    if se == 0:
        return Difference(value, None, None, None, own.n, own.n, "no spread")
    t = float(stdtrit(own.n_eff - 1, (1 + confidence) / 2))
    p = float(2 * stdtr(own.n_eff - 1, -abs(value / se)))
    return Difference(value, value - t * se, value + t * se, p, own.n, own.n)


def rates(first: tuple[int, float], second: tuple[int, float], *, confidence: float = 0.95) -> Difference:
    """Difference of two independent rates of counted events, such as complaints per day.

    Interval: exact Poisson limits ``l, u`` of each rate (Garwood 1936), combined as
    ``d − √((r₁ − l₁)² + (u₂ − r₂)²)`` to ``d + √((u₁ − r₁)² + (r₂ − l₂)²)`` (Zou & Donner 2008). Test: given
    their sum, the first count is binomial with share ``t₁ / (t₁ + t₂)``; the smaller tail doubled.

    :param first: a pair ``(count, exposure)``, the exposure in any unit above 0. The same for `second`.
    :returns: events per unit of exposure; ``n_first`` and ``n_second`` are the counts.
    :raises OptionError: for a negative count or an exposure of 0 or less.

    Source: Przyborowski & Wilenski (1940), Homogeneity of results in testing samples from Poisson series.

    >>> found = rates((12, 30.0), (30, 30.0))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2), round(found.p_value, 4)
    (-0.6, -1.07, -0.16, 0.0079)
    """
    alpha = 1 - probability(confidence, "confidence")
    sides = []
    for count, exposure in (first, second):
        if count < 0:
            raise OptionError("{name} must not be negative, not {value}.", name="count", value=count)
        if not 0 < exposure < inf:
            raise OptionError("{name} must be above zero, not {value}.", name="exposure", value=exposure)
        low = gammaincinv(count, alpha / 2) if count else 0.0
        sides.append((count / exposure, low / exposure, gammaincinv(count + 1, 1 - alpha / 2) / exposure))
    (r1, l1, u1), (r2, l2, u2) = sides
    value, both = r1 - r2, first[0] + second[0]
    if both == 0:
        return Difference(value, None, None, None, 0, 0, "no value")
    share = first[1] / (first[1] + second[1])
    tail = min(bdtr(first[0], both, share), bdtrc(first[0] - 1, both, share) if first[0] else 1.0)
    return Difference(
        float(value),
        float(value - sqrt((r1 - l1) ** 2 + (u2 - r2) ** 2)),
        float(value + sqrt((u1 - r1) ** 2 + (r2 - l2) ** 2)),
        float(min(1.0, 2 * tail)),
        first[0],
        second[0],
    )


def adjust(
    p_values: Sequence[float | None], method: Literal["holm", "bh"] = "holm"
) -> tuple[float | None, ...]:
    """p values adjusted for being a whole table of tests; None (not tested) stays None and does not count.

    ``holm`` keeps the chance of any false alarm at the level (Holm 1979); ``bh`` keeps the share of false
    alarms among the alarms at the level (Benjamini & Hochberg 1995).

    :raises OptionError: for a p value outside 0–1 or another method.

    >>> [round(p, 6) for p in adjust([0.01, 0.02, 0.03, 0.04, 0.05])]
    [0.05, 0.08, 0.09, 0.09, 0.09]
    >>> adjust([0.04, None, 0.01], "bh")
    (0.04, None, 0.02)
    """
    tested = [position for position, p in enumerate(p_values) if p is not None]
    p = np.array([p_values[position] for position in tested], dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise OptionError("p values must lie between 0 and 1.")
    m = p.size
    order = np.argsort(p, kind="stable")
    if method == "holm":
        stepped = np.maximum.accumulate(p[order] * (m - np.arange(m)))
    elif method == "bh":
        stepped = np.minimum.accumulate((p[order] * m / np.arange(1, m + 1))[::-1])[::-1]
    else:
        raise OptionError("'{method}' is not a method; use 'holm' or 'bh'.", method=method)
    adjusted: list[float | None] = [None] * len(p_values)
    for rank, position in enumerate(order):
        adjusted[tested[int(position)]] = min(1.0, float(stepped[rank]))
    return tuple(adjusted)


def _refuse(first: Estimate, second: Estimate) -> Difference | None:
    if first.value is None or second.value is None:
        return Difference(None, None, None, None, first.n, second.n, "no value")
    if min(first.n, second.n) < FEWEST_TO_TEST or min(first.n_eff, second.n_eff) < 2:
        return Difference(first.value - second.value, None, None, None, first.n, second.n, "too few")
    return None


def _gap(first: Estimate, second: Estimate) -> tuple[float, float]:
    return (first.value or 0.0) - (second.value or 0.0), sqrt(
        (first.se or 0.0) ** 2 + (second.se or 0.0) ** 2
    )


def _two_sided(z: float) -> float:
    return float(2 * ndtr(-abs(z)))
