import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures.errors import ColumnError, OptionError
from manyi.measures.pareto import tiers


def test_abc_by_hand_in_the_order_of_the_input():
    found = tiers([20, 700, 80, 150, 50])
    assert found.tier.tolist() == ["C", "A", "B", "A", "B"]
    assert found.cumulative.tolist() == pytest.approx([1, 0.7, 0.93, 0.85, 0.98])
    assert found.order.tolist() == [1, 3, 2, 4, 0]
    assert found.counts == {"A": 2, "B": 2, "C": 1}
    assert found.shares == pytest.approx({"A": 0.85, "B": 0.13, "C": 0.02})


def test_a_row_that_ends_exactly_at_the_cut_closes_the_tier():
    assert tiers([80, 15, 5]).tier.tolist() == ["A", "B", "C"]
    assert tiers([0.1] * 3 + [0.7], cuts=[0.7]).tier.tolist() == ["B", "B", "B", "A"]


def test_four_tiers():
    assert tiers([50, 30, 15, 5], cuts=(0.5, 0.8, 0.95)).tier.tolist() == ["A", "B", "C", "D"]


def test_one_giant_is_a_and_losses_are_last():
    found = tiers([1000, 1, 0, -50])
    assert found.tier.tolist() == ["A", "C", "C", "C"]
    assert sum(found.shares.values()) == pytest.approx(1)


def test_equals_are_treated_alike():
    assert set(tiers([10] * 7).tier) == {"A"}


@given(st.lists(st.integers(-5, 100), min_size=1, max_size=40).filter(lambda v: max(v) > 0))
def test_invariants(values):
    found = tiers(values)
    assert found.tier[::-1].tolist() == tiers(values[::-1]).tier.tolist()
    assert found.tier.tolist() == tiers([v * 7.5 for v in values]).tier.tolist()
    assert sum(found.counts.values()) == len(values)
    assert sum(found.shares.values()) == pytest.approx(1)
    ranked = np.array(values)[found.order]
    assert (np.diff(ranked.clip(0)) <= 0).all()
    assert (found.tier[found.order][:-1] <= found.tier[found.order][1:]).all()
    assert found.counts["A"] >= 1


def test_bad_input_is_named():
    with pytest.raises(ColumnError, match="no value above zero"):
        tiers([0, -1])
    with pytest.raises(ColumnError, match="no value in row 2"):
        tiers([1, None])
    for cuts in ([0.9, 0.8], [0], [1.0], [0.5, 0.5]):
        with pytest.raises(OptionError, match="Cuts must rise"):
            tiers([1], cuts=cuts)
