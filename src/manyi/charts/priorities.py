"""Where to act: importance against satisfaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import Chart, Table, responsive
from manyi.charts.layout import number
from manyi.charts.texts import EN, Texts


class Point(NamedTuple):
    """One item: `x` is its satisfaction, `y` its importance (any units). None leaves it out."""

    label: str
    x: float | None
    y: float | None
    n: int | None = None


class Quadrants(NamedTuple):
    """What the four fields are called, for instance 'Fix first', 'Keep up', 'Watch', 'Enough'."""

    low_x_high_y: str
    high_x_high_y: str
    low_x_low_y: str
    high_x_low_y: str


@responsive
def quadrant(
    points: Sequence[Point],
    cut_x: float,
    cut_y: float,
    *,
    x_name: str,
    y_name: str,
    quadrants: Quadrants,
    title: str,
    texts: Texts = EN,
    width: int = 760,
    height: int = 520,
) -> Chart:
    """Points in four fields around two cut lines. A point on a line belongs to the higher field.

    The table is sorted by urgency: the field of low x and high y first, then by importance.
    """
    headers = (texts.item, x_name, y_name, texts.n, texts.stage)
    known = [p for p in points if number(p.x) is not None and number(p.y) is not None]
    if not known:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    xs, ys = [p.x or 0.0 for p in known], [p.y or 0.0 for p in known]
    x_low, x_high = layout.nice_limits([*xs, cut_x])
    y_low, y_high = layout.nice_limits([*ys, cut_y])
    series: list[dict[str, Any]] = []
    for index, name in enumerate(quadrants):
        inside = [p for p in known if _field(p, cut_x, cut_y) == index]
        series.append(
            {
                "type": "scatter",
                "name": name,
                "dimensions": [x_name, y_name, texts.n, {"name": "label", "type": "ordinal"}],
                "encode": {"x": 0, "y": 1, "label": 3, "tooltip": [0, 1, 2]},
                "data": [_dot(p) for p in inside],
                "symbol": ("diamond", "circle", "triangle", "rect")[index],
                "symbolSize": 13 if index == 0 else 10,
                "itemStyle": {"color": (theme.ORANGE, theme.BLUE, theme.OCHRE, theme.MUTED)[index]},
                "label": {
                    "show": True,
                    "position": "right",
                    "distance": 6,
                    "color": theme.INK,
                    "fontFamily": theme.FONT,
                    "fontSize": theme.SMALL,
                },
                "labelLayout": {"moveOverlap": "shiftY", "hideOverlap": False},
            }
        )
    series[0]["markLine"] = {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": theme.MUTED, "type": "dashed", "width": 1},
        "label": {"show": False},
        "data": [{"xAxis": cut_x}, {"yAxis": cut_y}],
    }
    series[0]["markArea"] = _corners(quadrants, (x_low, cut_x, x_high), (y_low, cut_y, y_high))
    name_gap = {"nameLocation": "middle", "scale": True}
    option = {
        **theme.base(),
        "grid": {"top": 16, "left": 72, "right": 24, "bottom": 56, "outerBoundsMode": "none"},
        "xAxis": theme.value_axis(
            name=theme.clip(x_name, 40),
            nameGap=30,
            min=x_low,
            max=x_high,
            splitLine={"show": False},
            **name_gap,
        ),
        "yAxis": theme.value_axis(
            name=theme.clip(y_name, 30),
            nameGap=46,
            min=y_low,
            max=y_high,
            splitLine={"show": False},
            **name_gap,
        ),
        "series": series,
    }
    ordered = sorted(known, key=lambda p: (_field(p, cut_x, cut_y), -(p.y or 0.0)))
    rows = tuple(
        (p.label, number(p.x), number(p.y, 4), p.n, quadrants[_field(p, cut_x, cut_y)]) for p in ordered
    )
    return Chart(option, width, height, title, Table(headers, rows))


def _field(point: Point, cut_x: float, cut_y: float) -> int:
    right, upper = (point.x or 0.0) >= cut_x, (point.y or 0.0) >= cut_y
    return (0 if upper else 2) + (1 if right else 0)


def _dot(point: Point) -> dict[str, Any]:
    # The name is data, never part of a formatter: braces in it mean nothing.
    name = theme.clip(point.label, 40)
    return {"name": name, "value": [number(point.x), number(point.y, 4), point.n, theme.clip(name, 12)]}


def _corners(
    quadrants: Quadrants, x: tuple[float, float, float], y: tuple[float, float, float]
) -> dict[str, Any]:
    areas = []
    for index, name in enumerate(quadrants):
        left, right = (x[1], x[2]) if index % 2 else (x[0], x[1])
        bottom, top = (y[0], y[1]) if index >= 2 else (y[1], y[2])
        colour = theme.ORANGE if index == 0 else theme.MUTED
        start = {
            "name": theme.clip(name, 20),
            "xAxis": left,
            "yAxis": bottom,
            "itemStyle": {
                "color": colour,
                "opacity": 0.07 if index == 0 else 0.02 if index in (1, 2) else 0.05,
            },
            "label": {
                "position": ("insideTopLeft", "insideTopRight", "insideBottomLeft", "insideBottomRight")[
                    index
                ],
                "color": colour,
                "fontWeight": 700,
                "fontFamily": theme.FONT,
                "fontSize": theme.FONT_SIZE,
            },
        }
        areas.append([start, {"xAxis": right, "yAxis": top}])
    return {"silent": True, "data": areas}
