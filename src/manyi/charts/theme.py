"""How every chart looks: colours, fonts, spacing. The only place where a colour of a chart is written.

The colours follow Okabe and Ito (https://jfly.uni-koeln.de/color/), darkened so that each has a contrast of
at least 3:1 on white and stays apart from its neighbours with any kind of colour blindness. Colour never
stands alone: series also differ by symbol and dash, bars carry numbers, hidden cells are hatched.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

# Without quotation marks: ECharts writes the value into an SVG attribute as it stands.
FONT: Final = "Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"

INK: Final = "#1f2d3d"
MUTED: Final = "#56616f"
RULE: Final = "#d9dee5"
PALE: Final = "#eef1f5"
BLUE: Final = "#0b63a5"
ORANGE: Final = "#c2600c"
GREEN: Final = "#00806a"
PURPLE: Final = "#9c4a86"
SKY: Final = "#2f8fc4"
OCHRE: Final = "#8f7412"

SERIES: Final = (BLUE, ORANGE, GREEN, PURPLE, SKY, OCHRE)
SYMBOLS: Final = ("circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect")
DASHES: Final = ("solid", "dashed", "dotted", [8, 3, 2, 3], [12, 4], [2, 6])

LOW_TO_HIGH: Final = ("#b4532a", "#e9b594", "#e3e6ea", "#8dbcdd", "#0b63a5")  # poor, middling, good
HATCH: Final = {
    "symbol": "rect",
    "color": "rgba(31,45,61,0.28)",
    "dashArrayX": [1, 0],
    "dashArrayY": [1.5, 5],
    "rotation": -0.785,
}

_OPENING: Final = "（《“‘([{"
_CLOSING: Final = "，。、；：！？）》”’%,.;:!?)]}"

FONT_SIZE: Final = 13
SMALL: Final = 12


def base() -> dict[str, Any]:
    """The part that every option shares. Motion is switched on by the page for those who want it."""
    return {
        "animation": False,
        "color": list(SERIES),
        "textStyle": {"fontFamily": FONT, "fontSize": FONT_SIZE, "color": INK},
        "tooltip": {
            "trigger": "item",
            "confine": True,
            "textStyle": {"fontFamily": FONT, "fontSize": FONT_SIZE, "color": INK},
        },
    }


def title(text: str, width: int) -> dict[str, Any]:
    """A title above the chart, cut with an ellipsis where it would not fit."""
    return {
        "text": clip(text, (width - 24) / 16),
        "left": 12,
        "top": 8,
        "padding": 0,
        "textStyle": {"fontFamily": FONT, "fontSize": 16, "fontWeight": 700, "color": INK},
    }


def legend(names: list[str], width: int, symbols: Sequence[str] | None = None) -> tuple[dict[str, Any], int]:
    """A legend above the plot that shows every name, and its height: a printed chart has no pages to turn."""
    rows, used = 1, 0.0
    for name in names:
        need = width_em(name) * FONT_SIZE + (12 if symbols else 24) + 5 + 10 + 14
        if used and used + need > width - 56:
            rows, used = rows + 1, 0.0
        used += need
    icons: Sequence[str | None] = symbols or [None] * len(names)
    option = {
        "type": "plain",
        "data": [
            {"name": name, "icon": icon} if icon else {"name": name}
            for name, icon in zip(names, icons, strict=True)
        ],
        "top": 4,
        "left": 12,
        "right": 36,
        "itemWidth": 12 if symbols else 24,
        "itemHeight": 12,
        "itemGap": 14,
        "textStyle": {"color": INK, "fontFamily": FONT, "fontSize": FONT_SIZE, "padding": [0, 10, 0, 0]},
    }
    return option, 8 + 27 * rows


def value_axis(**changes: Any) -> dict[str, Any]:
    """An axis of numbers: light rules, no line."""
    return {
        "type": "value",
        "axisLabel": {"color": MUTED, "fontSize": SMALL, "fontFamily": FONT},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"lineStyle": {"color": RULE}},
        "nameTextStyle": {"color": MUTED, "fontSize": SMALL, "fontFamily": FONT},
        **changes,
    }


def category_axis(labels: list[str], **changes: Any) -> dict[str, Any]:
    """An axis of names. Every name is shown: the charts reserve the room."""
    label = {
        "color": INK,
        "fontSize": FONT_SIZE,
        "fontFamily": FONT,
        "interval": 0,
        **changes.pop("axisLabel", {}),
    }
    return {
        "type": "category",
        "data": labels,
        "axisLabel": label,
        "axisLine": {"lineStyle": {"color": RULE}},
        "axisTick": {"show": False},
        "nameTextStyle": {"color": MUTED, "fontSize": SMALL, "fontFamily": FONT},
        **changes,
    }


def width_em(text: str) -> float:
    """Rough width of a text in em: a Chinese character counts 1, a Latin one 0.58."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.58 for sign in text)


