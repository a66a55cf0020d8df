"""The rule of met, watched and missed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from manyi.standards.status import Status, judge

points = st.floats(0, 100, allow_nan=False)
widths = st.floats(0, 30, allow_nan=False)


def test_of_a_target_to_reach_at_least() -> None:
    def of(value: float) -> Status:
        return judge(value, target=90, tolerance=5).status

    assert [of(v) for v in (95, 90, 89.9, 85, 84.9)] == ["met", "met", "watched", "watched", "missed"]


def test_of_a_target_not_to_exceed() -> None:
    def of(value: float) -> Status:
        return judge(value, target=10, tolerance=5, higher=False).status

    assert [of(v) for v in (5, 10, 10.1, 15, 15.1)] == ["met", "met", "watched", "watched", "missed"]


def test_without_a_value_nothing_is_claimed() -> None:
    verdict = judge(None, None, None, target=90)
    assert (verdict.status, verdict.gap, verdict.sure) == (Status.UNMEASURED, None, None)


def test_an_interval_that_includes_the_target_may_be_chance() -> None:
    assert judge(80, 70, 95, target=90, tolerance=5).sure is False
    assert judge(92, 85, 97, target=90).sure is False


def test_an_interval_beyond_the_target_is_sure() -> None:
    missed = judge(80, 75, 85, target=90, tolerance=5)
    assert (missed.status, missed.sure, missed.gap) == (Status.MISSED, True, -10)
    assert judge(95, 91, 98, target=90).sure is True


def test_an_interval_that_touches_the_target_from_below_is_not_sure() -> None:
    assert judge(85, 80, 90, target=90, tolerance=2).sure is False


def test_sums_of_floats_on_the_border_are_on_it() -> None:
    assert judge(0.1 + 0.2, target=0.3).status is Status.MET
    assert judge(0.3 - 0.1, target=0.3, tolerance=0.1).status is Status.WATCHED


@given(value=points, target=points, tolerance=widths, below=widths, above=widths)
def test_higher_and_lower_are_mirror_images(
    value: float, target: float, tolerance: float, below: float, above: float
) -> None:
    up = judge(value, value - below, value + above, target=target, tolerance=tolerance)
    down = judge(-value, -value - above, -value + below, target=-target, tolerance=tolerance, higher=False)
    assert up == down


@given(value=points, more=widths, target=points, tolerance=widths)
def test_a_better_value_never_has_a_worse_status(
    value: float, more: float, target: float, tolerance: float
) -> None:
    order = [Status.MISSED, Status.WATCHED, Status.MET]
    worse, better = (judge(v, target=target, tolerance=tolerance).status for v in (value, value + more))
    assert order.index(better) >= order.index(worse)


@given(value=points, target=points, tolerance=widths, below=widths, above=widths)
def test_sure_means_that_the_target_is_not_inside(
    value: float, target: float, tolerance: float, below: float, above: float
) -> None:
    low, high = value - below, value + above
    verdict = judge(value, low, high, target=target, tolerance=tolerance)
    if verdict.sure:
        assert not low < target - 1e-6 < target + 1e-6 < high
    else:
        assert low - 1e-6 <= target <= high + 1e-6


@given(value=points, target=points, low=points, high=points)
def test_without_tolerance_nothing_is_only_watched(
    value: float, target: float, low: float, high: float
) -> None:
    verdict = judge(value, low, high, target=target)
    assert verdict.status in (Status.MET, Status.MISSED)
    assert (verdict.status is Status.MET) == (value >= target - 1e-9)


def test_with_few_cases_nothing_is_sure() -> None:
    verdict = judge(0, 0, 79, target=85, n=1)
    assert (verdict.status, verdict.sure, verdict.few) == (Status.MISSED, False, True)
    assert judge(0, 0, 79, target=85, n=10).sure is True
    assert judge(80, target=85, n=3) == judge(80, target=85, n=9)
