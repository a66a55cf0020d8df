import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures.errors import ColumnError, OptionError
from manyi.measures.rfm import score


def test_ten_customers_make_two_of_each_class():
    n = np.arange(10)
    found = score(recency=n, frequency=n, monetary=n)
    assert found.frequency.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found.recency.tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert found.cell[0] == 511
    assert found.total[0] == 7


def test_equals_share_a_class():
    found = score([1, 1, 1, 1, 1], [1, 1, 1, 9, 9], [1, 2, 3, 4, 5])
    assert set(found.recency) == {3}
    assert found.frequency.tolist() == [2, 2, 2, 4, 4]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40))
def test_scores_follow_the_order_of_values_and_not_of_rows(rows):
    r, f, m = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = score(r, f, m)
    assert found.cell[::-1].tolist() == score(r[::-1], f[::-1], m[::-1]).cell.tolist()
    for i in range(len(rows)):
        for j in range(len(rows)):
            if f[i] <= f[j]:
                assert found.frequency[i] <= found.frequency[j]
            if r[i] <= r[j]:
                assert found.recency[i] >= found.recency[j]
    assert found.monetary.tolist() == score(r, f, m * 3 + 1).monetary.tolist()
    assert {1, 2, 3, 4, 5} >= set(found.monetary.tolist())


def test_bad_input_is_named():
    with pytest.raises(ColumnError, match="'frequency' has 1 rows, not 2"):
        score([1, 2], [1], [1, 2])
    with pytest.raises(ColumnError, match="'monetary' has no value in row 2"):
        score([1, 2], [1, 2], [1, None])
    with pytest.raises(OptionError, match="classes must lie between 2 and 9"):
        score([1], [1], [1], classes=1)
    assert score([], [], []).cell.size == 0
