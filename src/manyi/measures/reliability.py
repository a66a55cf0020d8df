"""How well the items of one dimension hang together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import nan, sqrt
from typing import Any

import numpy as np

from .arrays import FloatArray, floats, table
from .errors import ColumnError


def cronbach_alpha(items: Any, standardised: bool = False) -> float:
    """Cronbach's alpha of a set of items; respondents with a missing answer are left out.

    Raw: ``k/(k − 1) · (1 − Σ var_i / var_total)``. Standardised: ``k·r̄ / (1 + (k − 1)·r̄)`` with the mean
    correlation r̄ of the pairs of items; the two differ where items differ in spread, so say which one you
    report.

    :param items: shape ``(n, k)``, a mapping of columns or a DataFrame. Reverse reversed items first.
    :returns: at most 1; NaN for a single item (alpha is undefined there, not 1), for fewer than two complete
        respondents, and where nothing varies (for standardised: where any item does not vary).
    :raises ColumnError: when the items are not numbers.

    Source: Cronbach (1951), Coefficient alpha and the internal structure of tests.

    >>> answers = [[1, 2, 2], [2, 2, 3], [3, 4, 3], [4, 4, 5], [5, 5, 5]]
    >>> round(cronbach_alpha(answers), 4), round(cronbach_alpha(answers, standardised=True), 4)
    (0.9618, 0.9632)
    """
    x = table(items)
    x = x[~np.isnan(x).any(axis=1)]
    n, k = x.shape
    if k < 2 or n < 2:
        return nan
    covariance = np.cov(x, rowvar=False)
    if not standardised:
        return alpha_of_covariance(covariance)
    sd = np.sqrt(np.diag(covariance))
    return nan if (sd <= 0).any() else alpha_of_covariance(covariance / np.outer(sd, sd))


def alpha_of_covariance(covariance: FloatArray) -> float:
    """Cronbach's alpha from item covariances of shape ``(k, k)``; from correlations it is the standardised
    alpha.

    NaN for a single item and where the sum of the items does not vary.

    >>> round(alpha_of_covariance(np.array([[1.0, 0.5], [0.5, 1.0]])), 4)
    0.6667
    """
    k = covariance.shape[0]
    trace, total = float(np.trace(covariance)), float(covariance.sum())
    if k < 2 or total <= 1e-12 * max(1e-300, trace):
        return nan
    return float(k / (k - 1) * (1 - trace / total))


def composite_reliability(loadings: Any) -> float:
    """Composite reliability ρ_c of Dillon & Goldstein: ``(Σλ)² / ((Σλ)² + Σ(1 − λ²))``.

    :param loadings: standardised loadings of one construct, shape ``(k,)``.
    :returns: 0–1; 1 for a single item, which is then the construct.

    >>> round(composite_reliability([0.8, 0.7, 0.9]), 4)
    0.8446
    """
    x = floats(loadings, "loadings")
    squared_sum = float(x.sum() ** 2)
    whole = squared_sum + float((1 - x * x).sum())
    return squared_sum / whole if whole > 0 else nan


def ave(loadings: Any) -> float:
    """Average variance extracted: the mean of the squared standardised loadings, 0–1 (Fornell & Larcker
    1981).

    >>> round(ave([0.8, 0.7, 0.9]), 4)
    0.6467
    """
    x = floats(loadings, "loadings")
    return float((x * x).mean()) if x.size else nan


def htmt(items: Any, blocks: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], float]:
    """Heterotrait–monotrait ratio of every pair of constructs: near 1 means that they cannot be told apart.

    Mean absolute correlation between items of two constructs, over the geometric mean of the mean absolute
    correlations within them. Respondents with a missing answer are left out. NaN with a construct of a single
    item.

    :param items: mapping of columns or DataFrame. :param blocks: construct → its columns.
    :raises ColumnError: when a column is absent or not numeric.

    Source: Henseler, Ringle & Sarstedt (2015), A new criterion for assessing discriminant validity.

    >>> answers = {"a": [1, 2, 3, 4, 5], "b": [1, 3, 2, 5, 4], "c": [2, 1, 4, 3, 5], "d": [1, 2, 4, 3, 5]}
    >>> round(htmt(answers, {"one": ["a", "b"], "two": ["c", "d"]})["one", "two"], 4)
    0.7366
    """
    columns = [column for block in blocks.values() for column in block]
    for column in columns:
        if column not in items:
            raise ColumnError("Column '{column}' is not in the data.", column=column)
    x = table({column: items[column] for column in columns})
    x = x[~np.isnan(x).any(axis=1)]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.corrcoef(x, rowvar=False).reshape(len(columns), len(columns))
    ends = np.cumsum([len(block) for block in blocks.values()])
    place = {
        name: slice(int(end) - len(block), int(end))
        for (name, block), end in zip(blocks.items(), ends, strict=True)
    }
    return {(a, b): htmt_of_correlations(correlation, place[a], place[b]) for a, b in combinations(blocks, 2)}


def htmt_of_correlations(correlation: FloatArray, first: slice, second: slice) -> float:
    """The ratio from the correlations of all items, shape ``(p, p)``, for two blocks of them.

    >>> htmt_of_correlations(np.full((4, 4), 0.5) + 0.5 * np.eye(4), slice(0, 2), slice(2, 4))
    1.0
    """
    size = np.abs(correlation)
    between = float(size[first, second].mean())
    within = [_mean_within(size[block, block]) for block in (first, second)]
    scale = sqrt(within[0] * within[1])
    return between / scale if scale > 0 else nan


def _mean_within(size: FloatArray) -> float:
    k = size.shape[0]
    return float(size[np.triu_indices(k, 1)].mean()) if k > 1 else nan
