import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from manyi.measures.disclosure import suppress, visible_groups, visible_tree
from manyi.measures.errors import MeasureError, OptionError


def attack(shown):
    """All a reader can work out of a shown table: {hidden position: (lowest, highest) possible count}."""
    two_way = bool(shown.row_totals or shown.column_totals)
    if two_way:
        grid = [[*row, total] for row, total in zip(shown.cells, shown.row_totals, strict=True)]
        grid.append([*shown.column_totals, shown.total])
    else:
        grid = [[*shown.cells, shown.total]]
    rows, columns = len(grid), len(grid[0])
    equations, right = [], []

    def add(terms, value=0):
        line = np.zeros(rows * columns)
        for (i, j), factor in terms:
            line[i * columns + j] = factor
        equations.append(line)
        right.append(value)

    for i in range(rows):
        add([((i, j), 1) for j in range(columns - 1)] + [((i, columns - 1), -1)])
    if two_way:
        for j in range(columns):
            add([((i, j), 1) for i in range(rows - 1)] + [((rows - 1, j), -1)])
    hidden = []
    for i in range(rows):
        for j in range(columns):
            if grid[i][j] is None:
                hidden.append((i, j))
            else:
                add([((i, j), 1)], grid[i][j])
    ranges = {}
    for i, j in hidden:
        aim = np.zeros(rows * columns)
        aim[i * columns + j] = 1
        low = linprog(aim, A_eq=equations, b_eq=right, bounds=(0, None), method="highs")
        high = linprog(-aim, A_eq=equations, b_eq=right, bounds=(0, None), method="highs")
        assert low.status == 0
        ranges[i, j] = (low.fun, np.inf if high.status == 3 else -high.fun)
    return ranges


def safe(table, minimum):
    shown = suppress(table, minimum)
    ranges = attack(shown)
    for low, high in ranges.values():
        assert high - low > 0.99, "a hidden count can be worked out"
        assert high > minimum - 1e-6, "a hidden count can be shown to be small"
    counts = np.array(table)
    flat = np.array(shown.cells, dtype=float)
    assert np.array_equal(np.isnan(flat), shown.hidden)
    assert np.array_equal(flat[~shown.hidden], counts[~shown.hidden])
    for value in [*shown.row_totals, *shown.column_totals, shown.total, *flat[~shown.hidden]]:
        assert value is None or value == 0 or value >= minimum
    return shown


small = st.one_of(st.integers(0, 8), st.integers(0, 60))


@given(st.lists(small, min_size=1, max_size=8), st.integers(3, 10))
def test_no_reader_of_a_one_way_table_can_work_out_a_hidden_count(counts, minimum):
    safe(counts, minimum)


@given(
    st.integers(1, 4).flatmap(
        lambda c: st.lists(st.lists(small, min_size=c, max_size=c), min_size=1, max_size=4)
    ),
    st.integers(3, 10),
)
@settings(max_examples=60, deadline=None)
def test_no_reader_of_a_two_way_table_can_work_out_a_hidden_count(counts, minimum):
    safe(counts, minimum)


def test_a_large_sparse_table_is_safe():
    rng = np.random.default_rng(4)
    safe(rng.poisson(6, (8, 6)) * rng.integers(0, 2, (8, 6)), 5)


def test_nothing_small_nothing_hidden():
    shown = suppress([[10, 0, 7], [5, 8, 0]])
    assert not shown.hidden.any()
    assert shown.cells == [[10, 0, 7], [5, 8, 0]]
    assert (shown.row_totals, shown.column_totals, shown.total) == ([17, 13], [15, 8, 7], 30)


def test_one_small_count_takes_the_smallest_other_with_it():
    assert suppress([3, 100, 40]).cells == [None, 100, None]


def test_two_small_counts_that_are_few_together_take_a_third():
    assert suppress([2, 2, 40, 100]).cells == [None, None, None, 100]
    assert suppress([3, 2, 40, 100]).cells == [None, None, 40, 100]


def test_a_lone_group_or_a_small_total_hides_the_total():
    assert suppress([3]).total is None
    assert suppress([2, 0, 2]).total is None
    assert suppress([4, 0]).cells == [None, 0]


def test_a_small_row_total_is_hidden_as_well():
    shown = safe([[2, 1], [50, 60], [70, 80]], 5)
    assert shown.row_totals[0] is None


