"""Shared shapes of options: rows with names on the left and figures on the right, and the empty chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from manyi.charts import theme
from manyi.charts.chart import NARROW_WIDTH, Chart, Table

ROW_HEIGHT = 36
LABEL_EM = 17.0
DASH = "–"


def number(value: float | None, digits: int = 2) -> float | None:
    """Rounded for drawing and for the table; None, NaN and infinity become None, which JSON can hold."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return rounded + 0.0 if rounded else 0.0  # no "-0.0"


def figure(value: float | None, digits: int = 1, *, sign: bool = False) -> str:
    """A number as people read it; a dash where there is none, a real minus sign."""
    rounded = number(value, digits)
    if rounded is None:
        return DASH
    return f"{rounded:{'+' if sign and rounded else ''},.{digits}f}".replace("-", "−")


def rows(
    labels: Sequence[str],
    figures: Sequence[str],
    series: list[dict[str, Any]],
    *,
    x_axis: dict[str, Any],
    legend: list[str] | None = None,
    width: int,
) -> tuple[dict[str, Any], int]:
    """Option and height of horizontal rows: name, plot, figure. Long names take two lines, then are cut."""
    legend_option, legend_height = theme.legend(legend, width) if legend else (None, 6)
    top = legend_height + 4
    bottom = 48 if x_axis.get("name") else 30
    height = top + ROW_HEIGHT * max(len(labels), 1) + bottom
    em = min(LABEL_EM, width * 0.3 / theme.FONT_SIZE)
    names = [theme.two_lines(label, em) for label in labels]
    room = theme.label_room(names, most=em)
    if width <= NARROW_WIDTH:
        x_axis["splitNumber"] = 2
    y_axis = theme.category_axis(
        names,
        inverse=True,
        axisLine={"show": False},
        axisLabel={"lineHeight": 16, "margin": 10},
    )
    option = {
        **theme.base(),
        "grid": {
            "top": top,
            "left": room,
            "right": theme.label_room(list(figures), most=16),
            "bottom": bottom,
            "outerBoundsMode": "none",
        },
        "xAxis": x_axis,
        "yAxis": [
            y_axis,
            theme.category_axis(
                list(figures),
                inverse=True,
                position="right",
                axisLine={"show": False},
                axisLabel={"margin": 12},
            ),
        ],
        "series": series,
    }
    if legend_option:
        option["legend"] = legend_option
    return option, height


def empty(title: str, table: Table, text: str, *, width: int) -> Chart:
    """One calm line of text instead of axes without data."""
    height = 120
    option = {
        **theme.base(),
        "title": {
            "text": text,
            "left": "center",
            "top": height // 2 - 10,
            "textStyle": {"fontFamily": theme.FONT, "fontSize": 14, "fontWeight": 400, "color": theme.MUTED},
        },
        "series": [],
    }
    return Chart(option=option, width=width, height=height, title=title, table=table)


def nice_limits(values: Sequence[float]) -> tuple[float, float]:
    """Limits around `values` on round numbers, with room for a symbol and its name."""
    low, high = min(values), max(values)
    spread = (high - low) or abs(high) * 0.2 or 1.0
    power = 10.0 ** math.floor(math.log10(spread / 5))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= spread / 5)
    bottom = math.floor((low - spread * 0.06) / step) * step
    top = math.ceil((high + spread * 0.06) / step) * step
    return number(bottom, 9) or 0.0, number(top, 9) or 0.0


def value_range(
    values: Sequence[float | None], scale: tuple[float, float], *, least: float = 0.2
) -> tuple[float, float]:
    """Round axis limits around `values` that stay inside `scale` and span at least that share of it."""
    low, high = scale
    found = [value for value in values if value is not None]
    if not found:
        return scale
    step = (high - low) / 20
    bottom, top = min(found) - step / 2, max(found) + step / 2
    lack = least * (high - low) - (top - bottom)
    if lack > 0:
        bottom, top = bottom - lack / 2, top + lack / 2
    bottom = max(low, low + math.floor((bottom - low) / step) * step)
    top = min(high, low + math.ceil((top - low) / step) * step)
    return number(bottom, 6) or 0.0, number(top, 6) or 0.0
