"""What the columns of a finished survey's file are taken for, and how MAP.yaml is read."""

from __future__ import annotations

import doctest
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import yaml

from manyi.measures.tree import Tree
from manyi.surveys import import_rows, mapping
from manyi.surveys.import_rows import read_rows
from manyi.surveys.mapping import MappingError, WaveMap
from manyi.warehouse.tabular import Table, read_table
from tests.factories import TREE

MAP: dict[str, Any] = {
    "wave": {"name": {"zh": "一", "en": "One"}, "date": "2026-03-01"},
    "tree": "csi",
    "items": {"a": "on_time", "b": "complete", "c": "attitude", "d": "speed"},
    "missing": ["0", "NA"],
}


def table(text: str) -> Table:
    return read_table(text.encode(), name="t.csv")


def rows(text: str, **changes: Any) -> import_rows.Rows:
    chosen = WaveMap.from_dict({**MAP, **changes})
    return read_rows(table(text), chosen, Tree.from_dict(TREE), units={"east": 7}, zone=UTC)


def test_doctests_hold() -> None:
    assert doctest.testmod(import_rows).failed == 0


def test_a_map_comes_back_as_it_was() -> None:
    source = {
        **MAP, "scale": {"min": 1, "max": 10}, "reversed": ["a"], "groups": ["g"], "texts": ["t"], "unit": "u",
        "weight": "w", "encoding": "gb18030",
    }  # fmt: skip
    chosen = WaveMap.from_dict(source)
    assert WaveMap.from_dict(yaml.safe_load(yaml.safe_dump(chosen.to_dict(), allow_unicode=True))) == chosen


@pytest.mark.parametrize(
    ("source", "code", "where"),
    [
        ([], "mapping", "MAP"),
        ({"itmes": {}}, "key", "MAP"),
        ({"wave": "x"}, "mapping", "wave"),
        ({"missing": "0"}, "list", "missing"),
        ({"scale": {"min": 1, "max": "five"}}, "number", "scale.max"),
        ({"items": {"a": ["b"]}}, "text", "items.a"),
    ],
)
def test_a_bad_map_is_refused_with_the_place(source: Any, code: str, where: str) -> None:
    with pytest.raises(MappingError) as caught:
        WaveMap.from_dict(source)
    assert (caught.value.code, caught.value.where) == (code, where)


def test_problems_name_columns_and_items() -> None:
    chosen = WaveMap.from_dict(
        {**MAP, "items": {"a": "on_time", "b": "on_time", "x": "nonsense"}, "groups": ["a"]}
    )
    found = {(p.code, p.value) for p in chosen.problems(["a", "b"], Tree.from_dict(TREE))}
    assert found == {
        ("column", "x"), ("twice", "a"), ("leaf", "nonsense"), ("leaf_twice", "on_time"),
        ("leaf_missing", "complete"), ("leaf_missing", "attitude"), ("leaf_missing", "speed"),
    }  # fmt: skip


def test_columns_are_guessed_by_their_values_and_headers() -> None:
    lines = "".join(
        f"{i},{i % 6},{i % 11},{99 if i % 9 == 0 else i % 5 + 1},东区,{'AB'[i % 2]},2026/3/{i % 28 + 1},1.{i},"
        f"{20 + i},这是第 {i} 位客户写下的一段比较长的意见,{'男女'[i % 2]}\n"
        for i in range(1, 61)
    )
    header = "答卷编号,q5,q11,q99,部门,客户等级,日期,权重,年龄,意见,性别\n"
    found = {p.name: p for p in mapping.profiles(table(header + lines), units=frozenset({"东区"}))}
    assert {name: p.role for name, p in found.items()} == {
        "答卷编号": "id", "q5": "item", "q11": "item", "q99": "item", "部门": "unit", "客户等级": "tier", "日期": "date",
        "权重": "weight", "年龄": "", "意见": "text", "性别": "group",
    }  # fmt: skip
    assert found["q5"].missing == ("0",)
    assert found["q11"].missing == ()
    assert found["q99"].missing == ("99",)


