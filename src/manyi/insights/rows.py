"""From the database to the warehouse: a wave's snapshot, and the rows that came in after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from django.conf import settings
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from manyi.insights.disclosure import Cell
from manyi.insights.measured import measured_of
from manyi.measures.moments import Moments
from manyi.measures.tree import Tree
from manyi.surveys.models import Response, Wave
from manyi.surveys.questionnaire import Form, parse
from manyi.warehouse import columns as respondent_columns
from manyi.warehouse import reads, store

NUMBERS = frozenset(
    {"likert", "matrix", "nps", "csat", "ces", "servqual", "competitor", "number", "multi", "ranking", "kano"}
)
OVERLAP = timedelta(
    days=1
)  # a response may commit after a later one; in anonymous waves only the day is known
FIELDS = (
    "id", "unit_id", "tier", "segment", "language", "channel", "submitted_at", "weight", "attributes", "answers",
)  # fmt: skip


def folder() -> Path:
    return Path(settings.DATA_DIR) / "warehouse"


def form_of(wave: Wave) -> Form | None:
    version = wave.questionnaire_version
    return parse(version.definition) if version else None


def tree_of(wave: Wave) -> Tree:
    return Tree.from_dict(wave.tree_version.definition)


def columns_of(wave: Wave, responses: QuerySet[Response]) -> store.Columns:
    """What is stored of these responses: every column of questionnaire and tree, and all attributes."""
    form = form_of(wave)
    kinds: dict[str, store.Kind] = {}
    for column, question in (form.columns() if form else {}).items():
        kinds[column] = "number" if question.type in NUMBERS else "text"
    kinds |= dict.fromkeys(tree_of(wave).columns(), "number")
    names: dict[str, None] = {}
    for attributes in responses.exclude(attributes={}).values_list("attributes", flat=True).iterator(2000):
        names |= dict.fromkeys(attributes)
    if form is None:
        # An imported wave may hold more than its tree: comments, and ratings the index does not use.
        for answers in responses.values_list("answers", flat=True).iterator(2000):
            for column, value in answers.items():
                if column not in kinds or (isinstance(value, str) and column not in tree_of(wave).columns()):
                    kinds[column] = "text" if isinstance(value, str) else kinds.get(column, "number")
    return store.Columns(tuple(sorted(names)), kinds)


def rows_of(wave: Wave, responses: QuerySet[Response]) -> Iterator[store.Row]:
    """The responses as rows. One without a unit (an open link) counts for the wave's own unit.

    What the tree has measured (`surveys.tree.MEASURED`) stands with each response: the figure of its unit.
    """
    measured = measured_of(wave, responses, frozenset(tree_of(wave).columns()))
    for pk, unit, tier, segment, language, channel, at, weight, attributes, answers in responses.values_list(
        *FIELDS
    ).iterator(2000):
        yield store.Row(
            response_id=str(pk),
            unit_id=unit or wave.unit_id,
            tier=tier,
            segment=segment,
            language=language,
            channel=channel,
            day=timezone.localtime(at).date(),
            weight=weight,
            attributes=attributes,
            answers={**answers, **measured.get(unit or wave.unit_id, {})},
        )


def write_snapshot(wave: Wave) -> store.Snapshot | None:
    """Store all responses the wave has now."""
    responses = Response.objects.filter(wave=wave).order_by()
    watermark = responses.aggregate(at=Max("submitted_at"))["at"]
    return store.write(
        folder(), wave.pk, columns_of(wave, responses), rows_of(wave, responses), watermark=watermark
    )


@dataclass(frozen=True)
class Rows:
    """A wave's rows as one reader may see them, filtered. Equal ones hold the same answers (`key` says which)."""

    key: tuple[object, ...]
    units: frozenset[int] | None
    filters: reads.Filters
    source: reads.Source = field(compare=False)
    tree: Tree = field(compare=False)

    def filtered(self, filters: reads.Filters) -> Rows:
        return Rows(self.key, self.units, filters, self.source, self.tree)

    def table(self) -> reads.Table:
        """:raises reads.NoRows: when the wave has no responses."""
        return reads.answers(self.source, self.units, self.filters)


def rows_for(waves: Sequence[Wave], units: frozenset[int] | None) -> dict[int, Rows]:
    """The rows of several waves, by wave id, for a reader of `units`; a fixed number of queries, and one more
    for each wave with rows that are not in its snapshot.
    """
    known = {wave.pk: store.snapshot_of(folder(), wave.pk) for wave in waves}
    ids = [wave.pk for wave in waves]
    totals = dict(
        Response.objects.filter(wave__in=ids).order_by().values_list("wave_id").annotate(n=Count("pk"))
    )
    witnesses = [snapshot.witness for snapshot in known.values() if snapshot]
    trusted = (
        set(Response.objects.filter(pk__in=witnesses).values_list("wave_id", "pk")) if witnesses else set()
    )
    ours = {(wave_id, str(pk)) for wave_id, pk in trusted}
    found = {}
    for wave in waves:
        snapshot, total = known[wave.pk], totals.get(wave.pk, 0)
        if snapshot and ((wave.pk, snapshot.witness) not in ours or snapshot.rows > total):
            snapshot = None
        found[wave.pk] = _rows(wave, snapshot, total, units)
    return found


