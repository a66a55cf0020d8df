"""Answers respondent by respondent, within the reader's units and filters."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manyi.warehouse import columns, reads, store

KINDS = store.Columns(attributes=(), answers={"Q1": "number", "q1": "number", "why": "text"})


def row(number: int, unit: int = 1, tier: str = "A", weight: float = 1.0, **answers: Any) -> store.Row:
    return store.Row(
        response_id=f"r{number:03d}", unit_id=unit, tier=tier, segment="", language="en", channel="email",
        day=date(2026, 3, 2), weight=weight, attributes={}, answers=answers,
    )  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> reads.Source:
    stored = [row(3, Q1=5, q1=1, why="late"), row(1, unit=2, tier="B", Q1=None, q1=2)]
    snapshot = store.write(tmp_path, 1, KINDS, stored, watermark=None)
    assert snapshot is not None
    newest = store.table_of([row(2, Q1=4, weight=0.5), row(3, Q1=1)], KINDS)
    return reads.Source(snapshot.path, newest)


def test_rows_come_in_a_fixed_order_with_nan_for_what_is_missing(source: reads.Source) -> None:
    found = columns.respondents(reads.answers(source, None, reads.Filters()), ["Q1", "q1", "why", "never"])
    assert found.n == 3
    np.testing.assert_array_equal(found.numbers["Q1"], [np.nan, 4, 5])
    np.testing.assert_array_equal(found.numbers["q1"], [2, np.nan, 1])
    np.testing.assert_array_equal(found.numbers["never"], [np.nan] * 3)
    assert found.texts["why"].tolist() == [None, None, "late"]
    assert found.units.tolist() == [2, 1, 1]
    assert found.survey_weights is not None
    assert found.weights.tolist() == [1.0, 0.5, 1.0]


def test_units_and_filters_hold(source: reads.Source) -> None:
    east = columns.respondents(reads.answers(source, frozenset({2}), reads.Filters()), ["q1"])
    assert east.numbers["q1"].tolist() == [2.0]
    assert east.survey_weights is None
    nobody = columns.respondents(reads.answers(source, frozenset({2}), reads.Filters(tier="A")), ["q1"])
    assert (nobody.n, nobody.survey_weights) == (0, None)


def test_the_kinds_of_columns(source: reads.Source) -> None:
    table = reads.answers(source, None, reads.Filters())
    assert columns.answer_columns(table) == {"Q1": "number", "q1": "number", "why": "text"}
