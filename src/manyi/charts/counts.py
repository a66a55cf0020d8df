"""Charts of counts and shares: who was reached, who answered, how the answers are spread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import NARROW_WIDTH, Chart, Table, responsive
from manyi.charts.layout import figure, number
from manyi.charts.texts import EN, Texts


class Shares(NamedTuple):
    """One row of a distribution: shares of the scale points, 0 to 1, low to high. None means withheld."""

    label: str
    shares: Sequence[float] | None
    n: int | None = None


@responsive
def distribution(
    items: Sequence[Shares],
    points: Sequence[str],
    *,
    title: str,
    texts: Texts = EN,
    width: int = 760,
) -> Chart:
    """Rows of 100 %, one segment per scale point, low on the left. A withheld row stays empty with a dash."""
    headers = (texts.item, *(f"{point}, %" for point in points), texts.n)
    if not items or not points:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    names = theme.unique([theme.clip(point, 16) for point in points])
    series = []
    for place, name in enumerate(names):
        colour = theme.ramp(place / max(len(points) - 1, 1))
        data = []
        for item in items:
            percent = None if item.shares is None else number(item.shares[place] * 100)
            label = {
                "show": percent is not None and percent >= (6 if width > NARROW_WIDTH else 20),
                "formatter": figure(percent, 0),
            }
            data.append({"name": theme.clip(item.label, 40), "value": percent, "label": label})
        series.append(
            {
                "type": "bar",
                "name": name,
                "stack": "all",
                "data": data,
                "barWidth": 22,
                "itemStyle": {"color": colour, "borderColor": "#ffffff", "borderWidth": 1},
                "label": {"color": theme.ink_on(colour), "fontSize": theme.SMALL, "fontFamily": theme.FONT},
            }
        )
    option, height = layout.rows(
        [item.label for item in items],
        [layout.DASH if item.shares is None or item.n is None else f"n={item.n:,}" for item in items],
        series,
        x_axis=theme.value_axis(min=0, max=100),
        legend=names,
        width=width,
    )
    option["xAxis"]["axisLabel"]["formatter"] = "{value}%"
    rows = tuple(
        (item.label, *([None] * len(points)), None)
        if item.shares is None
        else (item.label, *(number(share * 100, 1) for share in item.shares), item.n)
        for item in items
    )
    return Chart(option, width, height, title, Table(headers, rows))


@responsive
def response_funnel(
    sent: int,
    opened: int,
    started: int | None,
    answered: int,
    *,
    title: str,
    texts: Texts = EN,
    width: int = 560,
) -> Chart:
    """How many of those asked came how far. `started` None leaves the stage out (not recorded)."""
    headers = (texts.stage, texts.people, texts.share_of_sent)
    if sent <= 0:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    stages = [(texts.sent, sent), (texts.opened, opened), (texts.answered, answered)]
    if started is not None:
        stages.insert(2, (texts.started, started))
    colours = [theme.ramp(0.62), theme.ramp(0.75), theme.ramp(0.88), theme.BLUE][-len(stages) :]
    data = [
        {"name": name, "value": count, "itemStyle": {"color": colour}}
        for (name, count), colour in zip(stages, colours, strict=True)
    ]
    series = {
        "type": "bar",
        "name": texts.people,
        "data": data,
        "barWidth": 24,
        "itemStyle": {"borderRadius": [0, 3, 3, 0]},
        "showBackground": True,
        "backgroundStyle": {"color": theme.PALE, "borderRadius": 3},
    }
    figures = [f"{count:,}  {figure(count / sent * 100)}%" for _, count in stages]
    option, height = layout.rows(
        [name for name, _ in stages], figures, [series], x_axis=theme.value_axis(min=0, max=sent), width=width
    )
    option["xAxis"]["show"] = False
    option["grid"]["bottom"] = 8
    rows = tuple((name, count, number(count / sent * 100, 1)) for name, count in stages)
    return Chart(option, width, height - 22, title, Table(headers, rows))


@responsive
def daily_line(
    days: Sequence[date],
    sent: Sequence[int],
    opened: Sequence[int] | None,
    answered: Sequence[int],
    *,
    title: str,
    texts: Texts = EN,
    width: int = 760,
) -> Chart:
    """Counts per day of the fielding; the caller decides whether they are daily or running totals.

    `opened` is None where it is not recorded (anonymous waves): then there is no such line and column.
    """
    every = (
        (texts.sent, sent, theme.MUTED),
        (texts.opened, opened, theme.ORANGE),
        (texts.answered, answered, theme.BLUE),
    )
    lines = [(name, counts) for name, counts, _colour in every if counts is not None]
    names = [name for name, _counts in lines]
    headers = (texts.day, *names)
    if not days:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    series = []
    for index, (name, counts, colour) in enumerate(every):
        if counts is None:
            continue
        if len(counts) != len(days):
            raise ValueError(f"{name}: {len(counts)} counts for {len(days)} days")
        series.append(
            {
                "type": "line",
                "name": name,
                "data": list(counts),
                "symbol": theme.SYMBOLS[index],
                "symbolSize": 6,
                "showAllSymbol": "auto",
                "lineStyle": {"color": colour, "width": 2.5, "type": theme.DASHES[2 - index]},
                "itemStyle": {"color": colour},
            }
        )
    legend, legend_height = theme.legend(names, width)
    top = legend_height + 10
    option = {
        **theme.base(),
        "legend": legend,
        "grid": {"top": top, "left": 56, "right": 28, "bottom": 34, "outerBoundsMode": "none"},
        "xAxis": theme.category_axis(
            [f"{day:%m-%d}" for day in days],
            axisLabel={
                "interval": "auto",
                "hideOverlap": True,
                "fontSize": theme.SMALL,
                "color": theme.MUTED,
            },
        ),
        "yAxis": theme.value_axis(min=0, minInterval=1),
        "series": series,
    }
    option["tooltip"] |= {"trigger": "axis"}
    columns = [counts for _name, counts in lines]
    rows = tuple((day.isoformat(), *counts) for day, *counts in zip(days, *columns, strict=True))
    return Chart(option, width, 260 + top, title, Table(headers, rows))


@responsive
def pareto(
    labels: Sequence[str],
    counts: Sequence[int],
    *,
    title: str,
    texts: Texts = EN,
    most: int = 15,
    width: int = 760,
) -> Chart:
    """Causes by frequency with the running share. The picture holds the first `most`, the table all."""
    headers = (texts.item, texts.count, texts.share, texts.cumulative)
    total = sum(counts)
    if not total:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    ordered = sorted(zip(labels, counts, strict=True), key=lambda pair: -pair[1])
    rows, running = [], 0
    for label, count in ordered:
        running += count
        rows.append((label, count, number(count / total * 100, 1), number(running / total * 100, 1)))
    shown = rows[:most]
    bars = {
        "type": "bar",
        "name": texts.count,
        "data": [{"name": theme.clip(row[0], 40), "value": row[1]} for row in shown],
        "barWidth": 20,
        "itemStyle": {"color": theme.BLUE, "borderRadius": [0, 3, 3, 0]},
        "showBackground": True,
        "backgroundStyle": {"color": theme.PALE, "borderRadius": 3},
    }
    line = {
        "type": "line",
        "name": texts.cumulative,
        "xAxisIndex": 1,
        "data": [[row[3], index] for index, row in enumerate(shown)],
        "encode": {"x": 0, "y": 1, "tooltip": [0]},
        "symbol": "rect",
        "symbolSize": 7,
        "lineStyle": {"color": theme.ORANGE, "width": 2, "type": "dashed"},
        "itemStyle": {"color": theme.ORANGE},
    }
    option, height = layout.rows(
        [row[0] for row in shown],
        [f"{row[1]:,}  ({figure(row[3], 0)}%)" for row in shown],
        [bars, line],
        x_axis=theme.value_axis(min=0, minInterval=1),
        legend=[texts.count, texts.cumulative],
        width=width,
    )
    share = theme.value_axis(min=0, max=100, position="top", splitLine={"show": False}, show=False)
    option["xAxis"] = [option["xAxis"], share]
    return Chart(option, width, height, title, Table(headers, tuple(rows)))


@responsive
def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    title: str,
    texts: Texts = EN,
    name: str = "",
    width: int = 760,
) -> Chart:
    """Counts between `edges` (one more than counts); `name` is written under the axis."""
    headers = (texts.value_from, texts.value_to, texts.count)
    if len(edges) != len(counts) + 1:
        raise ValueError(f"{len(counts)} counts need {len(counts) + 1} edges, got {len(edges)}")
    if not sum(counts):
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    labels = [f"{low:g}–{high:g}" for low, high in pairwise(edges)]
    axis = theme.category_axis(
        labels,
        axisLabel={"interval": "auto", "hideOverlap": True, "fontSize": theme.SMALL, "color": theme.MUTED},
        name=theme.clip(name, 40),
        nameLocation="middle",
        nameGap=30,
    )
    option: dict[str, Any] = {
        **theme.base(),
        "grid": {"top": 28, "left": 56, "right": 20, "bottom": 58 if name else 36, "outerBoundsMode": "none"},
        "xAxis": axis,
        "yAxis": theme.value_axis(min=0, minInterval=1),
        "series": [
            {
                "type": "bar",
                "name": texts.count,
                "data": [{"value": count, "label": {"formatter": f"{count:,}"}} for count in counts],
                "barCategoryGap": "4%",
                "itemStyle": {"color": theme.BLUE},
                "label": {
                    "show": len(counts) * 34 < width,
                    "position": "top",
                    "color": theme.INK,
                    "fontSize": theme.SMALL,
                },
            }
        ],
    }
    rows = tuple((number(a), number(b), c) for a, b, c in zip(edges[:-1], edges[1:], counts, strict=True))
    return Chart(option, width, 300, title, Table(headers, rows))
