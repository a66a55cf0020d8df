"""What may be shown without giving a respondent away.

A count of 1 to ``minimum − 1`` people is never shown; and because readers can subtract, further counts are
hidden until no hidden one can be worked out from what is shown (complementary suppression).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import MeasureError, OptionError

Place = TypeVar("Place", bound=Hashable)
FLOOR = 3
"""No minimum below this protects anybody: one of two people who are hidden together knows the other."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A table of counts as it may be shown; None stands for a hidden count.

    One-way: ``cells`` is a list, ``row_totals`` and ``column_totals`` are empty. Two-way: ``cells`` is a list
    of rows. ``hidden`` has the shape of the table.
    """

    cells: list[Any]
    row_totals: list[int | None]
    column_totals: list[int | None]
    total: int | None
    hidden: NDArray[np.bool_]


def suppress(table: Any, minimum: int = 5) -> Suppressed:
    """Hide small counts of a table that is shown together with its totals, and what else is needed to protect
    them.

    Hidden are all counts of 1 to ``minimum − 1``, totals included; then further counts (small ones first,
    totals last) until from the shown ones, by any arithmetic and knowing that counts are not negative,

    - no hidden count can be worked out exactly, and
    - no hidden count can be shown to be below `minimum`.

    Counts of zero stay visible: there is nobody to protect.

    :param table: counts of shape ``(k,)`` or ``(r, c)``, whole numbers of zero or more, without totals.
    :param minimum: smallest count that may be shown, 3 or more.
    :raises MeasureError: for other shapes or numbers. :raises OptionError: for a minimum below 3.

    Source: Cox (1980), Suppression methodology and statistical disclosure control.

    >>> suppress([3, 40, 60]).cells
    [None, None, 60]
    >>> shown = suppress([[3, 40, 20], [30, 50, 25], [60, 70, 80]])
    >>> shown.cells
    [[None, 40, None], [None, 50, None], [60, 70, 80]]
    >>> shown.row_totals, shown.column_totals, shown.total
    ([63, 105, 210], [93, 160, 125], 378)
    """
    counts = _counts(table)
    _check_minimum(minimum)
    if counts.ndim == 1:
        return _one_way(counts, minimum)
    return _two_way(counts, minimum)


def visible_groups(counts: Mapping[str, int], minimum: int = 5, total: int | None = None) -> set[str]:
    """The groups of one attribute whose results may be shown or filtered by, next to the result of everybody.

    A group of fewer than `minimum` people is hidden. As the result of everybody is known, everything about
    those who are not visible can be worked out together; so there is never one hidden group alone, nor are
    there fewer than `minimum` people outside the visible groups: the smallest visible group is hidden too
    until that holds. Groups of nobody are never visible and hide nobody.

    :param counts: group → number of people in it. :param total: number of people altogether, including those
        without a group; the sum of the counts when None.
    :raises OptionError: for a minimum below 3, negative counts or a total below their sum.

    >>> sorted(visible_groups({"east": 40, "west": 12, "north": 2}, 5))
    ['east']
    >>> sorted(visible_groups({"east": 40, "west": 12, "north": 3, "south": 2}, 5))
    ['east', 'west']
    """
    _check_minimum(minimum)
    everybody = sum(counts.values()) if total is None else total
    without_group = everybody - sum(counts.values())
    if any(count < 0 for count in counts.values()) or without_group < 0:
        raise OptionError("Counts must be zero or more and not exceed the total of {total}.", total=everybody)
    visible = sorted(
        (name for name, count in counts.items() if count >= minimum), key=lambda name: counts[name]
    )
    hidden = sum(1 for count in counts.values() if 0 < count < minimum)
    outside = everybody - sum(counts[name] for name in visible)
    while visible and ((hidden == 1 and not without_group) or 0 < outside < minimum):
        outside += counts[visible.pop(0)]
        hidden += 1
    return set(visible)


def visible_tree(
    counts: Mapping[Place, int], parents: Mapping[Place, Place | None], minimum: int = 5
) -> set[Place]:
    """The places of a hierarchy whose sums may be published, all of them next to each other.

    A place's sum covers everybody in it and below it. Whatever is published, the people of a place who are in no
    published place below it can be worked out by subtraction: the *rest* of the place. All that can be worked
    out from the published sums, by any addition and subtraction, are the rests and unions of them; so every
    published place must have a rest of nobody or of `minimum` people and more. Where the rest is smaller, the
    smallest published place below is hidden, and its people join the rest.

    :param counts: place → people who belong to it itself, not below it. :param parents: place → the place above,
        None at a top.
    :returns: places that may be published; places with nobody are not among them.
    :raises OptionError: for a minimum below 3 or negative counts.

    >>> above = {"group": None, "east": "group", "west": "group", "north": "group"}
    >>> sorted(visible_tree({"east": 40, "west": 12, "north": 2}, above))
    ['east', 'group']
    >>> sorted(visible_tree({"east": 40, "west": 12, "north": 2, "group": 3}, above))
    ['east', 'group', 'west']
    """
    _check_minimum(minimum)
    if any(count < 0 for count in counts.values()):
        raise OptionError("Counts must be zero or more.")
    below: dict[Place | None, list[Place]] = {}
    for place, above in parents.items():
        below.setdefault(above, []).append(place)
    rests: dict[Place, int] = {}
    parts: dict[Place, list[Place]] = {}
    totals: dict[Place, int] = {}

    def visit(place: Place) -> tuple[int, list[Place]]:
        """People at and below the place who are in no published place there, and the topmost published ones."""
        rest, tops = counts.get(place, 0), []
        for child in below.get(place, []):
            more, found = visit(child)
            rest += more
            tops += found
        while 0 < rest < minimum and tops:
            smallest = min(tops, key=lambda top: totals[top])
            tops.remove(smallest)
            rest += rests.pop(smallest)
            tops += parts[smallest]
        if rest < minimum and not tops:
            return rest, []
        rests[place], parts[place] = rest, tops
        totals[place] = rest + sum(totals[top] for top in tops)
        return 0, [place]

    for top in below.get(None, []):
        visit(top)
    return set(rests)


def _counts(table: Any) -> NDArray[np.int64]:
    raw = np.asarray(table)
    if raw.ndim not in (1, 2) or raw.dtype.kind not in "biuf":
        raise MeasureError(
            "Counts must form a list or a table of numbers, not shape {shape}.", shape=raw.shape
        )
    if not (np.isfinite(raw) & (raw >= 0)).all() or (raw != np.floor(raw)).any():
        raise MeasureError("Counts must be whole numbers of zero or more.")
    return raw.astype(np.int64)


def _check_minimum(minimum: int) -> None:
    if minimum < FLOOR:
        raise OptionError(
            "{name} must be {floor} or more, not {value}.", name="minimum", floor=FLOOR, value=minimum
        )


def _one_way(counts: NDArray[np.int64], minimum: int) -> Suppressed:
    total = int(counts.sum())
    hidden = (counts > 0) & (counts < minimum)
    hide_total = 0 < total < minimum
    others = [int(k) for k in np.argsort(counts, kind="stable") if counts[k] >= minimum]
    while hidden.any() and not hide_total and (hidden.sum() < 2 or counts[hidden].sum() < minimum):
        if others:
            hidden[others.pop(0)] = True
        else:
            hide_total = True
    cells = [None if hide else int(count) for count, hide in zip(counts, hidden, strict=True)]
    return Suppressed(cells, [], [], None if hide_total else total, hidden)


def _two_way(counts: NDArray[np.int64], minimum: int) -> Suppressed:
    """Each small count gets a rectangle of hidden positive counts, along which it could be larger and
    smaller.

    The table is worked on with its totals in a last row and column. Row sums and column sums stay right when
    the four corners of a rectangle move together: ``x[i,j] + d``, and the others by ``∓ d`` (the same way,
    where a total stands between them). If every corner is positive, and those that go down can give as much
    as the small count lacks to `minimum`, then what is shown fits tables in which the count is not small.
    Such a rectangle always exists: the one with the two totals and the grand total, all of which move the
    same way.
    """
    rows, columns = counts.shape
    x = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    x[:rows, :columns] = counts
    x[:rows, columns] = counts.sum(axis=1)
    x[rows] = x[:rows].sum(axis=0)
    sign_row = np.ones(rows + 1)
    sign_row[rows] = -1
    sign_column = np.ones(columns + 1)
    sign_column[columns] = -1
    # Hiding a total costs more than hiding any ordinary count.
    dear = int(x.sum()) + 1
    cost = x.astype(np.float64)
    cost[rows] += dear
    cost[:, columns] += dear
    hidden = (x > 0) & (x < minimum)
    for i, j in sorted(((int(i), int(j)) for i, j in np.argwhere(hidden)), key=lambda cell: (x[cell], cell)):
        k, m = _cheapest_rectangle(x, hidden, cost, sign_row, sign_column, i, j, minimum)
        hidden[i, m] = hidden[k, j] = hidden[k, m] = True
    shown = [
        [None if hide else int(v) for v, hide in zip(*pair, strict=True)]
        for pair in zip(x, hidden, strict=True)
    ]
    return Suppressed(
        cells=[row[:-1] for row in shown[:-1]],
        row_totals=[row[-1] for row in shown[:-1]],
        column_totals=shown[-1][:-1],
        total=shown[-1][-1],
        hidden=hidden[:rows, :columns].copy(),
    )


def _cheapest_rectangle(
    x: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    cost: NDArray[np.float64],
    sign_row: NDArray[np.float64],
    sign_column: NDArray[np.float64],
    i: int,
    j: int,
    minimum: int,
) -> tuple[int, int]:
    lacks = minimum - x[i, j]
    price = np.where(hidden, 0.0, cost)
    # How each corner moves when x[i, j] goes up by one.
    same_row = -sign_column[j] * sign_column[np.newaxis, :]
    same_column = -sign_row[i] * sign_row[:, np.newaxis]
    opposite = same_row * same_column
    possible = np.ones(x.shape, dtype=bool)
    possible[i, :] = possible[:, j] = False
    for corner, moves in ((x[i, np.newaxis, :], same_row), (x[:, j, np.newaxis], same_column), (x, opposite)):
        possible &= (corner > 0) & ((moves > 0) | (corner >= lacks))
    total = np.where(possible, price[i, np.newaxis, :] + price[:, j, np.newaxis] + price, np.inf)
    k, m = np.unravel_index(int(np.argmin(total)), total.shape)
    return int(k), int(m)
