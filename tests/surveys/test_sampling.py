from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.surveys.sampling import Plan, SamplingError, advise, draw

PEOPLE = st.lists(
    st.tuples(st.integers(1, 10_000), st.sampled_from("ABCD")), unique_by=lambda p: p[0], max_size=80
)
PLANS = st.one_of(
    st.just(Plan()),
    st.builds(Plan, method=st.just("random"), size=st.integers(1, 100)),
    st.builds(
        Plan, method=st.just("stratified"), size=st.integers(1, 100), by=st.just("tier"),
        allocation=st.sampled_from(["proportional", "equal"]),
    ),
    st.builds(
        Plan, method=st.just("quota"), by=st.just("tier"),
        quotas=st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 30), min_size=1),
    ),
)  # fmt: skip


@given(PEOPLE, PLANS, st.integers(0, 2**31))
def test_everybody_is_drawn_or_left_with_a_reason(people: Any, plan: Plan, seed: int) -> None:
    drawn = draw(people, plan, seed=seed)
    assert set(drawn.chosen) | set(drawn.left) == {key for key, _ in people}
    assert not set(drawn.chosen) & set(drawn.left)
    assert sum(n for _size, n in drawn.strata.values()) == len(drawn.chosen)
    if plan.method in ("random", "stratified"):
        assert len(drawn.chosen) == min(plan.size, len(people))
    if drawn.chosen and all(n for _size, n in drawn.strata.values()):
        assert sum(drawn.chosen.values()) == pytest.approx(len(people))


@given(PEOPLE, PLANS, st.integers(0, 2**31), st.randoms())
def test_the_seed_alone_decides_whatever_the_order(people: Any, plan: Plan, seed: int, shuffle: Any) -> None:
    mixed = list(people)
    shuffle.shuffle(mixed)
    assert draw(people, plan, seed=seed) == draw(mixed, plan, seed=seed)


def test_equal_allocation_fills_small_groups_and_gives_the_rest_to_others() -> None:
    people = [(i, "A") for i in range(100)] + [(i, "B") for i in range(100, 105)]
    drawn = draw(people, Plan("stratified", 20, "tier", "equal"), seed=1)
    assert drawn.strata == {"A": (100, 15), "B": (5, 5)}


def test_groups_beyond_their_quota_are_full_and_groups_without_one_are_not_sampled() -> None:
    drawn = draw([(1, "A"), (2, "A"), (3, "B")], Plan("quota", by="tier", quotas={"A": 1}), seed=1)
    assert sorted(drawn.left.values()) == ["not_sampled", "quota_full"]


@pytest.mark.parametrize(
    ("plan", "where"),
    [
        ({"method": "guess"}, "method"),
        ({"method": "random"}, "size"),
        ({"method": "random", "size": True}, "size"),
        ({"method": "stratified", "size": 5, "by": "phone"}, "by"),
        ({"method": "quota", "by": "tier", "quotas": {}}, "quotas"),
        ({"method": "quota", "by": "tier", "quotas": {"A": -1}}, "quotas.A"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_plan_that_cannot_be_read_names_the_entry(plan: dict[str, Any], where: str) -> None:
    with pytest.raises(SamplingError) as error:
        Plan.from_dict(plan)
    assert error.value.where == where


@pytest.mark.reference
def test_advice_for_five_points_of_a_thousand_customers() -> None:
    advice = advise(population=1000, asked=1000, margin=0.05, rate=0.3)
    assert (advice.answers, advice.to_ask, advice.enough) == (278, 927, True)
