"""Correlation against scipy, and its intervals by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from manyi.measures.correlation import pearson, spearman
from manyi.measures.errors import ColumnError

X = [44.25, 44.0, 43.5, 42.75, 42.0, 41.5, 41.0, 40.5, 40.0, 39.5, 39.0, 38.25]
Y = [7.1, 6.8, 7.4, 6.6, 6.9, 6.1, 6.3, 5.9, 6.2, 5.5, 5.7, 5.8]


def test_pearson_and_its_interval_are_those_of_scipy() -> None:
    found, theirs = pearson(X, Y), stats.pearsonr(X, Y)
    low, high = theirs.confidence_interval(0.95)
    assert found.value == pytest.approx(theirs.statistic)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.direction == "up"


def test_spearman_is_that_of_scipy_with_ties() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.integers(1, 6, 60), rng.integers(1, 6, 60)
    assert spearman(x, y).value == pytest.approx(stats.spearmanr(x, y).statistic)


def test_the_intervals_hold_what_they_promise() -> None:
    """2000 samples of twelve units whose true correlation is 0.5: about 95 % of the intervals hold it."""
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(2000):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 12).T
        found = pearson(x, y)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.5 <= found.high
    assert 0.935 <= covered / 2000 <= 0.965


def test_few_pairs_never_tell_a_direction() -> None:
    assert pearson([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6.1]).direction is None


def test_a_side_that_does_not_vary_has_no_coefficient() -> None:
    assert pearson([1, 1, 1, 1], [1, 2, 3, 4]).value is None
    assert spearman([1, 2], [2, 1]).value is None


def test_pairs_with_a_missing_side_are_left_out() -> None:
    assert pearson([1, 2, 3, None, 5], [2, 1, 4, 9, 5]).n == 4


def test_sides_of_different_length_are_refused() -> None:
    with pytest.raises(ColumnError):
        pearson([1, 2, 3], [1, 2])
