"""Item covariances of a sample, and of as many bootstrap samples as asked for, from sums that one matrix
product makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from manyi.measures.arrays import FloatArray

Missing = Literal["mean", "pairwise"]

CHUNK_BYTES = 64_000_000
"""Memory that the products of pairs of items, or the draws, may take at once; larger data are worked off in
pieces.
"""


@dataclass(frozen=True, slots=True)
class Items:
    """Answers of shape (n, p), each item shifted and scaled by the sample's own mean and standard deviation.

    ``missing`` tells which answers were missing (they hold 0, the mean), None when none was.
    """

    z: FloatArray
    mean: FloatArray
    sd: FloatArray
    weights: FloatArray | None
    missing: NDArray[np.bool_] | None

    @classmethod
    def of(cls, x: FloatArray, weights: FloatArray | None) -> Items:
        missing = np.isnan(x)
        w = np.ones(x.shape[0]) if weights is None else weights
        have = np.where(missing, 0.0, x)
        counted = w @ ~missing
        mean = (w @ have) / counted
        z = np.where(missing, 0.0, x - mean)
        sd = np.sqrt((w @ (z * z)) / counted)
        z /= np.where(sd > 0, sd, 1.0)
        return cls(z, mean, sd, weights, missing if missing.any() else None)


@dataclass(frozen=True, slots=True)
class Covariances:
    """Means (p, B) and covariances (p, p, B) of items in B samples, in standard deviations of the original
    sample.
    """

    mean: FloatArray
    matrix: FloatArray


def whole(items: Items, treatment: Missing) -> Covariances:
    """Means and covariances of the sample itself, shapes (p, 1) and (p, p, 1)."""
    weights = np.ones(items.z.shape[0]) if items.weights is None else items.weights
    total: FloatArray | None = None
    for rows in _pieces(items, 1):
        part = _products(items, rows, treatment).T @ weights[rows, np.newaxis]
        total = part if total is None else total + part
    assert total is not None  # noqa: S101 - there is at least one row
    return _covariances(total, items.z.shape[1], treatment)


def resampled(
    items: Items,
    treatment: Missing,
    samples: int,
    rng: np.random.Generator,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Covariances]:
    """Means and covariances of bootstrap samples (n of n with replacement), as many at a time as memory
    allows.

    A bootstrap sample is how often each row is drawn; the sums of all samples are ``products' · counts``, one
    matrix product. Rows are worked off in pieces: first how many draws fall into a piece, then which rows of
    it they hit.
    """
    n, p = items.z.shape
    most = max(1, CHUNK_BYTES // (8 * 4 * p * p))
    for first in range(0, samples, most):
        batch = min(most, samples - first)
        pieces = list(_pieces(items, batch))
        left = np.full(batch, n, dtype=np.int64)
        total: FloatArray | None = None
        for rows in pieces:
            size = rows.stop - rows.start
            hits = rng.binomial(left, size / (n - rows.start)) if rows.stop < n else left.copy()
            left -= hits
            drawn = rng.integers(0, size, int(hits.sum())) * batch + np.repeat(np.arange(batch), hits)
            counts = np.bincount(drawn, minlength=size * batch).reshape(size, batch).astype(np.float64)
            if items.weights is not None:
                counts *= items.weights[rows, np.newaxis]
            part = _products(items, rows, treatment).T @ counts
            total = part if total is None else total + part
            if progress:
                progress((first + batch * rows.stop / n) / samples)
        assert total is not None  # noqa: S101
        yield _covariances(total, p, treatment)


def _pieces(items: Items, batch: int) -> Iterator[slice]:
    n, p = items.z.shape
    columns = p * (p + 1) // 2 + p + 1 if items.missing is None else 3 * p * p
    size = max(256, CHUNK_BYTES // (8 * max(columns, 3 * batch)))
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))


def _products(items: Items, rows: slice, treatment: Missing) -> FloatArray:
    """What has to be summed over rows: 1, z and z z' (each pair once); with pairwise deletion, by pair
    answered.
    """
    z = items.z[rows]
    n, p = z.shape
    upper = np.triu_indices(p)
    if treatment == "mean" or items.missing is None:
        out = np.empty((n, 1 + p + upper[0].size))
        out[:, 0] = 1.0
        out[:, 1 : 1 + p] = z
        np.multiply(z[:, upper[0]], z[:, upper[1]], out=out[:, 1 + p :])
        return out
    have = (~items.missing[rows]).astype(np.float64)
    pairs = [a[:, :, np.newaxis] * b[:, np.newaxis, :] for a, b in ((have, have), (z, have), (z, z))]
    return np.concatenate([pair.reshape(n, p * p) for pair in pairs], axis=1)


def _covariances(total: FloatArray, p: int, treatment: Missing) -> Covariances:
    upper = np.triu_indices(p)
    if total.shape[0] == 1 + p + upper[0].size:
        mean = total[1 : 1 + p] / total[0]
        position = np.empty((p, p), dtype=np.intp)
        position[upper] = np.arange(upper[0].size)
        position.T[upper] = position[upper]
        matrix = total[1 + p :][position] / total[0]
        matrix -= mean[:, np.newaxis] * mean[np.newaxis]
        return Covariances(mean, matrix)
    counted, sums, products = total.reshape(3, p, p, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counted  # of item i over those who answered item k as well
        matrix = products / counted - means * means.transpose(1, 0, 2)
    diagonal = np.arange(p)
    return Covariances(means[diagonal, diagonal], _repaired(np.nan_to_num(matrix)))


def _repaired(matrix: FloatArray) -> FloatArray:
    """Pairwise covariances need not fit together; negative eigenvalues are lifted to zero, variances kept."""
    stacked = np.ascontiguousarray(matrix.transpose(2, 0, 1))
    values, vectors = np.linalg.eigh(stacked)
    if (values >= 0).all():
        return matrix
    lifted = (vectors * np.maximum(values, 0.0)[:, np.newaxis, :]) @ vectors.transpose(0, 2, 1)
    diagonal = np.arange(matrix.shape[0])
    old, new = stacked[:, diagonal, diagonal], lifted[:, diagonal, diagonal]
    scale = np.sqrt(np.divide(old, new, out=np.ones_like(new), where=new > 0))
    lifted *= scale[:, :, np.newaxis] * scale[:, np.newaxis, :]
    return np.ascontiguousarray(lifted.transpose(1, 2, 0))
