import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures.errors import ColumnError
from manyi.measures.reliability import cronbach_alpha


@pytest.fixture
def bank(test_data):
    with (test_data / "measures" / "satisfaction.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name[-1:].isdigit()}


@pytest.mark.reference
@pytest.mark.parametrize(
    ("block", "alpha"),
    [("imag", 0.8302), ("expe", 0.8466), ("qual", 0.8713), ("val", 0.8357), ("sat", 0.8940), ("loy", 0.8194)],
)
def test_standardised_alpha_of_the_bank_survey(bank, block, alpha):
    items = {name: values for name, values in bank.items() if name.startswith(block)}
    assert cronbach_alpha(items, standardised=True) == pytest.approx(alpha, abs=5.1e-5)


@pytest.mark.reference
def test_raw_alpha_of_the_airline_survey_with_zeros_left_in(test_data):
    pd = pytest.importorskip("pandas")
    frame = pd.read_csv(test_data / "airline_satisfaction" / "airline_passenger_satisfaction.csv.gz")
    items = frame.loc[:, "Departure and Arrival Time Convenience":"Baggage Handling"]
    assert items.shape[1] == 14
    assert cronbach_alpha(items) == pytest.approx(0.7719, abs=5.1e-5)


def test_a_single_item_has_no_alpha():
    assert math.isnan(cronbach_alpha([[1], [2], [3]]))
    assert math.isnan(cronbach_alpha({"q": [1, 2, 3]}, standardised=True))


def test_parallel_items_have_alpha_one_and_unrelated_items_zero():
    assert cronbach_alpha([[1, 1], [2, 2], [5, 5]]) == pytest.approx(1)
    assert cronbach_alpha([[0, 0], [0, 1], [1, 0], [1, 1]]) == pytest.approx(0)


def test_opposite_and_constant_items_have_none():
    assert math.isnan(cronbach_alpha([[1, 5], [5, 1], [3, 3]]))
    assert math.isnan(cronbach_alpha([[3, 3], [3, 3]]))
    assert math.isnan(cronbach_alpha([[3, 1], [3, 2], [3, 4]], standardised=True))


def test_incomplete_respondents_are_left_out():
    assert cronbach_alpha([[1, 2], [2, 2], [4, 5], [math.nan, 1]]) == cronbach_alpha([[1, 2], [2, 2], [4, 5]])
    assert math.isnan(cronbach_alpha([[1, math.nan], [2, 2]]))


def test_unequal_columns_and_text_are_refused():
    with pytest.raises(ColumnError, match="differ in length"):
        cronbach_alpha({"a": [1, 2], "b": [1]})
    with pytest.raises(ColumnError, match="rectangle of numbers"):
        cronbach_alpha([["x"]])


answers = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.lists(st.integers(1, 5), min_size=k, max_size=k), min_size=3, max_size=30)
)


@given(answers, st.floats(0.1, 10), st.floats(-5, 5))
def test_alpha_ignores_order_shift_and_common_scale(rows, factor, shift):
    x = np.array(rows, dtype=float)
    raw = cronbach_alpha(x)
    assert raw <= 1 + 1e-9 or math.isnan(raw)
    if not math.isnan(raw):
        assert cronbach_alpha(x[::-1, ::-1] * factor + shift) == pytest.approx(raw, rel=1e-6, abs=1e-6)
