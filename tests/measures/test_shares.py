import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from manyi.measures import shares
from manyi.measures.errors import ColumnError, OptionError, WeightError

ratings_0_10 = st.lists(st.integers(0, 10), min_size=1, max_size=60)


@pytest.mark.reference
@pytest.mark.parametrize(("n", "half"), [(100, 15.31), (400, 7.65), (1000, 4.84)])
def test_nps_of_half_promoters_and_a_fifth_detractors(n, half):
    found = shares.nps([10] * (n // 2) + [7] * (3 * n // 10) + [0] * (n // 5))
    assert found.value == pytest.approx(30)
    assert found.high - found.value == pytest.approx(half, abs=0.005)
    assert found.value - found.low == pytest.approx(half, abs=0.005)
    assert (found.n, found.promoters, found.passives, found.detractors) == (
        n,
        0.5,
        pytest.approx(0.3),
        0.2,
    )


@pytest.mark.reference
@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0)]
)
def test_wilson_interval(count, n, low, high):
    found = shares.wilson(count, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert (found.value, found.n) == (count / n, n)


@pytest.mark.reference
def test_csat_has_the_wilson_interval_of_its_share():
    found = shares.csat([5] * 40 + [4] * 41 + [3] * 100 + [1] * 82)
    assert (round(found.low, 4), round(found.high, 4), found.n) == (0.2553, 0.3662, 263)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_equals_scipy(pair, confidence):
    count, n = pair
    expected = stats.binomtest(count, n).proportion_ci(confidence, method="wilson")
    found = shares.wilson(count, n, confidence)
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)


@pytest.mark.parametrize(("boxes", "top", "bottom"), [(1, 2 / 6, 1 / 6), (2, 3 / 6, 2 / 6), (5, 1, 1)])
def test_boxes_count_the_best_and_the_worst_answers(boxes, top, bottom):
    answers = [5, 5, 4, 3, 2, 1, 0, math.nan]
    assert shares.top_box(answers, boxes=boxes, missing=[0]).value == pytest.approx(top)
    assert shares.bottom_box(answers, boxes=boxes, missing=[0]).value == pytest.approx(bottom)


def test_boxes_on_another_scale():
    answers = [10, 9, 8, 0]
    assert shares.csat(answers, low=0, high=10).value == 0.5
    assert shares.bottom_box(answers, low=0, high=10, boxes=1).value == 0.25


def test_ces_is_a_mean_with_a_t_interval_within_the_scale():
    answers = [7, 6, 5, 6, 4, 2, 7]
    found = shares.ces(answers)
    expected = stats.t.interval(0.95, 6, np.mean(answers), stats.sem(answers))
    assert found.value == pytest.approx(np.mean(answers))
    assert (found.low, found.high) == (pytest.approx(expected[0]), pytest.approx(min(7, expected[1])))


@pytest.mark.parametrize("measure", [shares.nps, shares.csat, shares.ces, shares.top_box, shares.bottom_box])
def test_without_answers_there_is_no_value(measure):
    found = measure([math.nan, math.nan])
    assert (found.value, found.low, found.high, found.se, found.n) == (None, None, None, None, 0)
    assert measure([]).n == 0


def test_one_answer_has_a_mean_but_no_interval():
    found = shares.ces([5])
    assert (found.value, found.low, found.n) == (5.0, None, 1)


def test_weights_move_the_value_and_widen_the_interval():
    ratings = [10] * 50 + [0] * 50
    even = shares.nps(ratings, [1] * 100)
    skew = shares.nps(ratings, [3] * 50 + [1] * 50)
    assert even == shares.nps(ratings)
    assert skew.value == pytest.approx(50)
    assert skew.n_eff == pytest.approx(80)
    assert skew.se == pytest.approx(100 * math.sqrt((1 - 0.25) / 80))
    assert skew.n == 100


@pytest.mark.parametrize("measure", [shares.nps, shares.csat, shares.ces])
def test_a_rating_outside_the_scale_is_named(measure):
    with pytest.raises(ColumnError, match="holds 11 in row 2, outside its scale"):
        measure([3, 11])


def test_bad_options_and_weights_are_refused():
    with pytest.raises(OptionError, match="6 boxes do not fit"):
        shares.top_box([1], boxes=6)
    with pytest.raises(OptionError, match="not possible"):
        shares.wilson(5, 4)
    with pytest.raises(OptionError, match="confidence"):
        shares.nps([1], confidence=95)
    with pytest.raises(WeightError, match="1 weights for 2 rows"):
        shares.nps([1, 2], [1])
    with pytest.raises(OptionError, match="low 5 is not below high 5"):
        shares.csat([5], low=5, high=5)


@given(ratings_0_10)
def test_nps_and_its_interval_stay_between_minus_100_and_100(ratings):
    found = shares.nps(ratings)
    assert -100 <= found.low <= found.value <= found.high <= 100
    assert found.promoters + found.passives + found.detractors == pytest.approx(1)


@given(ratings_0_10)
def test_constant_weights_change_nothing_and_a_copy_counts_as_weight_two(ratings):
    for measure in (shares.nps, lambda r, w=None: shares.top_box(r, w, low=0, high=10)):
        plain = measure(ratings)
        assert measure(ratings, [7.0] * len(ratings)).value == pytest.approx(plain.value, abs=1e-9)
        doubled = measure([*ratings, ratings[0]])
        weighted = measure(ratings, [2.0] + [1.0] * (len(ratings) - 1))
        assert doubled.value == pytest.approx(weighted.value, abs=1e-9)


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(2)
    trials, nps_hits, share_hits = 2000, 0, 0
    for _ in range(trials):
        ratings = rng.choice([10, 8, 3], 300, p=[0.45, 0.35, 0.2])
        found = shares.nps(ratings)
        nps_hits += found.low <= 25 <= found.high
        box = shares.top_box(ratings, boxes=2, low=0, high=10)
        share_hits += box.low <= 0.45 <= box.high
    error = 3.5 * math.sqrt(0.95 * 0.05 / trials)
    assert abs(nps_hits / trials - 0.95) < error
    assert abs(share_hits / trials - 0.95) < error
