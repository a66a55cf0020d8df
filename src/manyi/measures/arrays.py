"""The edge of the package: lists, numpy arrays and pandas columns in, checked float arrays out.

pandas is never imported; whatever has ``to_numpy`` is asked for its numbers, with missing values as NaN.
"""

from __future__ import annotations

from math import isnan
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import ColumnError, OptionError, WeightError

FloatArray = NDArray[np.float64]


class Answers(Protocol):
    """A table by columns: a dict of one-dimensional arrays, or a pandas DataFrame."""

    def __getitem__(self, column: str, /) -> Any: ...

    def __contains__(self, column: object, /) -> bool: ...


def numbers(values: Any, name: str) -> NDArray[Any]:
    """`values` as a one-dimensional array of numbers in its own width; missing values become NaN.

    Integers and booleans keep their (narrow) type, so that a million answers of one byte stay a megabyte.

    :raises ColumnError: when a value is no number, or the shape is not ``(n,)``; the text names `name` and
        the value.

    >>> numbers([1, None, 3], "q1").tolist()
    [1.0, nan, 3.0]
    """
    if hasattr(values, "to_numpy"):
        raw = np.asarray(values.to_numpy())
        if raw.dtype.kind == "O":
            raw = np.asarray(values.to_numpy(dtype=object, na_value=None))
    else:
        raw = np.asarray(values)
    if raw.ndim != 1:
        raise ColumnError(
            "Column '{column}' must be a list of single values, not of shape {shape}.",
            column=name,
            shape=raw.shape,
        )
    if raw.dtype.kind in "biuf":
        return raw
    try:
        return raw.astype(np.float64)
    except (TypeError, ValueError):
        row, value = _first_not_number(raw)
        raise ColumnError(
            "Column '{column}' holds {value!r} in row {row}, which is not a number.",
            column=name,
            value=value,
            row=row,
        ) from None


def _first_not_number(raw: NDArray[Any]) -> tuple[int, object]:
    for row, value in enumerate(raw.tolist(), start=1):
        try:
            float(value if value is not None else "nan")
        except (TypeError, ValueError):
            return row, value
    return 0, None


def floats(values: Any, name: str) -> FloatArray:
    """Like :func:`numbers`, always float64; may share memory with the caller's array, so never write to it.

    >>> floats([1, 2], "q1").tolist()
    [1.0, 2.0]
    """
    return numbers(values, name).astype(np.float64, copy=False)


def table(values: Any, name: str = "items") -> FloatArray:
    """A two-dimensional float array from a matrix, a DataFrame, or a mapping of columns (kept in their
    order).

    :raises ColumnError: when it is not rectangular or not numeric.

    >>> table({"a": [1, 2], "b": [3, 4]}).tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    if hasattr(values, "keys"):
        columns = [floats(values[key], str(key)) for key in list(values.keys())]
        if len({column.size for column in columns}) > 1:
            raise ColumnError("The columns of '{column}' differ in length.", column=name)
        return np.column_stack(columns) if columns else np.empty((0, 0))
    try:
        matrix = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ColumnError("'{column}' must be a rectangle of numbers.", column=name) from None
    if matrix.ndim != 2:
        raise ColumnError(
            "'{column}' must have rows and columns, not shape {shape}.", column=name, shape=matrix.shape
        )
    return matrix


def label(value: object) -> str | None:
    """A value as text, 1.0 as '1'; None when it is missing (pandas' own missing values are known by their
    text).

    >>> label("Hefei"), label(2.0), label(float("nan"))
    ('Hefei', '2', None)
    """
    if value is None or (isinstance(value, float) and isnan(value)) or str(value) in ("<NA>", "NaT"):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def survey_weights(values: Any, rows: int) -> FloatArray | None:
    """Checked survey weights of shape ``(rows,)``, or None when there are none (everybody counts the same).

    :raises WeightError: for a wrong length, a missing, negative or infinite weight, or when all are zero.

    >>> survey_weights([1, 2], 2)
    array([1., 2.])
    """
    if values is None:
        return None
    try:
        weights = floats(values, "weight")
    except ColumnError as error:
        raise WeightError(error.template, **error.params) from None
    if weights.size != rows:
        raise WeightError("There are {given} weights for {rows} rows.", given=weights.size, rows=rows)
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise WeightError(
            "The weight in row {row} is {value}; weights must be numbers of zero or more.",
            row=row + 1,
            value=float(weights[row]),
        )
    if rows and not weights.any():
        raise WeightError("All weights are zero.")
    return weights


def probability(value: float, name: str) -> float:
    """`value` when it lies strictly between 0 and 1.

    :raises OptionError: otherwise.

    >>> probability(0.95, "confidence")
    0.95
    """
    if not 0 < value < 1:
        raise OptionError(
            "{name} must lie between 0 and 1 (for example 0.95), not {value}.", name=name, value=value
        )
    return float(value)
