import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures.errors import ColumnError
from manyi.measures.retention import cohorts, kaplan_meier

# Remission in weeks under 6-MP (Freireich et al. 1963), the textbook example; 0 marks the censored.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


@pytest.mark.reference
def test_the_textbook_survival_curve():
    found = kaplan_meier(WEEKS, ENDED)
    assert found.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5.1e-4)
    assert found.se == pytest.approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5.1e-5)
    assert found.median == 23
    # log-log limits at the first time, as R's survfit(conf.type = "log-log") prints them
    assert (found.low[0], found.high[0]) == (pytest.approx(0.6197, abs=5e-5), pytest.approx(0.9516, abs=5e-5))


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40))
def test_without_censoring_it_is_the_share_still_there(durations):
    found = kaplan_meier(durations, [True] * len(durations))
    for time, survival in zip(found.time, found.survival, strict=True):
        assert survival == pytest.approx(np.mean(np.array(durations) > time))


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40))
def test_survival_never_rises_and_lies_in_its_interval(rows):
    found = kaplan_meier([r[0] for r in rows], [r[1] for r in rows])
    assert (np.diff(found.survival) <= 1e-12).all()
    inside = found.survival > 0
    assert (found.low[inside] <= found.survival[inside]).all()
    assert (found.survival[inside] <= found.high[inside]).all()
    again = kaplan_meier([r[0] for r in rows[::-1]], [r[1] for r in rows[::-1]])
    assert again.survival.tolist() == found.survival.tolist()


def test_nobody_left():
    found = kaplan_meier([3, 5], [0, 0])
    assert (found.time.size, found.median) == (0, None)
    assert kaplan_meier([], []).time.size == 0


def test_bad_durations_are_named():
    with pytest.raises(ColumnError, match=r"'duration' holds -1\.0 in row 2"):
        kaplan_meier([1, -1], [1, 1])
    with pytest.raises(ColumnError, match=r"'left' holds 2\.0 in row 1"):
        kaplan_meier([1], [2])
    with pytest.raises(ColumnError, match="'left' has 1 rows, not 2"):
        kaplan_meier([1, 2], [1])


def test_cohorts_by_hand():
    customer = ["a", "a", "a", "b", "b", "c", "d", "d", "e"]
    period = [0, 0, 2, 0, 1, 1, 1, 2, 2]
    found = cohorts(customer, period)
    assert found.first.tolist() == [0, 1, 2]
    assert found.size.tolist() == [2, 2, 1]
    assert found.active.tolist() == [[2, 1, 1], [2, 1, -1], [1, -1, -1]]
    assert found.rate[0].tolist() == [1, 0.5, 0.5]
    assert math.isnan(found.rate[1, 2])
    assert found.overall.tolist() == [1, 0.5, 0.5]


def test_a_period_without_new_customers_makes_no_cohort():
    found = cohorts([1, 2, 1], [5, 8, 8])
    assert found.first.tolist() == [5, 8]
    assert found.rate[0].tolist() == [1, 0, 0, 1]


def test_orders_without_a_customer_are_left_out():
    assert cohorts(["a", None, "b"], [1, 1, 1]).size.tolist() == [2]
    assert cohorts([1.0, math.nan], [1, 1]).size.tolist() == [1]
    assert cohorts([], []).size.tolist() == []


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 6)), min_size=1, max_size=60))
def test_cohorts_agree_with_counting(rows):
    found = cohorts([r[0] for r in rows], [r[1] for r in rows])
    start = {c: min(p for d, p in rows if d == c) for c, _ in rows}
    for i, first in enumerate(found.first):
        members = {c for c, p in start.items() if p == first}
        assert found.size[i] == len(members)
        for k in range(found.active.shape[1]):
            if found.active[i, k] >= 0:
                assert found.active[i, k] == len({c for c, p in rows if c in members and p == first + k})
    assert found.size.sum() == len(start)


def test_bad_periods_are_named():
    with pytest.raises(ColumnError, match=r"'period' holds 1\.5; it must be a whole number"):
        cohorts(["a"], [1.5])
    with pytest.raises(ColumnError, match="'customer' has 1 rows, not 2"):
        cohorts(["a"], [1, 2])
