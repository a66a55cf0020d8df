"""The portfolio of actions as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from manyi.improvement.models import Action, Verification
from manyi.warehouse.tabular import safe_cell
from manyi.web.templatetags.web import localised

WIDTHS = (14, 40, 30, 16, 16, 12, 12, 12, 12, 30, 10, 10, 10, 10, 10, 10, 10, 18, 14)


def headers() -> list[str]:
    return [
        _("Finding number"), _("What should improve"), _("What is done"), _("Org unit"), _("Owner"), _("State"),
        _("Start"), _("Due date"), _("Cost"), _("Target figure"), _("Before"), _("Target value"), _("After"),
        _("Difference"), _("Lower end (95%)"), _("Upper end (95%)"), _("p (one-sided)"), _("Verdict"),
        _("Verified on"),
    ]  # fmt: skip


def cells(row: Action) -> list[Any]:
    """One action under `headers`; `row.latest` holds its verifications, the newest first."""
    looks: list[Verification] = row.latest  # type: ignore[attr-defined]
    look = looks[0] if looks else None
    proof = (
        [look.after.get("value"), look.difference, look.low, look.high, look.p_value, look.get_verdict_display(), look.at.date()]
        if look
        else [None] * 7
    )  # fmt: skip
    return [
        row.finding.number, row.finding.title, row.title, localised(row.unit.name), row.owner.get_full_name(),
        row.get_state_display(), row.starts_on, row.due_on, None if row.cost is None else float(row.cost),
        localised(row.baseline_evidence.get("name", {})), row.baseline, row.target_value, *proof,
    ]  # fmt: skip


def to_xlsx(rows: Iterable[Action]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet, bold = book.add_worksheet(_("Portfolio")[:31]), book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_row(0, 0, headers(), bold)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(cells(row)):
            if hasattr(value, "isoformat"):
                sheet.write_datetime(number, column, value, day)
            elif value is not None:
                sheet.write(number, column, safe_cell(value))
    book.close()
    return target.getvalue()
