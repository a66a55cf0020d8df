"""How well the items of one dimension hang together."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np

from .arrays import table


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
    variances = np.diag(covariance)
    if standardised:
        if (variances <= 0).any():
            return nan
        sd = np.sqrt(variances)
        mean_r = ((covariance / np.outer(sd, sd)).sum() - k) / (k * (k - 1))
        bottom = 1 + (k - 1) * mean_r
        return float(k * mean_r / bottom) if bottom > 1e-12 else nan
    total = covariance.sum()
    if total <= 1e-12 * max(1.0, variances.sum()):
        return nan
    return float(k / (k - 1) * (1 - variances.sum() / total))
