"""Every analytical read, each one Ibis expression, over the rows that a reader may see.

The only way to rows is :func:`answers`, which takes the reader's org units and filters; all other reads take
the table it returns. Sums that leave here become figures in `manyi.measures`, so that there is one version of
every number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from manyi.measures.errors import ColumnError
from manyi.measures.index import HALF
from manyi.measures.moments import ABOUT, Moments
from manyi.measures.tree import Node, Tree
from manyi.warehouse import engine
from manyi.warehouse.store import ANSWERS, answer, answered

Group = tuple[Any, ...]
Table = Any  # ibis has no types of its own here


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose: a unit with all below it (as ids), tier, segment, language, ISO week. None: all."""

    units: frozenset[int] | None = None
    tier: str | None = None
    segment: str | None = None
    language: str | None = None
    week: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A wave's rows: the stored file, and rows that came in later. Rows in both count once."""

    path: Path | None
    newest: pa.Table | None = None


class NoRows(Exception):
    """The source has neither a file nor rows."""


def answers(source: Source, units: frozenset[int] | None, filters: Filters) -> Table:
    """The rows of a wave in the reader's `units` (None: the whole organisation) that pass the filters.

    :raises NoRows: when nothing was ever stored or handed in.
    """
    stored = engine.parquet(source.path) if source.path else None
    if source.newest is None or source.newest.num_rows == 0:
        table = stored
    else:
        newest = ibis.memtable(source.newest)
        table = newest if stored is None else _united(stored, newest)
    if table is None:
        raise NoRows
    for allowed in (units, filters.units):
        if allowed is not None:
            table = table.filter(table.unit_id.isin(sorted(allowed)))
    for name in ("tier", "segment", "language", "week"):
        value = getattr(filters, name)
        if value is not None:
            table = table.filter(table[name] == value)
    return table.filter(table.weight > 0)


def unseen(source: Source) -> int:
    """How many of the newest rows the file does not have."""
    if source.newest is None:
        return 0
    if source.path is None:
        return int(source.newest.num_rows)
    fresh = ibis.memtable(source.newest).anti_join(engine.parquet(source.path), "response_id")
    return int(engine.run(fresh.agg(n=fresh.count())).column("n")[0].as_py())


def _united(stored: Table, newest: Table) -> Table:
    fresh = newest.anti_join(stored, "response_id")
    types = {**stored.schema(), **newest.schema()}

    def aligned(table: Table) -> Table:
        return table.select(
            **{
                name: table[name] if name in table.columns else ibis.null(kind)
                for name, kind in types.items()
            }
        )

    return ibis.union(aligned(stored), aligned(fresh))


def counts(table: Table, by: Sequence[str]) -> dict[Group, int]:
    """How many responses each combination of values has; a missing value is None."""
    rows = engine.run(table.group_by(*by).agg(n=table.count()))
    columns = [rows.column(name).to_pylist() for name in by]
    return dict(zip(zip(*columns, strict=True), rows.column("n").to_pylist(), strict=True))


def scores(table: Table, tree: Tree) -> Table:
    """The table with a column of scores 0–100 for every node, named by :func:`score_column`; null where there
    is none.

    The rule is that of `manyi.measures.index`: respondent first; a node needs half its weight answered.
    """
    order = {place.code: number for number, place in enumerate(tree.nodes())}
    table = table.mutate(
        **{
            _score(order[place.code]): _item(table, place.node, tree).cast("float64")
            for place in tree.leaves()
        }
    )
    groups = [place for place in tree.nodes() if not place.node.is_leaf]
    for level in sorted({place.level for place in groups}, reverse=True):
        table = table.mutate(
            **{
                _score(order[place.code]): _parent(table, place.node, order)
                for place in groups
                if place.level == level
            }
        )
    return table


def score_column(tree: Tree, code: str) -> str:
    """Name of a node's column in :func:`scores`."""
    return _score([place.code for place in tree.nodes()].index(code))


def _score(number: int) -> str:
    return f"s_{number}"


