import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from manyi.measures import compare, shares
from manyi.measures.errors import OptionError
from manyi.measures.index import score
from manyi.measures.tree import Node, Scale, Tree


@pytest.mark.reference
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_interval(first, second, low, high):
    found = compare.shares(first, second)
    assert found.low == pytest.approx(low, abs=5.1e-5)
    assert found.high == pytest.approx(high, abs=5.1e-5)


def test_share_test_is_the_pooled_score_test():
    found = compare.shares((56, 70), (48, 80))
    chi2 = stats.chi2_contingency([[56, 14], [48, 32]], correction=False)
    assert found.p_value == pytest.approx(chi2.pvalue, abs=1e-12)


def test_weighted_shares_count_with_their_effective_size():
    ratings = [5] * 30 + [1] * 30
    weighted = shares.csat(ratings, [3] * 30 + [1] * 30)
    found = compare.shares(weighted, (20, 60))
    plain = compare.shares((0.75 * weighted.n_eff, weighted.n_eff), (20, 60))
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert found.n_first == 60


def test_equal_certainties_do_not_differ():
    assert compare.shares((20, 20), (30, 30)).p_value == 1.0


@given(
    st.lists(st.floats(0, 100), min_size=10, max_size=40),
    st.lists(st.floats(0, 100), min_size=10, max_size=40),
)
def test_welch_equals_scipy(first, second):
    found = compare.means(first, second)
    if found.reason == "no spread":
        assert np.ptp(first) < 1e-6
        assert np.ptp(second) < 1e-6
        return
    if max(np.var(first), np.var(second)) < 1e-6:
        return
    expected = stats.ttest_ind(first, second, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_scores_of_an_index_can_be_compared():
    tree = Tree({"en": "x"}, Scale(0, 10), (Node("q", {"en": "q"}, column="q"),))
    one, two = [7, 8, 9, 6, 7, 8, 9, 10, 5, 7, 8], [5, 6, 4, 7, 5, 3, 6, 5, 4, 6]
    found = compare.means(score(tree, {"q": one}).root.estimate, score(tree, {"q": two}).root.estimate)
    expected = stats.ttest_ind(np.array(one) * 10, np.array(two) * 10, equal_var=False)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_nps_of_two_waves():
    first, second = shares.nps_from_shares(0.5, 0.2, 400), shares.nps_from_shares(0.5, 0.2, 1000)
    found = compare.nps(first, second)
    half = 1.959964 * math.hypot(first.se, second.se)
    assert (found.value, found.p_value) == (0, 1)
    assert found.high == pytest.approx(half, abs=1e-5)


def test_below_ten_answers_nothing_is_tested_and_below_thirty_it_is_low_base():
    few = compare.means([1, 2, 3, 4, 5, 6, 7, 8, 9], [1.0, 2.0] * 20)
    assert (few.reason, few.p_value, few.low, few.high) == ("too few", None, None, None)
    assert few.value == pytest.approx(3.5)
    some = compare.shares((5, 10), (50, 100))
    assert some.reason is None
    assert some.p_value is not None
    assert some.low_base
    assert not compare.shares((15, 30), (50, 100)).low_base
    assert compare.nps(shares.nps([10] * 9), shares.nps([1] * 50)).reason == "too few"


def test_without_a_value_or_without_spread_there_is_no_test():
    assert compare.shares((0, 0), (5, 50)).reason == "no value"
    alike = compare.means([3.0] * 12, [4.0] * 12)
    assert (alike.reason, alike.value, alike.p_value) == ("no spread", -1.0, None)
    assert compare.nps(shares.nps([10] * 12), shares.nps([0] * 12)).reason == "no spread"


@given(st.integers(10, 60), st.integers(10, 60), st.data())
def test_swapping_sides_flips_the_sign(n, m, data):
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    one, two = compare.shares((a, n), (b, m)), compare.shares((b, m), (a, n))
    assert one.value == pytest.approx(-two.value)
    assert (one.low, one.high) == (pytest.approx(-two.high), pytest.approx(-two.low))
    assert one.p_value == pytest.approx(two.p_value)
    assert -1 - 1e-12 <= one.low <= one.value <= one.high <= 1 + 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_benjamini_hochberg_equals_scipy(p):
    assert compare.adjust(p, "bh") == pytest.approx(stats.false_discovery_control(p).tolist(), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_the_closed_bonferroni_test(p):
    """A hypothesis falls when every set of hypotheses it belongs to falls by Bonferroni."""
    adjusted = compare.adjust(p, "holm")
    for i in range(len(p)):
        worst = 0.0
        for subset in range(1, 2 ** len(p)):
            members = [k for k in range(len(p)) if subset >> k & 1]
            if i in members:
                worst = max(worst, min(1.0, len(members) * min(p[k] for k in members)))
        assert adjusted[i] == pytest.approx(worst)


def test_adjusting_leaves_out_what_was_not_tested():
    assert compare.adjust([None, 0.03, None]) == (None, 0.03, None)
    assert compare.adjust([]) == ()


def test_adjusting_refuses_what_is_no_p_value_and_unknown_methods():
    with pytest.raises(OptionError, match="between 0 and 1"):
        compare.adjust([1.2])
    with pytest.raises(OptionError, match="'tukey' is not a method"):
        compare.adjust([0.2], "tukey")


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.5, 100), st.floats(0.5, 100))
def test_rates_are_tested_by_the_exact_binomial(x, y, s, t):
    found = compare.rates((x, s), (y, t))
    assert found.value == pytest.approx(x / s - y / t)
    if x + y == 0:
        assert found.reason == "no value"
        return
    tails = [stats.binomtest(x, x + y, s / (s + t), alternative=side).pvalue for side in ("less", "greater")]
    assert found.p_value == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-9)
    assert found.low <= found.value <= found.high


@pytest.mark.reference
def test_garwood_limits_of_one_rate():
    # Garwood 1936: 10 events give 4.795 to 18.39; the other side has no events and next to no width.
    found = compare.rates((10, 1.0), (0, 1e9))
    assert (found.low, found.high) == pytest.approx((4.7954, 18.3904), abs=1e-3)


def test_the_interval_of_rates_covers_as_stated():
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(2000):
        found = compare.rates((int(rng.poisson(18)), 3.0), (int(rng.poisson(40)), 5.0))
        hits += found.low <= 18 / 3 - 40 / 5 <= found.high
    assert 0.94 <= hits / 2000 <= 0.985


@pytest.mark.parametrize("side", [(-1, 1.0), (1, 0.0), (1, math.inf)])
def test_rates_of_nothing_are_refused(side):
    with pytest.raises(OptionError):
        compare.rates(side, (3, 1.0))


@pytest.mark.parametrize("known", [2.0, 3.4, 5.0])
def test_a_mean_against_a_known_figure_is_the_one_sample_t_test(known):
    values = np.random.default_rng(4).normal(3.2, 1.1, 60)
    theirs = stats.ttest_1samp(values, known)
    found = compare.against(values, known)
    interval = theirs.confidence_interval(0.95)
    assert found.p_value == pytest.approx(theirs.pvalue, abs=1e-12)
    assert (found.low + known, found.high + known) == pytest.approx((interval.low + 0, interval.high + 0))


def test_few_answers_or_none_are_not_tested_against_a_figure():
    assert compare.against([1, 2, 3], 2).reason == "too few"
    assert compare.against([4.0] * 20, 2).reason == "no spread"
    assert compare.against([], 2).reason == "no value"
