"""The row of one complaint in an export: what it is, all its times, what came of it. Columns have fixed
English names, so that a file means the same in every language.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings

from manyi.complaints.models import ClockVerdict, Complaint, FollowUp
from manyi.complaints.queries import limits
from manyi.complaints.queries.follow_ups import last_answers
from manyi.warehouse.tabular import safe_cell

Verdicts = Mapping[tuple[int, str], ClockVerdict]
FollowUps = Mapping[tuple[int, str], FollowUp]

TIMES = ("received_at", "acknowledged_at", "responded_at", "resolved_at", "closed_at", "next_due_at")
TEXTS = (
    "title", "description", "place", "product", "serial", "batch", "order_number", "wanted_remedy",
    "complainant", "phone", "email", "resolution", "source", "external_id",
)  # fmt: skip
TARGETS = ("acknowledge", "respond", "resolve")
HEADER = (
    "number", "unit", "channel", "language", "state", "severity", "category", "customer", "happened_on",
    *TEXTS, "first_contact_owner", "handler", "handling_unit", "cause_unit", *TIMES, "hours_to_acknowledge",
    "hours_to_respond", "hours_to_resolve", "hours_to_close", "first_contact_resolved", "times_closed",
    "times_reopened",
    *(f"{target}_{what}" for target in TARGETS for what in ("limit_hours", "limit_hours_used", "limit_verdict")),
    *(f"{kind}_follow_up_{what}" for kind in ("first", "second") for what in ("result", "score", "ended_at")),
)  # fmt: skip


def _hours(start: datetime, end: datetime | None) -> float | None:
    """Hours by the wall clock, weekends and nights included."""
    return None if end is None else round((end - start).total_seconds() / 3600, 2)


def _local(at: datetime | None) -> datetime | None:
    """Local time without zone, as spreadsheets want it."""
    zone = ZoneInfo(settings.TIME_ZONE)
    return None if at is None else at.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _limit(found: ClockVerdict | None, at: datetime) -> list[Any]:
    """Limit, time used once it was reached, and verdict of one target of the last round. Hours are the limit's own:
    open hours of the calendar, or those of the clock on the wall.
    """
    if found is None:
        return [None, None, ""]
    used = round(found.elapsed_minutes / 60, 2) if found.reached_at else None
    return [round(found.limit_minutes / 60, 2), used, limits.word(found, at)]


def _called(found: FollowUp | None) -> list[Any]:
    return ["", None, None] if found is None else [found.result, found.score, _local(found.ended_at)]


def cells(row: Complaint, verdicts: Verdicts, follow_ups: FollowUps, at: datetime) -> list[Any]:
    """The row under HEADER."""
    times = [getattr(row, name) for name in TIMES]
    return [
        row.number, row.unit.code, row.channel, row.language, row.state, row.severity,
        row.category.code if row.category else "", row.customer.code if row.customer else "", row.happened_on,
        *(getattr(row, name) for name in TEXTS),
        row.first_contact_owner.get_full_name(), row.handler.get_full_name() if row.handler else "",
        row.handler_unit.code, row.cause_unit.code if row.cause_unit else "", *(_local(t) for t in times),
        *(_hours(row.received_at, end) for end in times[1:5]),
        int(row.first_contact_resolved), row.closings, row.reopened,
        *(cell for target in TARGETS for cell in _limit(verdicts.get((row.pk, target)), at)),
        *(cell for kind in FollowUp.Kind for cell in _called(follow_ups.get((row.pk, kind)))),
    ]  # fmt: skip


def lines(batches: Iterable[list[Complaint]], at: datetime) -> Iterator[list[Any]]:
    """`at` decides which limits are missed by now."""
    for batch in batches:
        verdicts, follow_ups = limits.verdicts_of(batch), last_answers(batch)
        yield from (cells(row, verdicts, follow_ups, at) for row in batch)


def xlsx(header: tuple[str, ...], rows: Iterable[list[Any]]) -> bytes:
    """A workbook of one sheet, written row by row; texts that look like formulas stay texts."""
    out = io.BytesIO()
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm", "remove_timezone": True,
    }  # fmt: skip
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet("complaints")
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(header) - 1, 16)
    sheet.write_row(0, 0, header, book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if cell not in (None, ""):
                sheet.write(number, column, safe_cell(cell))
    book.close()
    return out.getvalue()
