"""The engine's sums become the same figures as the measures compute from the rows themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manyi.measures import index
from manyi.measures.errors import ColumnError
from manyi.measures.tree import Tree
from manyi.warehouse import reads, store

TREE = Tree.from_dict(
    {
        "name": {"en": "Index"},
        "scale": {"min": 1, "max": 5, "missing": [9]},
        "tree": [
            {
                "code": "a", "name": {"en": "A"}, "weight": 60,
                "children": [
                    {"code": "a1", "name": {"en": "A1"}, "weight": 0.1, "column": "Q1"},
                    {"code": "a2", "name": {"en": "A2"}, "weight": 0.2, "column": "q1", "reversed": True},
                    {"code": "a3", "name": {"en": "A3"}, "weight": 0.3, "column": "q3",
                     "scale": {"min": 0, "max": 10, "missing": [-1]}},
                ],
            },
            {"code": "b", "name": {"en": "B"}, "weight": 40, "column": "q4"},
            {"code": "c", "name": {"en": "C"}, "weight": 0, "column": "q5"},
        ],
    }
)  # fmt: skip
COLUMNS = store.Columns(
    attributes=("地区",),
    answers={"Q1": "number", "q1": "number", "q3": "number", "q4": "number", "q5": "number", "why": "text"},
)


def row(number: int, answers: dict[str, Any], weight: float = 1.0, **fields: Any) -> store.Row:
    values: dict[str, Any] = {
        "response_id": f"r{number}", "unit_id": 1, "tier": "", "segment": "", "language": "en", "channel": "email",
        "day": date(2026, 3, 2), "attributes": {},
    }  # fmt: skip
    return store.Row(**{**values, **fields, "weight": weight, "answers": answers})


likert = st.sampled_from([None, 1, 2, 3, 4, 5, 9])
respondents = st.tuples(
    st.fixed_dictionaries(
        {
            "Q1": likert,
            "q1": likert,
            "q3": st.sampled_from([None, -1, 0, 3, 7.5, 10]),
            "q4": likert,
            "q5": likert,
        }
    ),
    st.sampled_from([1.0, 0.25, 3.5]),
    st.sampled_from([1, 2, 3]),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(people=st.lists(respondents, min_size=1, max_size=40), split=st.integers(0, 40))
def test_figures_equal_those_of_the_measures(tmp_path: Path, people: Any, split: int) -> None:
    rows = [row(i, answers, weight, unit_id=unit) for i, (answers, weight, unit) in enumerate(people)]
    snapshot = store.write(tmp_path, 1, COLUMNS, rows[:split], watermark=None)
    # The newest rows overlap with the stored ones: they must count once.
    newest = store.table_of(rows[max(0, split - 3) :], COLUMNS)
    source = reads.Source(snapshot.path if snapshot else None, newest)
    table = reads.answers(source, None, reads.Filters())

    columns = {
        name: np.array([r.answers[name] for r in rows], dtype=object)
        for name in COLUMNS.answers
        if name != "why"
    }
    columns = {
        name: np.array([np.nan if v is None else v for v in values], float)
        for name, values in columns.items()
    }
    units = np.array([r.unit_id for r in rows])
    expected = index.score(TREE, columns, [r.weight for r in rows], by={"unit": units})
    same(index.from_moments(TREE, reads.index_moments(table, TREE).get((), {})), expected)
    by_unit = reads.index_moments(table, TREE, ["unit_id"])
    for value, part in expected.groups["unit"].items():
        same(index.from_moments(TREE, by_unit.get((int(value),), {})), part)
    assert sum(reads.counts(table, ["unit_id"]).values()) == len(rows)


def same(found: index.IndexResult, expected: index.IndexResult) -> None:
    for one, other in zip(found.nodes, expected.nodes, strict=True):
        assert one.n == other.n
        for name in ("score", "se", "ci_low", "ci_high", "n_eff", "deff"):
            left, right = getattr(one, name), getattr(other, name)
            assert (left is None) == (right is None), (one.code, name)
            if left is not None:
                assert left == pytest.approx(right, abs=1e-9 if name != "se" else 1e-6), (one.code, name)


def table(tmp_path: Path, rows: list[store.Row], **filters: Any) -> Any:
    units = filters.pop("scope", None)
    snapshot = store.write(tmp_path, 1, COLUMNS, rows, watermark=None)
    assert snapshot
    return reads.answers(reads.Source(snapshot.path), units, reads.Filters(**filters))


def test_rows_outside_the_readers_units_are_never_there(tmp_path: Path) -> None:
    rows = [row(i, {"q4": 5, "why": f"text {i}"}, unit_id=i % 3) for i in range(9)]
    own = table(tmp_path, rows, scope=frozenset({1}))
    assert reads.counts(own, ["unit_id"]) == {(1,): 3}
    found, total = reads.texts(own, TREE, ["why"])
    assert total == 3
    assert {text.unit_id for text in found} == {1}
    assert reads.counts(table(tmp_path, rows, scope=frozenset()), ["unit_id"]) == {}
    assert reads.counts(table(tmp_path, rows, scope=frozenset({1}), units=frozenset({2})), ["unit_id"]) == {}


def test_filters_narrow_and_weeks_are_iso_weeks(tmp_path: Path) -> None:
    rows = [
        row(1, {"q4": 5}, tier="A", segment="price", day=date(2026, 1, 1)),
        row(2, {"q4": 4}, tier="B", segment="price", day=date(2025, 12, 31)),
        row(3, {"q4": 3}, tier="A", language="zh-hans"),
    ]
    assert reads.counts(table(tmp_path, rows), ["week"]) == {("2026-W01",): 2, ("2026-W10",): 1}
    assert reads.counts(table(tmp_path, rows, tier="A", week="2026-W01"), ["segment"]) == {("price",): 1}
    assert reads.counts(table(tmp_path, rows, language="zh-hans"), ["segment"]) == {(None,): 1}


def test_a_value_outside_its_scale_is_named(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match=r"Column 'q1' holds 7, outside its scale 1 to 5"):
        reads.index_moments(table(tmp_path, [row(1, {"q1": 7}), row(2, {"q1": 1})]), TREE)


def test_a_column_that_is_absent_is_named(tmp_path: Path) -> None:
    tree = Tree.from_dict({**TREE.to_dict(), "tree": [{"code": "x", "name": "X", "column": "gone"}]})
    with pytest.raises(ColumnError, match="'gone'"):
        reads.index_moments(table(tmp_path, [row(1, {"q1": 1})]), tree)


def test_spread_and_ratings_are_weighted(tmp_path: Path) -> None:
    rows = [row(1, {"q4": 5}, 3.0), row(2, {"q4": 1}, 1.0), row(3, {}), row(4, {"q4": 5}, 1.0)]
    spread = reads.distribution(table(tmp_path, rows), ["q4", "unknown"])
    assert spread["q4"].shares == {1.0: 0.2, 5.0: 0.8}
    assert (spread["q4"].n, spread["unknown"].n) == (3, 0)
    found = reads.ratings(table(tmp_path, rows), ["q4"])["q4"]
    assert sorted(zip(found.values, found.weights, strict=True)) == [(1, 1), (5, 1), (5, 3)]


def test_texts_are_searched_paged_and_banded(tmp_path: Path) -> None:
    rows = [
        row(1, {"q4": 5, "why": "交付很快 Great"}), row(2, {"q4": 1, "why": "交付太慢 100%_"}), row(3, {"q4": 1, "why": " "}),
        row(4, {"q4": 1}),
    ]  # fmt: skip
    rows_read = table(tmp_path, rows)
    found, total = reads.texts(rows_read, TREE, ["why"], limit=1)
    assert (len(found), total) == (1, 2)
    assert [t.text for t in reads.texts(rows_read, TREE, ["why"], search="GREAT")[0]] == ["交付很快 Great"]
    assert [t.response_id for t in reads.texts(rows_read, TREE, ["why"], search="%_")[0]] == ["r2"]
    low = reads.in_band(rows_read, TREE, reads.Band(0, 60))
    # q4 weighs 40 of 100: less than half, so these respondents have no index.
    assert reads.counts(low, ["unit_id"]) == {}


def test_a_snapshot_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    first = store.write(tmp_path, 7, COLUMNS, [row(1, {})], watermark=datetime(2026, 3, 2, tzinfo=UTC))
    assert first == store.snapshot_of(tmp_path, 7)

    def broken() -> Any:
        yield row(2, {})
        raise RuntimeError("database went away")

    with pytest.raises(RuntimeError):
        store.write(tmp_path, 7, COLUMNS, broken(), watermark=None)
    assert store.snapshot_of(tmp_path, 7) == first
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    for number in range(3):
        store.write(tmp_path, 7, COLUMNS, [row(number, {})], watermark=None)
    assert len(list(tmp_path.rglob("*.parquet"))) == 2  # the present one, and one that may still be read
    assert store.write(tmp_path, 7, COLUMNS, [], watermark=None) is None
    assert store.snapshot_of(tmp_path, 7) is None


def test_without_rows_there_is_nothing_to_read() -> None:
    with pytest.raises(reads.NoRows):
        reads.answers(reads.Source(None), None, reads.Filters())
