"""The path diagram of a structural model: constructs as boxes, arrows with coefficients."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from manyi.charts import layout, theme
from manyi.charts.chart import NARROW_WIDTH, Chart, Table, responsive
from manyi.charts.layout import figure, number
from manyi.charts.texts import EN, Texts

Point = tuple[float, float]
LINE = 17
STARTS = 12


class Construct(NamedTuple):
    """A box. `key` is what paths refer to, `lines` are drawn below the name (index, R²)."""

    key: str
    label: str
    lines: Sequence[str] = ()


class PathArrow(NamedTuple):
    """An arrow from one construct to another. `p` decides stars and colour; None when it is not known."""

    start: str
    end: str
    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None


def stars(p: float | None) -> str:
    """`***` below .001, `**` below .01, `*` below .05, else nothing."""
    return "" if p is None else "***" if p < 0.001 else "**" if p < 0.01 else "*" if p < 0.05 else ""


def depths(keys: Sequence[str], arrows: Sequence[PathArrow]) -> dict[str, int]:
    """How long the longest chain of arrows to each construct is. Raises ValueError when arrows run in a circle."""
    sources = {key: [a.start for a in arrows if a.end == key] for key in keys}
    found: dict[str, int] = {}
    while len(found) < len(keys):
        ready = [key for key in keys if key not in found and all(s in found for s in sources[key])]
        if not ready:
            raise ValueError("The arrows run in a circle.")
        found |= {key: 1 + max((found[s] for s in sources[key]), default=-1) for key in ready}
    # What nothing leads to stands just before what it leads to, not at the far left.
    for key in keys:
        ends = [found[a.end] for a in arrows if a.start == key]
        if not sources[key] and ends:
            found[key] = min(ends) - 1
    return found


@responsive
def path_diagram(
    constructs: Sequence[Construct],
    arrows: Sequence[PathArrow],
    *,
    title: str,
    texts: Texts = EN,
    headers: tuple[str, ...] = ("From", "To", "Path", "95% low", "95% high", "p"),
    width: int = 900,
) -> Chart:
    """Boxes from left to right by the longest chain that leads to them; on a phone from top to bottom.

    An arrow is as thick as its path is strong, dashed and pale where it may be zero (p ≥ .05), orange where it
    is negative. `headers` name the columns of the table: from, to, path, low, high, p.
    """
    names = {c.key: c.label for c in constructs}
    table = Table(
        headers,
        tuple(
            (
                names[a.start],
                names[a.end],
                number(a.value, 3),
                number(a.low, 3),
                number(a.high, 3),
                number(a.p, 4),
            )
            for a in arrows
        ),
    )
    if not constructs:
        return layout.empty(title, table, texts.no_data, width=width)
    places, height, box = _places(constructs, arrows, width)
    lines, labels = [], []
    taken = [(x - box[0] / 2, y - box[1] / 2, x + box[0] / 2, y + box[1] / 2) for x, y in places.values()]
    found = [(arrow, *_line(arrow, places, box)) for arrow in arrows]
    # Short arrows choose first where their figure stands: they have the least room.
    for arrow, line, colour, spots in sorted(found, key=lambda f: math.dist(f[3][-2], f[3][-1])):
        lines.append(line)
        text = figure(arrow.value, 2) + stars(arrow.p)
        x, y = _free(spots, theme.width_em(text) * theme.SMALL, taken)
        labels.append({"value": [x, y, text], "label": {"color": colour}})
    boxes = [_box(c, places[c.key], box) for c in constructs]
    hidden = {"type": "value", "show": False}
    option = {
        **theme.base(),
        "grid": {"left": 0, "right": 0, "top": 0, "bottom": 0},
        "xAxis": {**hidden, "min": 0, "max": width},
        "yAxis": {**hidden, "min": 0, "max": height, "inverse": True},
        "series": [
            {
                "type": "scatter",
                "symbol": "roundRect",
                "data": boxes,
                "itemStyle": {"opacity": 1, "color": theme.PALE, "borderColor": theme.INK, "borderWidth": 1},
                "markLine": {"silent": True, "z": 2, "data": lines, "label": {"show": False}},
                "label": {
                    "show": True,
                    "position": "inside",
                    "formatter": "{@[2]}",
                    "color": theme.INK,
                    "fontFamily": theme.FONT,
                    "fontSize": theme.SMALL,
                    "lineHeight": LINE,
                },
                "tooltip": {"show": False},
                "z": 3,
            },
            {
                "type": "scatter",
                "symbolSize": 1,
                "itemStyle": {"color": "transparent", "opacity": 1},
                "data": labels,
                "label": {
                    "show": True,
                    "position": "inside",
                    "formatter": "{@[2]}",
                    "backgroundColor": "#ffffff",
                    "padding": [1, 3],
                    "fontFamily": theme.FONT,
                    "fontSize": theme.SMALL,
                    "fontWeight": 700,
                },
                "tooltip": {"show": False},
                "z": 6,
            },
        ],
    }
    return Chart(option, width, height, title, table)


def _places(
    constructs: Sequence[Construct], arrows: Sequence[PathArrow], width: int
) -> tuple[dict[str, Point], int, Point]:
    """Middle of every box, height of the picture, size of a box.

    How far right a box stands (how low, on a phone) is the length of the longest chain to it. Across, it may
    choose among a few tracks, and takes the ones where arrows run free: improved box by box from a few starts.
    """
    depth = depths([c.key for c in constructs], arrows)
    last = max(depth.values())
    high = 16.0 + LINE * (1 + max(len(c.lines) for c in constructs))
    widest = max(theme.width_em(text) for c in constructs for text in (c.label, *c.lines))
    wide = min(150.0, max(84.0, widest * theme.SMALL + 20))
    upright = width <= NARROW_WIDTH
    crowd = max(list(depth.values()).count(d) for d in range(last + 1))
    if upright:
        # As many tracks as let the fullest row stand side by side, every second one taken.
        wide = min(wide, 108.0, (width - 16) / crowd - 9)
        steps = max(4, 2 * crowd - 2)
        tracks = [8 + wide / 2 + k * (width - 16 - wide) / steps for k in range(steps + 1)]
        height = round(16 + high + last * (high + 46))
        along = {key: 8 + high / 2 + d * (high + 46) for key, d in depth.items()}
    else:
        rows = min(7, max(3, crowd + 2, len(depth) - 2))
        tracks = [10 + high / 2 + k * (high + 26) for k in range(rows)]
        height = 0
        step = (width - 20 - wide) / max(1, last)
        along = {key: 10 + wide / 2 + d * step if last else width / 2 for key, d in depth.items()}

    def at(choice: dict[str, int]) -> dict[str, Point]:
        return {
            key: (tracks[track], along[key]) if upright else (along[key], tracks[track])
            for key, track in choice.items()
        }

    ends = [(a.start, a.end) for a in arrows]
    rng = random.Random(1)  # noqa: S311 - the same model gets the same picture
    best: tuple[float, dict[str, int]] = (math.inf, {})
    for start in range(STARTS):
        choice = {key: rng.randrange(len(tracks)) if start else len(tracks) // 2 for key in depth}
        cost, before = _tangle(at(choice), ends, (wide, high)), math.inf
        while cost < before:
            before = cost
            for key in depth:
                for track in range(len(tracks)):
                    tried = _tangle(at(choice | {key: track}), ends, (wide, high))
                    if tried < cost:
                        cost, choice = tried, choice | {key: track}
        if not start or cost < best[0]:
            best = cost, choice
    places = at(best[1])
    if upright:
        return places, height, (wide, high)
    top = min(y for _, y in places.values()) - high / 2 - 10
    bottom = max(y for _, y in places.values()) + high / 2 + 10
    return {key: (x, y - top) for key, (x, y) in places.items()}, round(bottom - top), (wide, high)


def _tangle(places: dict[str, Point], ends: Sequence[tuple[str, str]], box: Point) -> float:
    """How hard a layout is to read: boxes that overlap, arrows through boxes, crossings, arrows too short."""
    keys, total = list(places), 0.0
    for i, a in enumerate(keys):
        for b in keys[:i]:
            (ax, ay), (bx, by) = places[a], places[b]
            total += 1000 * (abs(ax - bx) < box[0] + 8 and abs(ay - by) < box[1] + 8)
    lines = [(places[a], places[b]) for a, b in ends]
    for (a, b), (p, q) in zip(ends, lines, strict=True):
        total += 20 * sum(_passes(p, q, places[key], box) for key in keys if key not in (a, b))
        seen = math.dist(_border(p, q, box), _border(q, p, box))
        total += max(0.0, 70 - seen) / 6 + abs(p[1] - q[1]) / 200 + abs(p[0] - q[0]) / 400
    for i, (p, q) in enumerate(lines):
        for j in range(i):
            if not set(ends[i]) & set(ends[j]):
                total += 3 * _cross(p, q, *lines[j])
    return total


def _border(inside: Point, toward: Point, box: Point) -> Point:
    """Where the line from the middle of a box to another point leaves the box."""
    dx, dy = toward[0] - inside[0], toward[1] - inside[1]
    t = min(
        box[0] / 2 / abs(dx) if dx else math.inf,
        box[1] / 2 / abs(dy) if dy else math.inf,
    )
    t = 0.0 if math.isinf(t) else min(t, 0.5)
    return inside[0] + t * dx, inside[1] + t * dy


def _passes(p: Point, q: Point, middle: Point, box: Point) -> bool:
    """Whether the line from p to q touches a box (with a little air around it)."""
    low, high = 0.0, 1.0
    for axis in (0, 1):
        half, d = box[axis] / 2 + 6, q[axis] - p[axis]
        near, far = middle[axis] - half - p[axis], middle[axis] + half - p[axis]
        if abs(d) < 1e-9:
            if near > 0 or far < 0:
                return False
            continue
        first, second = sorted((near / d, far / d))
        low, high = max(low, first), min(high, second)
    return low < high


def _cross(p: Point, q: Point, r: Point, s: Point) -> bool:
    def side(a: Point, b: Point, c: Point) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return side(p, q, r) * side(p, q, s) < 0 and side(r, s, p) * side(r, s, q) < 0


def _line(
    arrow: PathArrow, places: dict[str, Point], box: Point
) -> tuple[list[dict[str, Any]], str, list[Point]]:
    """The arrow from border to border, its colour, and points along it where its figure may stand."""
    middle, other = places[arrow.start], places[arrow.end]
    start, end = _border(middle, other, box), _border(other, middle, box)
    value = arrow.value or 0.0
    unsure = arrow.p is not None and arrow.p >= 0.05
    colour = theme.MUTED if unsure else theme.ORANGE if value < 0 else theme.BLUE
    style = {
        "color": colour,
        "width": number(1 + 3 * min(1.0, abs(value)), 1),
        "type": "dashed" if unsure else "solid",
    }
    line: list[dict[str, Any]] = [
        {"coord": [round(v, 1) for v in start], "lineStyle": style, "symbol": "none"},
        {"coord": [round(v, 1) for v in end], "symbol": "arrow", "symbolSize": 10},
    ]
    spots = [
        (start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1]))
        for t in (0.45, 0.55, 0.36, 0.64, 0.28, 0.72, 0.2, 0.8)
    ]
    return line, colour, spots


def _free(spots: Sequence[Point], wide: float, taken: list[tuple[float, float, float, float]]) -> Point:
    """The spot where a figure covers the least of what stands already; the room it takes is noted."""

    def room(spot: Point) -> tuple[float, float, float, float]:
        return spot[0] - wide / 2 - 4, spot[1] - 9, spot[0] + wide / 2 + 4, spot[1] + 9

    def covered(spot: Point) -> float:
        left, top, right, bottom = room(spot)
        return sum(
            max(0.0, min(right, t[2]) - max(left, t[0])) * max(0.0, min(bottom, t[3]) - max(top, t[1]))
            for t in taken
        )

    best = min(spots, key=covered)
    taken.append(room(best))
    return round(best[0], 1), round(best[1], 1)


def _box(construct: Construct, place: Point, box: Point) -> dict[str, Any]:
    room = (box[0] - 10) / theme.SMALL
    text = "\n".join(theme.clip(line, room) for line in (construct.label, *construct.lines))
    return {
        "name": theme.clip(construct.label, 40),
        "value": [round(place[0], 1), round(place[1], 1), text],
        "symbolSize": [box[0], box[1]],
    }
