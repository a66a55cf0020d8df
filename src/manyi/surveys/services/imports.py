"""Finished surveys become waves: uploaded, mapped, checked as a whole, stored as a whole or not at all."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from manyi.customers.faults import Fault
from manyi.events import catalogue
from manyi.events.models import Job
from manyi.events.services import publish, start_job
from manyi.measures.errors import MeasureError
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys import mapping
from manyi.surveys.import_rows import Rows, parse_moment, read_rows
from manyi.surveys.mapping import MappingError, WaveMap
from manyi.surveys.models import ImportFile, IndicatorTree, Response, TreeVersion, Wave
from manyi.surveys.queries import imports as queries
from manyi.surveys.services.trees import create_tree, publish_tree
from manyi.surveys.tree import checked
from manyi.warehouse.tabular import Table
from manyi.web.errors import Refused

BATCH = 5_000
MAX_ROWS = 500_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Examination:
    """What an import would do: `problems` are of the mapping, `rows.faults` of the cells.

    `rows` is None while the mapping has problems; `tree` is None while none is chosen.
    """

    problems: list[MappingError]
    tree: Tree | None
    rows: Rows | None

    @property
    def usable(self) -> bool:
        return self.rows is not None and not self.rows.fault_count


def upload(
    scope: Scope, *, data: bytes, name: str, unit: OrgUnit, at: datetime, encoding: str = "", sheet: str = ""
) -> ImportFile:
    """Keep a file of answers for a wave of `unit`, with a guessed mapping. Raises TableError, Refused."""
    scope.require("waves.run", unit.pk)
    table = ImportFile.read(data, name=name, encoding=encoding, sheet=sheet)
    if len(table) > MAX_ROWS:
        raise Refused(
            _("The file has %(rows)d rows; a wave holds at most %(limit)d.")
            % {"rows": len(table), "limit": MAX_ROWS}
        )
    row = ImportFile.keep(table, owner_id=scope.user_id, unit=unit, name=name, size=len(data), at=at)
    row.mapping = guessed(scope, table, name=name, at=at).to_dict()
    row.save(update_fields=["mapping"])
    return row


def guessed(scope: Scope, table: Table, *, name: str, at: datetime) -> WaveMap:
    """The mapping a person begins with: the tree that fits the columns, else one built of them."""
    trees = queries.as_trees(queries.published_trees(scope))
    code = mapping.best_tree(table.names, trees)
    found = mapping.guess(
        table, units=frozenset(queries.unit_names(scope)), tree=(code, trees[code]) if code else None
    )
    title = Path(name).name.split(".")[0].replace("_", " ").strip()[:100] or "Wave"
    return replace(found, name={"zh": title, "en": title}, date=at.date().isoformat())


def choose(scope: Scope, *, row: ImportFile, chosen: WaveMap) -> None:
    """Store a person's mapping."""
    scope.require("waves.run", row.unit_id)
    row.mapping = chosen.to_dict()
    row.save(update_fields=["mapping"])


def tree_of(scope: Scope, chosen: WaveMap) -> tuple[Tree | None, TreeVersion | None]:
    """The tree a mapping names (with its newest published version) or holds itself."""
    if isinstance(chosen.tree, str):
        version = queries.published_trees(scope).get(chosen.tree)
        return (Tree.from_dict(version.definition), version) if version else (None, None)
    return Tree.from_dict(checked(chosen.tree)), None


def examine(scope: Scope, chosen: WaveMap, table: Table) -> Examination:
    """What an import would do and what stands against it; changes nothing."""
    try:
        tree, _version = tree_of(scope, chosen)
    except MeasureError:
        tree = None
    problems = chosen.problems(table.names, tree)
    if tree is None or problems:
        return Examination(problems, tree, None)
    units = queries.unit_names(scope)
    return Examination([], tree, read_rows(table, chosen, tree, units=units, zone=get_current_timezone()))


def start(scope: Scope, *, row: ImportFile, at: datetime) -> Job:
    """Queue the import. Raises Refused when it runs already or is done."""
    scope.require("waves.run", row.unit_id)
    with transaction.atomic():
        waiting = (ImportFile.State.UPLOADED, ImportFile.State.FAILED)
        running = ImportFile.State.RUNNING
        if not ImportFile.objects.filter(pk=row.pk, state__in=waiting).update(state=running, errors=0):
            raise Refused(_("This file is being imported or has been imported already."))
        return start_job(
            scope, kind="waves.import", function="manyi.surveys.jobs_imports.import_wave",
            label={"zh": f"导入答卷：{row.name}", "en": f"Import of answers: {row.name}"},
            at=at, arguments={"import_id": row.pk},
        )  # fmt: skip


