"""Charts of scores: how good, how sure, where, since when, and what changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import Chart, Table, responsive
from manyi.charts.layout import figure, number
from manyi.charts.texts import EN, Texts

Scale = tuple[float, float]
PERCENT: Scale = (0.0, 100.0)


class Score(NamedTuple):
    """One bar. `value` None means withheld or unknown: then low, high and n are not shown either."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None


class Series(NamedTuple):
    """One line of a radar or trend. `lows` and `highs` are empty or as long as `values`."""

    name: str
    values: Sequence[float | None]
    lows: Sequence[float | None] = ()
    highs: Sequence[float | None] = ()


@responsive
def score_bars(
    items: Sequence[Score],
    *,
    title: str,
    texts: Texts = EN,
    scale: Scale = PERCENT,
    target: float | None = None,
    sort: bool = True,
    width: int = 760,
) -> Chart:
    """Horizontal bars with 95 % intervals, best first, withheld ones last. Height grows with the items."""
    headers = (texts.item, texts.score, texts.low, texts.high, texts.n)
    if not items:
        return layout.empty(title, Table(headers, ()), texts.no_data, width=width)
    shown = [item if number(item.value) is not None else Score(item.label, None) for item in items]
    if sort:
        shown.sort(key=lambda item: (item.value is None, -(item.value or 0)))
    bars, whiskers = [], []
    for index, item in enumerate(shown):
        row = [number(item.value), index, number(item.low), number(item.high), item.n]
        bars.append({"name": theme.clip(item.label, 40), "value": row})
        if row[2] is not None and row[3] is not None:
            whiskers.append([row[2], row[3], index])
    bar: dict[str, Any] = {
        "type": "bar",
        "name": texts.score,
        "dimensions": [texts.score, "row", texts.low, texts.high, texts.n],
        "encode": {"x": 0, "y": 1, "tooltip": [0, 2, 3, 4]},
        "data": bars,
        "barWidth": 18,
        "itemStyle": {"color": theme.BLUE, "borderRadius": [0, 3, 3, 0]},
        "showBackground": True,
        "backgroundStyle": {"color": theme.PALE, "borderRadius": 3},
    }
    if target is not None:
        bar["markLine"] = _target_line(target, texts)
    whisker = {
        "type": "custom",
        "renderItem": "whisker",
        "itemPayload": {"colour": theme.INK},
        "encode": {"x": [0, 1], "y": 2},
        "data": whiskers,
        "silent": True,
        "tooltip": {"show": False},
        "z": 3,
    }
    option, height = layout.rows(
        [item.label for item in shown],
        [_score_figure(item) for item in shown],
        [bar, whisker],
        x_axis=theme.value_axis(min=scale[0], max=scale[1]),
        width=width,
    )
    if target is not None:
        option["grid"]["top"] += 18
        height += 18
    table = tuple((i.label, number(i.value), number(i.low), number(i.high), i.n) for i in shown)
    return Chart(option, width, height, title, Table(headers, table))


