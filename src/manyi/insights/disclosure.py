"""Which parts of a wave's answers may be shown without giving a respondent away.

One rule for filters, groups, exports and verbatims; pure, no database. It looks only at counts of responses
by attribute, within what the reader may see at all:

- what is shown counts nobody, or at least `minimum` people; so does what is left when it is subtracted from
  anything else that is shown (complementary suppression, `manyi.measures.disclosure`);
- two attributes together need `cross_minimum` (10 in an anonymous wave); three are never combined, because
  nobody could oversee what can be worked out from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from manyi.measures.disclosure import suppress, visible_groups
from manyi.measures.results import IndexResult, NodeScore

ATTRIBUTES = ("unit", "tier", "segment", "language", "week")
ANONYMOUS_MINIMUM = 10
OTHERS = ""
Refusal = Literal["too few", "too many filters"]
Cell = tuple[int, str | None, str | None, str | None, str | None]


@dataclass(frozen=True)
class Forest:
    """The org units a reader may see: unit → the nearest one above it that they may see, None at the top."""

    parents: Mapping[int, int | None]

    def path(self, unit: int) -> list[int]:
        """From the top down to the unit."""
        found: list[int] = []
        here: int | None = unit
        while here is not None:
            found.insert(0, here)
            here = self.parents[here]
        return found

    @cached_property
    def _below(self) -> dict[int | None, frozenset[int]]:
        found: dict[int | None, set[int]] = {
            None: set(self.parents),
            **{unit: set() for unit in self.parents},
        }
        for unit in self.parents:
            for above in self.path(unit):
                found[above].add(unit)
        return {unit: frozenset(below) for unit, below in found.items()}

    def below(self, unit: int | None) -> frozenset[int]:
        """The unit and everything under it; None: all."""
        return self._below[unit]

    def children(self, unit: int | None) -> list[int]:
        return [child for child, parent in self.parents.items() if parent == unit]

    def part(self, unit: int, within: int | None) -> str:
        """Which part of `within` a unit belongs to: one of its children, or itself (answers that hang there)."""
        path = self.path(unit)
        place = 0 if within is None else path.index(within) + 1
        return str(path[place]) if place < len(path) else str(unit)


class Disclosure:
    """What may be shown of the responses counted in `cells`, whose keys are in the order of ATTRIBUTES."""

    def __init__(
        self, cells: Mapping[Cell, int], forest: Forest, *, minimum: int, cross_minimum: int
    ) -> None:
        self.cells = {cell: count for cell, count in cells.items() if cell[0] in forest.parents}
        self.forest = forest
        self.minimum = minimum
        self.cross_minimum = max(minimum, cross_minimum)
        self.total = sum(self.cells.values())
        self._visible: dict[tuple[str, int | None], set[str]] = {}
        self._crossed: dict[tuple[str, str, int | None], set[tuple[str, str]]] = {}

    def refusal(self, chosen: Mapping[str, str]) -> Refusal | None:
        """Why a selection (attribute → value) may not be shown; None when it may.

        Nobody at all is no secret, but for two attributes together it is told like too few: knowing that one
        cell is empty helps to work out its neighbours.
        """
        if len(chosen) > 2:
            return "too many filters"
        if 0 < self.total < self.minimum or not self._allowed(chosen):
            return "too few" if self.count(chosen) or len(chosen) == 2 else None
        return None

    def count(self, chosen: Mapping[str, str]) -> int:
        """How many responses a selection has."""
        return sum(count for cell, count in self.cells.items() if self._matches(cell, chosen))

    def counts(self, attribute: str, chosen: Mapping[str, str]) -> dict[str, int]:
        """Responses of each group of an attribute within a selection (units: the parts of the chosen unit)."""
        within = self.within(chosen) if attribute == "unit" else None
        found: Counter[str] = Counter()
        for cell, count in self.cells.items():
            key = self._key(cell, attribute, within) if self._matches(cell, chosen) else OTHERS
            if key != OTHERS:
                found[key] += count
        return dict(found)

    def groups(self, attribute: str, chosen: Mapping[str, str]) -> set[str]:
        """The groups of an attribute that may be shown within a selection that may be shown."""
        if self.refusal(chosen):
            return set()
        others = {name: value for name, value in chosen.items() if name != attribute}
        candidates = self.counts(attribute, chosen)
        if attribute == "unit":
            within = self.within(chosen)
            if not others:
                return self.visible("unit", within) & set(candidates)
            if len(others) == 1:
                ((other, value),) = others.items()
                crossed = self._cross("unit", other, within)
                return {key for key in candidates if (key, value) in crossed}
            return set()
        if not others:
            return self.visible(attribute) & set(candidates)
        if len(others) == 1:
            return {key for key in candidates if self._allowed({**others, attribute: key})}
        return set()

    def within(self, chosen: Mapping[str, str]) -> int | None:
        """The unit whose parts are compared: the chosen one, else the lowest that holds all there is."""
        if "unit" in chosen:
            return int(chosen["unit"])
        here: int | None = None
        occupied = {cell[0] for cell in self.cells}
        while True:
            parts = {self.forest.part(unit, here) for unit in occupied}
            if len(parts) != 1 or (only := int(parts.pop())) == here or not self.forest.children(only):
                return here
            here = only

    def visible(self, attribute: str, within: int | None = None) -> set[str]:
        """Groups of one attribute that may be shown next to the whole (of `within`, for units)."""
        key = (attribute, within)
        if key not in self._visible:
            found: Counter[str] = Counter()
            total = 0
            for cell, count in self.cells.items():
                if attribute == "unit" and cell[0] not in self.forest.below(within):
                    continue
                total += count
                found[self._key(cell, attribute, within)] += count
            found.pop(OTHERS, None)
            self._visible[key] = visible_groups(found, self.minimum, total)
        return self._visible[key]

    def _allowed(self, chosen: Mapping[str, str]) -> bool:
        names = sorted(chosen, key=ATTRIBUTES.index)
        if not names:
            return self.total >= self.minimum
        if len(names) == 1:
            (name,) = names
            if name != "unit":
                return chosen[name] in self.visible(name)
            return self._unit_allowed(int(chosen["unit"]))
        first, second = names
        if not all(self._allowed({name: chosen[name]}) for name in names):
            return False
        if first != "unit":
            return (chosen[first], chosen[second]) in self._cross(first, second, None)
        unit = int(chosen["unit"])
        above = None if self.forest.parents[unit] is None else self.forest.parents[unit]
        return (str(unit), chosen[second]) in self._cross("unit", second, above)

    def _unit_allowed(self, unit: int) -> bool:
        path = self.forest.path(unit)
        return all(
            str(step) in self.visible("unit", above) for above, step in zip([None, *path], path, strict=False)
        )

    def _cross(self, first: str, second: str, within: int | None) -> set[tuple[str, str]]:
        """Cells of two attributes that may be shown; `first` may be unit, compared by the parts of `within`."""
        key = (first, second, within)
        if key not in self._crossed:
            self._crossed[key] = self._crossed_table(first, second, within)
        return self._crossed[key]

    def _crossed_table(self, first: str, second: str, within: int | None) -> set[tuple[str, str]]:
        table: Counter[tuple[str, str]] = Counter()
        for cell, count in self.cells.items():
            if first != "unit" or cell[0] in self.forest.below(within):
                table[self._key(cell, first, within), self._key(cell, second, None)] += count
        total = sum(table.values())
        row_counts, column_counts = Counter[str](), Counter[str]()
        for (row, column), count in table.items():
            row_counts[row] += count
            column_counts[column] += count
        rows = self._large(row_counts, total) & self.visible(first, within if first == "unit" else None)
        columns = self._large(column_counts, total) & self.visible(second)
        if within is not None:
            # Below a unit only those columns count that may be shown for the unit itself.
            if not self._unit_allowed(within):
                return set()
            columns = {value for value in columns if self._allowed({"unit": str(within), second: value})}
        if not rows or not columns:
            return set()
        # All that may not stand alone is one row and one column 'others', which is never shown.
        row_names, column_names = [*sorted(rows), OTHERS], [*sorted(columns), OTHERS]
        merged: Counter[tuple[str, str]] = Counter()
        for (row, column), count in table.items():
            merged[row if row in rows else OTHERS, column if column in columns else OTHERS] += count
        shown = suppress(
            [[merged[row, column] for column in column_names] for row in row_names], self.cross_minimum
        )
        totals = (*shown.row_totals, *shown.column_totals, shown.total)
        if None in totals:
            # Totals are shown elsewhere, so a protection that relies on hiding one protects nobody.
            return set()
        return {
            (row, column)
            for i, row in enumerate(row_names[:-1])
            for j, column in enumerate(column_names[:-1])
            if not shown.hidden[i, j] and merged[row, column]
        }

    def _large(self, counts: Mapping[str, int], total: int) -> set[str]:
        named = {name: count for name, count in counts.items() if name != OTHERS}
        return visible_groups(named, self.cross_minimum, total)

    def _key(self, cell: Cell, attribute: str, within: int | None) -> str:
        value = cell[ATTRIBUTES.index(attribute)]
        if attribute == "unit":
            return self.forest.part(int(value or 0), within)
        return OTHERS if value is None else str(value)

    def _matches(self, cell: Cell, chosen: Mapping[str, str]) -> bool:
        return all(
            cell[0] in self.forest.below(int(value))
            if name == "unit"
            else self._key(cell, name, None) == value
            for name, value in chosen.items()
        )


def masked(result: IndexResult, minimum: int) -> IndexResult:
    """The result without the scores of nodes that fewer than `minimum` people answered."""
    return replace(
        result, nodes=tuple(without(node) if 0 < node.n < minimum else node for node in result.nodes)
    )


def without(node: NodeScore) -> NodeScore:
    """The node with nothing in it that came from a respondent."""
    return replace(node, n=0, score=None, se=None, ci_low=None, ci_high=None, n_eff=None, deff=None)


def masked_groups(
    whole: IndexResult, parts: Mapping[str, IndexResult], visible: set[str], minimum: int
) -> dict[str, IndexResult]:
    """The visible groups' results without scores that are of few people, or that would give such away next to
    the whole and the other groups, node by node.
    """
    shown = {name: list(result.nodes) for name, result in parts.items() if name in visible}
    for place, total in enumerate(whole.nodes):
        counts = {name: parts[name].nodes[place].n for name in shown}
        # The groups that are hidden anyway can only be worked out together: they count as one.
        counts[OTHERS] = sum(result.nodes[place].n for name, result in parts.items() if name not in shown)
        open_ = visible_groups(counts, minimum, max(total.n, sum(counts.values())))
        for name, nodes in shown.items():
            if name not in open_:
                nodes[place] = without(nodes[place])
    return {name: replace(parts[name], nodes=tuple(nodes)) for name, nodes in shown.items()}
