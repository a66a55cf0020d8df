"""The PLS algorithm on covariance matrices, for many samples at once.

Mode A and mode B need nothing but the matrix S of the items, so a sample *is* its S. Arrays keep the samples
in the last axis (``S[i, j, b]``): every step is then plain arithmetic over long contiguous rows, with Python
loops only over items and constructs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from manyi.measures.arrays import FloatArray

from .model import Model

Scheme = Literal["path", "centroid", "factorial"]

TOLERANCE = 1e-7
MOST_ROUNDS = 300
SINGULAR = 1e-10


@dataclass(frozen=True, slots=True)
class Plan:
    """A model in numbers: items are rows, construct by construct."""

    blocks: tuple[slice, ...]
    forming: tuple[bool, ...]
    predecessors: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]
    paths: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, model: Model) -> Plan:
        names = list(model.constructs)
        ends = np.cumsum([len(model.blocks[name]) for name in names])
        return cls(
            blocks=tuple(
                slice(int(end) - len(model.blocks[name]), int(end))
                for name, end in zip(names, ends, strict=True)
            ),
            forming=tuple(model.modes[name] == "B" for name in names),
            predecessors=tuple(
                tuple(names.index(source) for source in model.predecessors(name)) for name in names
            ),
            order=tuple(names.index(name) for name in model.causal_order()),
            paths=tuple((names.index(a), names.index(b)) for a, b in model.paths),
        )

    @property
    def block_of(self) -> NDArray[np.intp]:
        """The construct of every item."""
        return np.concatenate(
            [np.full(b.stop - b.start, j, dtype=np.intp) for j, b in enumerate(self.blocks)]
        )


@dataclass(frozen=True, slots=True)
class Solution:
    """Outer weights (p, B) of scores with unit variance, item–construct covariances (p, J, B), construct
    correlations (J, J, B), whether each sample converged (B,), and the rounds it took."""

    weights: FloatArray
    cross: FloatArray
    correlations: FloatArray
    converged: NDArray[np.bool_]
    rounds: int


def solve_batch(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve ``A x = b`` for symmetric A of shape ``(k, k, B)`` and b of ``(k, B)``, all samples at once.

    A column that the columns before it explain (up to 1e-10 of its variance) gets the coefficient 0.

    >>> solve_batch(np.array([[[2.0], [1.0]], [[1.0], [2.0]]]), np.array([[3.0], [3.0]]))[:, 0].round(9).tolist()
    [1.0, 1.0]
    """
    k = right.shape[0]
    if k == 1:
        pivot = matrix[0, 0]
        alone: FloatArray = np.divide(right, pivot, out=np.zeros_like(right), where=pivot > SINGULAR)
        return alone
    low = np.zeros_like(matrix)
    inverse = np.empty_like(right)
    x = np.empty_like(right)
    # LDL' factorisation; y is the forward substitution done on the way.
    for j in range(k):
        pivot = matrix[j, j].copy()
        y = right[j].copy()
        for m in range(j):
            pivot -= low[j, m] * low[j, m] * inverse[m]
            y -= low[j, m] * x[m] * inverse[m]
        usable = pivot > SINGULAR * np.maximum(matrix[j, j], 1e-300)
        inverse[j] = np.divide(1.0, pivot, out=np.zeros_like(pivot), where=usable)
        x[j] = np.where(usable, y, 0.0)
        for i in range(j + 1, k):
            entry = matrix[i, j].copy()
            for m in range(j):
                entry -= low[i, m] * low[j, m] * inverse[m]
            low[i, j] = np.where(usable, entry, 0.0)
    x *= inverse
    for j in range(k - 2, -1, -1):
        for i in range(j + 1, k):
            x[j] -= low[i, j] * inverse[j] * x[i]
    return x