@responsive
def radar(
    axes: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    texts: Texts = EN,
    scale: Scale = PERCENT,
    width: int = 560,
) -> Chart:
    """Profile of at least three axes, one closed line per series. ValueError for fewer: use `score_bars`."""
    if len(axes) < 3:
        raise ValueError(f"a radar needs at least 3 axes, got {len(axes)}; use score_bars")
    names = theme.unique([theme.clip(line.name, 16) for line in series])
    headers = (texts.item, *(line.name for line in series))
    for line in series:
        _check_length(line.values, axes, line.name)
    table = Table(
        headers, tuple((axis, *(number(line.values[i]) for line in series)) for i, axis in enumerate(axes))
    )
    # A missing value would be drawn at the centre like a zero: the axis leaves the picture, not the table.
    full = [i for i in range(len(axes)) if all(number(line.values[i]) is not None for line in series)]
    if len(full) < 3 or not series:
        return layout.empty(title, table, texts.hidden if series else texts.no_data, width=width)
    symbols = [theme.SYMBOLS[index % len(theme.SYMBOLS)] for index in range(len(series))]
    legend, top = theme.legend(names, width, symbols)
    if len(series) == 1:
        top = 8
    em = min(8.0, (width / 2 - 84) / theme.FONT_SIZE)
    radius = min(150, round(width / 2 - em * theme.FONT_SIZE - 12))
    height = top + radius * 2 + 88
    data = []
    for index, line in enumerate(series):
        colour = theme.SERIES[index % len(theme.SERIES)]
        data.append(
            {
                "name": names[index],
                "value": [number(line.values[i]) for i in full],
                "symbol": symbols[index],
                "symbolSize": 7,
                "lineStyle": {"color": colour, "width": 2, "type": theme.DASHES[index % len(theme.DASHES)]},
                "itemStyle": {"color": colour},
                "areaStyle": {"color": colour, "opacity": 0.1 if len(series) < 3 else 0},
            }
        )
    option = {
        **theme.base(),
        "radar": {
            "indicator": [
                {"name": theme.two_lines(axes[i], em), "min": scale[0], "max": scale[1]} for i in full
            ],
            "center": ["50%", top + radius + 36],
            "radius": radius,
            "splitNumber": 5,
            "axisNameGap": 8,
            "axisName": {
                "color": theme.INK,
                "fontFamily": theme.FONT,
                "fontSize": theme.FONT_SIZE,
                "lineHeight": 16,
            },
            "splitArea": {"areaStyle": {"color": ["#ffffff", "#f7f9fb"]}},
            "splitLine": {"lineStyle": {"color": theme.RULE}},
            "axisLine": {"lineStyle": {"color": theme.RULE}},
        },
        "series": [{"type": "radar", "name": title, "data": data}],
    }
    if len(series) > 1:
        option["legend"] = legend
    return Chart(option, width, height, title, table)


@responsive
def trend(
    points: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    texts: Texts = EN,
    scale: Scale = PERCENT,
    target: float | None = None,
    width: int = 760,
) -> Chart:
    """Lines over `points` (waves, months) with interval bands; the axis shows the used part of `scale`."""
    headers: list[str] = [texts.item]
    for line in series:
        headers.append(line.name)
        if line.lows:
            headers += [f"{line.name} · {texts.low}", f"{line.name} · {texts.high}"]
    if not points or not series:
        return layout.empty(title, Table(tuple(headers), ()), texts.no_data, width=width)
    names = theme.unique([theme.clip(line.name, 20) for line in series])
    every: list[float | None] = [target]
    drawn: list[dict[str, Any]] = []
    for index, line in enumerate(series):
        colour = theme.SERIES[index % len(theme.SERIES)]
        for values in (line.values, line.lows, line.highs):
            if values:
                _check_length(values, points, line.name)
                every += [number(value) for value in values]
        # The line comes first: the legend takes its symbol from the first series of a name.
        drawn.append(_line(names[index], line, index, labelled=len(series) == 1 and len(points) <= 12))
        drawn += _bands(names[index], line, colour)
    low, high = layout.value_range(every, scale)
    if target is not None:
        drawn[0]["markLine"] = {**_target_line(target, texts), "data": [{"yAxis": target}]}
        drawn[0]["markLine"]["label"] |= {"position": "insideStartTop", "align": "left"}
    legend, legend_height = theme.legend(names, width)
    top = legend_height + 10 if len(series) > 1 else 24
    option = {
        **theme.base(),
        "grid": {"top": top, "left": 52, "right": 28, "bottom": 44, "outerBoundsMode": "none"},
        "xAxis": _names_axis(points, width - 80),
        "yAxis": theme.value_axis(min=low, max=high),
        "series": drawn,
    }
    if len(series) > 1:
        option["legend"] = legend
    table = []
    for place, point in enumerate(points):
        row: list[str | float | None] = [point]
        for line in series:
            value = number(line.values[place])
            row.append(value)
            if line.lows:
                known = value is not None
                row += [
                    number(line.lows[place]) if known else None,
                    number(line.highs[place]) if known else None,
                ]
        table.append(tuple(row))
    return Chart(option, width, 300 + top, title, Table(tuple(headers), tuple(table)))