def clip(text: str, room: float) -> str:
    """One line of at most `room` em; a cut text ends with an ellipsis. Control characters become spaces."""
    line = " ".join(
        "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text[:4000]).split()
    )
    if width_em(line) <= room:
        return line
    used, best = 0.0, "…"
    for place, sign in enumerate(line, start=1):
        used += width_em(sign)
        mark = "…" if width_em(sign) == 1 else "..."  # Chinese fonts set the single sign in mid-height
        if used + width_em(mark) <= room:
            best = line[:place].rstrip() + mark
        elif used > room:
            break
    return best


def two_lines(text: str, room: float) -> str:
    """At most two lines of `room` em each, of like length: broken at a space, after a hyphen or between Chinese
    characters, never before closing or after opening punctuation; what still does not fit is cut.
    """
    line = clip(text, room * 2)
    if width_em(line) <= room:
        return line
    breaks = [
        place
        for place in range(1, len(line))
        if width_em(line[:place]) <= room
        and line[place - 1] not in _OPENING
        and line[place] not in _CLOSING
        and (line[place - 1] in " -" or not (line[place - 1].isascii() and line[place].isascii()))
    ]
    fitting = [place for place in breaks if width_em(line[place:]) <= room]
    if fitting:
        best = min(fitting, key=lambda place: abs(width_em(line[:place]) - width_em(line[place:])))
    elif breaks:
        best = breaks[-1]
    else:
        best = max((place for place in range(1, len(line)) if width_em(line[:place]) <= room), default=1)
    return f"{line[:best].rstrip()}\n{clip(line[best:], room)}"


def unique(labels: list[str]) -> list[str]:
    """The same labels, told apart where two are alike: ECharts joins series of one name."""
    seen: dict[str, int] = {}
    result = []
    for label in labels:
        count = seen[label] = seen.get(label, 0) + 1
        result.append(label if count == 1 else f"{label} ({count})")
    return result


def label_room(labels: list[str], *, most: float = 17, size: int = FONT_SIZE) -> int:
    """Pixels that the longest label needs, at most `most` em."""
    longest = max((width_em(line) for label in labels for line in label.split("\n")), default=0)
    return round(min(longest, most) * size) + 24


def ramp(share: float) -> str:
    """Colour between poor (0) and good (1) on the scale LOW_TO_HIGH."""
    place = min(max(share, 0.0), 1.0) * (len(LOW_TO_HIGH) - 1)
    left = min(int(place), len(LOW_TO_HIGH) - 2)
    rest = place - left
    pairs = zip(_rgb(LOW_TO_HIGH[left]), _rgb(LOW_TO_HIGH[left + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * rest):02x}" for a, b in pairs)


def ink_on(colour: str) -> str:
    """Text colour with the better contrast on `colour` (WCAG 2.2 contrast ratio)."""
    own = _luminance(colour)
    return "#000000" if (own + 0.05) / 0.05 > 1.05 / (own + 0.05) else "#ffffff"


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
