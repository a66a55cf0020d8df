"""The 8D report as a Word file: A4, real headings and tables, so that the customer's form can be filled from it."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from manyi.charts import fishbone
from manyi.complaints.eight_d_report import Report, Section, Table

WIDTH = Cm(17.4)
GREEN = RGBColor(0x0B, 0x6E, 0x5F)
GREY = RGBColor(0x56, 0x60, 0x6B)
FONTS = {"zh": "Microsoft YaHei", "en": "Arial"}


def docx(report: Report) -> bytes:
    """The Word file of a report."""
    document = Document()
    _page(document, report)
    _styles(document, report)
    document.core_properties.title = f"{report.title} {report.number}"
    document.core_properties.author = report.organisation
    document.core_properties.language = "en" if report.language == "en" else "zh-CN"
    document.add_heading(report.title, level=0)
    line = document.add_paragraph(f"{report.number} · {report.organisation} · {report.state}")
    line.runs[0].font.color.rgb = GREY
    _head(document, report)
    for section in report.sections:
        _section(document, section, report)
    for table in (report.evidence, report.signatures):
        document.add_heading(table.title, level=1)
        _table(document, table, report)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Any, report: Report) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.8)
    page.top_margin, page.bottom_margin = Cm(2), Cm(1.8)
    page.header.paragraphs[0].text = f"{report.title} {report.number}\t\t{report.organisation}"
    foot = page.footer.paragraphs[0]
    foot.text = f"{report.labels['made']} {report.made}\t\t{report.labels['page']} "
    _field(foot, "PAGE")
    foot.add_run(" / ")
    _field(foot, "NUMPAGES")


def _field(paragraph: Any, code: str) -> None:
    """A field that Word computes, such as the page number."""
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        node = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            node.set(qn("w:fldCharType"), kind)
        else:
            node.text = text
        run._r.append(node)


def _styles(document: Any, report: Report) -> None:
    for name, size in (
        ("Normal", 10),
        ("Title", 20),
        ("Heading 1", 13),
        ("Heading 2", 11),
        ("Header", 8),
        ("Footer", 8),
    ):
        style = document.styles[name]
        style.font.name, style.font.size = FONTS["en"], Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(attribute), None)
        fonts.set(qn("w:eastAsia"), FONTS["zh"])
        if name in ("Title", "Heading 1", "Heading 2"):
            style.font.color.rgb = GREEN


def _head(document: Any, report: Report) -> None:
    table = document.add_table(rows=0, cols=4)
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    for n in range(0, len(report.head), 2):
        cells = table.add_row().cells
        for offset, (label, value) in enumerate(report.head[n : n + 2]):
            _write(cells[2 * offset], label, bold=True, shade=True)
            _write(cells[2 * offset + 1], value or "–")
    _widths(table, (0.19, 0.31, 0.19, 0.31))


def _section(document: Any, section: Section, report: Report) -> None:
    document.add_heading(f"{section.code} {section.title}", level=1)
    signed = document.add_paragraph()
    run = signed.add_run(section.signed or report.labels["not_signed"])
    run.font.size, run.font.color.rgb = Pt(9), GREY
    for label, value in section.texts:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{label}\n").bold = True
        paragraph.add_run(value)
    for title, svg in section.pictures:
        document.add_heading(title, level=2)
        document.add_picture(io.BytesIO(fishbone.to_png(svg)), width=WIDTH)
        # Screen readers get the title instead of a file name.
        document.inline_shapes[-1]._inline.docPr.set("descr", title)
    for table in section.tables:
        if table.title:
            document.add_heading(table.title, level=2)
        _table(document, table, report)
    if not section.texts and not any(table.rows for table in section.tables):
        document.add_paragraph(report.labels["nothing"])


def _table(document: Any, source: Table, report: Report) -> None:
    if not source.rows:
        return
    table = document.add_table(rows=1, cols=len(source.headers))
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    for cell, text in zip(table.rows[0].cells, source.headers, strict=True):
        _write(cell, text, bold=True, shade=True)
    repeat = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    for row in source.rows:
        added = table.add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text in zip(added.cells, row, strict=True):
            _write(cell, text)
    _widths(table, source.widths)


def _write(cell: Any, text: str, *, bold: bool = False, shade: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(9)
    if shade:
        node = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", "E6F1EF")):
            node.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(node)


def _widths(table: Any, shares: tuple[float, ...]) -> None:
    """Word goes by the width of each cell, LibreOffice by that of the columns."""
    table.autofit = False
    for column, share in zip(table.columns, shares, strict=True):
        column.width = int(WIDTH * share)
        for cell in column.cells:
            cell.width = int(WIDTH * share)
