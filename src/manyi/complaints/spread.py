"""Percentiles of durations from their tally, with intervals that assume nothing about their shape. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

LOW_BASE = 30
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Quantile:
    """The shortest duration not exceeded by the share `q`, in the unit of the input; with its interval, whose
    ends are None where too few values stand behind it.
    """

    q: float
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Spread:
    """How durations are spread; `n` counts them."""

    n: int
    median: Quantile
    p90: Quantile

    @property
    def low_base(self) -> bool:
        return self.n < LOW_BASE


def spread(tally: Iterable[tuple[float, int]]) -> Spread:
    """Median and ninth decile of durations given as (duration, how many).

    The interval of a quantile runs between two order statistics: the ranks below and above which at most 2.5 % of
    Binomial(n, q) lie (Conover, Practical Nonparametric Statistics, section 3.2), so that it covers at least 95 %.

    >>> found = spread([(1.0, 40), (2.0, 40), (10.0, 20)])
    >>> found.n, found.median.value, found.p90.value, (found.median.low, found.median.high)
    (100, 2.0, 10.0, (1.0, 2.0))
    """
    rows = sorted(tally)
    values = np.array([value for value, _count in rows], dtype=np.float64)
    ranks = np.cumsum([count for _value, count in rows]) if rows else np.array([0])
    n = int(ranks[-1])
    return Spread(n, _quantile(0.5, n, values, ranks), _quantile(0.9, n, values, ranks))


def _quantile(q: float, n: int, values: np.ndarray, ranks: np.ndarray) -> Quantile:
    def at(rank: int) -> float | None:
        return float(values[np.searchsorted(ranks, rank)]) if 1 <= rank <= n else None

    if n == 0:
        return Quantile(q, None, None, None)
    tail = (1 - CONFIDENCE) / 2
    low, high = int(binom.ppf(tail, n, q)), int(binom.ppf(1 - tail, n, q)) + 1
    return Quantile(q, at(max(1, int(np.ceil(n * q - 1e-9)))), at(low), at(high))
