"""Do two figures move together? Correlation of few pairs, never without its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import atanh, sqrt, tanh
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from .arrays import FloatArray, floats, probability
from .errors import ColumnError

FEWEST_PAIRS = 10
"""With fewer pairs an interval reaches nearly from −1 to 1; nothing should be concluded from it."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """A coefficient between −1 and 1 over `n` pairs. ``value`` is None where one side does not vary or there are
    fewer than three pairs, the interval None below four.
    """

    method: Literal["pearson", "spearman"]
    value: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def direction(self) -> Literal["up", "down"] | None:
        """Whether both rise together or one falls; None where that cannot be told."""
        if self.n < FEWEST_PAIRS or self.low is None or self.high is None or self.low <= 0 <= self.high:
            return None
        return "up" if self.low > 0 else "down"


def pearson(x: Any, y: Any, *, confidence: float = 0.95) -> Correlation:
    """Linear correlation. The interval is that of Fisher's z: ``tanh(atanh r ± z / √(n − 3))``.

    :param x: shape ``(n,)``; pairs with a missing value are left out. :param y: the same shape.
    :raises ColumnError: the sides differ in length or are not numeric.

    Source: Fisher (1921), On the probable error of a coefficient of correlation.

    >>> found = pearson([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), found.direction
    (0.8, -0.28, 0.986, None)
    """
    a, b = _pairs(x, y)
    return _with_interval("pearson", a, b, 1.0, confidence)


def spearman(x: Any, y: Any, *, confidence: float = 0.95) -> Correlation:
    """Rank correlation: whether the order is the same, whatever the shape; ties share their rank.

    The interval is Fisher's with the error of ranks, ``√((1 + r²/2) / (n − 3))``.

    Parameters and errors as :func:`pearson`.

    Source: Bonett & Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations.

    >>> found = spearman([1, 2, 3, 4, 5], [1, 4, 9, 16, 25])
    >>> found.value, found.low, found.high
    (1.0, 1.0, 1.0)
    """
    a, b = (_ranks(side) for side in _pairs(x, y))
    value = _coefficient(a, b)
    return _with_interval("spearman", a, b, 1.0 if value is None else 1 + value**2 / 2, confidence)


def _pairs(x: Any, y: Any) -> tuple[FloatArray, FloatArray]:
    a, b = floats(x, "x"), floats(y, "y")
    if a.size != b.size:
        raise ColumnError("Column '{column}' has {rows} rows, not {expected}.", column="y", rows=b.size, expected=a.size)  # fmt: skip
    both = ~(np.isnan(a) | np.isnan(b))
    return a[both], b[both]


def _ranks(values: FloatArray) -> FloatArray:
    """Places from 1 on; equal values share the mean of theirs."""
    _values, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(count) - (count - 1) / 2)[place]
    return ranks


def _coefficient(a: FloatArray, b: FloatArray) -> float | None:
    if a.size < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))


def _with_interval(
    method: Literal["pearson", "spearman"], a: FloatArray, b: FloatArray, factor: float, confidence: float
) -> Correlation:
    probability(confidence, "confidence")
    value, n = _coefficient(a, b), int(a.size)
    if value is None or n < 4:
        return Correlation(method, value, None, None, n)
    if abs(value) > 1 - 1e-12:
        whole = float(round(value))
        return Correlation(method, whole, whole, whole, n)
    reach = float(ndtri((1 + confidence) / 2)) * sqrt(factor / (n - 3))
    return Correlation(method, value, tanh(atanh(value) - reach), tanh(atanh(value) + reach), n)
