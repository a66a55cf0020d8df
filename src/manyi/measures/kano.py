"""Quality levels by Kano: what delights, what is expected, and what goes without saying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
from scipy.special import ndtr

from .arrays import FloatArray, floats, survey_weights
from .errors import ColumnError

Category = Literal["A", "O", "M", "I", "R", "Q"]

TABLE = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
"""Rows: answer when the feature is there (functional), columns: when it is not (dysfunctional); both in the
order like, must-be, neutral, live-with, dislike. A attractive, O one-dimensional, M must-be, I indifferent, R
reverse, Q questionable."""

ANSWERS = ("like", "must-be", "neutral", "live-with", "dislike")
"""The five answers, coded 1 to 5 in this order."""

PRIORITY: tuple[Category, ...] = ("M", "O", "A", "I", "R", "Q")
"""Of two leading categories that are close, the first of these counts: neglecting a must-be costs most."""

CLOSE = 0.05


@dataclass(frozen=True, slots=True)
class KanoResult:
    """One feature. ``counts`` are (weighted) numbers of respondents by category, n is how many answered both
    questions.

    ``category`` is None without answers. ``better`` (0 to 1) says how much having the feature satisfies,
    ``worse`` (−1 to 0) how much lacking it dissatisfies; both None when nobody is in A, O, M or I.
    ``strength`` is the lead of the largest category over the second, ``total_strength`` the share of A, O and
    M, both 0–1. ``p_value`` is that of Fong's test that the two leading categories differ; None when there is
    nothing to compare.
    """

    counts: Mapping[Category, float]
    n: int
    category: Category | None
    better: float | None
    worse: float | None
    strength: float | None
    total_strength: float | None
    p_value: float | None

    @property
    def shares(self) -> dict[Category, float]:
        """Share of (weighted) respondents in each category, 0–1; all 0 without answers."""
        total = sum(self.counts.values()) or 1.0
        return {category: count / total for category, count in self.counts.items()}

    @property
    def significant(self) -> bool:
        """Whether the leading category is ahead at the 10 % level, as in Fong's original rule (1.65)."""
        return self.p_value is not None and self.p_value < 0.10


def classify(
    functional: Any, dysfunctional: Any, weights: Any = None, *, missing: Sequence[float] = ()
) -> KanoResult:
    """Classify one feature from the two answers of every respondent.

    The pair of answers falls into a category by the evaluation table. ``better = (A + O)/(A + O + M + I)``,
    ``worse = −(O + M)/(A + O + M + I)``. The feature's category is the most frequent one; if others are less
    than 5 percentage points behind, the first of M, O, A, I among them.

    :param functional: how one feels with the feature, shape ``(n,)``: 1 like, 2 must-be, 3 neutral, 4
        live-with, 5 dislike, as numbers or in these words. :param dysfunctional: how one feels without it,
        the same.
    :param weights: survey weights, shape ``(n,)``. :param missing: codes that mean 'no answer', besides NaN.
    :raises ColumnError: for other codes or unequal lengths.

    Sources: Kano et al. (1984); Berger et al. (1993), Kano's methods; Fong (1996) for the test
    ``|a − b| / √((a + b)(2n − a − b)/(2n))``.

    >>> found = classify([1, 1, 1, 2, 3, 1], [5, 5, 3, 5, 3, 5])
    >>> found.category, found.counts["O"], round(found.better, 4), round(found.worse, 4)
    ('O', 3.0, 0.6667, -0.6667)
    """
    f, d = _codes(functional, "functional"), _codes(dysfunctional, "dysfunctional")
    if f.size != d.size:
        raise ColumnError(
            "Column '{column}' has {rows} rows, not {expected}.",
            column="dysfunctional",
            rows=d.size,
            expected=f.size,
        )
    w = survey_weights(weights, f.size)
    keep = _answered(f, "functional", missing) & _answered(d, "dysfunctional", missing)
    if w is not None:
        keep &= w > 0
    letters = np.array([list(row) for row in TABLE])
    found = letters[f[keep].astype(int) - 1, d[keep].astype(int) - 1]
    weight = np.ones(found.size) if w is None else w[keep]
    counts: dict[Category, float] = {
        c: float(weight[found == c].sum()) for c in ("A", "O", "M", "I", "R", "Q")
    }
    # Weighted counts are brought to the effective sample size before they are tested.
    worth = float(weight.sum() / (weight @ weight)) if found.size else 0.0
    return _summary(counts, int(found.size), worth)


def _codes(values: Any, name: str) -> FloatArray:
    """Codes 1 to 5, also from the words for them."""
    raw = np.asarray(values)
    if raw.ndim == 1 and raw.dtype.kind in "OU":
        words = dict(zip(ANSWERS, (1, 2, 3, 4, 5), strict=True))
        values = [words.get(value, value) if isinstance(value, str) else value for value in raw.tolist()]
    return floats(values, name)


def _answered(values: Any, name: str, missing: Sequence[float]) -> Any:
    keep = ~np.isnan(values)
    for code in missing:
        keep &= values != code
    wrong = keep & ~np.isin(values, (1, 2, 3, 4, 5))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ColumnError(
            "Column '{column}' holds {value:g} in row {row}; the answers are 1 (like) to 5 (dislike).",
            column=name,
            value=float(values[row]),
            row=row + 1,
        )
    return keep


def _summary(counts: Mapping[Category, float], n: int, worth: float) -> KanoResult:
    total = sum(counts.values())
    if n == 0:
        return KanoResult(counts, 0, None, None, None, None, None, None)
    ranked = sorted(counts.values(), reverse=True)
    close = [c for c in PRIORITY if (ranked[0] - counts[c]) / total < CLOSE - 1e-12]
    base = counts["A"] + counts["O"] + counts["M"] + counts["I"]
    first, second, size = ranked[0] * worth, ranked[1] * worth, total * worth
    spread = (first + second) * (2 * size - first - second) / (2 * size)
    return KanoResult(
        counts=counts,
        n=n,
        category=close[0],
        better=(counts["A"] + counts["O"]) / base if base > 0 else None,
        worse=-(counts["O"] + counts["M"]) / base if base > 0 else None,
        strength=(ranked[0] - ranked[1]) / total,
        total_strength=(counts["A"] + counts["O"] + counts["M"]) / total,
        p_value=float(2 * ndtr(-(first - second) / sqrt(spread))) if spread > 0 else None,
    )
