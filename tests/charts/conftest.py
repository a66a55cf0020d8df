"""One chart of each kind with the same hostile or plain labels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from manyi import charts
from manyi.charts import EN, ZH, Chart, Point, Quadrants, Score, Series, Shares, Texts

Gallery = Callable[[list[str], Texts], dict[str, Chart]]


def _gallery(labels: list[str], texts: Texts = EN) -> dict[str, Chart]:
    """Every chart over four labels."""
    first = labels[0]
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(9)]
    cells = [[50.0 + 4 * x + y for x in range(3)] for y in range(4)]
    return {
        "score_bars": charts.score_bars(
            [Score(label, 60 + 5 * i, 55 + 5 * i, 65 + 5 * i, 100 + i) for i, label in enumerate(labels)],
            title=first,
            texts=texts,
            target=80,
        ),
        "radar": charts.radar(
            labels, [Series(first, [60, 70, 80, 90]), Series("B", [50, 60, 70, 80])], title=first, texts=texts
        ),
        "trend": charts.trend(
            labels,
            [
                Series(first, [70, 71, None, 74], [68, 69, None, 72], [72, 73, None, 76]),
                Series("B", [60] * 4),
            ],
            title=first,
            texts=texts,
            target=75,
        ),
        "heatmap": charts.heatmap(labels, labels[:3], cells, [[20] * 3] * 4, title=first, texts=texts),
        "waterfall": charts.waterfall(
            (first, 70.0),
            [(label, 0.5 - i % 2) for i, label in enumerate(labels)],
            ("B", 70.0),
            title=first,
            texts=texts,
        ),
        "quadrant": charts.quadrant(
            [Point(label, 60 + 8 * i, 0.1 * i, 50) for i, label in enumerate(labels)],
            72,
            0.15,
            x_name=first,
            y_name=first,
            quadrants=Quadrants(first, "B", "C", "D"),
            title=first,
            texts=texts,
        ),
        "distribution": charts.distribution(
            [Shares(label, [0.1, 0.2, 0.3, 0.4], 90) for label in labels], labels, title=first, texts=texts
        ),
        "response_funnel": charts.response_funnel(1200, 800, 600, 430, title=first, texts=texts),
        "daily_line": charts.daily_line(
            days, [100] * 9, list(range(9)), [n // 2 for n in range(9)], title=first, texts=texts
        ),
        "pareto": charts.pareto(labels, [9, 5, 3, 1], title=first, texts=texts),
        "histogram": charts.histogram(
            [0, 25, 50, 75, 100], [1, 5, 20, 9], name=first, title=first, texts=texts
        ),
    }


@pytest.fixture
def gallery() -> Gallery:
    return _gallery


@pytest.fixture(params=["en", "zh"])
def plain(request: pytest.FixtureRequest) -> dict[str, Chart]:
    """Every chart in one language."""
    if request.param == "zh":
        return _gallery(["产品质量", "交付准时率", "售后服务", "价格"], ZH)
    return _gallery(["Quality", "Delivery on time", "Service", "Price"], EN)
