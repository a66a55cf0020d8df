import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from manyi.measures.errors import ColumnError, OptionError
from manyi.measures.servqual import five_gaps, gaps

EXPECTED = {"t1": [7, 6, 7], "t2": [6, 6, 5], "r1": [7, 7, 7]}
PERCEIVED = {"t1": [5, 6, 6], "t2": [6, 4, math.nan], "r1": [4, 6, 5]}
DIMENSIONS = {"tangibles": ["t1", "t2"], "reliability": ["r1"]}


def test_hand_computed_gaps():
    found = gaps(EXPECTED, PERCEIVED, DIMENSIONS, {"tangibles": 40, "reliability": 60})
    assert found.items["t1"].gap.value == pytest.approx(-1)
    assert found.items["t2"].gap.value == pytest.approx(-1)
    assert found.items["t2"].gap.n == 2
    assert found.items["t2"].expectation.value == pytest.approx(17 / 3)
    # respondents' tangibles: (−2 + 0)/2, (0 − 2)/2, −1
    assert found.dimensions["tangibles"].gap.value == pytest.approx(-1)
    assert found.dimensions["tangibles"].perception.value == pytest.approx((5.5 + 5 + 6) / 3)
    assert found.dimensions["reliability"].gap.value == pytest.approx(-2)
    assert found.overall.gap.value == pytest.approx(0.4 * -1 + 0.6 * -2)
    assert found.points == {"tangibles": 0.4, "reliability": 0.6}


def test_the_interval_is_that_of_paired_answers():
    rng = np.random.default_rng(1)
    e, p = rng.integers(4, 8, 40).astype(float), rng.integers(2, 8, 40).astype(float)
    found = gaps({"a": e}, {"a": p}, {"d": ["a"]}).items["a"].gap
    expected = stats.ttest_rel(p, e).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@given(st.integers(0, 1000), st.floats(-3, 3))
def test_gaps_are_perception_minus_expectation_at_every_level(seed, shift):
    rng = np.random.default_rng(seed)
    e = {c: rng.integers(1, 8, 12).astype(float) for c in ("t1", "t2", "r1")}
    p = {c: rng.integers(1, 8, 12).astype(float) for c in ("t1", "t2", "r1")}
    w = rng.uniform(0.5, 2, 12)
    found = gaps(e, p, DIMENSIONS, weights=w)
    for part in [*found.items.values(), *found.dimensions.values(), found.overall]:
        assert part.gap.value == pytest.approx(part.perception.value - part.expectation.value)
    swapped = gaps(p, e, DIMENSIONS, weights=w)
    assert swapped.overall.gap.value == pytest.approx(-found.overall.gap.value)
    moved = gaps({c: v + shift for c, v in e.items()}, p, DIMENSIONS, weights=w)
    assert moved.overall.gap.value == pytest.approx(found.overall.gap.value - shift)


def test_an_item_nobody_answered_has_no_gap():
    found = gaps({"a": [math.nan]}, {"a": [3]}, {"d": ["a"]})
    assert (found.items["a"].gap.value, found.items["a"].perception.value) == (None, 3)
    assert found.overall.gap.value is None


@pytest.mark.parametrize(
    ("e", "p", "dimensions", "points", "error", "message"),
    [
        ({}, {"a": [1]}, {"d": ["a"]}, None, ColumnError, "'a' is not in the expectations"),
        ({"a": [1]}, {}, {"d": ["a"]}, None, ColumnError, "'a' is not in the perceptions"),
        ({"a": [1]}, {"a": [1, 2]}, {"d": ["a"]}, None, ColumnError, "has 2 rows, not 1"),
        ({"a": [1]}, {"a": [1]}, {}, None, OptionError, "at least one item"),
        ({"a": [1]}, {"a": [1]}, {"d": []}, None, OptionError, "at least one item"),
        ({"a": [1]}, {"a": [1]}, {"d": ["a"]}, {"x": 1}, OptionError, "differ in 'd'"),
        ({"a": [1]}, {"a": [1]}, {"d": ["a"]}, {"d": 0}, OptionError, "not all zero"),
    ],
)
def test_bad_input_is_named(e, p, dimensions, points, error, message):
    with pytest.raises(error, match=message):
        gaps(e, p, dimensions, points)


def test_the_five_gaps_know_what_they_cannot_measure():
    found = five_gaps(
        expectations={"speed": 6.5, "care": 6},
        beliefs={"speed": 6.0, "care": 6.5},
        standards={"speed": 5.5},
        delivered={"speed": 5.0},
        promised={"speed": 6.8},
    )
    assert [gap.number for gap in found] == [1, 2, 3, 4, 5]
    values = {gap.number: {k: pytest.approx(v) for k, v in gap.value.items()} for gap in found}
    assert values == {
        1: {"speed": -0.5, "care": 0.5},
        2: {"speed": -0.5},
        3: {"speed": -0.5},
        4: {"speed": -1.8},
        5: {},
    }
    assert [gap.measured for gap in found] == [True, True, True, True, False]
    assert found[4].missing == ("perceptions",)
