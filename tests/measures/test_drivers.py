import csv
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures.drivers import (
    relative_weights,
    relative_weights_of_correlations,
    shapley,
    shapley_of_correlations,
)
from manyi.measures.errors import ColumnError, OptionError, TooFewError, WeightError

NAMES = ("Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality")


@pytest.fixture
def swiss(test_data):
    with (test_data / "measures" / "swiss.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in (*NAMES, "Fertility")}


@pytest.mark.reference
def test_shapley_shares_of_swiss_fertility(swiss):
    found = shapley({name: swiss[name] for name in NAMES}, swiss["Fertility"])
    expected = (0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265)
    assert found.r2 == pytest.approx(0.706735001593, abs=1e-10)
    assert found.shares == pytest.approx(dict(zip(NAMES, expected, strict=True)), abs=1e-10)
    assert sum(found.importance.values()) == pytest.approx(1)


@pytest.mark.reference
def test_relative_weights_of_swiss_fertility(swiss):
    found = relative_weights({name: swiss[name] for name in NAMES}, swiss["Fertility"])
    expected = (0.048416895812, 0.154708249806, 0.271964104646, 0.114680029948, 0.116965721381)
    assert found.shares == pytest.approx(dict(zip(NAMES, expected, strict=True)), abs=1e-10)


@pytest.mark.reference
@pytest.mark.parametrize("method", [shapley_of_correlations, relative_weights_of_correlations])
def test_two_drivers_by_hand(method):
    assert method([[1, 0.5], [0.5, 1]], [0.6, 0.4]) == pytest.approx([0.2866667, 0.0866667], abs=5e-8)


def r2(x, y, w):
    if x.shape[1] == 0:
        return 0.0
    w = np.sqrt(w / w.sum())
    design = np.column_stack([np.ones(len(y)), x]) * w[:, None]
    residual = y * w - design @ np.linalg.lstsq(design, y * w, rcond=None)[0]
    centred = w * (y - (w * w) @ y)
    return 1 - residual @ residual / (centred @ centred)


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_shares_are_the_mean_gain_over_all_orders_of_entering(seed, p):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(30, p)) @ rng.normal(size=(p, p))
    y = x @ rng.normal(size=p) + rng.normal(size=30)
    w = rng.uniform(0.5, 3, 30)
    gains = np.zeros(p)
    for order in itertools.permutations(range(p)):
        for k, j in enumerate(order):
            gains[j] += r2(x[:, order[: k + 1]], y, w) - r2(x[:, order[:k]], y, w)
    gains /= math.factorial(p)
    found = shapley(x, y, w)
    assert list(found.shares.values()) == pytest.approx(gains.tolist(), abs=1e-6)
    assert found.r2 == pytest.approx(r2(x, y, w), abs=1e-6)


@given(st.integers(0, 10_000), st.integers(1, 18))
def test_relative_weights_sum_to_r2_and_are_not_negative(seed, p):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, p))
    y = x.sum(axis=1) + rng.normal(size=60)
    found = relative_weights(x, y)
    assert sum(found.shares.values()) == pytest.approx(r2(x, y, np.ones(60)))
    assert min(found.shares.values()) >= 0
    assert list(found.shares) == [f"x{k + 1}" for k in range(p)]


@pytest.mark.parametrize("method", [shapley, relative_weights])
def test_a_driver_given_twice_shares_with_its_copy(method):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100, 2))
    y = x @ [1, 0.5] + rng.normal(size=100)
    found = method({"a": x[:, 0], "copy": x[:, 0], "b": x[:, 1]}, y)
    assert found.shares["a"] == pytest.approx(found.shares["copy"])
    assert found.r2 == pytest.approx(r2(x, y, np.ones(100)))


@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-100, 100))
def test_unit_shift_sign_and_order_do_not_matter(seed, factor, shift):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 3))
    y = x @ rng.normal(size=3) + rng.normal(size=40)
    order = rng.permutation(40)
    moved = x[order] * [factor, -1, 1] + shift
    assert list(shapley(moved, -y[order]).shares.values()) == pytest.approx(
        list(shapley(x, y).shares.values()), abs=1e-6
    )


def test_a_row_twice_counts_like_weight_two():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=40)
    twice = shapley(np.vstack([x, x[:5]]), np.append(y, y[:5]))
    weighted = shapley(x, y, [2] * 5 + [1] * 35)
    assert twice.shares == pytest.approx(weighted.shares)


def test_beyond_fifteen_drivers_johnson_steps_in():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 16))
    y = x.sum(axis=1) + rng.normal(size=200)
    found = shapley(x, y)
    assert found.method == "johnson"
    assert found.shares == relative_weights(x, y).shares
    assert shapley(x[:, :15], y).method == "shapley"
    with pytest.raises(OptionError, match="16 drivers are too many"):
        shapley_of_correlations(np.eye(16), np.zeros(16))


def test_bootstrap_intervals_hold_the_estimate_and_repeat_with_the_seed():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 3))
    y = x @ [1, 0.5, 0.2] + rng.normal(size=300)
    found = shapley(x, y, bootstrap=200)
    for name, (low, high) in found.intervals.items():
        assert low < found.shares[name] < high
    assert shapley(x, y, bootstrap=200, seed=found.seed).intervals == found.intervals


def test_incomplete_rows_are_left_out():
    x = {"a": [1, 2, 3, 4, 5, math.nan], "b": [2, 1, 4, 3, 6, 1]}
    y = [1, 3, 2, 5, 4, 9]
    found = shapley(x, y)
    assert found.n == 5
    assert found.shares == shapley({"a": x["a"][:5], "b": x["b"][:5]}, y[:5]).shares


@pytest.mark.parametrize(
    ("x", "y", "weights", "error", "message"),
    [
        ({"a": [1, 1, 1]}, [1, 2, 3], None, ColumnError, "'a' has the same answer"),
        ({"a": [1, 2, 3]}, [1, 1, 1], None, ColumnError, "'y' has the same answer"),
        ({"a": [1, 2]}, [1, 2], None, TooFewError, "3 complete rows are needed; there are 2"),
        ({"a": [1, 2, 3]}, [1, 2], None, ColumnError, "'y' has 2 rows, not 3"),
        ({"a": [1, 2, "x"]}, [1, 2, 3], None, ColumnError, "'a' holds 'x' in row 3"),
        ({"a": [1, 2, 3]}, [1, 2, 3], [1], WeightError, "1 weights for 3 rows"),
        ({}, [], None, TooFewError, "complete rows"),
    ],
)
def test_bad_input_is_named(x, y, weights, error, message):
    with pytest.raises(error, match=message):
        shapley(x, y, weights)
