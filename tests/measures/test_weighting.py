import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures import weighting
from manyi.measures.errors import ColumnError, OptionError, WeightError

DRINKS = [  # Saaty 2008, Decision making with the analytic hierarchy process: coffee wine tea beer soda milk water
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [1, 9, 4, 2, 1, 2, 1 / 2],
    [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [2, 9, 9, 3, 2, 3, 1],
]


@pytest.mark.reference
def test_ahp_of_saatys_drinks():
    found = weighting.ahp(DRINKS)
    assert found.weights == pytest.approx([0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=5.1e-4)
    assert found.lambda_max == pytest.approx(7.1766, abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.022, abs=5e-4)
    assert found.consistent
    assert found.warnings == ()


@pytest.mark.reference
def test_entropy_weights_of_xu_2004():
    x = [[30, 30, 38, 29], [19, 54, 86, 29], [19, 15, 85, 28.9], [68, 70, 60, 29]]
    assert weighting.entropy(x).weights == pytest.approx([0.4630, 0.3992, 0.1378, 0.0000], abs=5e-5)


@given(st.lists(st.floats(0.05, 20), min_size=1, max_size=10))
def test_ahp_finds_the_weights_behind_consistent_judgements(weights):
    w = np.array(weights)
    found = weighting.ahp(w[:, None] / w[None, :])
    assert found.weights == pytest.approx(w / w.sum(), abs=1e-9)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)


def test_ahp_warns_of_contradictions():
    found = weighting.ahp([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]])
    assert not found.consistent
    assert "contradict" in str(found.warnings[0])


def test_ahp_cannot_judge_the_consistency_of_more_than_ten():
    found = weighting.ahp(np.ones((11, 11)))
    assert found.consistency_ratio is None
    assert not found.consistent
    assert found.weights == pytest.approx([1 / 11] * 11)


def test_ahp_takes_reciprocals_with_two_digits():
    assert weighting.ahp([[1, 7, 6], [0.14, 1, 0.33], [0.17, 3, 1]]).weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 2, 3], [0.5, 1, 2]], "must be square"),
        ([[1, 2], [2, 1]], r"Row 1, column 2 says 2 but the opposite cell says 2"),
        ([[1, 0], [0, 1]], r"Row 1, column 2 holds 0\.0"),
        ([[1, math.nan], [1, 1]], r"Row 1, column 2 holds nan"),
        ([[2]], "Row 1, column 1 says 2"),
        ([["a"]], "must be a rectangle of numbers"),
    ],
)
def test_ahp_refuses_what_are_no_judgements(matrix, message):
    with pytest.raises(WeightError, match=message):
        weighting.ahp(matrix)


positive = st.integers(2, 6).flatmap(
    lambda n: st.integers(1, 5).flatmap(
        lambda k: st.lists(st.lists(st.floats(0.1, 100), min_size=k, max_size=k), min_size=n, max_size=n)
    )
)


@given(positive, st.floats(0.01, 100))
def test_entropy_weights_sum_to_one_whatever_the_unit_or_the_order_of_rows(rows, factor):
    x = np.array(rows)
    found = weighting.entropy(x)
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0).all()
    if (1 - found.entropy).sum() > 1e-6:
        x[:, 0] *= factor
        assert weighting.entropy(x[::-1]).weights == pytest.approx(found.weights, abs=1e-6)


def test_entropy_without_any_difference_weighs_equally():
    assert weighting.entropy([[5, 7], [5, 7], [5, 7]]).weights.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("matrix", [[[1, 2]], [[1, -1], [1, 2]], [[1, math.nan], [1, 2]], [[0, 1], [0, 2]]])
def test_entropy_refuses_what_it_cannot_weigh(matrix):
    with pytest.raises(WeightError):
        weighting.entropy(matrix)


SCHOOL_MARGINS = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}


