"""What every chart function returns: one ECharts option and the table of the same numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec

from manyi.charts import theme

Cell = str | int | float | None
TITLE_HEIGHT = 38
NARROW_WIDTH = 340

Inputs = ParamSpec("Inputs")


@dataclass(frozen=True)
class Table:
    """The numbers behind a chart, for the page, CSV, XLSX and PDF. Rows are in the order of the chart."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A chart that is ready to draw: plain JSON data, no functions, no Django.

    `width` and `height` are pixels. The option has no title: a page or report puts `title` in its own
    heading; `titled()` is for a picture that stands alone. `narrow` is the same chart laid out for a phone.
    """

    option: dict[str, Any]
    width: int
    height: int
    title: str
    table: Table
    narrow: Chart | None = None

    def to_json(self) -> str:
        """What the page script reads: JSON that may stand in a `<script type="application/json">`."""
        content: dict[str, Any] = {"title": self.title, "height": self.height, "option": self.option}
        if self.narrow is not None:
            content["narrow"] = {"height": self.narrow.height, "option": self.narrow.option}
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        for sign in "<>&\u2028\u2029":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
        return text

    def titled(self) -> Chart:
        """The same chart with its title drawn above, everything else moved down by the title's height."""
        option = deepcopy(self.option)
        for part in ("grid", "legend", "visualMap", "title"):
            if part in option:
                option[part]["top"] += TITLE_HEIGHT
        if "radar" in option:
            x, y = option["radar"]["center"]
            option["radar"]["center"] = [x, y + TITLE_HEIGHT]
        own = [option["title"]] if "title" in option else []
        option["title"] = [theme.title(self.title, self.width), *own]
        return replace(self, option=option, height=self.height + TITLE_HEIGHT, narrow=None)


def responsive(build: Callable[Inputs, Chart]) -> Callable[Inputs, Chart]:
    """Let a chart function also lay its chart out for a phone, as `Chart.narrow`."""

    @wraps(build)
    def both(*args: Inputs.args, **kwargs: Inputs.kwargs) -> Chart:
        chart = build(*args, **kwargs)
        if chart.width <= NARROW_WIDTH:
            return chart
        kwargs["width"] = NARROW_WIDTH
        return replace(chart, narrow=build(*args, **kwargs))

    return both
