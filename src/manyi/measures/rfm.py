"""Recency, frequency, monetary value: a score of 1 to 5 for each, from ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import floats
from .errors import ColumnError, OptionError


@dataclass(frozen=True, slots=True)
class Rfm:
    """Scores of shape ``(n,)`` from 1 (worst) to the number of classes (best).

    ``cell`` is the usual three-digit code, such as 535; ``total`` the sum of the three.
    """

    recency: NDArray[np.int64]
    frequency: NDArray[np.int64]
    monetary: NDArray[np.int64]

    @property
    def cell(self) -> NDArray[np.int64]:
        return 100 * self.recency + 10 * self.frequency + self.monetary

    @property
    def total(self) -> NDArray[np.int64]:
        return self.recency + self.frequency + self.monetary


def score(recency: Any, frequency: Any, monetary: Any, *, classes: int = 5) -> Rfm:
    """RFM scores: rank the customers by each number and cut the ranks into equal classes.

    ``score = ⌈classes · (rank − ½) / n⌉`` with ranks from 1. Customers with the same number share the mean of
    their ranks, so they always get the same score and the order of rows does not matter; classes are then not
    all equally full.

    :param recency: time since the last order, shape ``(n,)``; less is better.
    :param frequency: number of orders. :param monetary: total or mean value; both: more is better.
    :param classes: 2 to 9.
    :raises ColumnError: missing values or unequal lengths. :raises OptionError: for other numbers of classes.

    Source: Hughes (1994), Strategic Database Marketing.

    >>> found = score([3, 40, 90, 5, 200], [9, 4, 2, 7, 1], [500, 900, 100, 300, 50])
    >>> found.cell.tolist()
    [554, 335, 222, 443, 111]
    """
    if not 2 <= classes <= 9:
        raise OptionError("{name} must lie between 2 and 9, not {value}.", name="classes", value=classes)
    columns = [floats(values, name) for values, name in ((recency, "recency"), (frequency, "frequency"))]
    columns.append(floats(monetary, "monetary"))
    for name, values in zip(("recency", "frequency", "monetary"), columns, strict=True):
        if values.size != columns[0].size:
            raise ColumnError(
                "Column '{column}' has {rows} rows, not {expected}.",
                column=name,
                rows=values.size,
                expected=columns[0].size,
            )
        if not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise ColumnError("Column '{column}' has no value in row {row}.", column=name, row=row + 1)
    return Rfm(_class(-columns[0], classes), _class(columns[1], classes), _class(columns[2], classes))


def _class(values: Any, classes: int) -> NDArray[np.int64]:
    _, group, size = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.cumsum(size) - (size - 1) / 2  # mean rank of equals
    position = np.ceil(classes * (rank - 0.5) / max(1, values.size) - 1e-12)
    return np.asarray(position.clip(1, classes).astype(np.int64)[group])
