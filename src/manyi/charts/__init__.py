"""Charts: a result in, one plain JSON option and the table of the same numbers out. No Django.

The browser draws the option with the same bundle that `render` runs for reports, so a chart is written once.
Entry points: the functions below, `render.to_svg` and `render.to_png`.
"""

from manyi.charts.chart import Chart, Table
from manyi.charts.counts import Shares, daily_line, distribution, histogram, pareto, response_funnel
from manyi.charts.paths import Construct, PathArrow, path_diagram, stars
from manyi.charts.priorities import Point, Quadrants, quadrant
from manyi.charts.render import ChartError, to_png, to_svg
from manyi.charts.scores import Score, Series, heatmap, radar, score_bars, trend, waterfall
from manyi.charts.texts import EN, ZH, Texts, texts_for

__all__ = [
    "EN",
    "ZH",
    "Chart",
    "ChartError",
    "Construct",
    "PathArrow",
    "Point",
    "Quadrants",
    "Score",
    "Series",
    "Shares",
    "Table",
    "Texts",
    "daily_line",
    "distribution",
    "heatmap",
    "histogram",
    "pareto",
    "path_diagram",
    "quadrant",
    "radar",
    "response_funnel",
    "score_bars",
    "stars",
    "texts_for",
    "to_png",
    "to_svg",
    "trend",
    "waterfall",
]