@responsive
def heatmap(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    n: Sequence[Sequence[int | None]],
    *,
    title: str,
    hidden: Sequence[Sequence[bool]] | None = None,
    texts: Texts = EN,
    scale: Scale = PERCENT,
    width: int = 760,
) -> Chart:
    """Scores by row and column. A cell that is `hidden` or has no value is hatched and holds no number."""
    if not rows or not columns:
        return layout.empty(title, Table((texts.item, *columns), ()), texts.no_data, width=width)
    _check_length(values, rows, "values")
    em = min(layout.LABEL_EM, width * 0.3 / theme.FONT_SIZE)
    names = [theme.two_lines(row, em) for row in rows]
    left = theme.label_room(names, most=em)
    open_cells, closed_cells, table = [], [], []
    low, high = scale
    for y, row in enumerate(values):
        _check_length(row, columns, f"row {y}")
        cells: list[str | float | None] = [rows[y]]
        for x, raw in enumerate(row):
            value = None if hidden is not None and hidden[y][x] else number(raw)
            cells.append(value)
            name = theme.clip(f"{rows[y]} · {columns[x]}", 60)
            if value is None:
                closed_cells.append(
                    {"name": name, "value": [x, y, 0]}
                )  # always 0: only a drawn cell needs it
                continue
            colour = theme.ramp((value - low) / (high - low))
            open_cells.append(
                {
                    "name": name,
                    "value": [x, y, value, n[y][x]],
                    "label": {"formatter": figure(value), "color": theme.ink_on(colour)},
                }
            )
        table.append(tuple(cells))
    edge = {"borderColor": "#ffffff", "borderWidth": 2}
    option = {
        **theme.base(),
        "grid": {"top": 76, "left": left, "right": 12, "bottom": 8, "outerBoundsMode": "none"},
        "visualMap": {
            "type": "continuous",
            "min": low,
            "max": high,
            "dimension": 2,
            "seriesIndex": 0,
            "inRange": {"color": list(theme.LOW_TO_HIGH)},
            "calculable": False,
            "hoverLink": False,
            "orient": "horizontal",
            "itemWidth": 10,
            "itemHeight": 140,
            "left": "right",
            "top": 2,
            "text": [f"{high:g}", f"{low:g}"],
            "textStyle": {"color": theme.MUTED, "fontSize": theme.SMALL, "fontFamily": theme.FONT},
        },
        "xAxis": _names_axis(columns, width - left - 12, position="top", axisLine={"show": False}),
        "yAxis": theme.category_axis(
            names,
            inverse=True,
            axisLine={"show": False},
            axisLabel={"lineHeight": 16},
        ),
        "series": [
            {
                "type": "heatmap",
                "name": texts.score,
                "dimensions": ["column", "row", texts.score, texts.n],
                "encode": {"x": 0, "y": 1, "value": 2, "tooltip": [2, 3]},
                "data": open_cells,
                "label": {"show": True, "fontSize": theme.FONT_SIZE},
                "itemStyle": edge,
            },
            {
                "type": "heatmap",
                "name": texts.hidden,
                "dimensions": ["column", "row", texts.hidden],
                "encode": {"x": 0, "y": 1, "value": 2, "tooltip": []},
                "data": closed_cells,
                "label": {"show": True, "formatter": layout.DASH, "color": theme.INK},
                "itemStyle": {**edge, "color": theme.PALE, "decal": theme.HATCH},
            },
        ],
    }
    height = 84 + layout.ROW_HEIGHT * len(rows)
    return Chart(option, width, height, title, Table((texts.item, *columns), tuple(table)))


@responsive
def waterfall(
    start: tuple[str, float],
    deltas: Sequence[tuple[str, float]],
    end: tuple[str, float],
    *,
    title: str,
    texts: Texts = EN,
    width: int = 760,
) -> Chart:
    """From one score to the next by the contribution of each part, in the order given.

    ValueError when start plus deltas misses the end by more than 0.05: such a picture would lie.
    """
    reached = start[1] + sum(delta for _, delta in deltas)
    if abs(reached - end[1]) > 0.05:
        raise ValueError(f"start and deltas give {reached:.3f}, but the end is {end[1]:.3f}")
    labels = [start[0], *(label for label, _ in deltas), end[0]]
    levels = [start[1]]
    for _, delta in deltas:
        levels.append(levels[-1] + delta)
    low, high = min(levels), max(levels)
    pad = max((high - low) * 0.25, 1.0)
    floor, ceiling = round(low - pad), round(high + pad)
    figures = [figure(start[1]), *(figure(delta, sign=True) for _, delta in deltas), figure(end[1])]
    data = [_span(labels[0], floor, start[1], 0, theme.MUTED)]
    for index, (label, delta) in enumerate(deltas, start=1):
        colour = theme.BLUE if delta >= 0 else theme.ORANGE
        data.append(_span(label, levels[index - 1], levels[index], index, colour, decal=delta < 0))
    data.append(_span(labels[-1], floor, end[1], len(labels) - 1, theme.MUTED, last=True))
    for item, row in zip(data, [start, *deltas, end], strict=True):
        item["value"].append(number(row[1]))
    series = {
        "type": "custom",
        "renderItem": "span",
        "name": texts.change,
        "dimensions": ["from", "to", "row", "last", texts.change],
        "encode": {"x": [0, 1], "y": 2, "tooltip": [4]},
        "data": data,
    }
    option, height = layout.rows(
        labels, figures, [series], x_axis=theme.value_axis(min=floor, max=ceiling), width=width
    )
    totals = [(start[0], None, number(start[1]))]
    parts = [
        (label, number(delta), number(level))
        for (label, delta), level in zip(deltas, levels[1:], strict=True)
    ]
    table = (*totals, *parts, (end[0], None, number(end[1])))
    return Chart(option, width, height, title, Table((texts.item, texts.change, texts.score), table))


