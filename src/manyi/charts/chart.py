"""What every chart function returns: one ECharts option and the table of the same numbers."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from manyi.charts import theme

Cell = str | int | float | None
TITLE_HEIGHT = 40


@dataclass(frozen=True)
class Table:
    """The numbers behind a chart, for the page, CSV, XLSX and PDF. Rows are in the order of the chart."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A chart that is ready to draw: plain JSON data, no functions, no Django.

    `width` and `height` are pixels. The option has no title: a page or report puts `title` in its own
    heading; `titled()` is for a picture that stands alone.
    """

    option: dict[str, Any]
    width: int
    height: int
    title: str
    table: Table

    def to_json(self) -> str:
        """The option as JSON that may stand inside a `<script type="application/json">` element."""
        text = json.dumps(self.option, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return (
            text.replace("<", "\\u003c")
            .replace(">", "\\u003e")
            .replace("&", "\\u0026")
            .replace("\u2028", "\\u2028")
            .replace("\u2029", "\\u2029")
        )

    def titled(self) -> Chart:
        """The same chart with its title drawn above, everything else moved down by the title's height."""
        option = deepcopy(self.option)
        for part in ("grid", "legend", "visualMap"):
            if isinstance(option.get(part), dict) and isinstance(option[part].get("top"), int):
                option[part]["top"] += TITLE_HEIGHT
        if "radar" in option:
            x, y = option["radar"]["center"]
            option["radar"]["center"] = [x, y + TITLE_HEIGHT]
        for series in option["series"]:
            if isinstance(series.get("top"), int):
                series["top"] += TITLE_HEIGHT
        option["title"] = theme.title(self.title, self.width)
        return replace(self, option=option, height=self.height + TITLE_HEIGHT)
