"""Units against limits that are wide where answers are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import Chart, Table, responsive
from manyi.charts.layout import number
from manyi.charts.priorities import DISTANCE, place_labels
from manyi.charts.texts import EN, Texts

GRID: Final = {"left": 52, "right": 68, "bottom": 56}
LABEL: Final = 12
DASHED: Final = "path://M0,5L9,5L9,7L0,7Z M15,5L24,5L24,7L15,7Z"
SOLID: Final = "path://M0,5L24,5L24,7L0,7Z"


class Unit(NamedTuple):
    """One point: its mean and how many answers it is worth. `kind` is the place of its name among the kinds."""

    label: str
    value: float
    n: float
    kind: int


class Limits(NamedTuple):
    """Both pairs of limits at `n` answers."""

    n: float
    inner_low: float
    inner_high: float
    outer_low: float
    outer_high: float


class Names(NamedTuple):
    """Words of the chart. `kinds` are what points are called: inside, between the limits, outside, not judged."""

    n: str
    value: str
    centre: str
    inner: str
    outer: str
    kinds: tuple[str, str, str, str]


@responsive
def funnel_plot(
    units: Sequence[Unit],
    limits: Sequence[Limits],
    centre: float,
    *,
    names: Names,
    title: str,
    scale: tuple[float, float] = (0.0, 100.0),
    texts: Texts = EN,
    width: int = 760,
    height: int = 460,
) -> Chart:
    """Means by number of answers, with limits around `centre`; the table has the limits at each unit's own n.

    `limits` rise in n; those that fall on a unit's n are the ones of its row.
    """
    headers = (texts.item, names.value, names.n, f"{names.inner} ↓", f"{names.inner} ↑", texts.stage)
    at = {limit.n: limit for limit in limits}
    rows = tuple(
        (
            unit.label,
            number(unit.value),
            number(unit.n, 1),
            number(at[unit.n].inner_low) if unit.n in at else None,
            number(at[unit.n].inner_high) if unit.n in at else None,
            names.kinds[unit.kind],
        )
        for unit in sorted(units, key=lambda one: -one.value)
    )
    table = Table(headers, rows)
    if not units or not limits:
        return layout.empty(title, table, texts.no_data, width=width)
    drawn = [*names.kinds[:3], *([names.kinds[3]] if any(unit.kind == 3 for unit in units) else [])]
    legend, legend_height = theme.legend([*drawn, names.inner, names.outer], width)
    legend["data"][-2]["icon"], legend["data"][-1]["icon"] = DASHED, SOLID
    top = legend_height + 14
    fewest = min(unit.n for unit in units)
    edges = [edge for one in limits if one.n >= fewest for edge in (one.outer_low, one.outer_high)]
    low, high = layout.value_range([*(unit.value for unit in units), *edges, centre], scale)
    most = layout.nice_limits([0.0, max(limit.n for limit in limits)])[1]
    series = [
        _points(units, kind, names, width, (low, high, most, height - top)) for kind in range(len(drawn))
    ]
    series[0]["markLine"] = {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": theme.INK, "width": 1.5, "type": "solid"},
        "label": {
            "formatter": f"{names.centre}\n{layout.figure(centre)}",
            "position": "end",
            "color": theme.INK,
            "fontFamily": theme.FONT,
            "fontSize": theme.SMALL,
        },
        "data": [{"yAxis": number(centre)}],
    }
    for name, pair, dash in (
        (names.inner, ("inner_low", "inner_high"), "dashed"),
        (names.outer, ("outer_low", "outer_high"), "solid"),
    ):
        series += [_line(name, [(limit.n, getattr(limit, edge)) for limit in limits], dash) for edge in pair]
    option = {
        **theme.base(),
        "legend": legend,
        "grid": {**GRID, "top": top, "outerBoundsMode": "none"},
        "xAxis": theme.value_axis(
            name=theme.clip(names.n, 40), nameLocation="middle", nameGap=30, min=0, max=number(most, 0),
            splitLine={"show": False},
        ),
        "yAxis": theme.value_axis(min=low, max=high),
        "series": series,
    }  # fmt: skip
    return Chart(option, width, height, title, table)


def _points(
    units: Sequence[Unit], kind: int, names: Names, width: int, frame: tuple[float, float, float, float]
) -> dict[str, Any]:
    low, high, most, tall = frame
    plot = (width - GRID["left"] - GRID["right"], tall - GRID["bottom"])
    everyone = sorted(units, key=lambda unit: -unit.kind if unit.kind < 3 else 1)
    pixels = [(unit.n / most * plot[0], (high - unit.value) / (high - low) * plot[1]) for unit in everyone]
    found = place_labels(pixels, [theme.clip(unit.label, LABEL) for unit in everyone], plot)
    places = {id(unit): place for unit, place in zip(everyone, found, strict=True)}
    return {
        "type": "scatter",
        "name": names.kinds[kind],
        "dimensions": [names.n, names.value, {"name": "label", "type": "ordinal"}],
        "encode": {"x": 0, "y": 1, "label": 2, "tooltip": [0, 1]},
        "data": [
            {
                "name": theme.clip(unit.label, 40),
                "value": [number(unit.n, 1), number(unit.value), theme.clip(unit.label, LABEL)],
                "label": {"position": place} if (place := places[id(unit)]) else {"show": False},
            }
            for unit in units
            if unit.kind == kind
        ],
        "symbol": ("circle", "triangle", "diamond", "emptyCircle")[kind],
        "symbolSize": (9, 12, 14, 9)[kind],
        "itemStyle": {"color": (theme.BLUE, theme.OCHRE, theme.ORANGE, theme.MUTED)[kind]},
        "label": {
            "show": True, "distance": DISTANCE, "color": theme.INK, "fontFamily": theme.FONT, "fontSize": theme.SMALL,
        },
        "z": 4,
    }  # fmt: skip


def _line(name: str, points: Sequence[tuple[float, float]], dash: str) -> dict[str, Any]:
    colour = theme.MUTED
    return {
        "type": "line",
        "name": name,
        "data": [[number(n, 1), number(value)] for n, value in points],
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": colour, "width": 1.2, "type": dash},
        "itemStyle": {"color": colour},
        "clip": True,
        "tooltip": {"show": False},
    }
