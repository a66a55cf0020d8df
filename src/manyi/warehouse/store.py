"""A wave's answers as one Parquet file with a manifest, replaced whole.

    <data>/warehouse/wave=<id>/answers-<random>.parquet
    <data>/warehouse/wave=<id>/manifest.json     names the file that counts, how many rows, up to when

Columns: response_id, unit_id, tier, segment, language, channel, day, week, weight, then `a_<name>` for
attributes and `q_<column>` for answers: numbers as double, codes and texts as string; empty texts are null.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

Kind = Literal["number", "text"]
BATCH = 10_000
ANSWERS = "q_"
FIXED = {
    "response_id": pa.string(),
    "unit_id": pa.int64(),
    "tier": pa.string(),
    "segment": pa.string(),
    "language": pa.string(),
    "channel": pa.string(),
    "day": pa.date32(),
    "week": pa.string(),
    "weight": pa.float64(),
}
_TYPES: Mapping[Kind, pa.DataType] = {"number": pa.float64(), "text": pa.string()}


@dataclass(frozen=True, slots=True)
class Row:
    """One response as it goes into the warehouse."""

    response_id: str
    unit_id: int
    tier: str
    segment: str
    language: str
    channel: str
    day: date
    weight: float
    attributes: Mapping[str, Any]
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """What is stored beside the fixed columns: names of attributes, answer columns and their kinds."""

    attributes: tuple[str, ...]
    answers: Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The stored rows of a wave. `witness` is the id of one of them: where the database does not know it, the
    file belongs to another database (a restored or thrown-away one) and must not be read.
    """

    path: Path
    rows: int
    watermark: datetime | None
    witness: str


def answer(column: str) -> str:
    """Name under which an answer column is stored."""
    return ANSWERS + _folded(column)


def answered(name: str) -> str:
    """The answer column that is stored under a name: the reverse of :func:`answer`."""
    return re.sub(r"\^(.)", lambda found: found[1].upper(), name.removeprefix(ANSWERS))


def attribute(name: str) -> str:
    """Name under which an attribute is stored."""
    return "a_" + _folded(name)


def _folded(name: str) -> str:
    # SQL engines fold case, so Q1 and q1 would be one column: capitals get a mark of their own.
    return "".join(f"^{letter.lower()}" if letter != letter.lower() else letter for letter in name)


def week_of(day: date) -> str:
    """ISO week of a day, '2026-W09'."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def schema_of(columns: Columns) -> pa.Schema:
    return pa.schema(
        [*FIXED.items()]
        + [(attribute(name), pa.string()) for name in columns.attributes]
        + [(answer(name), _TYPES[kind]) for name, kind in columns.answers.items()]
    )


def table_of(rows: Iterable[Row], columns: Columns) -> pa.Table:
    """Rows as a table in memory, of the same columns as the file."""
    schema = schema_of(columns)
    return pa.Table.from_batches(list(_batches(rows, columns, schema)), schema)


def write(
    folder: Path, wave_id: int, columns: Columns, rows: Iterable[Row], *, watermark: datetime | None
) -> Snapshot | None:
    """Replace a wave's snapshot; None, and no snapshot left, when there are no rows.

    Readers see the old rows or the new ones, never a part: the manifest is exchanged in one step.
    """
    place = _place(folder, wave_id)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"answers-{secrets.token_hex(8)}.parquet"
    schema = schema_of(columns)
    count, witness = 0, ""
    try:
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for batch in _batches(rows, columns, schema):
                if not count:
                    witness = batch.column("response_id")[0].as_py()
                count += batch.num_rows
                writer.write_batch(batch)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if not count:
        remove(folder, wave_id)
        return None
    manifest = {
        "file": path.name,
        "rows": count,
        "watermark": watermark.isoformat() if watermark else None,
        "witness": witness,
    }
    before = snapshot_of(folder, wave_id)
    fresh = place / f"manifest-{path.stem}.tmp"
    fresh.write_text(json.dumps(manifest))
    os.replace(fresh, place / "manifest.json")
    # The file before this one may still be read by somebody; those before it no longer.
    for old in place.glob("answers-*.parquet"):
        if old != path and (before is None or old != before.path):
            old.unlink(missing_ok=True)
    return Snapshot(path, count, watermark, witness)


def snapshot_of(folder: Path, wave_id: int) -> Snapshot | None:
    """The wave's stored rows, or None."""
    place = _place(folder, wave_id)
    with suppress(OSError, ValueError, KeyError):
        manifest = json.loads((place / "manifest.json").read_text())
        path = place / manifest["file"]
        if path.is_file():
            stamp = manifest["watermark"]
            return Snapshot(
                path, manifest["rows"], datetime.fromisoformat(stamp) if stamp else None, manifest["witness"]
            )
    return None


def remove(folder: Path, wave_id: int) -> None:
    shutil.rmtree(_place(folder, wave_id), ignore_errors=True)


def _place(folder: Path, wave_id: int) -> Path:
    return folder / f"wave={wave_id}"


def _batches(rows: Iterable[Row], columns: Columns, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    block: list[Row] = []
    for row in rows:
        block.append(row)
        if len(block) == BATCH:
            yield _batch(block, columns, schema)
            block = []
    if block:
        yield _batch(block, columns, schema)


def _batch(rows: Sequence[Row], columns: Columns, schema: pa.Schema) -> pa.RecordBatch:
    data: dict[str, list[Any]] = {
        "response_id": [row.response_id for row in rows],
        "unit_id": [row.unit_id for row in rows],
        "tier": [row.tier or None for row in rows],
        "segment": [row.segment or None for row in rows],
        "language": [row.language or None for row in rows],
        "channel": [row.channel or None for row in rows],
        "day": [row.day for row in rows],
        "week": [week_of(row.day) for row in rows],
        "weight": [row.weight for row in rows],
    }
    for name in columns.attributes:
        data[attribute(name)] = [_text(row.attributes.get(name)) for row in rows]
    for name, kind in columns.answers.items():
        convert = _number if kind == "number" else _text
        data[answer(name)] = [convert(row.answers.get(name)) for row in rows]
    return pa.RecordBatch.from_pydict(data, schema=schema)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
