"""The management review as a workbook (XLSX): all numbers as numbers, a sheet for each topic with a native chart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from manyi.charts import theme
from manyi.reports.narrative import share_name
from manyi.reports.one_page import OnePage
from manyi.reports.review import Review
from manyi.reports.tables import Plot
from manyi.warehouse.tabular import safe_cell

TYPES = {
    "line": {"type": "line"}, "bar": {"type": "bar"}, "columns": {"type": "bar"}, "scatter": {"type": "scatter"},
}  # fmt: skip
MOST_DRAWN = 20


def xlsx(page: OnePage, review: Review, plots: Sequence[Plot]) -> bytes:
    """Sheets: sentences and figures; measured numbers with intervals and tests; one for each chart."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    styles = {
        "bold": book.add_format(
            {"bold": True, "bg_color": "#0b6e5f", "font_color": "#ffffff", "text_wrap": True}
        ),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "big": book.add_format({"bold": True, "font_size": 16, "font_color": "#0b6e5f"}),
        "number": book.add_format({"num_format": "#,##0.0##"}),
        "whole": book.add_format({"num_format": "#,##0"}),
    }
    _summary(book, page, styles)
    _measured(book, review, styles)
    for plot in plots:
        _plot(book, plot, styles)
    book.set_properties({"title": page.title, "subject": page.subtitle, "company": page.organisation})
    book.close()
    return out.getvalue()


def _summary(book: Any, page: OnePage, styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_("Summary"))
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 44)
    sheet.set_column(2, 5, 20)
    sheet.write(0, 0, safe_cell(page.title), styles["big"])
    sheet.write(1, 0, safe_cell(f"{page.subtitle} ({page.days})"))
    sheet.write(2, 0, page.made)
    row = 4
    for text in page.said:
        sheet.merge_range(row, 0, row, 5, safe_cell(text), styles["wrap"])
        sheet.set_row(row, 15 * (1 + int(theme.width_em(text) // 75)))
        row += 1
    row += 1
    sheet.write_row(
        row,
        0,
        [_("Topic"), _("Indicator"), _("Value"), _("95%% interval") % {}, "n", _("Remark")],
        styles["bold"],
    )
    for card in page.cards:
        for f in card.figures:
            row += 1
            cells = (card.title, f.label, f.value, f.interval, "" if f.n is None else f.n, f.note)
            sheet.write_row(row, 0, [safe_cell(cell) for cell in cells])
        for line in card.lines:
            row += 1
            sheet.write_row(row, 0, [safe_cell(card.title), safe_cell(line)])
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _measured(book: Any, review: Review, styles: dict[str, Any]) -> None:
    """Every tested figure in full precision, with its difference to the period before."""
    sheet = book.add_worksheet(_("Measured figures"))
    headers = [
        _("Indicator"), _("Value"), _("Low"), _("High"), "n", _("Change to the period before"), _("Change, low"), _("Change, high"), "p",
    ]  # fmt: skip
    sheet.write_row(0, 0, headers, styles["bold"])
    figures = {_("Index"): review.index} if review.index else {}
    figures |= {share_name(name): figure for name, figure in review.shares.items()}
    for row, (label, figure) in enumerate(figures.items(), start=1):
        e, d = figure.estimate, figure.change
        cells = [label, e.value, e.low, e.high, e.n, *((d.value, d.low, d.high, d.p_value) if d else ())]
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(
                    row, column, safe_cell(cell), styles["number"] if isinstance(cell, float) else None
                )
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 8, 13)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _plot(book: Any, plot: Plot, styles: dict[str, Any]) -> None:
    name = plot.title[:31].translate(str.maketrans("[]:*?/\\", "       "))
    sheet = book.add_worksheet(name)
    headers, rows = plot.table.headers, plot.table.rows
    sheet.write_row(0, 0, [safe_cell(h) for h in headers], styles["bold"])
    for r, row in enumerate(rows, start=1):
        for c, cell in enumerate(row):
            if cell is not None:
                style = (
                    styles["number"]
                    if isinstance(cell, float)
                    else styles["whole"]
                    if isinstance(cell, int)
                    else None
                )
                sheet.write(r, c, safe_cell(cell), style)
    sheet.set_column(0, 0, 34)
    for c in range(1, len(headers)):
        words = any(isinstance(cell := row[c], str) and len(cell) > 12 for row in rows)
        sheet.set_column(c, c, 36 if words else 15)
    sheet.freeze_panes(1, 1)
    if plot.note:
        sheet.write(len(rows) + 2, 0, safe_cell(plot.note))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.insert_chart(1, len(headers) + 1, _chart(book, name, plot))


def _chart(book: Any, sheet: str, plot: Plot) -> Any:
    chart = book.add_chart(TYPES[plot.kind])
    last = min(len(plot.table.rows), MOST_DRAWN)
    if plot.kind == "scatter":
        x, y = plot.columns
        chart.add_series({
            "name": [sheet, 0, y], "categories": [sheet, 1, x, last, x], "values": [sheet, 1, y, last, y],
            "marker": {"type": "circle", "size": 8, "fill": {"color": theme.BLUE}, "border": {"none": True}},
            "data_labels": {"custom": [{"value": row[0]} for row in plot.table.rows[:last]], "value": True},
        })  # fmt: skip
        chart.set_x_axis({"name": plot.table.headers[x], "major_gridlines": {"visible": False}})
        chart.set_y_axis({"name": plot.table.headers[y], "major_gridlines": {"visible": False}})
        chart.set_legend({"none": True})
    else:
        for number, column in enumerate(plot.columns):
            colour = theme.SERIES[number % len(theme.SERIES)]
            line = plot.kind == "line"
            chart.add_series({
                "name": [sheet, 0, column], "categories": [sheet, 1, 0, last, 0], "values": [sheet, 1, column, last, column],
                **({"line": {"color": colour, "width": 2.5 if number == 0 else 1, "dash_type": "solid" if number == 0 else "dash"},
                    "marker": {"type": "circle" if number == 0 else "none"}} if line else {"fill": {"color": colour}, "gap": 50}),
                "data_labels": {"value": not line or number == 0},
            })  # fmt: skip
        if plot.kind != "line":
            chart.set_y_axis({"reverse": True})
            chart.set_x_axis({"major_gridlines": {"visible": False}, "visible": False})
        else:
            values = [float(row[c]) for row in plot.table.rows for c in plot.columns if row[c] is not None]  # type: ignore[arg-type]
            chart.set_y_axis(
                {"min": max(0, int(min(values) / 5) * 5 - 5), "max": min(100, int(max(values) / 5) * 5 + 10)}
            )
        if len(plot.columns) == 1:
            chart.set_legend({"none": True})
        else:
            chart.set_legend({"position": "bottom"})
    chart.set_title({"name": plot.title, "name_font": {"size": 12}})
    chart.set_size({"width": 640, "height": 400})
    return chart
