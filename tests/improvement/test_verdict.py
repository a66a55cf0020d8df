"""A verdict holds its level, however many actions are looked at and however often."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.improvement import verdict
from manyi.measures import compare
from manyi.measures.compare import Difference


def difference(value: float, half: float, p: float) -> Difference:
    return Difference(value, value - half, value + half, p, 200, 200)


def test_an_improvement_that_reaches_its_target_is_effective() -> None:
    found = verdict.judge(difference(6, 3, 0.001), after=76, target=75)
    assert (found.verdict, found.shown, found.reached) == ("effective", True, True)


def test_shown_but_short_of_the_target_is_not_yet() -> None:
    assert verdict.judge(difference(6, 3, 0.001), after=76, target=80).verdict == "not_yet"


def test_an_interval_that_excludes_any_improvement_is_not_effective() -> None:
    assert verdict.judge(difference(-4, 3, 0.01), after=66, target=None).verdict == "not_effective"


def test_an_interval_that_excludes_the_target_without_improvement_is_not_effective() -> None:
    assert verdict.judge(difference(1, 3, 0.5), after=71, target=80).verdict == "not_effective"


def test_too_little_to_tell_is_not_yet_until_the_last_look() -> None:
    unclear = difference(2, 4, 0.3)
    looks = range(1, verdict.MOST_LOOKS + 1)
    found = [verdict.judge(unclear, after=72, target=None, look=look).verdict for look in looks]
    assert found == ["not_yet"] * (verdict.MOST_LOOKS - 1) + ["not_effective"]


def test_fewer_complaints_are_better() -> None:
    fewer = compare.rates((8, 90), (40, 90))
    assert verdict.judge(fewer, after=8 / 90, target=None, lower_is_better=True).verdict == "effective"
    more = compare.rates((40, 90), (8, 90))
    assert verdict.judge(more, after=40 / 90, target=None, lower_is_better=True).verdict == "not_effective"


def test_the_levels_of_all_looks_together_stay_within_alpha() -> None:
    assert sum(verdict.level(look) for look in range(1, 10_000)) < verdict.ALPHA


def test_a_look_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="look 0 is below 1"):
        verdict.level(0)


@given(st.floats(-50, 50), st.floats(0.1, 20), st.floats(0, 1), st.integers(1, 4))
def test_worse_is_never_effective(value: float, half: float, p: float, look: int) -> None:
    found = verdict.judge(difference(value, half, p), after=70 + value, target=None, look=look)
    assert not (value <= 0 and found.verdict == "effective")


def test_actions_without_effect_are_called_effective_no_more_often_than_the_level() -> None:
    """2,000 actions that change nothing, each looked at four times with fresh answers every time."""
    rng = np.random.default_rng(20)
    effective = 0
    for _ in range(2000):
        before = compare.mean(rng.normal(70, 20, 120))
        for look in range(1, verdict.MOST_LOOKS + 1):
            after = compare.mean(rng.normal(70, 20, 120))
            found = verdict.judge(compare.means(after, before), after=after.value, target=None, look=look)
            if found.verdict == "effective":
                effective += 1
                break
    # Binomial: 2,000 × 5 % = 100, and 3.3 standard errors above that.
    assert effective <= 100 + 3.3 * (2000 * 0.05 * 0.95) ** 0.5
    assert effective >= 20, "a test that never says 'effective' would hold any level"


def test_complaints_that_do_not_become_fewer_are_called_effective_no_more_often_than_the_level() -> None:
    """1,000 actions after which as many complain as before, few or many, each looked at four times."""
    rng = np.random.default_rng(22)
    effective = 0
    for mean in rng.choice([4.0, 12.0, 40.0], 1000):
        before = int(rng.poisson(mean))
        for look in range(1, verdict.MOST_LOOKS + 1):
            after = int(rng.poisson(mean))
            fewer = compare.rates((after, 2.0), (before, 2.0))
            found = verdict.judge(fewer, after=after / 2, target=None, lower_is_better=True, look=look)
            if found.verdict == "effective":
                effective += 1
                break
    assert effective <= 50 + 3.3 * (1000 * 0.05 * 0.95) ** 0.5
    assert effective > 0


def test_a_true_improvement_is_found() -> None:
    rng = np.random.default_rng(21)
    found = [
        verdict.judge(
            compare.means(rng.normal(78, 20, 250), rng.normal(70, 20, 250)), after=78.0, target=75
        ).verdict
        for _ in range(300)
    ]
    assert found.count("effective") / 300 > 0.95