def discard(scope: Scope, *, row: ImportFile) -> None:
    """Delete an upload that is not running: the file, and the row unless it became a wave."""
    scope.require("waves.run", row.unit_id)
    if row.state == ImportFile.State.RUNNING:
        raise Refused(_("This file is being imported or has been imported already."))
    row.discard()
    if row.wave_id is None:
        row.delete()


def run(scope: Scope, *, row: ImportFile, at: datetime, progress: Progress = lambda done, total: None) -> Examination:  # fmt: skip
    """Import a file by its stored mapping; the answer is usable exactly when it became `row.wave`.

    Otherwise the error file is written and nothing else changes. Repeating a finished import does nothing more.
    """
    chosen = WaveMap.from_dict(row.mapping)
    table = row.table()
    total = len(table)
    progress(0, total)
    found = examine(scope, chosen, table)
    if not found.usable:
        faults = [Fault(None, error.value, "", error.texts) for error in found.problems]
        faults += found.rows.faults if found.rows else []
        row.write_errors(faults)
        count = found.rows.fault_count if found.rows else len(faults)
        ImportFile.objects.filter(pk=row.pk).update(state=ImportFile.State.FAILED, errors=count)
        return found
    progress(total // 4, total)
    row.wave = save_wave(
        scope, chosen=chosen, found=found, unit=row.unit, at=at, progress=progress,
        also=lambda wave: ImportFile.objects.filter(pk=row.pk).update(state=ImportFile.State.DONE, errors=0, wave=wave),
    )  # fmt: skip
    row.discard()
    return found


def save_wave(
    scope: Scope,
    *,
    chosen: WaveMap,
    found: Examination,
    unit: OrgUnit,
    at: datetime,
    progress: Progress = lambda done, total: None,
    also: Callable[[Wave], object] = lambda wave: None,
) -> Wave:
    """Store a usable examination as a closed wave, in one transaction with `also`.

    Rows are made before the transaction begins: on SQLite nobody else can write while it lasts.
    """
    scope.require("waves.run", unit.pk)
    rows = found.rows
    if rows is None or rows.fault_count:
        raise ValueError("only an examination without faults can be stored")
    day = _day_of_wave(chosen, at)
    total = len(rows.answers)
    records: list[tuple[Any, ...]] = []
    lines = _records(rows, unit.pk, day)
    while batch := list(islice(lines, BATCH)):
        records += batch
        progress(total // 4 + len(records) * 2 // 4, total)
    moments = [m for m in rows.moments if m is not None] or [day]
    with transaction.atomic():
        wave = Wave.objects.create(
            code=_free_code(chosen.code, day), name=dict(chosen.name), series=chosen.series[:40],
            source=Wave.Source.IMPORTED, state=Wave.State.CLOSED, unit=unit, owner_id=scope.user_id,
            tree_version=_tree_version(scope, chosen, at), created_at=at, opened_at=min(moments),
            closed_at=max(moments), close_reason="imported",
        )  # fmt: skip
        _insert(wave, records)
        also(wave)
        publish(
            scope,
            catalogue.WaveImported(subject_id=str(wave.pk), unit_id=unit.pk, responses=total),
            at=at,
        )
    progress(total, total)
    return wave


def _day_of_wave(chosen: WaveMap, at: datetime) -> datetime:
    if not chosen.date:
        return at
    moment = parse_moment(chosen.date, get_current_timezone())
    if moment is None:
        raise Refused(_("“%(date)s” is not a date; write it like 2026-03-01.") % {"date": chosen.date[:40]})
    return moment


def _free_code(wanted: str, day: date) -> str:
    if wanted:
        if Wave.objects.filter(code=wanted).exists():
            raise Refused(_("There is already a wave with the code “%(code)s”.") % {"code": wanted})
        return wanted
    return f"import-{day:%Y%m%d}-{secrets.token_hex(3)}"


def _tree_version(scope: Scope, chosen: WaveMap, at: datetime) -> TreeVersion:
    """The published version the mapping names, or the tree it holds, created and published now."""
    if isinstance(chosen.tree, str):
        return queries.published_trees(scope)[chosen.tree]
    code = f"import-{at:%Y%m%d}-{secrets.token_hex(3)}"
    tree: IndicatorTree = create_tree(
        scope, code=code, name=chosen.tree["name"], definition=chosen.tree, at=at
    )
    return publish_tree(scope, tree=tree, at=at)


_VARYING = ("id", "unit_id", "segment", "tier", "attributes", "answers", "weight", "submitted_at")


def _records(rows: Rows, unit_id: int, day: datetime) -> Iterator[tuple[Any, ...]]:
    """The values of _VARYING of each row, as the database driver takes them."""
    make_id = Response._meta.get_field("id").get_db_prep_value
    make_moment = Response._meta.get_field("submitted_at").get_db_prep_value
    moments = {m: make_moment(m or day, connection) for m in set(rows.moments)}
    for unit, segment, tier, attributes, answers, weight, moment in zip(
        rows.units, rows.segments, rows.tiers, rows.attributes, rows.answers, rows.weights, rows.moments, strict=True
    ):  # fmt: skip
        key = make_id(uuid.uuid4(), connection)
        yield key, unit or unit_id, segment, tier, attributes, answers, weight, moments[moment]


def _insert(wave: Wave, records: Sequence[tuple[Any, ...]]) -> None:
    """Insert responses of an imported wave: COPY on PostgreSQL, else executemany, 5,000 at a time.

    Not bulk_create: on SQLite it sends 60 rows at a time and would hold the database's one write lock for many
    seconds.
    """
    sample = Response(wave=wave, channel=Response.Channel.IMPORT)
    constant = {
        str(f.column): f.get_db_prep_save(getattr(sample, f.attname), connection)
        for f in Response._meta.concrete_fields
        if f.column not in _VARYING
    }
    quote: Callable[[str], str] = connection.ops.quote_name
    names = ", ".join(quote(column) for column in (*_VARYING, *constant))
    target = f"{quote(Response._meta.db_table)} ({names})"
    rest = tuple(constant.values())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for record in records:
                    copy.write_row(record + rest)
            return
        holes = ", ".join(["%s"] * (len(_VARYING) + len(rest)))
        statement = f"INSERT INTO {target} VALUES ({holes})"  # noqa: S608 (names of our own columns)  # nosec B608: names of our own columns
        for i in range(0, len(records), BATCH):
            cursor.executemany(statement, [record + rest for record in records[i : i + BATCH]])


class ImportRefused(Refused):
    """`run_import` found faults; `faults` lists the first 10,000, `count` says how many there are."""

    def __init__(self, message: str, faults: list[Fault], count: int) -> None:
        self.faults, self.count = faults, count
        super().__init__(message)


def load_map(source: bytes | str) -> WaveMap:
    """Read MAP.yaml. Raises Refused (English: for the command line)."""
    try:
        return WaveMap.from_dict(yaml.safe_load(source))
    except (MappingError, MeasureError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(f"The map cannot be used: {error}") from error


def run_import(scope: Scope, *, path: Path, map_path: Path, at: datetime) -> Wave:
    """`manyi import-wave FILE --map MAP.yaml`: import without uploading.

    Raises TableError, Refused (also for the map), ImportRefused with the faults; nothing is stored then.
    """
    chosen = load_map(map_path.read_bytes())
    unit = OrgUnit.objects.filter(code=chosen.wave_unit).first() if chosen.wave_unit else OrgUnit.objects.filter(parent=None).first()  # fmt: skip
    if unit is None:
        raise Refused(f"There is no org unit with the code “{chosen.wave_unit}”.")
    scope.require("waves.run", unit.pk)
    table = ImportFile.read(path, name=path.name, encoding=chosen.encoding, sheet=chosen.sheet)
    found = examine(scope, chosen, table)
    if found.problems:
        raise ImportRefused(
            "The map does not fit the file: " + " ".join(e.texts["en"] for e in found.problems[:20]),
            [Fault(None, e.value, "", e.texts) for e in found.problems], len(found.problems),
        )  # fmt: skip
    if found.rows and found.rows.fault_count:
        first = found.rows.faults[0]
        raise ImportRefused(
            f"{found.rows.fault_count} cells cannot be used; nothing was imported. The first is in row {first.row}, "
            f"column “{first.column}”: {first.value!r}. {first.texts['en']}",
            found.rows.faults, found.rows.fault_count,
        )  # fmt: skip
    return save_wave(scope, chosen=chosen, found=found, unit=unit, at=at)