def _item(table: Table, node: Node, tree: Tree) -> Any:
    name = answer(str(node.column))
    if name not in table.columns:
        raise ColumnError(
            "Column '{column}', needed for '{code}', is not in the answers.",
            column=node.column,
            code=node.code,
        )
    scale = tree.scale_of(node)
    x = table[name]
    valid = x.notnull() & ~x.isnan()
    if scale.missing:
        valid &= x.notin(list(scale.missing))
    points = (scale.max - x if node.reversed else x - scale.min) / (scale.max - scale.min) * 100.0
    return ibis.ifelse(valid, points, ibis.null("float64"))


def _parent(table: Table, node: Node, order: Mapping[str, int]) -> Any:
    total = sum(child.weight for child in node.children)
    columns = [(table[_score(order[child.code])], child.weight / total) for child in node.children]
    answered = reduce(add, (ibis.ifelse(column.notnull(), share, 0.0) for column, share in columns))
    weighted = reduce(add, (column.fill_null(0.0) * share for column, share in columns))
    return ibis.ifelse(answered >= HALF, (weighted / answered).clip(0.0, 100.0), ibis.null("float64"))


def index_moments(table: Table, tree: Tree, by: Sequence[str] = ()) -> dict[Group, dict[str, Moments]]:
    """The sums of every node and group, from which `measures.index.from_moments` makes the figures.

    :param by: columns to group by; groups are tuples of their values, ``()`` without. Sums of groups add up.
    :raises ColumnError: a column is absent, or holds a value outside its scale (naming it), as
        `measures.index.score`.
    """
    places = tree.nodes()
    names = {_score(number): place for number, place in enumerate(places)}
    scored = scores(table, tree).select(*by, "weight", *names)
    long = scored.pivot_longer(list(names), names_to="node", values_to="score")
    long = long.filter(long.score.notnull())
    d, w = long.score - ABOUT, long.weight
    sums = long.group_by(*by, "node").agg(
        n=long.count(),
        sum_w=w.sum(),
        sum_w2=(w * w).sum(),
        sum_wd=(w * d).sum(),
        sum_w2d=(w * w * d).sum(),
        sum_w2d2=(w * w * d * d).sum(),
        lowest=long.score.min(),
        highest=long.score.max(),
    )
    result: dict[Group, dict[str, Moments]] = {}
    for row in engine.run(sums).to_pylist():
        place = names[row["node"]]
        if place.node.is_leaf and not -1e-9 <= row["lowest"] <= row["highest"] <= 100 + 1e-9:
            _refuse(place.node, tree, row["lowest"], row["highest"])
        group = result.setdefault(tuple(row[name] for name in by), {})
        group[place.code] = Moments(
            row["n"], row["sum_w"], row["sum_w2"], row["sum_wd"], row["sum_w2d"], row["sum_w2d2"]
        )
    return result


