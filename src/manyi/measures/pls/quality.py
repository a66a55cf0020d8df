"""Is the model measured well enough? Reliability and validity of constructs, and what to warn of."""

from __future__ import annotations

from itertools import combinations
from math import isnan, nan, sqrt

import numpy as np

from manyi.measures.arrays import FloatArray
from manyi.measures.errors import Remark
from manyi.measures.reliability import alpha_of_covariance, ave, composite_reliability, htmt_of_correlations

from .algorithm import Plan
from .result import Fit, Reliability

WANTED_N = 155
WANTED_ALPHA = 0.7
WANTED_AVE = 0.5
TOLERATED_HTMT = 0.9


def reliability_of(
    covariance: FloatArray, correlation: FloatArray, weights: FloatArray, loadings: FloatArray, forming: bool
) -> Reliability:
    """Reliability of one block from the covariances (k, k) and correlations of its items, its weights (of
    standardised items, scores of unit variance) and loadings (k,). Items that form their construct need not
    agree: all NaN."""
    if forming:
        return Reliability(nan, nan, nan, nan, nan)
    return Reliability(
        alpha=alpha_of_covariance(covariance),
        alpha_std=alpha_of_covariance(correlation),
        rho_a=_rho_a(correlation, weights),
        rho_c=composite_reliability(loadings),
        ave=ave(loadings),
    )


def _rho_a(correlation: FloatArray, weights: FloatArray) -> float:
    """``(w'w)² · w'(S − diag S)w / w'(ww' − diag ww')w``, Dijkstra & Henseler 2015."""
    if weights.size < 2:
        return nan
    off = correlation - np.diag(np.diag(correlation))
    outer = np.outer(weights, weights)
    below = float(weights @ (outer - np.diag(np.diag(outer))) @ weights)
    return float((weights @ weights) ** 2 * (weights @ off @ weights) / below) if below > 0 else nan


def htmt_of(correlation: FloatArray, names: tuple[str, ...], plan: Plan) -> dict[tuple[str, str], float]:
    """Heterotrait–monotrait ratio of every pair of constructs that reflect in their items."""
    return {
        (names[a], names[b]): nan
        if plan.forming[a] or plan.forming[b]
        else htmt_of_correlations(correlation, plan.blocks[a], plan.blocks[b])
        for a, b in combinations(range(len(names)), 2)
    }


def remarks(result: Fit, n: int, guessed_scale: bool, gaps: int, missing: str) -> list[Remark]:
    """What a careful reader should know about a fit."""
    found = []
    if not result.converged:
        found.append(Remark("The iteration did not converge; do not use these figures."))
    if n < WANTED_N:
        found.append(
            Remark(
                "{n} respondents are few: paths weaker than {path:.2f} are likely to be missed.",
                {"n": n, "path": 2.486 / sqrt(n)},
            )
        )
    if guessed_scale:
        found.append(
            Remark("No answer scale was given; the lowest and highest answers found stand for 0 and 100.")
        )
    if gaps:
        how = "replaced by the mean" if missing == "mean" else "left out pair by pair"
        found.append(Remark("{gaps} missing answers were {how}.", {"gaps": gaps, "how": how}))
    for name, index in result.index.items():
        if index.score is None:
            found.append(
                Remark(
                    "'{construct}' has an item of negative weight, so it has no index.", {"construct": name}
                )
            )
    for name, quality in result.reliability.items():
        for label, value, wanted in (
            ("alpha", quality.alpha_std, WANTED_ALPHA),
            ("AVE", quality.ave, WANTED_AVE),
        ):
            if not isnan(value) and value < wanted:
                found.append(
                    Remark(
                        "The {label} of '{construct}' is {value:.2f}, below {wanted}.",
                        {"label": label, "construct": name, "value": value, "wanted": wanted},
                    )
                )
    for (first, second), value in result.htmt.items():
        if value > TOLERATED_HTMT:
            found.append(
                Remark(
                    "'{first}' and '{second}' are hardly told apart (HTMT {value:.2f}, above {wanted}).",
                    {"first": first, "second": second, "value": value, "wanted": TOLERATED_HTMT},
                )
            )
    return found + _singular(result)


def _singular(result: Fit) -> list[Remark]:
    found = []
    pairs = result.correlations
    for name in result.model.endogenous:
        sources = result.model.predecessors(name)
        matrix = np.array(
            [[1.0 if a == b else pairs.get((a, b), pairs.get((b, a), nan)) for b in sources] for a in sources]
        )
        if np.isfinite(matrix).all() and np.linalg.eigvalsh(matrix)[0] < 1e-8:
            found.append(
                Remark(
                    "What leads to '{construct}' says the same thing twice; its single paths mean nothing.",
                    {"construct": name},
                )
            )
    return found


def bootstrap_remarks(result: Fit) -> list[Remark]:
    """What to know about the replicates."""
    if not result.failed:
        return []
    return [
        Remark(
            "{failed} of {bootstrap} bootstrap samples could not be estimated and are left out.",
            {"failed": result.failed, "bootstrap": result.bootstrap},
        )
    ]
