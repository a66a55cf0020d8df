"""Where to act: importance against satisfaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import Chart, Table, responsive
from manyi.charts.layout import number
from manyi.charts.texts import EN, Texts

GRID: Final = {"top": 16, "left": 72, "right": 24, "bottom": 56}
DISTANCE: Final = 5
LABEL, FEW = 12, 8  # full-width signs of a point's name, twice as many where points are few

Box = tuple[float, float, float, float]


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
    limits: tuple[float, float] | None = None,
    texts: Texts = EN,
    width: int = 760,
    height: int = 520,
) -> Chart:
    """Points in four fields around two cut lines. A point on a line belongs to the higher field.

    `limits` are those of both axes; without them the axes go as far as the points do.

    The table is sorted by urgency: the field of low x and high y first, then by importance.
    """
    headers = (texts.item, x_name, y_name, texts.n, texts.stage)
    known = [p for p in points if number(p.x) is not None and number(p.y) is not None]
    if not known:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    xs, ys = [p.x or 0.0 for p in known], [p.y or 0.0 for p in known]
    x_low, x_high = limits or layout.nice_limits([*xs, cut_x])
    y_low, y_high = limits or layout.nice_limits([*ys, cut_y])
    ordered = sorted(known, key=lambda p: (_field(p, cut_x, cut_y), -(p.y or 0.0)))
    plot = (width - GRID["left"] - GRID["right"], height - GRID["top"] - GRID["bottom"])
    pixels = [
        (
            ((p.x or 0.0) - x_low) / (x_high - x_low) * plot[0],
            (y_high - (p.y or 0.0)) / (y_high - y_low) * plot[1],
        )
        for p in ordered
    ]
    room = LABEL if len(ordered) > FEW else 2 * LABEL
    found = place_labels(pixels, [theme.clip(p.label, room) for p in ordered], plot)
    places = {id(point): place for point, place in zip(ordered, found, strict=True)}
    series: list[dict[str, Any]] = []
    for index, name in enumerate(quadrants):
        inside = [p for p in known if _field(p, cut_x, cut_y) == index]
        series.append(
            {
                "type": "scatter",
                "name": name,
                "dimensions": [x_name, y_name, texts.n, {"name": "label", "type": "ordinal"}],
                "encode": {"x": 0, "y": 1, "label": 3, "tooltip": [0, 1, 2]},
                "data": [_dot(p, places[id(p)], room) for p in inside],
                "symbol": ("diamond", "circle", "triangle", "rect")[index],
                "symbolSize": 13 if index == 0 else 10,
                "itemStyle": {"color": (theme.ORANGE, theme.BLUE, theme.OCHRE, theme.MUTED)[index]},
                "label": {
                    "show": True,
                    "distance": DISTANCE,
                    "color": theme.INK,
                    "fontFamily": theme.FONT,
                    "fontSize": theme.SMALL,
                },
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
        "grid": {**GRID, "outerBoundsMode": "none"},
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
    rows = tuple(
        (p.label, number(p.x), number(p.y, 4), p.n, quadrants[_field(p, cut_x, cut_y)]) for p in ordered
    )
    return Chart(option, width, height, title, Table(headers, rows))


def _field(point: Point, cut_x: float, cut_y: float) -> int:
    right, upper = (point.x or 0.0) >= cut_x, (point.y or 0.0) >= cut_y
    return (0 if upper else 2) + (1 if right else 0)


def _dot(point: Point, place: str | None, room: float) -> dict[str, Any]:
    # The name is data, never part of a formatter: braces in it mean nothing.
    return {
        "name": theme.clip(point.label, 40),
        "value": [number(point.x), number(point.y, 4), point.n, theme.clip(point.label, room)],
        "label": {"position": place} if place else {"show": False},
    }


def place_labels(
    points: Sequence[tuple[float, float]], labels: Sequence[str], plot: tuple[float, float]
) -> list[str | None]:
    """Where each label goes so that none covers another or a point: right, left, top, bottom, or None (left out).

    `points` are pixels from the upper left corner of a plot of width and height `plot`; the first labels choose first.
    """
    half = 7.0
    taken = [(x - half, y - half, x + half, y + half) for x, y in points]
    taken += [(0, 0, 90, 22), (plot[0] - 90, 0, plot[0], 22)]  # names of the fields
    taken += [(0, plot[1] - 22, 90, plot[1]), (plot[0] - 90, plot[1] - 22, plot[0], plot[1])]
    result: list[str | None] = []
    for index, ((x, y), label) in enumerate(zip(points, labels, strict=True)):
        wide, high = theme.width_em(label) * theme.SMALL, 15.0
        gap = half + DISTANCE - 2
        boxes = {
            "right": (x + gap, y - high / 2, x + gap + wide, y + high / 2),
            "left": (x - gap - wide, y - high / 2, x - gap, y + high / 2),
            "top": (x - wide / 2, y - gap - high, x + wide / 2, y - gap),
            "bottom": (x - wide / 2, y + gap, x + wide / 2, y + gap + high),
        }
        others = taken[:index] + taken[index + 1 :]
        free = [
            name
            for name, box in boxes.items()
            if box[0] >= 0
            and box[1] >= 0
            and box[2] <= plot[0]
            and box[3] <= plot[1]
            and not _hits(box, others)
        ]
        result.append(free[0] if free else None)
        if free:
            taken.append(boxes[free[0]])
    return result


def _hits(box: Box, others: Sequence[Box]) -> bool:
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others)


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
