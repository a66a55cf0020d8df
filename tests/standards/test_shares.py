"""The interval of a share that a standard is held against."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from manyi.standards.sources import share
from manyi.standards.status import Status, judge


@pytest.mark.parametrize(("kept", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (3, 4), (19, 20), (180, 200)])
def test_it_is_the_exact_interval_of_a_second_implementation(kept: int, n: int) -> None:
    found, known = share(kept, n), binomtest(kept, n).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == pytest.approx((100 * known.low, 100 * known.high))
    assert (found.value, found.n) == (100 * kept / n, n)


def test_of_no_cases_nothing_is_said() -> None:
    assert (share(0, 0).value, share(0, 0).low, share(0, 0).n) == (None, None, 0)


@pytest.mark.parametrize("target", [80.0, 95.0, 99.0])
def test_a_standard_that_is_just_kept_is_surely_missed_at_most_once_in_forty(target: float) -> None:
    """Over every number of cases up to 120: the chance of 'missed, and sure' when the truth is the target itself."""
    for n in range(1, 121):
        kept = np.arange(n + 1)
        chance = binom.pmf(kept, n, target / 100)
        verdicts = [judge(r.value, r.low, r.high, target=target) for r in (share(int(k), n) for k in kept)]
        wrong = [v.status is Status.MISSED and bool(v.sure) for v in verdicts]
        assert chance[wrong].sum() <= 0.025 + 1e-12, n