def _refuse(node: Node, tree: Tree, lowest: float, highest: float) -> None:
    scale = tree.scale_of(node)
    score = lowest if lowest < 0 else highest
    share = (100 - score if node.reversed else score) / 100
    raise ColumnError(
        "Column '{column}' holds {value:g}, outside its scale {low:g} to {high:g} and not one of its missing"
        " codes.",
        column=node.column,
        value=scale.min + share * (scale.max - scale.min),
        low=scale.min,
        high=scale.max,
    )


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of one column as `manyi.measures.shares` takes them: values and weights of shape ``(n,)``."""

    values: NDArray[np.float64]
    weights: NDArray[np.float64]


def ratings(table: Table, columns: Sequence[str]) -> dict[str, Ratings]:
    """The ratings given in each of the number columns, in no order; columns nobody answered are empty."""
    names = {answer(column): column for column in columns if answer(column) in table.columns}
    result = {column: Ratings(np.empty(0), np.empty(0)) for column in columns}
    if not names:
        return result
    long = table.select("weight", *names).pivot_longer(list(names), names_to="name", values_to="value")
    long = long.filter(long.value.notnull())
    rows = engine.run(long.group_by("name", "value", "weight").agg(n=long.count()))
    found = rows.column("name").to_numpy(zero_copy_only=False)
    value, weight, n = (rows.column(name).to_numpy() for name in ("value", "weight", "n"))
    for name, column in names.items():
        own = found == name
        result[column] = Ratings(np.repeat(value[own], n[own]), np.repeat(weight[own], n[own]))
    return result


@dataclass(frozen=True, slots=True)
class Spread:
    """How the answers of one column are spread: weighted share (0–1) of each value, and how many answered."""

    shares: Mapping[float, float]
    n: int


def distribution(table: Table, columns: Sequence[str]) -> dict[str, Spread]:
    """The spread of each of the number columns."""
    found: dict[str, dict[float, float]] = {column: {} for column in columns}
    n = dict.fromkeys(columns, 0)
    names = {answer(column): column for column in columns if answer(column) in table.columns}
    if names:
        long = table.select("weight", *names).pivot_longer(list(names), names_to="name", values_to="value")
        long = long.filter(long.value.notnull())
        sums = long.group_by("name", "value").agg(n=long.count(), weight=long.weight.sum())
        for row in engine.run(sums.order_by("name", "value")).to_pylist():
            column = names[row["name"]]
            found[column][row["value"]] = row["weight"]
            n[column] += row["n"]
    result = {}
    for column, weights in found.items():
        total = sum(weights.values())
        result[column] = Spread({value: weight / total for value, weight in weights.items()}, n[column])
    return result


@dataclass(frozen=True, slots=True)
class Text:
    """One answer in words. `score` is the respondent's index 0–100, None where there is none."""

    response_id: str
    column: str
    text: str
    unit_id: int
    day: Any
    language: str | None
    score: float | None


def text_columns(table: Table) -> list[str]:
    """Answer columns that hold words, by the names they were asked under."""
    return [
        answered(name)
        for name, kind in table.schema().items()
        if name.startswith(ANSWERS) and kind.is_string()
    ]


@dataclass(frozen=True, slots=True)
class Band:
    """Respondents whose index is at least `low` and below `high`; with `unknown` also those who have none."""

    low: float = 0.0
    high: float = 101.0
    unknown: bool = False


def in_band(table: Table, tree: Tree, band: Band, code: str = "") -> Table:
    """The respondents whose own score of a node (the index unless `code` names another) lies in the band."""
    scored = scores(table, tree)
    score = scored[score_column(tree, code or tree.code)]
    inside = ((score >= band.low) & (score < band.high)).fill_null(band.unknown)
    return scored.filter(inside).select(*table.columns)


def texts(
    table: Table, tree: Tree, columns: Sequence[str], *, search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[Text], int]:
    """Answers in words that hold `search` (any case), newest day first, and how many there are in all."""
    names = {answer(column): column for column in columns if answer(column) in table.columns}
    if not names:
        return [], 0
    rated = {answer(column) for column in tree.columns()} & set(table.columns)
    kept = ("response_id", "unit_id", "day", "language", *rated)
    long = table.select(*kept, *names).pivot_longer(list(names), names_to="name", values_to="text")
    long = long.filter(long.text.notnull() & (long.text.strip() != ""))
    if search.strip():
        long = long.filter(long.text.lower().contains(search.strip().lower()))
    long = long.mutate(total=long.count().over())
    order = ("response_id", "name")
    page = long.order_by(long.day.desc(), *order).limit(limit, offset=offset)
    # Only who is on the page is scored.
    page = scores(page, tree)
    page = page.select(
        "response_id", "unit_id", "day", "language", "name", "text", "total",
        score=page[score_column(tree, tree.code)],
    ).order_by(page.day.desc(), *order)  # fmt: skip
    rows = engine.run(page).to_pylist()
    found = [
        Text(
            row["response_id"],
            names[row["name"]],
            row["text"],
            row["unit_id"],
            row["day"],
            row["language"],
            row["score"],
        )
        for row in rows
    ]
    return found, rows[0]["total"] if rows else 0
