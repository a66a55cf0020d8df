"""Charts of scores: how good, how sure, where, since when, and what changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import Chart, Table
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
        return layout.empty(title, headers, texts, width=width)
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
    top = layout.LEGEND_HEIGHT if len(series) > 1 else 8
    radius = min(150, width // 2 - 130)
    height = top + radius * 2 + 72
    data = []
    for index, line in enumerate(series):
        _check_length(line.values, axes, "values")
        colour = theme.SERIES[index % len(theme.SERIES)]
        data.append(
            {
                "name": names[index],
                "value": [number(value) if number(value) is not None else "-" for value in line.values],
                "symbol": theme.SYMBOLS[index % len(theme.SYMBOLS)],
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
                {"name": _two_lines(axis), "min": scale[0], "max": scale[1]}
                for axis in theme.unique(list(axes))
            ],
            "center": [width // 2, top + radius + 36],
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
        option["legend"] = theme.legend(names)
    table = tuple((axis, *(number(line.values[i]) for line in series)) for i, axis in enumerate(axes))
    return Chart(option, width, height, title, Table((texts.item, *(line.name for line in series)), table))


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
        return layout.empty(title, tuple(headers), texts, width=width)
    names = theme.unique([theme.clip(line.name, 20) for line in series])
    every: list[float | None] = [target]
    drawn: list[dict[str, Any]] = []
    for index, line in enumerate(series):
        colour = theme.SERIES[index % len(theme.SERIES)]
        for values in (line.values, line.lows, line.highs):
            if values:
                _check_length(values, points, line.name)
                every += [number(value) for value in values]
        drawn += _bands(names[index], line, colour)
        drawn.append(_line(names[index], line, index, labelled=len(series) == 1 and len(points) <= 12))
    low, high = layout.value_range(every, scale)
    if target is not None:
        drawn[-1]["markLine"] = {**_target_line(target, texts), "data": [{"yAxis": target}]}
        drawn[-1]["markLine"]["label"] |= {"position": "insideStartTop", "align": "left"}
    top = layout.LEGEND_HEIGHT + 14 if len(series) > 1 else 24
    option = {
        **theme.base(),
        "grid": {"top": top, "left": 52, "right": 28, "bottom": 44, "outerBoundsMode": "none"},
        "xAxis": theme.category_axis(_under_axis(points, width - 80), axisLabel=_spread(points, width - 80)),
        "yAxis": theme.value_axis(min=low, max=high),
        "series": drawn,
    }
    if len(series) > 1:
        option["legend"] = theme.legend(names)
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
        return layout.empty(title, (texts.item, *columns), texts, width=width)
    _check_length(values, rows, "values")
    em = min(layout.LABEL_EM, width * 0.3 / theme.FONT_SIZE)
    names = [theme.clip(row, em * 1.8) for row in rows]
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
                closed_cells.append({"name": name, "value": [x, y, texts.hidden]})
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
        "xAxis": theme.category_axis(
            _under_axis(columns, width - left - 12),
            position="top",
            axisLine={"show": False},
            axisLabel=_spread(columns, width - left - 12),
        ),
        "yAxis": theme.category_axis(
            names,
            inverse=True,
            axisLine={"show": False},
            axisLabel={"width": left - 12, "overflow": "break", "lineHeight": 16},
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
                "label": {"show": True, "formatter": layout.DASH, "color": theme.MUTED},
                "itemStyle": {**edge, "color": theme.PALE, "decal": theme.HATCH},
            },
        ],
    }
    height = 84 + layout.ROW_HEIGHT * len(rows)
    return Chart(option, width, height, title, Table((texts.item, *columns), tuple(table)))


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


def _two_lines(text: str) -> str:
    line = theme.clip(text, 15)
    if theme.width_em(line) <= 8:
        return line
    half = len(line) // 2
    space = min((i for i, sign in enumerate(line) if sign == " "), key=lambda i: abs(i - half), default=None)
    return f"{line[:half]}\n{line[half:]}" if space is None else f"{line[:space]}\n{line[space + 1 :]}"


def _under_axis(labels: Sequence[str], room: int) -> list[str]:
    each = max(4.0, room / max(len(labels), 1) / theme.SMALL - 1)
    return [theme.clip(label, min(each * 1.8, 24)) for label in labels]


def _spread(labels: Sequence[str], room: int) -> dict[str, Any]:
    """Labels of a horizontal axis: two lines where they fit, left out by ECharts where there are too many."""
    each = room // max(len(labels), 1)
    changes: dict[str, Any] = {"fontSize": theme.SMALL, "lineHeight": 15}
    if each < 5 * theme.SMALL:
        return {**changes, "interval": "auto", "hideOverlap": True}
    return {**changes, "width": each - 8, "overflow": "break"}


def _check_length(values: Sequence[object], expected: Sequence[object], what: str) -> None:
    if len(values) != len(expected):
        raise ValueError(f"{what}: {len(values)} values for {len(expected)} places")
