"""Option → SVG (ECharts in an embedded JavaScript engine) → PNG (resvg). No browser, no Node, no network."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Final

import quickjs
import resvg_py

from manyi.charts.chart import Chart

VENDOR: Final = Path(__file__).parent / "vendor"
FONTS: Final = {400: VENDOR / "fonts/NotoSansSC-Regular.ttf", 700: VENDOR / "fonts/NotoSansSC-Bold.ttf"}
FONT_FAMILY: Final = "Noto Sans SC"
SECONDS: Final = 10.0
MEMORY_BYTES: Final = 512 * 1024 * 1024

# ECharts schedules with timers; a single synchronous picture needs none of them.
_SHIM: Final = """
var setTimeout = function () { return 0; }, clearTimeout = function () {};
function draw(text, width, height) {
  var chart = echarts.init(null, null, {renderer: "svg", ssr: true, width: width, height: height});
  try {
    chart.setOption(JSON.parse(text));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
"""

_engines = threading.local()


class ChartError(Exception):
    """The picture could not be drawn: the assets are missing, or drawing failed or took too long."""


def to_svg(chart: Chart, *, clean_text: bool = True, seconds: float = SECONDS) -> str:
    """The chart as an SVG document.

    `clean_text` removes the outline that ECharts puts around text; WeasyPrint would draw it over the letters.
    Raises ChartError after `seconds`, or when a malformed option stops the engine.
    """
    engine = _engine()
    engine.set_time_limit(seconds)
    draw = engine.get("draw")
    try:
        svg = draw(json.dumps(chart.option, allow_nan=False), chart.width, chart.height)
    except quickjs.JSException as error:
        _engines.engine = None  # an interrupted engine may be left in a half-drawn state
        reason = (str(error).strip() or "no reason given").splitlines()[0]
        raise ChartError(f"{chart.title}: {reason}") from error
    return _CLEAN.sub(_without_outline, str(svg)) if clean_text else str(svg)


def to_png(chart: Chart, scale: float = 2) -> bytes:
    """The chart as PNG on white, `scale` times its width and height, with the font that the wheel brings."""
    svg = to_svg(chart)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(path) for path in FONTS.values()],
            font_family=FONT_FAMILY,
            sans_serif_family=FONT_FAMILY,
        )
    )


def _engine() -> quickjs.Context:
    """One engine per thread: a context belongs to the thread that made it."""
    engine: quickjs.Context | None = getattr(_engines, "engine", None)
    if engine is None:
        bundle = VENDOR / "echarts.ssr.js"
        if not bundle.is_file() or not all(path.is_file() for path in FONTS.values()):
            raise ChartError(f"{VENDOR} is incomplete; run `make assets`, or reinstall the package.")
        engine = quickjs.Context()
        engine.set_memory_limit(MEMORY_BYTES)
        engine.eval(bundle.read_text("utf-8"))
        engine.eval(_SHIM)
        _engines.engine = engine
    return engine


_CLEAN: Final = re.compile(r"<text\b[^>]*>")
_OUTLINE: Final = re.compile(r'\s(?:paint-order|stroke|stroke-width)="[^"]*"')


def _without_outline(tag: re.Match[str]) -> str:
    return _OUTLINE.sub("", tag.group(0))