def _rows(wave: Wave, snapshot: store.Snapshot | None, total: int, units: frozenset[int] | None) -> Rows:
    newest, mark = None, ""
    if total > (snapshot.rows if snapshot else 0):
        every = Response.objects.filter(wave=wave).order_by()
        recent = every
        if snapshot and snapshot.watermark:
            recent = every.filter(submitted_at__gte=snapshot.watermark - OVERLAP)
        newest = store.table_of(rows_of(wave, recent), columns_of(wave, recent))
        if snapshot and reads.unseen(reads.Source(snapshot.path, newest)) != total - snapshot.rows:
            # Answers came in with a date long past (entered from paper): the watermark does not find them.
            newest = store.table_of(rows_of(wave, every), columns_of(wave, every))
        mark = min(newest.column("response_id").to_pylist(), default="")
    name = snapshot.path.name if snapshot else ""
    return Rows(
        key=(wave.pk, wave.tree_version_id, name, total, mark),
        units=units,
        filters=reads.Filters(),
        source=reads.Source(snapshot.path if snapshot else None, newest),
        tree=tree_of(wave),
    )


KEPT_IN_MEMORY = 2_000  # newest rows; with more of them a sum is not remembered, as it would hold them all

Read = TypeVar("Read", bound=Callable[..., Any])


def remembered(read: Read) -> Read:
    """Equal rows give equal sums (a few kilobytes), so they are computed once."""
    cached = lru_cache(maxsize=512)(read)

    @wraps(read)
    def looked_up(rows: Rows, *arguments: Any) -> Any:
        newest = rows.source.newest
        return (read if newest is not None and newest.num_rows > KEPT_IN_MEMORY else cached)(rows, *arguments)

    return cast(Read, looked_up)


@remembered
def cells(rows: Rows) -> Mapping[Cell, int]:
    """Responses by unit, tier, segment, language and week."""
    try:
        return reads.counts(rows.table(), ["unit_id", "tier", "segment", "language", "week"])
    except reads.NoRows:
        return {}


GROUPING = ("unit_id", "tier", "segment")
MOST_CROSSED = 1_000


@remembered
def moments(rows: Rows, by: str = "") -> Mapping[Any, Mapping[str, Moments]]:
    """Sums of every node by the values of one of GROUPING; without one, the key is None."""
    if len({cell[:3] for cell in cells(rows)}) > MOST_CROSSED:
        return {
            (group[0] if group else None): sums for group, sums in _moments(rows, (by,) if by else ()).items()
        }
    # Sums of groups add up, so one reading serves the whole and every grouping.
    place = GROUPING.index(by) if by else None
    found: dict[Any, dict[str, Moments]] = {}
    for group, sums in _moments(rows, GROUPING).items():
        own = found.setdefault(None if place is None else group[place], {})
        for code, sum_ in sums.items():
            own[code] = own[code] + sum_ if code in own else sum_
    return found


@remembered
def _moments(rows: Rows, by: tuple[str, ...]) -> Mapping[tuple[Any, ...], Mapping[str, Moments]]:
    try:
        return reads.index_moments(rows.table(), rows.tree, by)
    except reads.NoRows:
        return {}


@remembered
def spreads(rows: Rows, columns: tuple[str, ...]) -> Mapping[str, reads.Spread]:
    try:
        return reads.distribution(rows.table(), columns)
    except reads.NoRows:
        return {column: reads.Spread({}, 0) for column in columns}


def ratings(rows: Rows, columns: Iterable[str]) -> Mapping[str, reads.Ratings]:
    try:
        return reads.ratings(rows.table(), list(columns))
    except reads.NoRows:
        return {}


def respondents(rows: Rows, columns: Iterable[str]) -> respondent_columns.Respondents:
    """Answers respondent by respondent; nobody where the wave has no responses."""
    wanted = list(dict.fromkeys(columns))
    try:
        return respondent_columns.respondents(rows.table(), wanted)
    except reads.NoRows:
        nobody = np.empty(0)
        return respondent_columns.Respondents(
            dict.fromkeys(wanted, nobody), {}, nobody, np.empty(0, dtype=np.int64)
        )


@remembered
def answer_columns(rows: Rows) -> Mapping[str, str]:
    """Answer columns there are → 'number' or 'text'."""
    try:
        return respondent_columns.answer_columns(rows.table())
    except reads.NoRows:
        return {}


def missing(wave: Wave) -> int:
    """How many responses the wave has that its snapshot does not."""
    snapshot = store.snapshot_of(folder(), wave.pk)
    return Response.objects.filter(wave=wave).count() - (snapshot.rows if snapshot else 0)