def test_items_are_matched_to_a_tree_by_column_or_name_in_either_language() -> None:
    assert mapping.matches(["On Time", "数量准确", "attitude", "other"], Tree.from_dict(TREE)) == {
        "On Time": "on_time", "数量准确": "complete", "attitude": "attitude",
    }  # fmt: skip
    trees = {"csi": Tree.from_dict(TREE)}
    assert mapping.best_tree(["On Time", "数量准确", "attitude", "响应速度", "x"], trees) == "csi"
    assert mapping.best_tree(["On Time", "数量准确", "attitude"], trees) == ""


def test_a_tree_is_built_of_columns_and_dimensions() -> None:
    built = mapping.build_tree({"zh": "满意度", "en": "S"}, (1, 5), {"a": "交期", "b": "", "c": "交期"})
    tree = Tree.from_dict(built)
    assert [(p.code, p.level, p.node.column) for p in tree.nodes()[1:]] == [
        ("d1", 2, None), ("q1", 3, "a"), ("q3", 3, "c"), ("q2", 2, "b"),
    ]  # fmt: skip


def test_missing_codes_and_empty_cells_are_no_answers() -> None:
    found = rows("a,b,c,d\n5,4,NA,\n0,0.0,na,3\n")
    assert found.answers == ['{"on_time": 5, "complete": 4, "attitude": null}',
                             '{"on_time": null, "complete": null, "attitude": null, "speed": 3}']  # fmt: skip
    assert [(i.n, i.mean, i.missing, i.empty) for i in found.items] == [
        (1, 5.0, 1, 0), (1, 4.0, 1, 0), (0, None, 2, 0), (1, 3.0, 0, 1),
    ]  # fmt: skip


def test_another_scale_is_converted_and_reversed_columns_are_turned() -> None:
    found = rows("a,b,c,d\n10,1,5.5,1\n", scale={"min": 1, "max": 10}, reversed=["d"])
    assert found.answers == ['{"on_time": 5, "complete": 1, "attitude": 3, "speed": 5}']


def test_every_bad_cell_is_listed_with_row_column_and_value() -> None:
    found = rows(
        "a,b,c,d,u,w,date,id\n5,6,3,=1+1,east,1,2026-02-30,1\n5,2,3,x,north,-1,2026-02-28,1\n",
        unit="u", weight="w", date="date", id="id",
    )  # fmt: skip
    assert [(f.row, f.column, f.value) for f in found.faults] == [
        (2, "b", "6"), (2, "d", "=1+1"), (2, "date", "2026-02-30"),
        (3, "d", "x"), (3, "w", "-1"), (3, "u", "north"), (3, "id", "1"),
    ]  # fmt: skip
    assert found.fault_count == 7
    assert "1–5" in found.faults[0].texts["zh"]


def test_other_columns_are_read() -> None:
    found = rows(
        "a,b,c,d,u,w,date,g,t\n5,5,5,5,East,2.5,2026年3月1日 9:05,甲,\"说\"\"明\"\"\"\n5,5,5,5,,,,,\n",
        unit="u", weight="w", date="date", groups=["g"], texts=["t"],
    )  # fmt: skip
    assert (found.units, found.weights, found.attributes) == ([7, 0], [2.5, 1.0], ['{"g": "甲"}', "{}"])
    assert [m and m.isoformat() for m in found.moments] == ["2026-03-01T09:05:00+00:00", None]
    assert found.answers[0].endswith('"t": "说\\"明\\""}')


def test_the_airline_survey_is_understood_without_help(test_data: Path) -> None:
    path = test_data / "airline_satisfaction" / "airline_passenger_satisfaction.csv.gz"
    chosen = mapping.guess(read_table(path, name=path.name))
    assert len(chosen.items) == 14
    assert chosen.missing == ("0",)
    assert isinstance(chosen.tree, dict)
    assert chosen.tree["scale"] == {"min": 1.0, "max": 5.0, "missing": []}
    assert chosen.single == {"id": "ID"}
    assert set(chosen.groups) == {"Gender", "Customer Type", "Type of Travel", "Class", "Satisfaction"}


def test_hospital_response_rates_are_taken_for_percentages(test_data: Path) -> None:
    path = test_data / "public_surveys" / "hcahps" / "responses.csv"
    chosen = mapping.guess(read_table(path, name=path.name))
    assert list(chosen.items) == ["Response Rate (%)"]
    assert chosen.missing == ("Not Available",)
    assert set(chosen.groups) >= {"Release Period", "State"}
