"""The management review as slides (PPTX) with native charts: they can be edited, and hold their numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pptx import Presentation
from pptx.chart import data as chart_data
from pptx.dml import color
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Cm, Pt

from manyi.charts import theme
from manyi.charts.chart import Cell
from manyi.reports.narrative import cut, joined
from manyi.reports.one_page import OnePage
from manyi.reports.tables import MOST_ROWS, Plot, short

# The library types these as functions of nothing.
RGBColor: Any = color.RGBColor
CategoryChartData: Any = chart_data.CategoryChartData
XyChartData: Any = chart_data.XyChartData

LATIN, CHINESE = "Calibri", "Microsoft YaHei"
WIDTH, HEIGHT, EDGE = 33.87, 19.05, 1.5  # centimetres, 16:9
GREEN, INK, MUTED = RGBColor(0x0B, 0x6E, 0x5F), RGBColor(0x1B, 0x25, 0x30), RGBColor(0x56, 0x60, 0x6B)
COLOURS = [RGBColor.from_string(colour.lstrip("#")) for colour in theme.SERIES]
KINDS = {
    "line": XL_CHART_TYPE.LINE_MARKERS,
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "columns": XL_CHART_TYPE.BAR_CLUSTERED,
}
MOST_SAID = 260  # em of sentences above a chart
MOST_TEXT = 1100  # letters of sentences on the first slide at its larger size


def pptx(page: OnePage, plots: Sequence[Plot]) -> bytes:
    """A slide of sentences, one of figures, and one for each chart with its table beside it."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Cm(WIDTH), Cm(HEIGHT)
    deck.core_properties.title, deck.core_properties.subject = page.title, page.subtitle
    deck.core_properties.author = page.organisation
    deck.core_properties.language = "en-GB" if get_language() == "en" else "zh-CN"
    _words(deck, page)
    _figures(deck, page)
    for plot in plots:
        _plot(deck, plot)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _slide(deck: Any, title: str, subtitle: str = "") -> Any:
    """A slide of the layout 'title only', so that screen readers and outlines find its title."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = Cm(EDGE), Cm(0.7), Cm(WIDTH - 2 * EDGE), Cm(1.6)
    frame = head.text_frame
    frame.word_wrap = True
    _run(frame.paragraphs[0], title, size=26, bold=True, colour=GREEN)
    frame.paragraphs[0].alignment = 1
    if subtitle:
        _text(slide, [subtitle], top=2.2, height=0.9, size=13, colour=MUTED)
    return slide


def _run(paragraph: Any, text: str, *, size: float, bold: bool = False, colour: Any = INK) -> None:
    run = paragraph.add_run()
    run.text = "".join(sign if sign >= " " or sign == "\t" else " " for sign in text)
    _font(run.font, size=size, bold=bold, colour=colour)


def _font(font: Any, *, size: float, bold: bool = False, colour: Any = INK) -> None:
    """Latin and Chinese letters have a font each; without the second one PowerPoint chooses at random."""
    font.name, font.size, font.bold, font.color.rgb = LATIN, Pt(size), bold, colour
    properties = font._rPr
    for tag in ("a:ea", "a:cs"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    chinese = OxmlElement("a:ea")
    chinese.set("typeface", CHINESE)
    properties.find(qn("a:latin")).addnext(chinese)  # the schema wants latin, ea, cs in this order


def _text(
    slide: Any, texts: Sequence[str], *, top: float, height: float, size: float, left: float = EDGE,
    width: float = WIDTH - 2 * EDGE, colour: Any = INK,
) -> None:  # fmt: skip
    frame = slide.shapes.add_textbox(Cm(left), Cm(top), Cm(width), Cm(height)).text_frame
    frame.word_wrap = True
    for number, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size * 0.5)
        _run(paragraph, text, size=size, colour=colour)


def _words(deck: Any, page: OnePage) -> None:
    slide = _slide(deck, page.title, f"{page.subtitle} ({page.days}) · {page.made}")
    letters = sum(theme.width_em(text) for text in page.said)
    _text(slide, page.said, top=3.6, height=14, size=16 if letters < MOST_TEXT * 0.6 else 12.5)


def _figures(deck: Any, page: OnePage) -> None:
    """The cards as a table."""
    rows = [(card.title, f.label, f.value, f.interval, f.note) for card in page.cards for f in card.figures]
    slide = _slide(deck, _("The figures"), page.subtitle)
    headers = (_("Topic"), _("Indicator"), _("Value"), _("95%% interval") % {}, _("Remark"))
    _table(
        slide, headers, rows, left=EDGE, top=3.4, width=WIDTH - 2 * EDGE, shares=(3, 6, 2.5, 2.5, 6), most=24
    )


def _plot(deck: Any, plot: Plot) -> None:
    slide = _slide(deck, plot.title)
    half = (WIDTH - 2 * EDGE - 0.6) / 2
    rows = plot.table.rows[:MOST_ROWS]
    says, says_height = _that_fit(plot.says), 0.0
    if says:
        says_height = 0.4 + 0.6 * (1 + int(theme.width_em(says) * 0.43 / (WIDTH - 2 * EDGE)))
        _text(slide, [says], top=2.4, height=says_height, size=12)
    top = 2.6 + says_height
    height = HEIGHT - top - 1.6
    chart = slide.shapes.add_chart(
        XL_CHART_TYPE.XY_SCATTER if plot.kind == "scatter" else KINDS[plot.kind], Cm(EDGE), Cm(top), Cm(half), Cm(height),
        _xy(plot, rows) if plot.kind == "scatter" else _categories(plot, rows),
    )  # fmt: skip
    chart.name = plot.title
    _dress(chart.chart, plot, rows)
    shares = [2.6, *[1.0] * (len(plot.table.headers) - 1)]
    if plot.key == "actions":
        shares = [3, 1, 1, 3.2, 1.7, 1.3]
    if plot.key == "index":
        shares = [1.3, 0.8, 0.8, 0.8, 0.9, 4]
    _table(
        slide,
        plot.table.headers,
        rows,
        left=EDGE + half + 0.6,
        top=top,
        width=half,
        shares=shares,
        most=MOST_ROWS + 1,
    )
    left_out = len(plot.table.rows) - len(rows)
    notes = [plot.note] if plot.note else []
    if left_out > 0:
        notes.append(
            _("The first %(n)d of %(all)d; the workbook holds all.")
            % {"n": len(rows), "all": len(plot.table.rows)}
        )
    if notes:
        _text(slide, [" ".join(notes)], top=HEIGHT - 1.4, height=0.8, size=10, colour=MUTED)


def _that_fit(texts: Sequence[str]) -> str:
    """The first statements that have room above a chart, the first one in any case."""
    shown: list[str] = []
    used = 0.0
    for text in texts:
        used += theme.width_em(text)
        if shown and used > MOST_SAID:
            break
        shown.append(text)
    return cut(joined(shown), 420)


def _categories(plot: Plot, rows: Sequence[Sequence[Cell]]) -> CategoryChartData:
    """Bars are drawn from below upwards, so that the first row is given last (see `_dress`, which turns the axis)."""
    data = CategoryChartData(number_format="0.0" if plot.kind == "line" else "General")
    data.categories = [short(row[0], 26) for row in rows]
    for column in plot.columns:
        data.add_series(plot.table.headers[column], [_number(row[column]) for row in rows])
    return data


def _xy(plot: Plot, rows: Sequence[Sequence[Cell]]) -> XyChartData:
    x, y = plot.columns
    data = XyChartData(number_format="0.0")
    series = data.add_series(plot.table.headers[y])
    for row in rows:
        if row[x] is not None and row[y] is not None:
            series.add_data_point(_number(row[x]), _number(row[y]))
    return data


def _number(cell: Cell) -> float | None:
    return None if cell is None else float(cell)


def _dress(chart: Any, plot: Plot, rows: Sequence[Sequence[Cell]]) -> None:
    """Fonts, colours, axes and labels as the charts of the product have them."""
    _font(chart.font, size=11)
    chart.has_title = False
    chart.has_legend = plot.kind != "scatter" and len(plot.columns) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    for series, colour in zip(chart.plots[0].series, COLOURS, strict=False):
        if plot.kind in ("bar", "columns"):
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour
    if plot.kind == "line":
        _dress_line(chart)
    elif plot.kind == "scatter":
        _dress_scatter(chart, plot, rows)
    else:
        chart.category_axis.reverse_order = True  # the first row on top
        chart.value_axis.has_major_gridlines = False
        chart.value_axis.visible = False
        chart.plots[0].gap_width = 45
        chart.plots[0].has_data_labels = True
        chart.plots[0].data_labels.number_format = "#,##0" if plot.kind == "bar" else "0.0"
        chart.plots[0].data_labels.number_format_is_linked = False
        _font(chart.plots[0].data_labels.font, size=10)


def _dress_line(chart: Any) -> None:
    for number, series in enumerate(chart.plots[0].series):
        series.smooth = False
        series.format.line.color.rgb = COLOURS[0] if number == 0 else MUTED
        series.format.line.width = Pt(2.5 if number == 0 else 1)
        series.marker.style = XL_MARKER_STYLE.CIRCLE if number == 0 else XL_MARKER_STYLE.NONE
        if number == 0:
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = COLOURS[0]
            series.data_labels.show_value = True
            series.data_labels.position = XL_LABEL_POSITION.ABOVE
            series.data_labels.number_format, series.data_labels.number_format_is_linked = "0.0", False
            _font(series.data_labels.font, size=11, bold=True)
        else:
            series.format.line.dash_style = 4  # dashed: the ends of the interval
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(theme.RULE.lstrip("#"))
    lows = [v for series in chart.plots[0].series for v in series.values if v is not None]
    if lows:
        chart.value_axis.minimum_scale = max(0, int(min(lows) / 5) * 5 - 5)
        chart.value_axis.maximum_scale = min(100, int(max(lows) / 5) * 5 + 10)


def _dress_scatter(chart: Any, plot: Plot, rows: Sequence[Sequence[Cell]]) -> None:
    x, y = plot.columns
    series = chart.plots[0].series[0]
    series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 9
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = COLOURS[0]
    for axis, column in ((chart.category_axis, x), (chart.value_axis, y)):
        axis.has_title = True
        axis.axis_title.text_frame.text = plot.table.headers[column]
        _font(axis.axis_title.text_frame.paragraphs[0].runs[0].font, size=11)
        axis.has_major_gridlines = False
    shown = [row for row in rows if row[x] is not None and row[y] is not None]
    for number, row in enumerate(shown):
        frame = series.points[number].data_label.text_frame
        frame.text = short(row[0], 14)
        _font(frame.paragraphs[0].runs[0].font, size=9)
        series.points[number].data_label.position = XL_LABEL_POSITION.RIGHT


def _table(
    slide: Any, headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, left: float, top: float, width: float,
    shares: Sequence[float], most: int,
) -> None:  # fmt: skip
    shown = rows[:most]
    size = 11 if len(shown) <= 10 else 9 if len(shown) <= 14 else 8
    row_height = min(0.95, (HEIGHT - top - 1.7) / (len(shown) + 1))
    grid = slide.shapes.add_table(
        len(shown) + 1, len(headers), Cm(left), Cm(top), Cm(width), Cm(row_height * (len(shown) + 1))
    ).table
    for number, share in enumerate(shares[: len(headers)]):
        grid.columns[number].width = Cm(width * share / sum(shares[: len(headers)]))
    for r, row in enumerate([headers, *shown]):
        grid.rows[r].height = Cm(row_height)
        for c, cell in enumerate(row):
            place = grid.cell(r, c)
            place.margin_top = place.margin_bottom = Cm(0.03)
            place.margin_left = place.margin_right = Cm(0.12)
            place.fill.solid()
            place.fill.fore_color.rgb = (
                GREEN if r == 0 else RGBColor(0xF4, 0xF7, 0xF6) if r % 2 else RGBColor(0xFF, 0xFF, 0xFF)
            )
            colour = RGBColor(0xFF, 0xFF, 0xFF) if r == 0 else INK
            paragraph = place.text_frame.paragraphs[0]
            if r and c and isinstance(cell, int | float):
                paragraph.alignment = 3
            # An empty cell takes the height of the default size.
            _run(paragraph, short(cell, 60) or "\u00a0", size=size, bold=r == 0, colour=colour)
