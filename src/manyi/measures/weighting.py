"""Weights: of indicators by judgement (AHP) or by the data (entropy), and of respondents by raking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray, label, survey_weights, table
from .errors import ColumnError, OptionError, Remark, WeightError

RANDOM_INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
"""Mean consistency index of random judgements by number of items (Saaty 1980)."""

TOLERATED_RATIO = 0.10


@dataclass(frozen=True, slots=True)
class PairwiseWeights:
    """Weights from pairwise comparison, in the order of the matrix, summing to 1, and how consistent they
    are.

    ``consistency_ratio`` is None beyond ten items, where no random index is published. ``warnings`` are
    sentences.
    """

    weights: FloatArray
    lambda_max: float
    consistency_index: float
    consistency_ratio: float | None
    warnings: tuple[Remark, ...] = ()

    @property
    def consistent(self) -> bool:
        """Whether the ratio does not exceed 0.10 (unknown counts as not consistent)."""
        return self.consistency_ratio is not None and self.consistency_ratio <= TOLERATED_RATIO


@dataclass(frozen=True, slots=True)
class EntropyWeights:
    """Weights in column order, summing to 1, and the entropy (0–1) of each column."""

    weights: FloatArray
    entropy: FloatArray


@dataclass(frozen=True, slots=True)
class Raked:
    """Survey weights of shape ``(n,)`` that meet the margins.

    ``largest_error`` is the largest relative distance of a margin from its target; ``converged`` says that it
    is below the tolerance, which a tight cap can prevent. ``capped`` counts respondents whose weight stands
    at the cap, ``deff`` is the design effect of the weights.
    """

    weights: FloatArray
    converged: bool
    rounds: int
    largest_error: float
    capped: int
    deff: float


def ahp(matrix: Any) -> PairwiseWeights:
    """Weights from pairwise judgements: the principal eigenvector of the comparison matrix.

    ``CI = (λmax − n)/(n − 1)`` and ``CR = CI/RI``; a ratio above 0.10 gives a warning, since the judgements
    then contradict each other too much.

    :param matrix: shape ``(n, n)``; element i, j says how many times as important i is as j (1/9 to 9,
        diagonal 1). Below the diagonal stand the reciprocals, rounded as people write them (0.33 for 1/3).
    :raises WeightError: when it is not square, not positive or not reciprocal; the text says which cell.

    Source: Saaty (1980), The Analytic Hierarchy Process.

    >>> result = ahp([[1, 3, 5], [1 / 3, 1, 2], [1 / 5, 1 / 2, 1]])
    >>> result.weights.round(4), round(result.consistency_ratio, 4), result.consistent
    (array([0.6483, 0.2297, 0.122 ]), 0.0032, True)
    """
    a = _judgements(matrix)
    n = a.shape[0]
    values, vectors = np.linalg.eig(a)
    principal = int(np.argmax(values.real))
    vector = np.abs(vectors[:, principal].real)
    lambda_max = float(values[principal].real)
    index = max(0.0, (lambda_max - n) / (n - 1)) if n > 1 else 0.0
    ratio: float | None = 0.0
    warnings: tuple[Remark, ...] = ()
    if n > 2:
        ratio = index / RANDOM_INDEX[n] if n in RANDOM_INDEX else None
    if ratio is None:
        warnings = (Remark("More than ten items cannot be checked for consistency; compare them in groups."),)
    elif ratio > TOLERATED_RATIO:
        warnings = (
            Remark(
                "The judgements contradict each other (consistency ratio {ratio:.2f}, above {most:.2f}).",
                {"ratio": ratio, "most": TOLERATED_RATIO},
            ),
        )
    return PairwiseWeights(vector / vector.sum(), lambda_max, index, ratio, warnings)


def entropy(matrix: Any) -> EntropyWeights:
    """Weights by how much a column tells its rows apart: a column in which all are alike gets none.

    ``P = X / column sum``, ``e_j = −Σ P ln P / ln n`` (0·ln 0 = 0), ``w_j = (1 − e_j) / Σ (1 − e)``. If no
    column tells anything apart, all weigh the same.

    :param matrix: shape ``(n, k)`` with n ≥ 2 rows (units, competitors) and k columns (indicators), numbers ≥
        0; or a mapping of columns. Larger must mean better or worse in all columns alike.
    :raises WeightError: for negative or missing numbers, fewer than two rows, or a column of zeros.

    Source: Shannon (1948); Zeleny (1982), Multiple Criteria Decision Making.

    >>> entropy([[80, 10], [82, 90], [81, 50]]).weights.round(3)
    array([0., 1.])
    """
    x = table(matrix, "matrix")
    if x.shape[0] < 2 or x.shape[1] < 1:
        raise WeightError(
            "Entropy weights need at least two rows and one column, not {shape}.", shape=x.shape
        )
    wrong = ~(np.isfinite(x) & (x >= 0))
    if wrong.any():
        row, column = (int(k) for k in np.argwhere(wrong)[0])
        raise WeightError(
            "Row {row}, column {column} holds {value}; entropy weights need numbers of zero or more.",
            row=row + 1,
            column=column + 1,
            value=float(x[row, column]),
        )
    totals = x.sum(axis=0)
    if (totals == 0).any():
        raise WeightError("Column {column} holds only zeros.", column=int(np.argmin(totals)) + 1)
    p = x / totals
    e = -np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0).sum(axis=0) / np.log(x.shape[0])
    e = np.clip(e, 0.0, 1.0)
    divergence = np.where(1 - e < 1e-15, 0.0, 1 - e)
    total = divergence.sum()
    k = x.shape[1]
    return EntropyWeights(divergence / total if total > 0 else np.full(k, 1 / k), e)


def rake(
    frame: Any,
    margins: Mapping[str, Mapping[Any, float]],
    cap: float | None = None,
    *,
    weights: Any = None,
    tolerance: float = 1e-9,
    rounds: int = 1000,
) -> Raked:
    """Weight respondents so that several margins of the population are met at once.

    Iterative proportional fitting: the weights of each category are scaled to its target, margin after
    margin, until nothing moves. With a cap, weights above ``cap`` times the mean weight are cut to it and the
    fitting is repeated.

    :param frame: mapping or DataFrame with a column of shape ``(n,)`` for each margin; no missing values.
    :param margins: column → {value: total in the population}. Values are compared as text; the totals of all
        margins must agree. Shares serve as well, the weights then sum to 1.
    :param cap: largest weight allowed as a multiple of the mean weight, above 1 (5 is usual); None for no
        cap.
    :param weights: weights to start from, for example design weights; equal when None.
    :param tolerance: largest relative distance of a margin from its target.
    :raises ColumnError: a column is absent, has missing values or a value that has no target.
    :raises WeightError: a category of the population has no respondent (an empty cell; merge it with
        another), or the totals of the margins disagree.

    Source: Deming & Stephan (1940), On a least squares adjustment of a sampled frequency table.

    >>> raked = rake({"sex": ["f", "f", "m"], "age": ["young", "old", "old"]},
    ...              {"sex": {"f": 50, "m": 50}, "age": {"young": 30, "old": 70}})
    >>> raked.weights.round(6).tolist(), raked.converged
    ([30.0, 20.0, 50.0], True)
    """
    if cap is not None and not cap > 1:
        raise OptionError("{name} must be above one, not {value}.", name="cap", value=cap)
    if not margins:
        raise OptionError("Raking needs at least one margin.")
    codes, targets = _margin_codes(frame, margins)
    n = codes[0].size
    start = survey_weights(weights, n)
    base = np.ones(n) if start is None else start.copy()
    for (name, margin), code, target in zip(margins.items(), codes, targets, strict=True):
        _refuse_empty(name, list(margin), np.bincount(code, base > 0, minlength=target.size), target)
    total = targets[0].sum()
    # Respondents alike in all margins always move together, so the fitting runs over their cells, not over
    # people.
    shape = tuple(target.size for target in targets)
    cells, cell_of = _cells(np.ravel_multi_index(tuple(codes), shape), prod(shape))
    cell_codes = np.unravel_index(cells, shape)
    used = 0
    while True:
        sums = np.bincount(cell_of, base, minlength=cells.size).astype(np.float64)
        fitted, spent = _fit(sums, cell_codes, targets, tolerance, rounds - used)
        used += spent
        factor = np.divide(fitted, sums, out=np.zeros_like(sums), where=sums > 0)
        base = base * factor[cell_of]
        if cap is None or used >= rounds or base.max() <= cap * total / n * (1 + 1e-6):
            break
        base = np.minimum(base, cap * total / n)
    if cap is not None:
        base = np.minimum(base, cap * total / n)
    error = max(
        float(
            np.max(
                np.abs(np.bincount(code, base, minlength=target.size) - target)
                / np.where(target > 0, target, 1)
            )
        )
        for code, target in zip(codes, targets, strict=True)
    )
    return Raked(
        weights=base,
        converged=error <= (tolerance if cap is None else max(tolerance, 1e-4)),
        rounds=used,
        largest_error=error,
        capped=0 if cap is None else int(np.count_nonzero(base >= cap * total / n * (1 - 1e-6))),
        deff=float(n * (base @ base) / base.sum() ** 2),
    )


def _judgements(matrix: Any) -> FloatArray:
    try:
        a = table(matrix, "matrix")
    except ColumnError as error:
        raise WeightError(error.template, **error.params) from None
    n = a.shape[0]
    if n == 0 or a.shape != (n, n):
        raise WeightError("A comparison matrix must be square, not of shape {shape}.", shape=a.shape)
    if not (np.isfinite(a) & (a > 0)).all():
        row, column = (int(k) for k in np.argwhere(~(np.isfinite(a) & (a > 0)))[0])
        raise WeightError(
            "Row {row}, column {column} holds {value}; judgements must be above zero.",
            row=row + 1,
            column=column + 1,
            value=float(a[row, column]),
        )
    # 0.14 · 7 = 0.98 and 0.17 · 6 = 1.02: reciprocals written with two digits are meant to be reciprocal.
    wrong = np.abs(a * a.T - 1) > 0.03
    if wrong.any():
        row, column = (int(k) for k in np.argwhere(wrong)[0])
        raise WeightError(
            "Row {row}, column {column} says {value:g} but the opposite cell says {other:g}; they must be reciprocal.",
            row=row + 1,
            column=column + 1,
            value=float(a[row, column]),
            other=float(a[column, row]),
        )
    return a


def _margin_codes(
    frame: Any, margins: Mapping[str, Mapping[Any, float]]
) -> tuple[list[NDArray[np.intp]], list[FloatArray]]:
    codes: list[NDArray[np.intp]] = []
    targets: list[FloatArray] = []
    for name, margin in margins.items():
        if name not in frame:
            raise ColumnError("Column '{column}', to weight by, is not in the answers.", column=name)
        position = {str(label(value)): k for k, value in enumerate(margin)}
        code = _positions(frame[name], name, position)
        target = np.array([float(total) for total in margin.values()])
        if codes and code.size != codes[0].size:
            raise ColumnError(
                "Column '{column}' has {rows} rows, not {expected}.",
                column=name,
                rows=code.size,
                expected=codes[0].size,
            )
        _check_targets(name, list(position), target)
        if targets and not np.isclose(target.sum(), targets[0].sum(), rtol=1e-6, atol=0):
            raise WeightError(
                "The totals of '{column}' sum to {total:g} but those of '{other}' to {other_total:g}.",
                column=name,
                total=float(target.sum()),
                other=next(iter(margins)),
                other_total=float(targets[0].sum()),
            )
        codes.append(code)
        targets.append(target)
    return codes, targets


def _cells(key: NDArray[np.intp], possible: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The cells that hold somebody, ascending, and everybody's place among them."""
    if possible > 4 * key.size + 65_536:
        cells, cell_of = np.unique(key, return_inverse=True)
        return cells, cell_of
    held = np.bincount(key, minlength=possible) > 0
    return np.flatnonzero(held), (np.cumsum(held) - 1)[key]


