"""The tree as people design it: limits, weights, and the questionnaire it yields."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from manyi.measures.errors import TreeError
from manyi.surveys import questionnaire
from manyi.surveys.tree import checked, questionnaire_of, rows, trail
from tests.factories import TREE, texts


def tree(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"name": texts("满意度", "CSI"), "scale": {"min": 1, "max": 5}, "tree": list(nodes)}


def leaf(code: str, **fields: Any) -> dict[str, Any]:
    return {"code": code, "name": texts(f"指标{code}", code), **fields}


def test_an_item_without_a_column_is_measured_by_its_code() -> None:
    source = tree(leaf("a"), leaf("g", children=[leaf("b", column=""), leaf("c", column="q7")]))
    before = copy.deepcopy(source)
    found = checked(source)
    assert [r.column for r in rows(found)] == ["a", "", "b", "q7"]
    assert source == before


def test_rows_show_points_shares_and_effective_weights() -> None:
    found = {r.code: r for r in rows(checked(TREE))}
    assert found["speed"].points == 30
    assert found["speed"].weight == pytest.approx(0.3)
    assert found["speed"].effective_weight == pytest.approx(0.12)
    assert (found["service"].indent, found["speed"].indent) == (0, 1)
    assert sum(r.effective_weight for r in found.values() if r.is_leaf) == pytest.approx(1)


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (tree(leaf("a"), leaf("a")), "tree[1]: the code 'a' is already used by tree[0]."),
        (tree(leaf("a", weight=-1)), "tree[0]: the weight of 'a' is -1.0; it must be zero or more."),
        (tree(leaf("a\x00")), "tree[0].code: there is a control character in this text."),
        (
            tree(leaf("a", name=texts("x" * 201, "a"))),
            f"tree[0].name: '{'x' * 30}' is longer than 200 characters.",
        ),
        (tree(leaf("c" * 61)), f"tree[0]: '{'c' * 30}' is longer than 60 characters."),
        (tree(*(leaf(f"a{i}") for i in range(501))), "tree: 501 nodes; 500 are the most there may be."),
        (tree(), "tree: a tree needs at least one node."),
        ([], "the file: expected keys and values here."),
        (None, "the file: expected keys and values here."),
    ],
    ids=lambda v: v[:40] if isinstance(v, str) else "",
)
def test_what_cannot_be_used_is_refused_with_its_place(definition: Any, message: str) -> None:
    with pytest.raises(TreeError) as caught:
        checked(definition)
    assert str(caught.value) == message


def test_a_bottomless_tree_is_refused_without_breaking_the_stack() -> None:
    node = leaf("a0")
    for i in range(1, 5000):
        node = leaf(f"a{i}", children=[node])
    with pytest.raises(TreeError, match="nested deeper than 40 levels"):
        checked(tree(node))


def test_the_trail_names_the_nodes_on_the_way_to_an_error() -> None:
    assert trail(TREE, "tree[1].children[0].weight") == (
        texts("服务", "Service"),
        texts("服务态度", "Attitude"),
    )
    assert trail(tree(leaf("a"), {"code": "b"}, {}), "tree[1]") == ("b",)
    assert trail(tree({}), "tree[0].name") == ("#1",)
    assert trail({"tree": 5}, "tree[0]") == ()


def test_a_questionnaire_has_a_grid_per_dimension_and_the_overall_questions() -> None:
    definition = questionnaire_of(checked(TREE))
    form = questionnaire.parse(definition)
    assert [s.title["zh"] for s in form.sections] == ["交期", "服务", "总体评价"]
    assert [q.type for q in form.questions()] == ["matrix", "matrix", "csat", "nps", "text"]
    assert list(form.columns()) == ["on_time", "complete", "attitude", "speed", "csat", "nps", "comment"]
    grid = next(form.questions())
    assert grid.scale
    assert list(grid.scale.points) == [1, 2, 3, 4, 5]


def test_codes_of_questions_never_meet_the_columns_of_the_tree() -> None:
    form = questionnaire.parse(
        questionnaire_of(checked(tree(leaf("nps"), leaf("g_nps"), leaf("s_nps"), leaf("comment"))))
    )
    codes = [q.code for q in form.questions()]
    assert {"nps", "g_nps", "s_nps", "comment"} <= set(form.columns())
    assert len(set(codes)) == len(codes)


def test_items_on_another_scale_get_a_grid_of_their_own() -> None:
    form = questionnaire.parse(
        questionnaire_of(
            checked(tree(leaf("g", children=[leaf("a"), leaf("b", scale={"min": 0, "max": 10}), leaf("c")])))
        )
    )
    grids = [q for q in form.questions() if q.type == "matrix"]
    assert [[i.code for i in g.items] for g in grids] == [["a", "c"], ["b"]]
    assert [(g.scale.min, g.scale.max) for g in grids if g.scale] == [(1, 5), (0, 10)]


def test_a_column_that_two_items_share_is_asked_once() -> None:
    form = questionnaire.parse(questionnaire_of(checked(tree(leaf("a", column="q"), leaf("b", column="q")))))
    assert list(form.columns()) == ["q", "csat", "nps", "comment"]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (leaf("a", column="Inflight wifi"), "the column 'Inflight wifi' cannot be a question's code"),
        (leaf("a", scale={"min": 0, "max": 100}), "a scale from 0 to 100 cannot be asked"),
    ],
)
def test_a_tree_that_cannot_be_asked_says_why(node: dict[str, Any], message: str) -> None:
    with pytest.raises(TreeError, match=message) as caught:
        questionnaire_of(checked(tree(node)))
    assert caught.value.params["path"] == "tree[0]"
