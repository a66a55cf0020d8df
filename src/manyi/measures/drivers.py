"""Key drivers: how much of the variance of satisfaction each item explains, shares that sum to R².

Exact Shapley values (LMG) up to fifteen drivers, Johnson's relative weights beyond. Both need only the
correlations, so data of any length are read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import factorial
from typing import Any, Literal

import numpy as np

from .arrays import FloatArray, floats, probability, survey_weights, table
from .errors import ColumnError, OptionError, TooFewError

MOST_EXACT = 15
"""Up to here all 2^p models are looked at; beyond, Johnson's approximation is used."""


@dataclass(frozen=True, slots=True)
class Drivers:
    """``shares`` by driver sum to ``r2``; ``intervals`` (low, high) are percentile intervals, empty without
    bootstrap.

    ``importance`` are the shares as parts of 1. ``method`` is ``"shapley"`` or ``"johnson"``.
    """

    shares: Mapping[str, float]
    r2: float
    n: int
    method: Literal["shapley", "johnson"]
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    seed: int | None = None

    @property
    def importance(self) -> dict[str, float]:
        """Shares of what is explained, summing to 1 (all 0 when nothing is)."""
        return {name: share / self.r2 if self.r2 > 0 else 0.0 for name, share in self.shares.items()}


def shapley(
    X: Any,
    y: Any,
    weights: Any = None,
    *,
    bootstrap: int = 0,
    seed: int | None = None,
    confidence: float = 0.95,
) -> Drivers:
    """Shapley decomposition of R² (LMG): a driver's mean gain in R² over all orders of entering the
    regression.

    ``share_j = Σ_S |S|!(p − |S| − 1)!/p! · (R²(S ∪ j) − R²(S))`` over the sets S without j.

    :param X: drivers, a mapping of columns or DataFrame, or a matrix ``(n, p)`` (drivers are then called x1,
        x2, ...).
    :param y: what is to be explained, shape ``(n,)``. Rows with a missing value are left out.
    :param weights: survey weights, shape ``(n,)``.
    :param bootstrap: number of samples for percentile intervals, with `seed` (drawn and recorded when None).
    :returns: shares ≥ 0 summing to R². Beyond 15 drivers Johnson's relative weights, as ``method`` then says.
    :raises ColumnError: a column is not numeric, of another length or the same for everybody.
    :raises TooFewError: fewer complete rows than drivers plus two.

    Source: Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis.

    >>> found = shapley({"a": [1, 2, 3, 4, 5, 6], "b": [1, 0, 1, 0, 1, 0]}, [1, 3, 2, 5, 4, 6])
    >>> {name: round(share, 4) for name, share in found.shares.items()}, round(found.r2, 4)
    ({'a': 0.6494, 'b': 0.3316}, 0.981)
    """
    return _driven(X, y, weights, bootstrap, seed, confidence, exact=True)


def relative_weights(
    X: Any,
    y: Any,
    weights: Any = None,
    *,
    bootstrap: int = 0,
    seed: int | None = None,
    confidence: float = 0.95,
) -> Drivers:
    """Johnson's relative weights: R² shared out through the uncorrelated variables closest to the drivers.

    ``Λ = Rxx^½``, ``β = Λ⁻¹ r``, ``share = Λ² β²`` (squares element by element).

    Parameters, errors and result as :func:`shapley`; any number of drivers.

    Source: Johnson (2000), A heuristic method for estimating the relative weight of predictor variables.

    >>> found = relative_weights({"a": [1, 2, 3, 4, 5, 6], "b": [1, 0, 1, 0, 1, 0]}, [1, 3, 2, 5, 4, 6])
    >>> round(sum(found.shares.values()) - found.r2, 12)
    0.0
    """
    return _driven(X, y, weights, bootstrap, seed, confidence, exact=False)


def shapley_of_correlations(correlations: Any, with_y: Any) -> FloatArray:
    """Shapley shares from the drivers' correlations ``(p, p)`` and their correlations with y ``(p,)``; p up
    to 15.

    >>> shapley_of_correlations([[1, 0.5], [0.5, 1]], [0.6, 0.4]).round(7).tolist()
    [0.2866667, 0.0866667]
    """
    r, ry = table(correlations, "correlations"), floats(with_y, "with_y")
    p = ry.size
    if p > MOST_EXACT:
        raise OptionError(
            "Shapley values of {p} drivers are too many; {most} is the most.", p=p, most=MOST_EXACT
        )
    explained = _r2_of_subsets(r, ry)
    subsets = np.arange(2**p)
    size = np.zeros(2**p, dtype=np.intp)
    for j in range(p):
        size += subsets >> j & 1
    chance = np.array([factorial(s) * factorial(p - s - 1) / factorial(p) for s in range(p)])
    shares = np.empty(p)
    for j in range(p):
        without = subsets[(subsets >> j & 1) == 0]
        shares[j] = chance[size[without]] @ (explained[without | 1 << j] - explained[without])
    return shares


