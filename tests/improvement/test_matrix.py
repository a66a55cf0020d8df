"""The weighted criteria matrix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.improvement.matrix import standings


def test_a_worked_example() -> None:
    weights = {1: 50, 2: 30, 3: 20}
    anna, bo = 11, 12
    ratings = {
        (7, 1, anna): 5, (7, 2, anna): 3, (7, 3, anna): 1,
        (8, 1, anna): 2, (8, 2, anna): 4, (8, 3, anna): 5,
        (7, 1, bo): 4, (7, 2, bo): 4, (7, 3, bo): 2,
        (8, 1, bo): 1,
    }  # fmt: skip
    first, second = standings(weights, [8, 7], ratings)
    assert (first.option, first.score, first.raters) == (7, pytest.approx((3.6 + 3.6) / 2), 2)
    assert first.spread == pytest.approx(0)
    assert (second.option, second.score, second.spread, second.raters) == (8, pytest.approx(3.2), None, 1)
    assert second.criteria[1] == 1.5


def test_weights_that_do_not_sum_to_100_are_refused() -> None:
    with pytest.raises(ValueError, match="weights sum to 90, not 100"):
        standings({1: 50, 2: 40}, [7], {})


@given(st.lists(st.integers(1, 5), min_size=3, max_size=3), st.integers(1, 98))
def test_a_score_lies_between_the_ratings(values: list[int], weight: int) -> None:
    weights = {1: weight, 2: 1, 3: 99 - weight}
    (found,) = standings(weights, [7], {(7, c, 1): v for c, v in zip(weights, values, strict=True)})
    assert found.score is not None
    assert min(values) - 1e-9 <= found.score <= max(values) + 1e-9