def iterate(s: FloatArray, plan: Plan, scheme: Scheme) -> Solution:
    """Run the algorithm on item covariances or correlations `s` of shape ``(p, p, B)``.

    Each round: scores' covariances with the items ``V = S W`` and among each other ``R = W'V``; inner weights
    E from R by the scheme; new outer weights ``V E`` (mode A) or ``S⁻¹ V E`` (mode B) of each block, scaled
    to ``w'Sw = 1``; until no weight moves by more than 1e-7. Samples that converged are left alone while the
    others go on.
    """
    p, _, samples = s.shape
    weights = _unit(np.ones((p, samples)), s, plan)
    converged = np.zeros(samples, dtype=bool)
    active = np.arange(samples)
    here, w = s, weights
    rounds = 0
    while active.size and rounds < MOST_ROUNDS:
        rounds += 1
        cross, correlations = _project(here, w, plan)
        inner = _inner(correlations, plan, scheme)
        new = np.empty_like(w)
        for j, block in enumerate(plan.blocks):
            proxy = np.einsum("ikb,kb->ib", cross[block], inner[:, j])
            new[block] = solve_batch(here[block, block], proxy) if plan.forming[j] else proxy
        new = _unit(new, here, plan)
        done = ~(
            np.abs(np.abs(new) - np.abs(w)).max(axis=0) >= TOLERANCE
        )  # NaN counts as done, it never heals
        w = new
        weights[:, active] = w
        converged[active] |= done
        running = ~converged[active]
        if running.sum() <= 0.5 * active.size:
            active = active[running]
            here, w = np.ascontiguousarray(here[:, :, running]), np.ascontiguousarray(w[:, running])
    converged &= np.isfinite(weights).all(axis=0)
    cross, correlations = _project(s, weights, plan)
    return Solution(weights, cross, correlations, converged, rounds)


def regress(correlations: FloatArray, plan: Plan) -> tuple[FloatArray, FloatArray]:
    """Path coefficients ``(J, J, B)`` (from, to) and R² ``(J, B)`` by least squares on construct
    correlations.
    """
    constructs, _, samples = correlations.shape
    paths = np.zeros((constructs, constructs, samples))
    r2 = np.zeros((constructs, samples))
    for j, sources in enumerate(plan.predecessors):
        if sources:
            index = np.array(sources)
            right = correlations[index, j]
            beta = solve_batch(correlations[np.ix_(index, index)], right)
            paths[index, j] = beta
            r2[j] = (beta * right).sum(axis=0)
    return paths, r2


def total_effects(paths: FloatArray, plan: Plan) -> FloatArray:
    """All direct and indirect effects ``(I − B)⁻¹ − I``, shape ``(J, J, B)`` (from, to)."""
    total = np.zeros_like(paths)
    for j in plan.order:
        for source in plan.predecessors[j]:
            total[:, j] += total[:, source] * paths[source, j]
            total[source, j] += paths[source, j]
    return total


def _project(s: FloatArray, weights: FloatArray, plan: Plan) -> tuple[FloatArray, FloatArray]:
    p, _, samples = s.shape
    constructs = len(plan.blocks)
    cross = np.empty((p, constructs, samples))
    for j, block in enumerate(plan.blocks):
        np.einsum("ikb,kb->ib", s[:, block], weights[block], out=cross[:, j])
    correlations = np.empty((constructs, constructs, samples))
    for j, block in enumerate(plan.blocks):
        np.einsum("kjb,kb->jb", cross[block], weights[block], out=correlations[j])
    return cross, correlations


def _inner(correlations: FloatArray, plan: Plan, scheme: Scheme) -> FloatArray:
    """Inner weights ``E[k, j]``: how much construct k says about its neighbour j."""
    inner = np.zeros_like(correlations)
    for a, b in plan.paths:
        r = correlations[a, b]
        inner[a, b] = inner[b, a] = np.sign(r) if scheme == "centroid" else r
    if scheme == "path":
        for j, sources in enumerate(plan.predecessors):
            if len(sources) > 1:
                index = np.array(sources)
                inner[index, j] = solve_batch(correlations[np.ix_(index, index)], correlations[index, j])
    return inner


def _unit(weights: FloatArray, s: FloatArray, plan: Plan) -> FloatArray:
    """Weights scaled so that every construct's score has variance 1; NaN where a block has no variance at
    all.
    """
    for block in plan.blocks:
        w = weights[block]
        variance = np.einsum("ib,ikb,kb->b", w, s[block, block], w, optimize=False)
        with np.errstate(invalid="ignore", divide="ignore"):
            w *= np.where(variance > 1e-20, 1 / np.sqrt(variance), np.nan)
    return weights
