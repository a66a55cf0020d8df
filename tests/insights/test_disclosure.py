"""Attempts to work out from what is shown what a few people answered."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from manyi.insights.disclosure import Cell, Disclosure, Forest, masked, masked_groups
from manyi.measures.index import from_moments
from manyi.measures.moments import Moments
from manyi.measures.tree import Tree

#: A group (1) of two branches (2, 3); the first has two teams (4, 5).
FOREST = Forest({1: None, 2: 1, 3: 1, 4: 2, 5: 2})


def cells(counts: Mapping[tuple[int, str], int]) -> dict[Cell, int]:
    return {(unit, tier, None, None, None): n for (unit, tier), n in counts.items()}


def of(counts: Mapping[tuple[int, str], int], minimum: int = 5, cross: int = 5) -> Disclosure:
    return Disclosure(cells(counts), FOREST, minimum=minimum, cross_minimum=cross)


def test_a_small_group_is_hidden_and_so_is_a_second_one() -> None:
    found = of({(2, "A"): 40, (2, "B"): 30, (2, "C"): 3})
    assert found.groups("tier", {}) == {"A"}
    assert found.refusal({"tier": "C"}) == "too few"
    # B is large, but all minus A minus B would be the three of C.
    assert found.refusal({"tier": "B"}) == "too few"
    assert found.refusal({"tier": "A"}) is None
    assert found.refusal({"tier": "Z"}) is None  # nobody: there is nothing to hide


def test_all_minus_one_group_may_not_leave_a_few() -> None:
    # Two people have no tier; they belong to no group, and all minus A minus B would be theirs.
    found = Disclosure(
        {(2, "A", None, None, None): 40, (2, "B", None, None, None): 30, (2, None, None, None, None): 2},
        FOREST, minimum=5, cross_minimum=5,
    )  # fmt: skip
    assert found.groups("tier", {}) == {"A"}


def test_below_a_hidden_unit_nothing_is_shown() -> None:
    found = of({(3, "A"): 3, (4, "A"): 30, (5, "A"): 30})
    assert found.groups("unit", {}) == set()
    # The teams together are the branch that is hidden to protect the other one.
    assert found.refusal({"unit": "4"}) == "too few"
    assert found.refusal({"unit": "2"}) == "too few"


def test_a_unit_is_compared_by_its_parts() -> None:
    found = of({(1, "A"): 20, (3, "A"): 30, (4, "A"): 40, (5, "A"): 50})
    assert found.counts("unit", {}) == {"1": 20, "2": 90, "3": 30}
    assert found.counts("unit", {"unit": "2"}) == {"4": 40, "5": 50}
    assert found.groups("unit", {"unit": "2"}) == {"4", "5"}


def test_three_filters_are_refused() -> None:
    found = of({(2, "A"): 500})
    assert found.refusal({"unit": "2", "tier": "A", "language": "en"}) == "too many filters"
    assert found.groups("segment", {"unit": "2", "tier": "A", "language": "en"}) == set()


def test_two_attributes_of_an_anonymous_wave_need_ten() -> None:
    counts = {(2, "A"): 8, (2, "B"): 40, (3, "A"): 60, (3, "B"): 60}
    assert of(counts, cross=5).refusal({"unit": "2", "tier": "A"}) is None
    strict = of(counts, cross=10)
    assert strict.refusal({"unit": "2", "tier": "A"}) == "too few"
    # With all totals known one hidden cell would follow: its row, its column and the opposite are hidden too.
    assert strict.refusal({"unit": "2", "tier": "B"}) == "too few"
    assert strict.refusal({"unit": "3", "tier": "A"}) == "too few"
    assert strict.refusal({"unit": "2"}) is None


def test_a_few_answers_altogether_show_nothing() -> None:
    found = of({(2, "A"): 4})
    assert found.refusal({}) == "too few"
    assert of({}).refusal({}) is None


tables = st.dictionaries(
    st.tuples(st.sampled_from([1, 3, 4, 5]), st.sampled_from("ABC")), st.integers(0, 25), min_size=1
)


@settings(max_examples=60, deadline=None, database=None)
@given(counts=tables, cross=st.sampled_from([5, 10]))
def test_no_arithmetic_tells_a_small_count(counts: dict[tuple[int, str], int], cross: int) -> None:
    """An attacker reads every count that any selection shows, and solves for each cell of unit × tier."""
    found = of(counts, cross=cross)
    keys = sorted(itertools.product([1, 3, 4, 5], "ABC"))
    known: list[tuple[list[float], int]] = []

    def add(chosen: dict[str, str]) -> None:
        if found.refusal(chosen) is None:
            known.append(
                (
                    [float(found._matches(next(iter(cells({key: 1}))), chosen)) for key in keys],
                    found.count(chosen),
                )
            )

    units = [{}, *({"unit": str(unit)} for unit in FOREST.parents)]
    tiers = [{}, *({"tier": tier} for tier in "ABC")]
    for unit, tier in itertools.product(units, tiers):
        add({**unit, **tier})
        # What a page breaks down by is shown too, answers that hang at a unit itself included.
        for part in found.groups("unit", {**unit, **tier}):
            within = found.within({**unit, **tier})
            row = [float((not tier or key[1] == tier["tier"]) and key[0] in FOREST.below(within)
                         and FOREST.part(key[0], within) == part) for key in keys]  # fmt: skip
            known.append((row, found.counts("unit", {**unit, **tier})[part]))
    if not known:
        return
    matrix, totals = np.array([row for row, _n in known]), np.array([n for _row, n in known], float)
    sums: Counter[tuple[str, str]] = Counter()
    for unit, tier in keys:
        for above in FOREST.path(unit):
            sums[str(above), tier] += counts.get((unit, tier), 0)
            sums[str(above), ""] += counts.get((unit, tier), 0)
        sums["", tier] += counts.get((unit, tier), 0)
    for (unit_key, tier_key), n in sums.items():
        if not 0 < n < 5:
            continue
        target = [float((not unit_key or int(unit_key) in FOREST.path(key[0])) and tier_key in ("", key[1])) for key in keys]  # fmt: skip
        most = linprog([-value for value in target], A_eq=matrix, b_eq=totals, bounds=(0, None))
        assert most.status != 0 or -most.fun >= 5 - 1e-6, (unit_key, tier_key, n, counts, cross)


def test_a_node_few_people_answered_is_hidden_in_whole_and_groups() -> None:
    tree = Tree.from_dict(
        {"name": "Index", "scale": {"min": 0, "max": 100}, "tree": [
            {"code": "a", "name": "A", "column": "a"}, {"code": "b", "name": "B", "column": "b"}]}
    )  # fmt: skip

    def sums(n: int) -> Moments:
        return Moments.of(np.linspace(40, 60, n)) if n else Moments()

    parts = {
        "east": from_moments(tree, {"index": sums(40), "a": sums(40), "b": sums(30)}),
        "west": from_moments(tree, {"index": sums(40), "a": sums(40), "b": sums(20)}),
        "north": from_moments(tree, {"index": sums(40), "a": sums(40), "b": sums(2)}),
    }
    whole = from_moments(tree, {"index": sums(120), "a": sums(120), "b": sums(52)})
    shown = masked_groups(whole, parts, set(parts), 5)
    assert {name: result.node("a").n for name, result in shown.items()} == dict.fromkeys(parts, 40)
    # Two of the north; and of the others the smaller, or all minus both would be the two.
    assert {name: result.node("b").score is None for name, result in shown.items()} == {
        "east": False, "west": True, "north": True,
    }  # fmt: skip
    few = masked(from_moments(tree, {"index": sums(9), "a": sums(9), "b": sums(4)}), 5)
    assert (few.node("b").score, few.node("b").n, few.node("a").n) == (None, 0, 9)


@pytest.mark.parametrize("minimum", [3, 5, 10])
def test_groups_that_are_shown_are_never_small(minimum: int) -> None:
    found = of(
        {(2, tier): n for tier, n in zip("ABC", (minimum - 1, minimum, minimum * 3), strict=True)}, minimum
    )
    for tier in found.groups("tier", {}):
        assert found.count({"tier": tier}) >= minimum
        assert found.total - found.count({"tier": tier}) >= minimum
