import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures import sampling
from manyi.measures.errors import OptionError


@pytest.mark.parametrize("margin", [5e-324, 1e-160])
def test_a_margin_too_small_to_count_with_is_refused(margin):
    with pytest.raises(OptionError, match="margin is too small"):
        sampling.size_for_share(margin, population=100)


@pytest.mark.reference
@pytest.mark.parametrize(("margin", "n"), [(0.03, 1068), (0.05, 385), (0.10, 97)])
def test_size_for_a_share_of_a_half(margin, n):
    assert sampling.size_for_share(margin) == n


@pytest.mark.reference
def test_size_for_pls_by_the_inverse_square_root_method():
    assert sampling.size_for_pls(0.20) == 155
    assert sampling.size_for_pls(-0.20) == 155


def test_finite_population_and_design_effect():
    assert (
        sampling.size_for_share(0.05, population=500) == 218
    )  # Krejcie & Morgan 1970 give 217 with z² = 3.841
    assert sampling.size_for_share(0.05, deff=1.5) == 577
    assert sampling.size_for_share(0.05, population=200, deff=4) == 200
    assert sampling.size_for_share(0.05, population=1) == 1


def test_size_for_an_index():
    assert sampling.size_for_mean(2, 20) == 385
    assert sampling.size_for_mean(2, 20, deff=2) == 769
    assert sampling.size_for_mean(2, 20, population=1000) == math.ceil(384.1459 / (1 + 383.1459 / 1000))


@given(st.floats(0.005, 0.2), st.floats(0.05, 0.95), st.floats(0.8, 0.99), st.floats(1, 4))
def test_the_size_just_reaches_the_margin(margin, p, confidence, deff):
    n = sampling.size_for_share(margin, p, confidence=confidence, deff=deff)
    assert sampling.margin_of_error(n, p=p, confidence=confidence, deff=deff) <= margin * (1 + 1e-9)
    if n > 1:
        fewer = sampling.margin_of_error(n - 1, p=p, confidence=confidence, deff=deff)
        assert fewer > margin * (1 - 1e-9)


def test_asking_everybody_leaves_no_error():
    assert sampling.margin_of_error(50, population=50) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: sampling.size_for_share(0),
        lambda: sampling.size_for_share(0.05, p=1.5),
        lambda: sampling.size_for_share(0.05, population=0),
        lambda: sampling.size_for_share(0.05, deff=0),
        lambda: sampling.size_for_share(0.05, confidence=1),
        lambda: sampling.size_for_mean(1, 0),
        lambda: sampling.size_for_pls(0),
        lambda: sampling.size_for_pls(1.2),
        lambda: sampling.margin_of_error(0),
        lambda: sampling.allocate(11, {"a": 10}),
        lambda: sampling.allocate(5, {"a": -1}),
        lambda: sampling.allocate(5, {"a": 10, "b": 10}, at_least=3),
        lambda: sampling.allocate(5, {"a": 10}, {"b": 1}),
    ],
)
def test_impossible_plans_are_refused(call):
    with pytest.raises(OptionError):
        call()


def test_neyman_puts_more_where_opinions_differ():
    assert sampling.allocate(100, {"a": 500, "b": 500}, {"a": 10, "b": 30}) == {"a": 25, "b": 75}


def test_a_full_stratum_passes_on_what_it_cannot_take():
    assert sampling.allocate(100, {"a": 10, "b": 60, "c": 60}, {"a": 1000, "b": 1, "c": 1}) == {
        "a": 10,
        "b": 45,
        "c": 45,
    }


def test_strata_without_spread_are_still_sampled_by_size():
    assert sampling.allocate(30, {"a": 100, "b": 200}, {"a": 0, "b": 0}) == {"a": 10, "b": 20}


strata = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.integers(0, 500), min_size=1, max_size=6
)


@given(strata, st.floats(0, 1), st.integers(0, 20), st.booleans(), st.randoms(use_true_random=False))
def test_an_allocation_adds_up_and_keeps_its_bounds(sizes, fraction, at_least, neyman, random):
    floors = {name: min(at_least, size) for name, size in sizes.items()}
    low, high = sum(floors.values()), sum(sizes.values())
    total = low + int(fraction * (high - low))
    sd = {name: random.choice([0, 0.5, 20]) for name in sizes} if neyman else None
    parts = sampling.allocate(total, sizes, sd, at_least=at_least)
    assert sum(parts.values()) == total
    assert all(floors[name] <= parts[name] <= sizes[name] for name in sizes)
