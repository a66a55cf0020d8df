"""Funnel limits and rank intervals against plain loops, and against units that differ by chance only."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from manyi.measures import compare
from manyi.measures.errors import OptionError
from manyi.measures.estimates import Estimate
from manyi.measures.funnel import Funnel, clearly_higher, funnel
from manyi.measures.shares import mean

SIZES = (12, 15, 25, 40, 60, 90, 140, 220, 300)


def answers(seed: int, shifts: tuple[float, ...] = (0.0,) * len(SIZES)) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [70 + shift + 18 * rng.standard_normal(n) for n, shift in zip(SIZES, shifts, strict=True)]


def placed(groups: list[np.ndarray]) -> Funnel:
    return funnel([mean(group) for group in groups])


def test_limits_are_those_of_plain_loops() -> None:
    groups = answers(3, (0, 4, -9, 0, 2, -3, 0, 5, -2))
    found = placed(groups)
    everybody = [value for group in groups for value in group]
    centre = sum(everybody) / len(everybody)
    within = 0.0
    for group in groups:
        own = sum(group) / len(group)
        for value in group:
            within += (value - own) ** 2
    freedom = len(everybody) - len(groups)
    sd = sqrt(within / freedom)
    assert found.centre == pytest.approx(centre)
    assert found.sd == pytest.approx(sd)
    assert found.freedom == pytest.approx(freedom)
    for group, place in zip(groups, found.places, strict=True):
        for confidence, band in ((0.95, place.inner), (0.998, place.outer)):
            half = stats.t.ppf((1 + confidence) / 2, freedom) * sd * sqrt(1 / len(group) - 1 / len(everybody))
            assert band is not None
            assert (band.low, band.high) == (pytest.approx(centre - half), pytest.approx(centre + half))
        value = sum(group) / len(group)
        assert place.inner is not None
        assert place.outer is not None
        outside = not place.inner.low <= value <= place.inner.high
        far = not place.outer.low <= value <= place.outer.high
        side = "above" if value > centre else "below"
        assert place.verdict == (side if far else f"perhaps {side}" if outside else "average")
        assert (place.p_value < 0.05) == outside


def test_whether_units_differ_is_the_analysis_of_variance() -> None:
    groups = answers(5, (0, 4, -9, 0, 2, -3, 0, 5, -2))
    found = placed(groups)
    expected = stats.f_oneway(*groups)
    assert found.dispersion == pytest.approx(expected.statistic)
    assert found.p_same == pytest.approx(expected.pvalue)


def test_units_that_differ_by_chance_lie_outside_as_often_as_said() -> None:
    """Also the biggest, which is a third of the whole: without its share it would be outside too rarely."""
    rounds = 1500
    outside = np.zeros(len(SIZES))
    far = same = 0
    for seed in range(rounds):
        found = placed(answers(seed))
        verdicts = [place.verdict for place in found.places]
        outside += [verdict != "average" for verdict in verdicts]
        far += sum(verdict in ("above", "below") for verdict in verdicts)
        same += (found.p_same or 0) < 0.05
    assert outside.sum() / (rounds * len(SIZES)) == pytest.approx(0.05, abs=0.006)
    assert np.abs(outside / rounds - 0.05).max() < 0.02
    assert far / (rounds * len(SIZES)) == pytest.approx(0.002, abs=0.0015)
    assert same / rounds == pytest.approx(0.05, abs=0.02)


def test_skewed_answers_of_a_five_point_scale_keep_the_limits() -> None:
    rng = np.random.default_rng(11)
    rounds, outside = 800, 0
    for _ in range(rounds):
        groups = [rng.choice([0, 25, 50, 75, 100], n, p=[0.05, 0.05, 0.15, 0.35, 0.4]) for n in SIZES]
        outside += sum(place.verdict != "average" for place in placed(groups).places)
    assert outside / (rounds * len(SIZES)) == pytest.approx(0.05, abs=0.01)


def test_ranks_are_those_of_plain_loops() -> None:
    groups = answers(8, (0, 12, -15, 0, 10, -8, 0, 9, -2))
    units = [mean(group) for group in groups]
    found = funnel(units)
    pairs = [(i, j) for i in range(len(units)) for j in range(i + 1, len(units))]
    tested = compare.adjust([compare.means(units[i], units[j]).p_value for i, j in pairs])
    better = [0] * len(units)
    worse = [0] * len(units)
    for (i, j), p in zip(pairs, tested, strict=True):
        if p < 0.05:
            high, low = (i, j) if units[i].value > units[j].value else (j, i)
            better[low] += 1
            worse[high] += 1
    for i, place in enumerate(found.places):
        higher = sum(other.value > units[i].value for other in units)
        assert (place.rank, place.rank_low, place.rank_high) == (
            1 + higher,
            1 + better[i],
            len(units) - worse[i],
        )
    assert sum(better) > 0


def test_rank_intervals_hold_the_true_ranks_all_at_once() -> None:
    shifts = (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 9.0, 10.0, 12.0)
    truth = [sum(other > own for other in shifts) + 1 for own in shifts]
    rounds = 400
    held = 0
    for seed in range(rounds):
        found = placed(answers(seed, shifts))
        held += all(p.rank_low <= true <= p.rank_high for p, true in zip(found.places, truth, strict=True))
    assert held / rounds >= 0.95


def test_small_units_are_not_judged_and_keep_every_rank() -> None:
    groups = answers(3)
    found = funnel([mean(group) for group in groups] + [mean(np.full(9, 5.0))])
    last = found.places[-1]
    assert (last.verdict, last.inner, last.p_value) == ("too few", None, None)
    assert (last.rank_low, last.rank_high) == (1, len(groups) + 1)
    assert found.judged == len(groups)


def test_a_centre_of_everybody_may_be_given() -> None:
    groups = answers(3)
    whole = mean(np.concatenate([*groups, np.full(500, 60.0)]))
    found = funnel([mean(group) for group in groups], whole)
    assert found.centre == whole.value
    assert found.total == whole.n_eff


def test_a_unit_that_is_everybody_is_the_average() -> None:
    (place,) = funnel([mean(answers(1)[5])]).places
    assert place.verdict == "average"
    assert (place.rank, place.rank_low, place.rank_high) == (1, 1, 1)


def test_nothing_is_clear_where_pairs_are_small_or_alike() -> None:
    assert not clearly_higher([mean(np.full(50, 10.0)), mean(np.full(50, 90.0))]).any()
    assert not clearly_higher([mean([1.0, 2.0] * 4), mean([90.0, 91.0] * 4)]).any()


def test_nothing_to_learn_from_single_answers() -> None:
    with pytest.raises(OptionError, match="two answers"):
        funnel([Estimate(70.0, None, None, 1, None, 1.0)])
    with pytest.raises(OptionError, match="above zero"):
        placed(answers(1)).band(0)
