"""`manyi report`: from a spreadsheet of answers and an indicator tree to a report, without server or database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import yaml
from django.utils import translation
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from manyi.measures import index
from manyi.measures.errors import MeasureError
from manyi.measures.results import IndexResult
from manyi.measures.tree import Tree
from manyi.reports import document as d
from manyi.reports import render
from manyi.warehouse.tabular import Table, TableError, read_table

MAX_YAML_BYTES = 1_000_000
MAX_GROUPS = 200


class ReportError(ValueError):
    """Something the analyst can mend; the message says which file, column or row."""


def read_yaml(path: Path) -> Any:
    """The content of a small YAML file. Raises ReportError."""
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise ReportError(_("%(file)s: a YAML file is at most 1 MB.") % {"file": path.name})
        return yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(
            _("%(file)s is no valid YAML: %(reason)s")
            % {"file": path.name, "reason": " ".join(str(error).split())}
        ) from error


def read_tree(path: Path) -> tuple[Tree, frozenset[str]]:
    """The tree of TREE.yaml, and those missing codes that are words ('Not Available') rather than numbers."""
    raw = read_yaml(path)
    words: set[str] = set()
    if isinstance(raw, dict) and isinstance(raw.get("scale"), dict):
        missing = raw["scale"].get("missing") or []
        if isinstance(missing, list):
            words = {m.strip() for m in missing if isinstance(m, str)}
            raw["scale"]["missing"] = [m for m in missing if not isinstance(m, str)]
    try:
        return Tree.from_dict(raw), frozenset(words)
    except MeasureError as error:
        raise ReportError(f"{path.name}: {error}") from error


def column_numbers(table: Table, name: str, missing: frozenset[str] = frozenset()) -> NDArray[np.float64]:
    """A column of texts as numbers; empty cells and missing words become NaN.

    Raises ReportError with row and value for a cell that is no number.
    """
    coded = pc.dictionary_encode(table.columns[name]).combine_chunks()
    words = coded.dictionary.to_pylist()
    values = np.full(len(words) + 1, np.nan)
    for i, word in enumerate(words):
        text = word.strip()
        if not text or text in missing:
            continue
        try:
            values[i] = float(text)
        except ValueError:
            row = table.rows[np.asarray(coded.indices).tolist().index(i)]
            raise ReportError(
                _("Row %(row)s, column “%(column)s”: “%(value)s” is not a number. "
                  "Correct the cell or list the word under ‘missing’.")
                % {"row": row, "column": name, "value": text[:60]}
            ) from None  # fmt: skip
    numbers: NDArray[np.float64] = values[np.asarray(coded.indices)]
    return numbers


def compute(
    table: Table, tree: Tree, *, by: Sequence[str] = (), weight: str | None = None,
    missing: frozenset[str] = frozenset(),
) -> IndexResult:  # fmt: skip
    """The index of a table of answers. Raises ReportError for a column that is absent or unusable."""
    wanted = [*tree.columns(), *by, *([weight] if weight else [])]
    absent = [c for c in wanted if c not in table.columns]
    if absent:
        raise ReportError(
            _("The file has no column “%(column)s”. Its columns are: %(columns)s.")
            % {"column": absent[0], "columns": ", ".join(table.names[:60])}
        )
    answers = {c: column_numbers(table, c, missing) for c in tree.columns()}
    groups: dict[str, Any] = {}
    for column in by:
        values = np.asarray(table.texts(column), dtype=object)
        values[values == ""] = None
        if len(set(values.tolist())) > MAX_GROUPS:
            raise ReportError(
                _("Column “%(column)s” has more than %(most)s different values: too many to compare.")
                % {"column": column, "most": MAX_GROUPS}
            )
        groups[column] = values
    weights = column_numbers(table, weight) if weight else None
    try:
        result = index.score(tree, answers, weights, by=groups or None)
    except MeasureError as error:
        raise ReportError(str(error)) from error
    if not result.n:
        raise ReportError(_("No row has enough answers for an index."))
    return result


def build(
    tree: Tree, result: IndexResult, *, source: str, language: str, weighted: bool, made: date
) -> d.Document:
    """The report of a computed index."""
    with translation.override(language):
        title = d.text(dict(tree.name), language)
        parts = [
            d.Part(_("At a glance"), figures=[d.index_figure(result)]),
            d.dimension_part(result, language),
        ]
        if profile := d.radar_part(result, language):
            parts.append(profile)
        parts.append(d.item_part(tree, result, language))
        parts += d.group_parts(result, {}, language)
        parts.append(d.tree_part(result, language))
        return d.Document(
            title, source, language, made.isoformat(), parts, d.method_notes(tree, weighted=weighted)
        )


def as_json(result: IndexResult) -> str:
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)


WRITERS: Mapping[str, Callable[[d.Document], bytes]] = {
    ".html": lambda document: render.html(document).encode(),
    ".pdf": render.pdf,
    ".xlsx": render.xlsx,
}


def run(
    answers: Path, *, tree: Path, out: Path, made: date, by: Sequence[str] = (), weight: str | None = None,
    language: str = "zh-hans",
) -> IndexResult:  # fmt: skip
    """Read, compute, write. The kind of report follows the ending of `out`. Raises ReportError."""
    if out.suffix not in (*WRITERS, ".json"):
        raise ReportError(
            _("“%(name)s”: the report’s name must end in .html, .pdf, .xlsx or .json.") % {"name": out.name}
        )
    if not answers.is_file():
        raise ReportError(_("There is no file %(file)s.") % {"file": answers})
    parsed, missing = read_tree(tree)
    try:
        table = read_table(answers, name=answers.name)
    except TableError as error:
        raise ReportError(f"{answers.name}: {d.text(error.texts, language)}") from error
    result = compute(table, parsed, by=by, weight=weight, missing=missing)
    if out.suffix == ".json":
        content = as_json(result).encode()
    else:
        made_of = build(
            parsed, result, source=answers.name, language=language, weighted=weight is not None, made=made
        )
        content = WRITERS[out.suffix](made_of)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise ReportError(f"{out}: {error.strerror}") from error
    return result