def relative_weights_of_correlations(correlations: Any, with_y: Any) -> FloatArray:
    """Relative weights from the drivers' correlations ``(p, p)`` and their correlations with y ``(p,)``.

    >>> relative_weights_of_correlations([[1, 0.5], [0.5, 1]], [0.6, 0.4]).round(7).tolist()
    [0.2866667, 0.0866667]
    """
    values, vectors = np.linalg.eigh(table(correlations, "correlations"))
    usable = values > 1e-12 * values.max()
    root = np.sqrt(np.where(usable, values, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=usable)
    beta = (vectors * inverse) @ vectors.T @ floats(with_y, "with_y")
    scale: FloatArray = (vectors * root) @ vectors.T
    return np.asarray(scale**2 @ beta**2)


def _r2_of_subsets(r: FloatArray, ry: FloatArray) -> FloatArray:
    """R² of the regression on every subset of drivers; subset s holds driver j when bit j of s is set.

    Driver by driver, every regression so far is continued twice: without it, and with it, which takes its
    part out of all that remain (a step of elimination). So all 2^p regressions cost no more than a few
    multiplications each.
    """
    p = ry.size
    m = np.empty((1, p + 1, p + 1))
    m[0, :p, :p] = r
    m[0, :p, p] = m[0, p, :p] = ry
    m[0, p, p] = 1.0
    for _ in range(p):
        pivot, column, rest = m[:, 0, 0], m[:, 0, 1:], m[:, 1:, 1:]
        factor = np.divide(1.0, pivot, out=np.zeros_like(pivot), where=pivot > 1e-10)
        taken = rest - column[:, :, np.newaxis] * column[:, np.newaxis, :] * factor[:, np.newaxis, np.newaxis]
        m = np.concatenate([rest, taken])
    return np.asarray(1.0 - m[:, 0, 0])


def _driven(
    drivers: Any, y: Any, weights: Any, bootstrap: int, seed: int | None, confidence: float, *, exact: bool
) -> Drivers:
    probability(confidence, "confidence")
    names, data, w = _complete(drivers, y, weights)
    p = len(names)
    exact = exact and p <= MOST_EXACT
    shares = _shares(_correlations(data, w), exact)
    intervals: dict[str, tuple[float, float]] = {}
    if bootstrap > 0:
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        replicates = _replicates(data, w, bootstrap, np.random.default_rng(seed), exact)
        tail = 50 * (1 - confidence)
        low, high = np.percentile(replicates, [tail, 100 - tail], axis=0)
        intervals = {name: (float(a), float(b)) for name, a, b in zip(names, low, high, strict=True)}
    return Drivers(
        shares=dict(zip(names, shares.tolist(), strict=True)),
        r2=float(shares.sum()),
        n=data.shape[0],
        method="shapley" if exact else "johnson",
        intervals=intervals,
        seed=seed if bootstrap > 0 else None,
    )


def _complete(drivers: Any, y: Any, weights: Any) -> tuple[list[str], FloatArray, FloatArray | None]:
    """Names of the drivers and complete rows (n, p + 1), y last, centred and scaled so that products keep
    their digits.
    """
    x = table(drivers, "X")
    names = [str(name) for name in list(drivers.keys())] if hasattr(drivers, "keys") else []
    names = names or [f"x{k}" for k in range(1, x.shape[1] + 1)]
    target = floats(y, "y")
    if target.size != x.shape[0]:
        raise ColumnError(
            "Column '{column}' has {rows} rows, not {expected}.",
            column="y",
            rows=target.size,
            expected=x.shape[0],
        )
    w = survey_weights(weights, target.size)
    data = np.column_stack([x, target])
    keep = np.isfinite(data).all(axis=1)
    if w is not None:
        keep &= w > 0
        w = w[keep]
    if not keep.all():
        data = data[keep]
    n, needed = data.shape[0], x.shape[1] + 2
    if n < needed or not names:
        raise TooFewError("{needed} complete rows are needed; there are {n}.", needed=needed, n=n)
    sd = data.std(axis=0)
    mean = data.mean(axis=0)
    for name, spread, centre in zip([*names, "y"], sd, mean, strict=True):
        if spread <= 1e-9 * max(1.0, abs(centre)):
            raise ColumnError("Column '{column}' has the same answer from everybody.", column=name)
    data -= mean
    data /= sd
    return names, data, w


def _correlations(data: FloatArray, weights: FloatArray | None) -> FloatArray:
    if weights is None:
        mean = data.mean(axis=0)
        gram = data.T @ data / data.shape[0]
    else:
        share = weights / weights.sum()
        mean = share @ data
        gram = data.T @ (data * share[:, np.newaxis])
    covariance = gram - np.outer(mean, mean)
    sd = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scale = np.divide(1.0, sd, out=np.zeros_like(sd), where=sd > 1e-9)
    correlations = covariance * np.outer(scale, scale)
    np.fill_diagonal(correlations, 1.0)
    return np.asarray(correlations)


def _shares(correlations: FloatArray, exact: bool) -> FloatArray:
    method = shapley_of_correlations if exact else relative_weights_of_correlations
    return method(correlations[:-1, :-1], correlations[:-1, -1])


def _replicates(
    data: FloatArray, weights: FloatArray | None, bootstrap: int, rng: np.random.Generator, exact: bool
) -> FloatArray:
    n = data.shape[0]
    shares = np.empty((bootstrap, data.shape[1] - 1))
    for b in range(bootstrap):
        counts = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        shares[b] = _shares(_correlations(data, counts if weights is None else counts * weights), exact)
    return shares
