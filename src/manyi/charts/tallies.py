"""Charts of plain counts: how many where, and how many when. More is not better here, so one colour deepens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import Cell, Chart, Table, responsive
from manyi.charts.texts import EN, Texts


class Tally(NamedTuple):
    """One line of counts; None is a gap."""

    name: str
    counts: Sequence[int | None]


def _deepened(share: float) -> str:
    """Colour between none (0) and most (1)."""
    place = min(max(share, 0.0), 1.0)
    pairs = zip(*(bytes.fromhex(c[1:]) for c in (theme.PALE, theme.BLUE)), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * place):02x}" for a, b in pairs)


@responsive
def count_map(
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Sequence[Sequence[int]],
    *,
    title: str,
    texts: Texts = EN,
    width: int = 760,
) -> Chart:
    """How many in each cell of two ways to divide the same things. Every cell holds its number."""
    headers = (texts.item, *columns)
    if not rows or not columns:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    em = min(layout.LABEL_EM, width * 0.3 / theme.FONT_SIZE)
    names = [theme.two_lines(row, em) for row in rows]
    left = theme.label_room(names, most=em)
    most = max((count for row in counts for count in row), default=0) or 1
    cells = []
    for y, row in enumerate(counts):
        for x, count in enumerate(row):
            colour = _deepened(count / most)
            cells.append(
                {
                    "name": theme.clip(f"{rows[y]} · {columns[x]}", 60),
                    "value": [x, y, count],
                    "itemStyle": {"color": colour},
                    "label": {"formatter": f"{count:,}", "color": theme.ink_on(colour)},
                }
            )
    each = (width - left - 12) / len(columns) / theme.SMALL - 0.7
    label: dict[str, Any] = {"fontSize": theme.SMALL, "lineHeight": 15}
    if each < 3.4:
        label |= {"rotate": 55}
    shown = [theme.clip(name, 14) if each < 3.4 else theme.two_lines(name, each) for name in columns]
    top = 100 if each < 3.4 else 48
    option = {
        **theme.base(),
        "grid": {"top": top, "left": left, "right": 12, "bottom": 8, "outerBoundsMode": "none"},
        "xAxis": theme.category_axis(shown, position="top", axisLine={"show": False}, axisLabel=label),
        "yAxis": theme.category_axis(
            names, inverse=True, axisLine={"show": False}, axisLabel={"lineHeight": 16}
        ),
        "visualMap": {"show": False, "min": 0, "max": most, "dimension": 2, "top": 0,
                      "inRange": {"color": [theme.PALE, theme.BLUE]}},
        "series": [
            {
                "type": "heatmap",
                "name": texts.count,
                "dimensions": ["column", "row", texts.count],
                "encode": {"x": 0, "y": 1, "value": 2, "tooltip": [2]},
                "data": cells,
                "label": {"show": width > 400 or len(columns) <= 6, "fontSize": theme.SMALL},
                "itemStyle": {"borderColor": "#ffffff", "borderWidth": 2},
            }
        ],
    }  # fmt: skip
    table: list[tuple[Cell, ...]] = [(name, *row) for name, row in zip(rows, counts, strict=True)]
    height = top + 8 + layout.ROW_HEIGHT * len(rows)
    return Chart(option, width, height, title, Table(headers, tuple(table)))


@responsive
def counts_over_time(
    points: Sequence[str],
    lines: Sequence[Tally],
    *,
    title: str,
    texts: Texts = EN,
    width: int = 760,
) -> Chart:
    """Lines of counts over weeks or months, from zero."""
    headers = (texts.item, *(line.name for line in lines))
    if not points or not lines:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    names = theme.unique([theme.clip(line.name, 20) for line in lines])
    legend, legend_height = theme.legend(names, width)
    drawn = []
    for index, line in enumerate(lines):
        colour = theme.SERIES[index % len(theme.SERIES)]
        drawn.append(
            {
                "type": "line",
                "name": names[index],
                "data": list(line.counts),
                "symbol": theme.SYMBOLS[index % len(theme.SYMBOLS)],
                "symbolSize": 7,
                "lineStyle": {"color": colour, "width": 2.5, "type": theme.DASHES[index % len(theme.DASHES)]},
                "itemStyle": {"color": colour},
            }
        )
    top = legend_height + 10
    option = {
        **theme.base(),
        "grid": {"top": top, "left": 56, "right": 28, "bottom": 44, "outerBoundsMode": "none"},
        "legend": legend,
        "xAxis": theme.category_axis(
            list(points),
            axisLabel={"fontSize": theme.SMALL, "lineHeight": 15, "interval": "auto", "hideOverlap": True},
        ),
        "yAxis": theme.value_axis(min=0, minInterval=1),
        "series": drawn,
    }
    table = tuple((point, *(line.counts[i] for line in lines)) for i, point in enumerate(points))
    return Chart(option, width, 280 + top, title, Table(headers, table))
