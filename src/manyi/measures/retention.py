"""Do customers stay? Retention of cohorts, and survival with customers whose end is not known yet."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .arrays import FloatArray, floats, label, probability
from .errors import ColumnError


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Row c, column k: of the customers whose first period is ``first[c]``, those active k periods later.

    ``active`` counts them, ``rate`` divides by the size of the cohort (column 0 is 1). Periods that have not
    happened yet are −1 in ``active`` and NaN in ``rate``. ``overall`` is the rate over all cohorts old enough
    for column k.
    """

    first: NDArray[np.int64]
    size: NDArray[np.int64]
    active: NDArray[np.int64]
    rate: FloatArray
    overall: FloatArray


@dataclass(frozen=True, slots=True)
class Survival:
    """Kaplan–Meier curve at the times at which somebody left, all arrays of shape ``(m,)``.

    ``survival`` is the share (0–1) that stays beyond ``time``; ``low`` and ``high`` its log-log interval,
    ``se`` by Greenwood. ``median`` is the first time at which survival is at most one half, None when that is
    never reached.
    """

    time: FloatArray
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    survival: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    median: float | None


def cohorts(customer: Any, period: Any) -> Cohorts:
    """Retention by cohort from a list of orders: ``rate = active_k / size``.

    :param customer: whose order, shape ``(n,)``, any values; rows without a customer are left out.
    :param period: in which period, shape ``(n,)``, whole numbers (months since some date, for example).
    :raises ColumnError: unequal lengths, missing or fractional periods.

    >>> found = cohorts(["ann", "ann", "bob", "bob", "cat"], [1, 2, 1, 3, 2])
    >>> found.first.tolist(), found.size.tolist(), found.rate.tolist()
    ([1, 2], [2, 1], [[1.0, 0.5, 0.5], [1.0, 0.0, nan]])
    """
    when = floats(period, "period")
    raw = np.asarray(customer.to_numpy() if hasattr(customer, "to_numpy") else customer)
    if raw.shape != when.shape:
        raise ColumnError(
            "Column '{column}' has {rows} rows, not {expected}.",
            column="customer",
            rows=raw.size,
            expected=when.size,
        )
    if raw.dtype.kind == "O":
        names = [label(value) for value in raw.tolist()]
        known = np.array([name is not None for name in names], dtype=bool)
        raw = np.array([name or "" for name in names])
    else:
        known = raw == raw  # NaN differs from itself
    raw, when = raw[known], when[known]
    if not np.isfinite(when).all() or (when != np.floor(when)).any():
        row = int(np.argmin(np.isfinite(when) & (when == np.floor(when))))
        raise ColumnError(
            "Column '{column}' holds {value}; it must be a whole number.", column="period", value=when[row]
        )
    if not when.size:
        nothing = np.empty(0, dtype=np.int64)
        return Cohorts(nothing, nothing, np.empty((0, 0), dtype=np.int64), np.empty((0, 0)), np.empty(0))
    _, who = np.unique(raw, return_inverse=True)
    when_int = when.astype(np.int64)
    start = np.full(who.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(start, who, when_int)
    seen = np.unique(np.column_stack([who, when_int]), axis=0)  # a customer counts once per period
    first, row_of = np.unique(start, return_inverse=True)
    last = int(when_int.max())
    width = last - int(first[0]) + 1
    active = np.zeros((first.size, width), dtype=np.int64)
    np.add.at(active, (row_of[seen[:, 0]], seen[:, 1] - start[seen[:, 0]]), 1)
    future = first[:, np.newaxis] + np.arange(width) > last
    size = np.bincount(row_of, minlength=first.size)
    rate = np.where(future, np.nan, active / size[:, np.newaxis])
    overall = np.where(future, 0, active).sum(axis=0) / np.where(future, 0, size[:, np.newaxis]).sum(axis=0)
    active[future] = -1
    return Cohorts(first, size, active, rate, overall)


def kaplan_meier(duration: Any, left: Any, *, confidence: float = 0.95) -> Survival:
    """Survival curve of customers of whom some have not left yet: ``S(t) = Π (1 − d_i/n_i)``.

    Greenwood's variance ``S² Σ d/(n(n − d))``, interval ``S^exp(± z·√(Σ d/(n(n − d)))/ln S)`` (log-log).

    :param duration: how long the customer has been (or was) with us, shape ``(n,)``, zero or more.
    :param left: whether the customer has left, shape ``(n,)``, true or false; false means: still here at that
        time.
    :raises ColumnError: unequal lengths, missing or negative durations, other values than true and false.

    Source: Kaplan & Meier (1958), Nonparametric estimation from incomplete observations.

    >>> found = kaplan_meier([6, 6, 6, 6, 7, 9, 10], [1, 1, 1, 0, 1, 0, 1])
    >>> found.time.tolist(), found.at_risk.tolist(), found.survival.round(4).tolist()
    ([6.0, 7.0, 10.0], [7, 3, 1], [0.5714, 0.381, 0.0])
    """
    z = float(ndtri((1 + probability(confidence, "confidence")) / 2))
    t, gone = floats(duration, "duration"), floats(left, "left")
    if gone.size != t.size:
        raise ColumnError(
            "Column '{column}' has {rows} rows, not {expected}.",
            column="left",
            rows=gone.size,
            expected=t.size,
        )
    for name, values, wrong in (
        ("duration", t, ~((t >= 0) & (t < inf))),
        ("left", gone, ~((gone == 0) | (gone == 1))),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ColumnError(
                "Column '{column}' holds {value} in row {row}, which is not possible.",
                column=name,
                value=float(values[row]),
                row=row + 1,
            )
    time, events = np.unique(t[gone == 1], return_counts=True)
    at_risk = t.size - np.searchsorted(np.sort(t), time, side="left")
    survival: FloatArray = np.cumprod(1.0 - events / at_risk, dtype=np.float64)
    remaining = at_risk - events
    hazard = np.divide(events, at_risk * remaining, out=np.full(time.size, np.nan), where=remaining > 0)
    spread = np.sqrt(np.cumsum(hazard))
    alive = survival > 0
    se = np.where(alive, survival * spread, 0.0)
    low, high = np.zeros(time.size), np.zeros(time.size)
    log = np.log(survival[alive])
    bound = z * spread[alive] / log  # negative, as the logarithm is
    low[alive] = survival[alive] ** np.exp(-bound)
    high[alive] = survival[alive] ** np.exp(bound)
    half = np.flatnonzero(survival <= 0.5 + 1e-12)
    return Survival(
        time, at_risk, events, survival, se, low, high, float(time[half[0]]) if half.size else None
    )
