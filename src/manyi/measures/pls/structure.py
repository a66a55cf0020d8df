"""What follows from a fit without the answers: indirect effects, effect sizes, collinearity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from manyi.measures.arrays import Answers, FloatArray, floats

from .result import Fit, Path


def indirect_effects(fit: Fit) -> dict[Path, float]:
    """Total effects less the direct path, for every pair that a detour joins.

    >>> from manyi.measures.pls import Model, fit
    >>> rng = np.random.default_rng(1)
    >>> a = rng.normal(size=100); b = a + rng.normal(size=100); c = b + rng.normal(size=100)
    >>> found = fit({"a": a, "b": b, "c": c}, Model({"A": ["a"], "B": ["b"], "C": ["c"]}, [("A", "B"), ("B", "C")]))
    >>> list(indirect_effects(found))
    [('A', 'C')]
    """
    detours = {
        (a, b)
        for a, b in fit.total_effects
        if any((a, m) in fit.total_effects and (m, b) in fit.paths for m in fit.model.predecessors(b))
    }
    return {
        pair: fit.total_effects[pair] - fit.paths.get(pair, 0.0)
        for pair in fit.total_effects
        if pair in detours
    }


def r2_adjusted(fit: Fit) -> dict[str, float]:
    """``1 − (1 − R²)(n − 1)/(n − k − 1)`` with k predecessors, for every construct that something leads to.

    >>> from manyi.measures.pls import Model, fit
    >>> a = np.arange(60.0); found = fit({"a": a, "b": a % 7 + a / 9}, Model({"A": ["a"], "B": ["b"]}, [("A", "B")]))
    >>> r2_adjusted(found)["B"] < found.r2["B"]
    True
    """
    return {
        name: 1 - (1 - r2) * (fit.n - 1) / (fit.n - len(fit.model.predecessors(name)) - 1)
        for name, r2 in fit.r2.items()
    }


def f_squared(fit: Fit) -> dict[Path, float]:
    """Effect size of every path: ``(R² − R² without it) / (1 − R²)``; .02 small, .15 medium, .35 large.

    Source: Cohen (1988), Statistical Power Analysis for the Behavioral Sciences.

    >>> from manyi.measures.pls import Model, fit
    >>> a = np.arange(60.0); found = fit({"a": a, "b": a % 7 + a / 9}, Model({"A": ["a"], "B": ["b"]}, [("A", "B")]))
    >>> r2 = found.r2["B"]; abs(f_squared(found)["A", "B"] - r2 / (1 - r2)) < 1e-9
    True
    """
    found = {}
    for a, b in fit.paths:
        others = [name for name in fit.model.predecessors(b) if name != a]
        without = _explained(fit, others, b)
        found[a, b] = (fit.r2[b] - without) / (1 - fit.r2[b]) if fit.r2[b] < 1 else float("nan")
    return found


def inner_vif(fit: Fit) -> dict[Path, float]:
    """Variance inflation of every predecessor among those of the same construct; above 5 its path is unsure,
    above 3 worth a look. 1 for a construct with a single predecessor.

    Source: Hair, Hult, Ringle & Sarstedt (2022), A Primer on PLS-SEM.

    >>> from manyi.measures.pls import Model, fit
    >>> a = np.arange(60.0); found = fit({"a": a, "b": a % 7 + a / 9}, Model({"A": ["a"], "B": ["b"]}, [("A", "B")]))
    >>> inner_vif(found)
    {('A', 'B'): 1.0}
    """
    found = {}
    for a, b in fit.paths:
        others = [name for name in fit.model.predecessors(b) if name != a]
        unexplained = 1 - _explained(fit, others, a)
        found[a, b] = 1 / unexplained if unexplained > 0 else float("inf")
    return found


def construct_scores(fit: Fit, data: Answers) -> dict[str, FloatArray]:
    """Scores of respondents on every construct, each of shape ``(n,)``: mean 0, variance 1 (latent variable
    scores). A missing answer counts as the mean.

    :param data: the answers the model was fitted to.

    >>> from manyi.measures.pls import Model, fit
    >>> data = {"a": np.arange(60.0), "b": np.arange(60.0) % 7}
    >>> found = fit(data, Model({"A": ["a"], "B": ["b"]}, [("A", "B")]))
    >>> construct_scores(found, data)["A"][:2].round(3).tolist()
    [-1.703, -1.646]
    """
    scores = {}
    for name, columns in fit.model.blocks.items():
        total = np.zeros(len(floats(data[columns[0]], columns[0])))
        for column in columns:
            x = floats(data[column], column)
            z = np.nan_to_num(x - np.nanmean(x))
            total += fit.outer_weights[column] * (
                z if fit.metric == "covariance" else z / np.sqrt(np.mean(z * z))
            )
        scores[name] = total
    return scores


def item_vif(correlation: FloatArray) -> FloatArray:
    """Variance inflation of each item of a block from the items' correlations ``(k, k)``: the diagonal of the
    inverse. Infinite where an item repeats others.

    >>> item_vif(np.array([[1.0, 0.5], [0.5, 1.0]])).round(6).tolist()
    [1.333333, 1.333333]
    """
    if np.linalg.eigvalsh(correlation)[0] < 1e-10:
        return np.full(correlation.shape[0], np.inf)
    found: FloatArray = np.diag(np.linalg.inv(correlation)).copy()
    return found


def srmr(correlation: FloatArray, implied: FloatArray) -> float:
    """Root mean square of the differences between the items' correlations ``(p, p)`` and those the model
    implies, below and on the diagonal; below .08 is called a good fit.

    Source: Henseler, Hubona & Ray (2016), Using PLS path modeling in new technology research.

    >>> round(srmr(np.array([[1.0, 0.4], [0.4, 1.0]]), np.array([[1.0, 0.1], [0.1, 1.0]])), 6)
    0.173205
    """
    lower = np.tril_indices(correlation.shape[0])
    return float(np.sqrt(np.mean((correlation[lower] - implied[lower]) ** 2)))


def _explained(fit: Fit, sources: list[str], target: str) -> float:
    """R² of one construct on others, from the correlations of the constructs."""
    if not sources:
        return 0.0
    pairs: Mapping[Path, float] = fit.correlations

    def r(a: str, b: str) -> float:
        return 1.0 if a == b else pairs[a, b] if (a, b) in pairs else pairs[b, a]

    matrix = np.array([[r(a, b) for b in sources] for a in sources])
    right = np.array([r(a, target) for a in sources])
    return float(right @ np.linalg.lstsq(matrix, right, rcond=None)[0])
