"""Pareto and ABC analysis: the few that make up most of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray, floats
from .errors import ColumnError, OptionError


@dataclass(frozen=True, slots=True)
class Tiers:
    """Everybody's tier (``"A"``, ``"B"``, ...) and cumulative share of the total (0–1), both of shape
    ``(n,)`` in the order of the input; ``order`` lists the row numbers from the largest value to the
    smallest.

    ``counts`` and ``shares`` (of the total value) are by tier.
    """

    tier: NDArray[np.str_]
    cumulative: FloatArray
    order: NDArray[np.intp]
    counts: dict[str, int]
    shares: dict[str, float]


def tiers(values: Any, cuts: Sequence[float] = (0.80, 0.95)) -> Tiers:
    """Tiers by cumulative share: A are the largest that together make up the first cut, and so on.

    Sorted from large to small, a row belongs to the first tier whose cut the sum of the rows *before* it has
    not yet reached; so the row that crosses a cut still belongs to the better tier, and A is never empty.
    Equal values get the same tier, that of the first of them. Values of zero or less are in the last tier and
    add nothing.

    :param values: turnover, number of complaints or the like, shape ``(n,)``.
    :param cuts: rising shares between 0 and 1, one less than there are tiers.
    :raises ColumnError: missing values, or no value above zero. :raises OptionError: for unusable cuts.

    Source: Juran (1951), Quality Control Handbook: the vital few.

    >>> found = tiers([700, 150, 80, 50, 20])
    >>> found.tier.tolist(), found.counts
    (['A', 'A', 'B', 'B', 'C'], {'A': 2, 'B': 2, 'C': 1})
    """
    limits = np.asarray(cuts, dtype=np.float64)
    if limits.size > 25 or not ((limits > 0) & (limits < 1)).all() or (np.diff(limits) <= 0).any():
        raise OptionError("Cuts must rise between 0 and 1, not {cuts}.", cuts=tuple(cuts))
    data = floats(values, "values")
    if not np.isfinite(data).all():
        row = int(np.argmin(np.isfinite(data)))
        raise ColumnError("Column '{column}' has no value in row {row}.", column="values", row=row + 1)
    if not (data > 0).any():
        raise ColumnError("Column '{column}' has no value above zero.", column="values")
    gain = np.maximum(data, 0.0)
    order = np.argsort(-gain, kind="stable")
    ranked = gain[order]
    running = np.cumsum(ranked)
    total = running[-1]
    before = np.concatenate([[0.0], running[:-1]])
    first = np.searchsorted(-ranked, -ranked, side="left")  # where the run of equals starts
    position = np.searchsorted(limits, before[first] / total + 1e-12, side="right")
    position[ranked <= 0] = limits.size
    names = np.array([chr(ord("A") + k) for k in range(limits.size + 1)])
    level = np.empty(data.size, dtype=np.intp)
    level[order] = position
    cumulative = np.empty(data.size)
    cumulative[order] = running / total
    return Tiers(
        tier=names[level],
        cumulative=cumulative,
        order=order,
        counts={str(name): int((level == k).sum()) for k, name in enumerate(names)},
        shares={str(name): float(gain[level == k].sum() / total) for k, name in enumerate(names)},
    )
