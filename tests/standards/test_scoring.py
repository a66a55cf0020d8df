"""Scores of checks: bounds, weights, what does not apply, and that better answers never give a worse score."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manyi.standards.scoring import Marked, Score, by_group, pooled, score

VALUES = st.integers(0, 1000).map(lambda tenths: tenths / 10)
MARKS = st.lists(
    st.builds(
        Marked,
        weight=st.integers(1, 100),
        value=st.none() | VALUES,
        not_applicable=st.booleans(),
        group=st.sampled_from("ab"),
    ),
    max_size=12,
)
CLOSE = 1e-9
loaded = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines are shared


def counted(marks: list[Marked]) -> list[Marked]:
    return [m for m in marks if m.value is not None and not m.not_applicable]


@loaded
@given(MARKS)
def test_the_score_is_the_weighted_mean_within_its_interval(marks: list[Marked]) -> None:
    found, used = score(marks), counted(marks)
    assert found.n == len(used)
    if not used:
        assert (found.value, found.low, found.high) == (None, None, None)
        return
    mean = sum(m.weight * (m.value or 0) for m in used) / sum(m.weight for m in used)
    assert found.value == pytest.approx(mean, abs=1e-6)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= (found.value or 0) <= found.high <= 100


@loaded
@given(MARKS, st.integers(1, 20))
def test_only_the_proportion_of_weights_matters(marks: list[Marked], factor: int) -> None:
    first, second = score(marks), score([replace(m, weight=m.weight * factor) for m in marks])
    assert second.n == first.n
    for one, other in ((first.value, second.value), (first.low, second.low), (first.high, second.high)):
        assert other == (one if one is None else pytest.approx(one, abs=1e-6))


@loaded
@given(MARKS, st.integers(1, 100), VALUES)
def test_what_does_not_apply_counts_neither_way(marks: list[Marked], weight: int, value: float) -> None:
    assert score([*marks, Marked(weight, value, not_applicable=True)]) == score(marks)
    assert score([*marks, Marked(weight, None)]) == score(marks)


@loaded
@given(MARKS, st.data())
def test_a_better_answer_never_lowers_score_or_interval(marks: list[Marked], data: st.DataObject) -> None:
    used = counted(marks)
    if not used:
        return
    place = data.draw(st.integers(0, len(used) - 1))
    better = data.draw(st.floats(used[place].value or 0.0, 100))
    raised = [*used]
    raised[place] = replace(used[place], value=better)
    before, after = score(used), score(raised)
    for one, other in ((before.value, after.value), (before.low, after.low), (before.high, after.high)):
        assert (other or 0) >= (one or 0) - 1e-6


@loaded
@given(MARKS)
def test_groups_are_scored_as_if_alone(marks: list[Marked]) -> None:
    assert by_group(marks) == {g: score(m for m in marks if m.group == g) for g in {m.group for m in marks}}


def test_few_checks_give_a_wide_interval_even_when_all_were_met() -> None:
    few, many = score([Marked(1, 100)] * 3), score([Marked(1, 100)] * 40)
    assert few.low is not None
    assert many.low is not None
    assert few.low == pytest.approx(43.85, abs=0.01)  # Wilson: 3 of 3
    assert many.low == pytest.approx(91.24, abs=0.01)  # Wilson: 40 of 40


def test_yes_and_no_alike_weighted_is_the_interval_of_a_share() -> None:
    found = score([Marked(7, 100)] * 81 + [Marked(7, 0)] * 182)
    assert found.low == pytest.approx(25.53, abs=0.01)
    assert found.high == pytest.approx(36.62, abs=0.01)


@loaded
@given(st.lists(MARKS, max_size=5))
def test_rounds_count_alike_and_their_mean_lies_in_its_interval(rounds: list[list[Marked]]) -> None:
    scores = [score(marks) for marks in rounds]
    known = [s.value for s in scores if s.value is not None]
    found = pooled(scores)
    assert found.rounds == len(known)
    if not known:
        assert found.value is None
        return
    assert found.value == pytest.approx(sum(known) / len(known))
    assert 0 <= (found.low or 0) <= (found.value or 0) + CLOSE
    assert (found.value or 0) - CLOSE <= (found.high or 0) <= 100


def test_rounds_that_agree_are_not_certain_and_rounds_that_differ_are_less_so() -> None:
    def of(value: float) -> Score:
        return Score(value, value, value, 10, 10.0)

    agree, differ = pooled([of(100.0)] * 3), pooled([of(40.0), of(100.0), of(70.0)])
    assert agree.low is not None
    assert agree.low < 90
    assert differ.low == 0.0  # Student with two degrees of freedom over 40, 70, 100
    assert differ.high == 100.0


@pytest.mark.parametrize("mark", [Marked(0, 50), Marked(1, 100.5), Marked(1, -1)])
def test_impossible_checks_are_refused(mark: Marked) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        score([mark])
