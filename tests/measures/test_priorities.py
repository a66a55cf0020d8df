import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures.errors import ColumnError, OptionError
from manyi.measures.index import respondent_scores, score
from manyi.measures.priorities import expected_gain, importance_performance
from manyi.measures.tree import Node, Scale, Tree

IMPORTANCE = {"a": 0.4, "b": 0.3, "c": 0.1, "d": 0.0}
PERFORMANCE = {"a": 50.0, "b": 90.0, "c": 50.0, "d": 90.0}


def test_the_four_quadrants_and_the_strategic_matrix():
    found = importance_performance(IMPORTANCE, PERFORMANCE)
    assert {p.code: (p.quadrant, p.strategy) for p in found.points} == {
        "a": ("concentrate here", "improve"),
        "b": ("keep up the good work", "advantage"),
        "c": ("low priority", "opportunity"),
        "d": ("possible overkill", "maintain"),
    }
    assert (found.importance_cut, found.performance_cut, found.cut) == (pytest.approx(0.2), 70, "mean")


@pytest.mark.parametrize(
    ("cut", "lines"),
    [("median", (0.2, 70)), ("midpoint", (2.5, 50)), ((0.35, 80.0), (0.35, 80))],
)
def test_cut_lines(cut, lines):
    found = importance_performance(IMPORTANCE, PERFORMANCE, cut=cut, scales=((0, 5), (0, 100)))
    assert (found.importance_cut, found.performance_cut) == pytest.approx(lines)


def test_on_the_line_is_high():
    assert importance_performance({"a": 1}, {"a": 50})["a"].quadrant == "keep up the good work"


@pytest.mark.parametrize(
    ("importance", "performance", "options", "message"),
    [
        ({}, {}, {}, "no items"),
        ({"a": 1}, {"b": 1}, {}, "'a' has only one of"),
        ({"a": math.nan}, {"a": 1}, {}, "'a' has no importance"),
        ({"a": 1}, {"a": 1}, {"cut": "mode"}, "'mode' is no cut"),
        ({"a": 1}, {"a": 1}, {"cut": "midpoint"}, "need the scales"),
    ],
)
def test_bad_input_is_named(importance, performance, options, message):
    with pytest.raises(OptionError, match=message):
        importance_performance(importance, performance, **options)


def leaf(code, weight, **more):
    return Node(code, {"en": code}, weight, column=code, **more)


TREE = Tree(
    {"en": "Index"},
    Scale(1, 5),
    (
        Node("g", {"en": "g"}, 2, (leaf("a", 1), leaf("b", 3, reversed=True))),
        leaf("c", 1, scale=Scale(0, 10)),
    ),
)


def some_answers(rng, n):
    answers = {
        "a": rng.integers(1, 6, n).astype(float),
        "b": rng.integers(1, 6, n).astype(float),
        "c": rng.integers(0, 11, n).astype(float),
    }
    for values in answers.values():
        values[rng.random(n) < 0.2] = np.nan
    return answers


@given(st.integers(0, 1000))
def test_the_gain_is_what_the_index_gains_when_the_answers_are_raised(seed):
    rng = np.random.default_rng(seed)
    answers = some_answers(rng, 30)
    weights = rng.uniform(0.5, 2, 30)
    before = score(TREE, answers, weights).index
    if before is None:
        return
    raised = {
        "a": np.minimum(answers["a"] + 1, 5),
        "b": np.maximum(answers["b"] - 1, 1),
        "c": np.minimum(answers["c"] + 1, 10),
    }
    for gain in expected_gain(TREE, answers, weights):
        after = score(TREE, answers | {gain.code: raised[gain.code]}, weights).index
        assert gain.gain == pytest.approx(after - before, abs=1e-9)
        assert gain.low is None or gain.low <= gain.gain <= gain.high


def test_the_largest_gain_comes_first():
    answers = {"a": [3, 3, 4], "b": [3, 3, 4], "c": [5, 5, 6]}
    gains = expected_gain(TREE, answers)
    assert [g.code for g in gains] == ["b", "a", "c"]
    assert [g.gain for g in gains] == pytest.approx([2 / 3 * 0.75 * 25, 2 / 3 * 0.25 * 25, 1 / 3 * 10])


def test_the_gain_of_reaching_the_best_unit():
    rng = np.random.default_rng(2)
    n = 120
    unit = np.repeat(["east", "west", "tiny"], [60, 55, 5])
    answers = {"a": rng.integers(1, 6, n), "b": rng.integers(1, 6, n), "c": np.where(unit == "west", 9, 5)}
    answers["c"][unit == "tiny"] = 10
    found = {g.code: g for g in expected_gain(TREE, answers, by=unit)}
    assert found["c"].best_unit == "west"  # five people are no yardstick
    overall = respondent_scores(TREE, answers)["c"].mean()
    assert found["c"].raise_by == pytest.approx(90 - overall)
    assert found["c"].gain == pytest.approx((90 - overall) / 3)
    assert found["c"].low < found["c"].gain < found["c"].high


def test_without_a_better_unit_there_is_nothing_to_gain():
    answers = {"a": [3] * 40, "b": [3] * 40, "c": [5] * 40}
    assert [(g.gain, g.best_unit) for g in expected_gain(TREE, answers, by=["x"] * 40)] == [(0, None)] * 3


def test_nobody_answered_an_item():
    answers = {"a": [3.0, 4.0], "b": [3.0, 4.0], "c": [math.nan] * 2}
    found = {g.code: g for g in expected_gain(TREE, answers)}
    assert (found["c"].score, found["c"].gain) == (None, 0)


def test_impossible_rises_and_answers_are_refused():
    with pytest.raises(OptionError, match="points must be above zero"):
        expected_gain(TREE, {"a": [1], "b": [1], "c": [1]}, points=0)
    with pytest.raises(ColumnError, match="'a' holds 9"):
        expected_gain(TREE, {"a": [9], "b": [1], "c": [1]})