def _span(
    label: str, start: float, end: float, index: int, colour: str, *, decal: bool = False, last: bool = False
) -> dict[str, Any]:
    style: dict[str, Any] = {"color": colour}
    if decal:
        style["decal"] = {**theme.HATCH, "color": "rgba(255,255,255,0.45)"}
    value = [number(start), number(end), index, int(last)]
    return {"name": theme.clip(label, 40), "value": value, "itemStyle": style}


def _score_figure(item: Score) -> str:
    if item.value is None:
        return layout.DASH
    return figure(item.value) if item.n is None else f"{figure(item.value)}  n={item.n:,}"


def _target_line(target: float, texts: Texts) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": theme.ORANGE, "type": "dashed", "width": 1.5},
        "label": {
            "position": "start",
            "formatter": f"{texts.target} {target:g}",
            "color": theme.ORANGE,
            "fontFamily": theme.FONT,
            "fontSize": theme.SMALL,
        },
        "data": [{"xAxis": target}],
    }


def _bands(name: str, line: Series, colour: str) -> list[dict[str, Any]]:
    """One band for each stretch without a gap."""
    stretches: list[list[list[float]]] = [[]]
    for x, (value, low, high) in enumerate(zip(line.values, line.lows, line.highs, strict=False)):
        rounded = (number(value), number(low), number(high))
        if rounded[0] is None or rounded[1] is None or rounded[2] is None:
            stretches.append([])
        else:
            stretches[-1].append([x, rounded[1], rounded[2]])
    return [
        {
            "type": "custom",
            "renderItem": "band",
            "name": name,
            "itemPayload": {"points": points, "colour": colour},
            "itemStyle": {"color": colour},
            "data": [[points[0][0], points[0][1]]],
            "silent": True,
            "tooltip": {"show": False},
            "z": 1,
        }
        for points in stretches
        if points
    ]


def _line(name: str, line: Series, index: int, *, labelled: bool) -> dict[str, Any]:
    colour = theme.SERIES[index % len(theme.SERIES)]
    values = [number(value) for value in line.values]
    return {
        "type": "line",
        "name": name,
        "data": [
            {"value": value, "label": {"show": labelled and value is not None, "formatter": figure(value)}}
            for value in values
        ],
        "symbol": theme.SYMBOLS[index % len(theme.SYMBOLS)],
        "symbolSize": 8,
        "lineStyle": {"color": colour, "width": 2.5, "type": theme.DASHES[index % len(theme.DASHES)]},
        "itemStyle": {"color": colour},
        "label": {
            "position": "top",
            "color": theme.INK,
            "fontFamily": theme.FONT,
            "fontSize": theme.FONT_SIZE,
        },
        "z": 3,
    }


def _names_axis(labels: Sequence[str], room: int, **changes: Any) -> dict[str, Any]:
    """A horizontal axis of names in two lines; where they are too many, ECharts leaves some out."""
    each = room / max(len(labels), 1) / theme.SMALL - 0.7
    label: dict[str, Any] = {"fontSize": theme.SMALL, "lineHeight": 15}
    if each < 3.4:
        label |= {"interval": "auto", "hideOverlap": True}
    names = [theme.two_lines(text, max(each, 3.4)) for text in labels]
    return theme.category_axis(names, axisLabel=label, **changes)


def _check_length(values: Sequence[object], expected: Sequence[object], what: str) -> None:
    if len(values) != len(expected):
        raise ValueError(f"{what}: {len(values)} values for {len(expected)} places")
