"""The row of one complaint in an export: what it is, all its times, what came of it. Columns have fixed
English names, so that a file means the same in every language.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings

from manyi.complaints.models import Complaint
from manyi.warehouse.tabular import safe_cell

TIMES = ("received_at", "acknowledged_at", "responded_at", "resolved_at", "closed_at", "next_due_at")
TEXTS = (
    "title", "description", "place", "product", "serial", "batch", "order_number", "wanted_remedy",
    "complainant", "phone", "email", "resolution", "source", "external_id",
)  # fmt: skip
HEADER = (
    "number", "unit", "channel", "language", "state", "severity", "category", "customer", "happened_on",
    *TEXTS, "first_contact_owner", "handler", "handling_unit", "cause_unit", *TIMES, "hours_to_acknowledge",
    "hours_to_respond", "hours_to_resolve", "hours_to_close", "first_contact_resolved", "times_closed",
    "times_reopened",
)  # fmt: skip


def _hours(start: datetime, end: datetime | None) -> float | None:
    """Hours by the wall clock, weekends and nights included."""
    return None if end is None else round((end - start).total_seconds() / 3600, 2)


def cells(row: Complaint) -> list[Any]:
    """The row under HEADER; times are local, without zone, as spreadsheets want them."""
    zone = ZoneInfo(settings.TIME_ZONE)
    times = [getattr(row, name) for name in TIMES]
    local = [None if t is None else t.astimezone(zone).replace(tzinfo=None, microsecond=0) for t in times]
    return [
        row.number, row.unit.code, row.channel, row.language, row.state, row.severity,
        row.category.code if row.category else "", row.customer.code if row.customer else "", row.happened_on,
        *(getattr(row, name) for name in TEXTS),
        row.first_contact_owner.get_full_name(), row.handler.get_full_name() if row.handler else "",
        row.handler_unit.code, row.cause_unit.code if row.cause_unit else "", *local,
        *(_hours(row.received_at, end) for end in times[1:5]),
        int(row.first_contact_resolved), row.closings, row.reopened,
    ]  # fmt: skip


def lines(batches: Iterable[list[Complaint]]) -> Iterator[list[Any]]:
    for batch in batches:
        yield from (cells(row) for row in batch)


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
