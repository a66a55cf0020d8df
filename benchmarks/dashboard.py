"""How long the engine takes for the dashboard of a wave of 100,000 answers.

    python benchmarks/dashboard.py [ROWS]

Answers are drawn in memory (seeded), stored as a wave's Parquet file, and read as the page reads them: counts,
index of all and by unit, tier and segment, spread of every item, one search in the texts. The first reading
compiles the expressions; the ratio is to computing the index alone with numpy from arrays in memory.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manyi.measures import index
from manyi.measures.tree import Tree
from manyi.warehouse import reads, store

ITEMS, DIMENSIONS = 31, 5


def tree() -> Tree:
    groups = [
        {
            "code": f"d{d}", "name": f"D{d}", "weight": d + 1,
            "children": [
                {"code": f"i{i}", "name": f"I{i}", "weight": 1 + i % 3, "column": f"i{i}"}
                for i in range(ITEMS) if i % DIMENSIONS == d
            ],
        }
        for d in range(DIMENSIONS)
    ]  # fmt: skip
    return Tree.from_dict({"name": "Index", "scale": {"min": 1, "max": 5}, "tree": groups})


def answers(rows: int) -> tuple[dict[str, Any], dict[str, Any]]:
    chance = np.random.default_rng(7)
    mood = chance.normal(0, 0.7, rows)
    items: dict[str, Any] = {}
    for i in range(ITEMS):
        drawn = np.clip(np.round(3.6 + 0.1 * (i % 7) + mood + chance.normal(0, 0.8, rows)), 1, 5)
        drawn[chance.random(rows) < 0.06] = np.nan
        items[f"i{i}"] = drawn
    words = np.array([None, "交付太慢", "态度很好", "late again", "very friendly"], dtype=object)
    fixed = {
        "response_id": [f"{n:032x}" for n in range(rows)],
        "unit_id": chance.integers(1, 21, rows),
        "tier": np.array(["A", "B", "C", "D"])[chance.integers(0, 4, rows)],
        "segment": np.array(["price", "service", "product"])[chance.integers(0, 3, rows)],
        "language": np.array(["zh-hans", "en"])[chance.integers(0, 2, rows)],
        "channel": ["email"] * rows,
        "day": np.datetime64("2026-03-02") + chance.integers(0, 28, rows),
        "week": np.array([f"2026-W{w}" for w in range(10, 14)])[chance.integers(0, 4, rows)],
        "weight": chance.uniform(0.5, 2.0, rows),
    }
    return {**fixed, store.answer("why"): words[chance.integers(0, 5, rows)]}, items


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor (which other programs on the machine disturb less)."""
    began, used = perf_counter(), process_time()
    work()
    return perf_counter() - began, process_time() - used


def main(rows: int) -> None:
    shape = tree()
    fixed, items = answers(rows)
    table = pa.table(
        {**fixed, **{store.answer(name): pa.array(v, from_pandas=True) for name, v in items.items()}}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        pq.write_table(table, path, compression="zstd")

        def source() -> Any:
            return reads.answers(reads.Source(path), None, reads.Filters())

        parts: dict[str, Callable[[], object]] = {
            "counts for filters": lambda: reads.counts(
                source(), ["unit_id", "tier", "segment", "language", "week"]
            ),
            "index and groups": lambda: reads.index_moments(source(), shape, ["unit_id", "tier", "segment"]),
            "spread of items": lambda: reads.distribution(source(), list(shape.columns())),
            "search in texts": lambda: reads.texts(source(), shape, ["why"], search="late", limit=20),
        }
        print(f"{rows:,} answers, {ITEMS} items, {path.stat().st_size / 2**20:.1f} MB Parquet")
        first = {name: timed(work) for name, work in parts.items()}
        again = {name: timed(work) for name, work in parts.items()}
        every = {**parts, "dashboard": None}
        for runs in (first, again):
            runs["dashboard"] = (
                sum(wall for wall, _cpu in runs.values()),
                sum(cpu for _wall, cpu in runs.values()),
            )
        print(f"{'seconds':20} {'first':>8} {'(CPU)':>8} {'again':>8} {'(CPU)':>8}")
        for name in every:
            print(
                f"{name:20} {first[name][0]:8.2f} {first[name][1]:8.2f} {again[name][0]:8.2f} {again[name][1]:8.2f}"
            )
        _wall, alone = timed(lambda: index.moments(shape, items, fixed["weight"]))
        print(f"{'index with numpy':20} {'':26} {alone:8.2f}")
        print(f"ratio of the dashboard to it, CPU: {again['dashboard'][1] / alone:.1f}")
        whole = index.from_moments(shape, reads.index_moments(source(), shape)[()])
        check = index.from_moments(shape, index.moments(shape, items, fixed["weight"]))
        print(f"both say {whole.index:.6f} and {check.index:.6f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
