"""The funnel plot: every unit a point of its kind, limits that narrow, names that stay data."""

from __future__ import annotations

import json
from math import sqrt

from manyi.charts.funnel import Limits, Names, Unit, funnel_plot
from manyi.charts.render import to_svg

NAMES = Names("Answers", "Score", "Average", "95% limits", "99.8% limits", ("in", "between", "out", "few"))


def limits(*at: float) -> list[Limits]:
    return [
        Limits(n, 70 - 40 / sqrt(n), 70 + 40 / sqrt(n), 70 - 62 / sqrt(n), 70 + 62 / sqrt(n))
        for n in sorted({5, 10, 20, 40, 80, 160, 200, *at})
    ]


def test_points_stand_where_their_unit_does_and_in_its_kind() -> None:
    units = [Unit("A", 72, 40, 0), Unit("B", 60, 90.5, 2), Unit("C", 55, 8, 3)]
    chart = funnel_plot(units, limits(40, 90.5), 70, names=NAMES, title="t")
    scattered = {one["name"]: one["data"] for one in chart.option["series"] if one["type"] == "scatter"}
    assert {name: [point["value"][:2] for point in data] for name, data in scattered.items()} == {
        "in": [[40.0, 72.0]], "between": [], "out": [[90.5, 60.0]], "few": [[8.0, 55.0]],
    }  # fmt: skip
    assert chart.option["series"][0]["markLine"]["data"] == [{"yAxis": 70.0}]
    lines = [one for one in chart.option["series"] if one["type"] == "line"]
    assert [one["name"] for one in lines] == ["95% limits"] * 2 + ["99.8% limits"] * 2
    assert lines[0]["data"][-1] == [200, round(70 - 40 / sqrt(200), 2)]


def test_the_table_is_best_first_with_the_limits_of_each_unit() -> None:
    units = [Unit("low", 60, 40, 2), Unit("high", 80, 90, 0), Unit("few", 70, 6, 3)]
    chart = funnel_plot(units, limits(40, 90), 70, names=NAMES, title="t")
    assert [row[0] for row in chart.table.rows] == ["high", "few", "low"]
    assert chart.table.rows[2][3:] == (round(70 - 40 / sqrt(40), 2), round(70 + 40 / sqrt(40), 2), "out")
    assert chart.table.rows[1][3:5] == (None, None)


def test_names_of_units_are_data_and_cannot_leave_the_page_script() -> None:
    nasty = "</script>{a}{@[0]}"
    chart = funnel_plot([Unit(nasty, 72, 40, 0)], limits(40), 70, names=NAMES, title="t")
    assert "<" not in chart.to_json()
    assert json.loads(chart.to_json())["option"] == chart.option
    assert "{a}" not in json.dumps(
        [one["label"].get("formatter") for one in chart.option["series"] if "label" in one]
    )


def test_it_is_drawn_wide_and_narrow_and_empty() -> None:
    chart = funnel_plot([Unit("East", 72, 40, 0)], limits(40), 70, names=NAMES, title="t")
    assert chart.narrow is not None
    assert chart.narrow.width == 340
    assert "East" in to_svg(chart)
    nothing = funnel_plot([], [], 70, names=NAMES, title="t")
    assert nothing.option["series"] == []
