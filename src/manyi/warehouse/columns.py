"""Answers respondent by respondent, as arrays: what models and drivers are computed from.

The rows come from :func:`manyi.warehouse.reads.answers`, so they are those the reader may see and has chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manyi.warehouse import engine
from manyi.warehouse.store import ANSWERS, answer, answered

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Respondents:
    """n respondents in the order of their random ids, so that a seeded resample can be repeated.

    `numbers` are float arrays of shape ``(n,)`` with NaN where there is no answer, `texts` object arrays with
    None; `units` are ids of org units, `weights` survey weights, all above 0.
    """

    numbers: Mapping[str, Floats]
    texts: Mapping[str, NDArray[np.object_]]
    weights: Floats
    units: NDArray[np.int64]

    @property
    def n(self) -> int:
        return int(self.weights.size)

    @property
    def survey_weights(self) -> Floats | None:
        """The weights, None where everybody counts alike."""
        alike = self.n == 0 or bool((self.weights == self.weights[0]).all())
        return None if alike else self.weights


def respondents(table: Any, columns: Sequence[str]) -> Respondents:
    """The respondents of a table of :func:`reads.answers` with these answer columns.

    A column that nobody was asked is there as a number that nobody gave.
    """
    names = {column: answer(column) for column in columns}
    known = {column: name for column, name in names.items() if name in table.columns}
    chosen = table.select("response_id", "unit_id", "weight", *dict.fromkeys(known.values()))
    found = engine.run(chosen.order_by("response_id"))
    numbers: dict[str, Floats] = {}
    texts: dict[str, NDArray[np.object_]] = {}
    kinds = table.schema()
    for column in columns:
        if column not in known:
            numbers[column] = np.full(found.num_rows, np.nan)
        elif kinds[known[column]].is_string():
            texts[column] = np.array(found.column(known[column]).to_pylist(), dtype=object)
        else:
            values = found.column(known[column]).to_numpy(zero_copy_only=False)
            numbers[column] = np.asarray(values, dtype=np.float64)
    return Respondents(
        numbers,
        texts,
        np.asarray(found.column("weight").to_numpy(zero_copy_only=False), dtype=np.float64),
        np.asarray(found.column("unit_id").to_numpy(zero_copy_only=False), dtype=np.int64),
    )


def answer_columns(table: Any) -> dict[str, str]:
    """Answer columns of a table → 'number' or 'text', in the order they are stored."""
    return {
        answered(name): "text" if kind.is_string() else "number"
        for name, kind in table.schema().items()
        if name.startswith(ANSWERS)
    }