@pytest.fixture
def schools(test_data):
    with (test_data / "measures" / "apiclus1.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.mark.reference
@pytest.mark.parametrize("design", [True, False])
def test_raking_the_schools_gives_the_published_mean_and_total(schools, design):
    pw = [float(x) for x in schools["pw"]] if design else None
    found = weighting.rake(schools, SCHOOL_MARGINS, weights=pw)
    api, enroll = (np.array(schools[name], dtype=float) for name in ("api00", "enroll"))
    assert found.converged
    assert found.weights @ api / found.weights.sum() == pytest.approx(641.23, abs=0.005)
    assert found.weights @ enroll == pytest.approx(3_647_280, abs=0.5)


def test_raked_weights_meet_every_margin(schools):
    found = weighting.rake(schools, SCHOOL_MARGINS)
    for column, margin in SCHOOL_MARGINS.items():
        for value, total in margin.items():
            rows = np.array(schools[column]) == value
            assert found.weights[rows].sum() == pytest.approx(total, rel=1e-8)


def test_a_cap_holds_and_the_margins_with_it():
    sex = ["f"] * 80 + ["m"] * 20
    age = (["young"] * 40 + ["old"] * 40) + (["young"] * 5 + ["old"] * 15)
    margins = {"sex": {"f": 50, "m": 50}, "age": {"young": 60, "old": 40}}
    free = weighting.rake({"sex": sex, "age": age}, margins)
    assert free.weights.max() > 4
    found = weighting.rake({"sex": sex, "age": age}, margins, cap=3.5)
    assert found.converged
    assert found.weights.max() <= 3.5 + 1e-9
    assert found.capped > 0
    assert found.deff < free.deff


def test_a_cap_that_cannot_be_kept_is_said_so():
    found = weighting.rake({"sex": ["f"] * 99 + ["m"]}, {"sex": {"f": 50, "m": 50}}, cap=5)
    assert not found.converged
    assert found.weights.max() <= 5 * 100 / 100 + 1e-9
    assert found.largest_error > 0.5


@pytest.mark.parametrize(
    ("frame", "margins", "error", "message"),
    [
        ({"a": ["x"]}, {"b": {"x": 1}}, ColumnError, "Column 'b', to weight by, is not in the answers"),
        ({"a": ["x", "z"]}, {"a": {"x": 1}}, ColumnError, "Column 'a' holds 'z' in row 2"),
        ({"a": ["x", None]}, {"a": {"x": 1}}, ColumnError, "Column 'a' has no value in row 2"),
        ({"a": ["x"]}, {"a": {"x": 1, "y": 1}}, WeightError, "Nobody in the sample has 'y' in 'a'"),
        ({"a": ["x"]}, {"a": {"x": -1}}, WeightError, "target of 'x' in 'a' is -1"),
        ({"a": ["x"]}, {"a": {"x": 0}}, WeightError, "all zero"),
        ({"a": ["x"]}, {}, OptionError, "at least one margin"),
        (
            {"a": ["x"], "b": ["y"]},
            {"a": {"x": 1}, "b": {"y": 2}},
            WeightError,
            "totals of 'b' sum to 2 but those of 'a' to 1",
        ),
        ({"a": ["x"], "b": ["y", "y"]}, {"a": {"x": 1}, "b": {"y": 1}}, ColumnError, "has 2 rows, not 1"),
    ],
)
def test_raking_refuses_what_it_cannot_meet(frame, margins, error, message):
    with pytest.raises(error, match=message):
        weighting.rake(frame, margins)


def test_a_category_with_only_weightless_people_is_empty():
    with pytest.raises(WeightError, match="Nobody in the sample has 'y'"):
        weighting.rake({"a": ["x", "y"]}, {"a": {"x": 1, "y": 1}}, weights=[1, 0])


def test_numbers_match_their_text():
    found = weighting.rake({"floor": [1.0, 2.0, 2.0]}, {"floor": {1: 0.5, "2": 0.5}})
    assert found.weights.tolist() == pytest.approx([0.5, 0.25, 0.25])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("cde")), min_size=1, max_size=80))
def test_raking_a_sample_to_its_own_margins_changes_nothing(rows):
    first, second = [r[0] for r in rows], [r[1] for r in rows]
    margins = {
        "x": {v: first.count(v) for v in set(first)},
        "y": {v: second.count(v) for v in set(second)},
    }
    assert weighting.rake({"x": first, "y": second}, margins).weights == pytest.approx(np.ones(len(rows)))
