import csv
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures.errors import ColumnError, WeightError
from manyi.measures.kano import TABLE, classify

PAIR = {"A": (1, 3), "O": (1, 5), "M": (3, 5), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}


def people(**counts):
    pairs = [PAIR[c] for c, k in counts.items() for _ in range(k)]
    return [f for f, _ in pairs], [d for _, d in pairs]


@pytest.mark.reference
def test_the_evaluation_table():
    for f, d in itertools.product(range(1, 6), repeat=2):
        assert classify([f], [d]).category == TABLE[f - 1][d - 1]
    assert TABLE == ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")


def test_coefficients_and_strengths():
    found = classify(*people(A=10, O=40, M=30, I=15, R=3, Q=2))
    assert found.counts == {"A": 10, "O": 40, "M": 30, "I": 15, "R": 3, "Q": 2}
    assert (found.n, found.category) == (100, "O")
    assert found.better == pytest.approx(50 / 95)
    assert found.worse == pytest.approx(-70 / 95)
    assert found.strength == pytest.approx(0.10)
    assert found.total_strength == pytest.approx(0.80)
    fong = 10 / math.sqrt(70 * (200 - 70) / 200)
    assert found.p_value == pytest.approx(math.erfc(fong / math.sqrt(2)))
    assert not found.significant
    assert classify(*people(A=10, O=60, M=30)).significant


@pytest.mark.parametrize(
    ("counts", "category"),
    [
        ({"A": 50, "M": 50}, "M"),
        ({"A": 52, "M": 48}, "M"),  # 4 points behind is close
        ({"A": 53, "M": 47}, "A"),
        ({"I": 40, "A": 40, "O": 20}, "A"),
        ({"I": 34, "A": 33, "O": 33}, "O"),
        ({"R": 10, "I": 2}, "R"),
    ],
)
def test_of_close_categories_the_costlier_to_neglect_counts(counts, category):
    assert classify(*people(**counts)).category == category


def test_coefficients_are_undefined_not_zero():
    found = classify(*people(R=3, Q=1))
    assert (found.better, found.worse) == (None, None)
    nobody = classify([math.nan], [1])
    assert (nobody.n, nobody.category, nobody.better, nobody.strength, nobody.p_value) == (
        0,
        None,
        None,
        None,
        None,
    )


def test_a_missing_answer_leaves_the_respondent_out():
    assert classify([1, 1, 9], [5, math.nan, 5], missing=[9]).n == 1


def test_weights_count_people():
    f, d = people(A=2, M=1)
    assert classify(f, d, [1, 1, 4]).category == "M"
    assert classify(f, d, [1, 1, 4]).counts["M"] == 4
    assert classify(f, d, [1, 1, 0]).n == 2


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=50), st.floats(0.1, 50))
def test_invariants(pairs, factor):
    f, d = [p[0] for p in pairs], [p[1] for p in pairs]
    found = classify(f, d)
    assert sum(found.counts.values()) == found.n == len(pairs)
    if found.better is not None:
        assert 0 <= found.better <= 1
        assert -1 <= found.worse <= 0
    assert classify(f[::-1], d[::-1]) == found
    scaled = classify(f, d, [factor] * len(f))
    assert scaled.category == found.category
    assert scaled.p_value == (None if found.p_value is None else pytest.approx(found.p_value))
    # swapping the questions swaps attractive things for repulsive ones, and back
    swapped = classify(d, f)
    assert swapped.counts["I"] == found.counts["I"]
    assert swapped.counts["Q"] == found.counts["Q"]


def test_wrong_codes_lengths_and_weights_are_named():
    with pytest.raises(ColumnError, match="'functional' holds 0 in row 2; the answers are 1"):
        classify([1, 0], [1, 1])
    with pytest.raises(ColumnError, match=r"'dysfunctional' holds 2\.5 in row 1"):
        classify([1], [2.5])
    with pytest.raises(ColumnError, match="has 2 rows, not 1"):
        classify([1], [1, 2])
    with pytest.raises(WeightError):
        classify([1], [1], [-1])


CODES = {"I like it": 1, "I expect it": 2, "I am neutral": 3, "I can tolerate it": 4, "I dislike it": 5}


def test_a_real_survey_agrees_with_counting_by_hand(test_data):
    path = test_data / "kano" / "reppel_kano" / "transfers--all_cohorts-clean.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for feature in ("F6", "F7", "F8"):
        f = [CODES.get(row[f"{feature}_functional"], math.nan) for row in rows]
        d = [CODES.get(row[f"{feature}_dysfunctional"], math.nan) for row in rows]
        found = classify(f, d)
        assert found.n > 300
        by_hand = [TABLE[int(a) - 1][int(b) - 1] for a, b in zip(f, d, strict=True) if a == a and b == b]
        assert found.counts == {c: by_hand.count(c) for c in "AOMIRQ"}
        base = sum(by_hand.count(c) for c in "AOMI")
        assert found.better == pytest.approx((by_hand.count("A") + by_hand.count("O")) / base)
        assert found.category in "AOMI"
        assert np.isfinite(found.p_value)


def test_answers_in_words():
    words = classify(["like", "neutral", None], ["dislike", "must-be", "like"])
    assert words == classify([1, 3, math.nan], [5, 2, 1])
    with pytest.raises(ColumnError, match="'functional' holds 'love' in row 1"):
        classify(["love"], ["dislike"])