class _Positions(dict[Any, int]):
    """Raw value → place of its target; a value is looked at once, when it is met first."""

    def __init__(self, values: list[Any], name: str, position: Mapping[str, int]) -> None:
        super().__init__()
        self.column, self.name, self.position = values, name, position

    def __missing__(self, value: Any) -> int:
        text = label(value)
        if text is None:
            row = self.column.index(value) + 1
            raise ColumnError("Column '{column}' has no value in row {row}.", column=self.name, row=row)
        if text not in self.position:
            raise ColumnError(
                "Column '{column}' holds '{value}' in row {row}, for which there is no target.",
                column=self.name,
                value=text,
                row=self.column.index(value) + 1,
            )
        self[value] = self.position[text]
        return self[value]


def _positions(values: Any, name: str, position: Mapping[str, int]) -> NDArray[np.intp]:
    raw = values.to_numpy() if hasattr(values, "to_numpy") else values
    plain: list[Any] = raw.tolist() if hasattr(raw, "tolist") else list(raw)
    known = _Positions(plain, name, position)
    return np.fromiter(map(known.__getitem__, plain), dtype=np.intp, count=len(plain))


def _check_targets(name: str, labels: list[str], target: FloatArray) -> None:
    for text, total in zip(labels, target.tolist(), strict=True):
        if not (0 <= total < inf):
            raise WeightError(
                "The target of '{value}' in '{column}' is {total}; it must be zero or more.",
                column=name,
                value=text,
                total=total,
            )
    if not target.sum() > 0:
        raise WeightError("The targets of '{column}' are all zero.", column=name)


def _refuse_empty(name: str, values: list[Any], people: NDArray[Any], target: FloatArray) -> None:
    for value, count, total in zip(values, people, target, strict=True):
        if total > 0 and count == 0:
            raise WeightError(
                "Nobody in the sample has '{value}' in '{column}'; merge it with another category.",
                column=name,
                value=label(value),
            )


def _fit(
    sums: FloatArray,
    cell_codes: tuple[NDArray[np.intp], ...],
    targets: list[FloatArray],
    tolerance: float,
    rounds: int,
) -> tuple[FloatArray, int]:
    """Iterative proportional fitting of cell totals to the margins; returns them and the rounds it took."""
    fitted = sums.copy()
    for spent in range(1, rounds + 1):
        worst = 0.0
        for code, target in zip(cell_codes, targets, strict=True):
            have = np.bincount(code, fitted, minlength=target.size)
            factor = np.divide(target, have, out=np.zeros_like(target), where=have > 0)
            worst = max(worst, float(np.max(np.abs(have - target) / np.where(target > 0, target, 1))))
            fitted *= factor[code]
        if worst <= tolerance / 10:
            return fitted, spent
    return fitted, rounds