def test_a_two_way_table_hides_no_more_than_a_rectangle_for_one_small_count():
    shown = suppress([[3, 40, 20], [30, 50, 25], [60, 70, 80]])
    assert shown.hidden.sum() == 4
    assert None not in shown.row_totals + shown.column_totals


@pytest.mark.parametrize("table", [5, [[[1]]], ["a"], [-1, 2], [1.5, 2], [float("nan")]])
def test_what_are_no_counts_is_refused(table):
    with pytest.raises(MeasureError):
        suppress(table)


def test_a_minimum_that_protects_nobody_is_refused():
    with pytest.raises(OptionError, match="minimum must be 3 or more"):
        suppress([1, 2], minimum=2)
    with pytest.raises(OptionError, match="minimum must be 3 or more"):
        visible_groups({"a": 9}, 1)


def test_groups_of_a_filter():
    assert visible_groups({"a": 40, "b": 12}) == {"a", "b"}
    assert visible_groups({"a": 40, "b": 12, "c": 4}) == {"a"}
    assert visible_groups({"a": 40, "b": 12, "c": 4, "d": 0}) == {"a"}
    assert visible_groups({"a": 40, "b": 12, "c": 1, "d": 1}) == {"a"}
    assert visible_groups({"a": 4}) == set()
    assert visible_groups({}) == set()


def test_people_without_a_group_must_not_be_worked_out_either():
    assert visible_groups({"a": 40, "b": 12}, 5, total=55) == {"a"}
    assert visible_groups({"a": 40, "b": 12}, 5, total=57) == {"a", "b"}


def test_counts_that_exceed_the_total_are_refused():
    with pytest.raises(OptionError, match="not exceed the total of 5"):
        visible_groups({"a": 6}, 5, total=5)
    with pytest.raises(OptionError, match="zero or more"):
        visible_groups({"a": -6})


@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 20), max_size=7),
    st.integers(3, 8),
    st.integers(0, 9),
)
def test_whoever_is_outside_the_visible_groups_is_in_company(counts, minimum, others):
    total = sum(counts.values()) + others
    visible = visible_groups(counts, minimum, total)
    assert all(counts[name] >= minimum for name in visible)
    hidden = [name for name, count in counts.items() if name not in visible and count]
    if visible:
        outside = total - sum(counts[name] for name in visible)
        assert others or len(hidden) != 1
        assert outside == 0 or outside >= minimum


def _rests(
    shown: set[str], counts: dict[str, int], parents: dict[str, str | None]
) -> dict[str, frozenset[int]]:
    """Brute force: people as numbers; what each published place has that no published place below it has."""
    people: dict[str, set[int]] = {name: set() for name in parents}
    number = 0
    for name, count in counts.items():
        for _ in range(count):
            here: str | None = name
            while here is not None:
                people[here].add(number)
                here = parents[here]
            number += 1
    return {
        name: frozenset(
            people[name].difference(*(people[o] for o in shown if o != name and people[o] < people[name]))
        )
        for name in shown
    }


@pytest.mark.parametrize("seed", range(60))
def test_no_small_group_can_be_worked_out_of_a_hierarchy(seed: int) -> None:
    """Every set of people whose sum follows from the published sums is nobody or five and more."""
    rng = np.random.default_rng(seed)
    names = [f"u{i}" for i in range(int(rng.integers(2, 14)))]
    parents: dict[str, str | None] = {names[0]: None}
    for i, name in enumerate(names[1:], 1):
        parents[name] = names[int(rng.integers(0, i))]
    counts = {name: int(rng.choice([0, 1, 2, 3, 4, 5, 6, 9, 20])) for name in names}
    shown = visible_tree(counts, parents)
    rests = {rest for rest in _rests(shown, counts, parents).values() if rest}
    assert all(len(rest) >= 5 for rest in rests)
    # The rests do not overlap, so every sum that follows from the published ones is a sum of whole rests.
    assert sum(len(rest) for rest in rests) == len(frozenset().union(*rests))
    if sum(counts.values()) >= 5:
        assert names[0] in shown


def test_a_hierarchy_hides_no_more_than_it_must() -> None:
    parents = {"group": None, "east": "group", "west": "group", "shop": "east", "desk": "east"}
    counts = {"west": 7, "shop": 6, "desk": 8}
    assert visible_tree(counts, parents) == set(parents)


def test_a_place_with_one_part_only_shows_both() -> None:
    assert visible_tree({"b": 9}, {"a": None, "b": "a"}) == {"a", "b"}
