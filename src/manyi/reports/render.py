"""A Document as HTML, PDF and XLSX."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import xlsxwriter
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi.charts import to_png, to_svg
from manyi.charts.render import FONTS
from manyi.reports.document import Document
from manyi.reports.one_page import OnePage
from manyi.warehouse.tabular import safe_cell

STYLES = Path(__file__).parent / "static/reports/review.css"

logging.getLogger("fontTools").setLevel(logging.ERROR)


def html(document: Document, *, for_print: bool = False) -> str:
    """One HTML file with nothing outside it: styles and pictures are inside."""
    parts = [
        {
            "part": part,
            "svg": to_svg(part.chart, clean_text=for_print) if part.chart else "",
            "table": part.numbers,
        }
        for part in document.parts
    ]
    with translation.override(document.language):
        return render_to_string(
            "reports/document.html",
            {
                "document": document,
                "parts": parts,
                "for_print": for_print,
                "fonts": FONTS if for_print else {},
            },
        )


def pdf(document: Document) -> bytes:
    """A4, tagged for screen readers (PDF/UA), with the font that comes along."""
    from weasyprint import HTML  # slow to import: only reports pay for it

    made: bytes = HTML(string=html(document, for_print=True)).write_pdf(pdf_variant="pdf/ua-1")
    return made


#: The font that comes along sets curly quotes as wide as a Chinese character.
STRAIGHT = str.maketrans("“”‘’", "\"\"''")
#: Sizes of type that are tried until everything stands on one page; the first fits an ordinary review.
POINTS = (8.4, 8.0, 7.6, 7.2, 6.8, 6.4, 6.0, 5.6, 5.2)


def one_page_pdf(page: OnePage) -> bytes:
    """The management review in the active language on one A4, in the largest type that fits."""
    from weasyprint import HTML

    context = {
        "page": page, "for_print": True, "fonts": FONTS, "styles": STYLES.read_text("utf-8"),
        "trend_svg": picture(page),
    }  # fmt: skip
    for points in POINTS:
        text: str = render_to_string("reports/review/print.html", {**context, "points": f"{points:.1f}"})
        if (get_language() or "").startswith("en"):
            text = text.translate(STRAIGHT)
        drawn = HTML(string=text).render(pdf_variant="pdf/ua-1")
        if len(drawn.pages) == 1:
            break
    made: bytes = drawn.write_pdf(pdf_variant="pdf/ua-1")
    return made


def picture(page: OnePage) -> str:
    """The page's chart as SVG, '' without one."""
    chart = next((card.chart for card in page.cards if card.chart), None)
    return to_svg(chart, clean_text=True) if chart else ""


def xlsx(document: Document) -> bytes:
    """A summary sheet, then one sheet a part: the numbers, with the picture beside them."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    big = book.add_format({"bold": True, "font_size": 16})
    with translation.override(document.language):
        _summary(book, document, bold=bold, big=big, wrap=wrap)
        taken: set[str] = set()
        for part in document.parts:
            if part.numbers is None:
                continue
            sheet = book.add_worksheet(_sheet_name(part.heading, taken))
            sheet.write_row(0, 0, [safe_cell(h) for h in part.numbers.headers], bold)
            for r, row in enumerate(part.numbers.rows, start=1):
                for c, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(r, c, safe_cell(cell))
            sheet.set_column(0, 0, 36)
            sheet.set_column(1, len(part.numbers.headers), 12)
            sheet.freeze_panes(1, 0)
            if part.chart:
                picture = io.BytesIO(to_png(part.chart))
                sheet.insert_image(
                    0, len(part.numbers.headers) + 1, "chart.png",
                    {"image_data": picture, "x_scale": 0.5, "y_scale": 0.5, "description": part.heading},
                )  # fmt: skip
    book.set_properties({"title": document.title, "comments": document.subtitle})
    book.close()
    return out.getvalue()


def _summary(book: Any, document: Document, *, bold: Any, big: Any, wrap: Any) -> None:
    sheet = book.add_worksheet(_("Summary"))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 4, 16)
    sheet.write(0, 0, safe_cell(document.title), big)
    sheet.write(1, 0, safe_cell(document.subtitle))
    sheet.write(2, 0, document.made)
    row = 4
    for part in document.parts:
        for figure in part.figures:
            cells = (
                figure.label,
                figure.value,
                figure.interval,
                "" if figure.n is None else figure.n,
                figure.note,
            )
            sheet.write_row(row, 0, [safe_cell(c) for c in cells])
            row += 1
        for sentence in part.sentences:
            sheet.write(row, 0, safe_cell(sentence), wrap)
            row += 1
    row += 1
    sheet.write(row, 0, _("Method"), bold)
    for note in document.notes:
        row += 1
        sheet.write(row, 0, safe_cell(note), wrap)


def _sheet_name(heading: str, taken: set[str]) -> str:
    """Excel allows 31 characters, none of []:*?/\\, each name once."""
    clean = "".join(" " if c in "[]:*?/\\'" else c for c in heading).strip()[:28] or "Sheet"
    name, number = clean, 2
    while name.lower() in taken:
        name, number = f"{clean} {number}", number + 1
    taken.add(name.lower())
    return name
