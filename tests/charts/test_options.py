"""Options are plain data, say what they should, and never hold what they must not."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from manyi import charts
from manyi.charts import EN, Chart, Point, Quadrants, Score, Series, Shares, Texts

from .conftest import Gallery

SECRET = 41.27
KINDS = [
    *("score_bars", "radar", "trend", "heatmap", "waterfall", "quadrant"),
    *("distribution", "response_funnel", "daily_line", "pareto", "histogram"),
]


def everything(chart: Chart) -> str:
    return chart.to_json() + json.dumps(chart.option) + json.dumps([chart.table.headers, chart.table.rows])


def test_every_option_is_plain_json(plain: dict[str, Chart]) -> None:
    for name, chart in plain.items():
        content = json.loads(chart.to_json())
        assert content["option"] == chart.option, name
        assert content["title"] == chart.title
        assert content["height"] == chart.height


def test_every_chart_has_a_table_of_the_same_shape_as_its_headers(plain: dict[str, Chart]) -> None:
    for name, chart in plain.items():
        assert chart.table.rows, name
        assert all(len(row) == len(chart.table.headers) for row in chart.table.rows), name


def test_every_wide_chart_brings_a_layout_for_phones(plain: dict[str, Chart]) -> None:
    for name, chart in plain.items():
        assert chart.narrow is not None, name
        assert chart.narrow.width == 340
        assert chart.narrow.table == chart.table


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_in_a_label_cannot_leave_the_json_element(kind: str, gallery: Gallery) -> None:
    chart = gallery(["</script><script>alert(1)</script>", "<!--", "&amp;", "\u2028"], EN)[kind]

    assert "<" not in chart.to_json()
    assert "\u2028" not in chart.to_json()


@pytest.mark.parametrize("kind", KINDS)
def test_no_label_ever_becomes_part_of_a_formatter(kind: str, gallery: Gallery) -> None:
    chart = gallery(["{a}{b}{c}", "{@[0]}", "{value}", "$&"], EN)[kind]

    def formatters(node: Any) -> list[Any]:
        if isinstance(node, dict):
            own = [node["formatter"]] if "formatter" in node else []
            return own + [f for child in node.values() for f in formatters(child)]
        return [f for child in node for f in formatters(child)] if isinstance(node, list) else []

    assert not [f for f in formatters(chart.option) if "{" in str(f) and f != "{value}%"]


def test_bars_are_sorted_with_withheld_items_last() -> None:
    chart = charts.score_bars(
        [Score("a", None), Score("b", 10, 8, 12, 30), Score("c", 90, 80, 95, 40)], title="t"
    )

    assert [row[0] for row in chart.table.rows] == ["c", "b", "a"]
    assert chart.table.rows[2] == ("a", None, None, None, None)


def test_the_order_of_bars_can_be_kept() -> None:
    chart = charts.score_bars([Score("low", 10), Score("high", 90)], title="t", sort=False)

    assert [row[0] for row in chart.table.rows] == ["low", "high"]


def test_height_grows_with_the_rows() -> None:
    heights = [
        charts.score_bars([Score(str(i), 50) for i in range(n)], title="t").height for n in (1, 10, 30)
    ]

    assert heights[2] - heights[1] == 20 * 36
    assert heights[1] - heights[0] == 9 * 36


def test_a_withheld_score_takes_its_interval_and_count_along() -> None:
    chart = charts.score_bars([Score("a", None, SECRET, SECRET, 4127), Score("b", 50)], title="t")

    assert "41.27" not in everything(chart)
    assert "4127" not in everything(chart)


def test_a_hidden_cell_leaves_no_trace_of_its_value_or_count() -> None:
    chart = charts.heatmap(
        ["r1", "r2"],
        ["c1", "c2"],
        [[SECRET, 60], [70, 80]],
        [[4127, 20], [20, 20]],
        hidden=[[True, False], [False, False]],
        title="t",
    )

    assert "41.27" not in everything(chart)
    assert "4127" not in everything(chart)
    assert chart.table.rows[0] == ("r1", None, 60.0)


def test_a_withheld_point_of_a_trend_takes_its_interval_along() -> None:
    chart = charts.trend(["w1", "w2"], [Series("s", [None, 60], [SECRET, 55], [SECRET, 65])], title="t")

    assert "41.27" not in everything(chart)


def test_a_withheld_distribution_takes_its_count_along() -> None:
    chart = charts.distribution(
        [Shares("a", None, 4127), Shares("b", [0.5, 0.5], 20)], ["no", "yes"], title="t"
    )

    assert "4127" not in everything(chart)


def test_a_radar_leaves_out_an_axis_with_a_missing_value_but_keeps_it_in_the_table() -> None:
    chart = charts.radar(["a", "b", "c", "d"], [Series("s", [50, 60, None, 70])], title="t")

    assert [axis["name"] for axis in chart.option["radar"]["indicator"]] == ["a", "b", "d"]
    assert chart.table.rows[2] == ("c", None)


def test_a_radar_of_two_axes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 3 axes, got 2"):
        charts.radar(["a", "b"], [Series("s", [1, 2])], title="t")


def test_a_waterfall_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match=r"give 71\.000, but the end is 72\.000"):
        charts.waterfall(("before", 70), [("a", 1)], ("after", 72), title="t")


def test_a_trend_with_too_few_values_is_refused() -> None:
    with pytest.raises(ValueError, match="1 values for 2 places"):
        charts.trend(["w1", "w2"], [Series("s", [1])], title="t")


def test_the_axis_of_a_trend_stays_inside_the_scale() -> None:
    chart = charts.trend(["w1", "w2"], [Series("s", [99.5, 100], [98, 99], [100, 100])], title="t")

    assert chart.option["yAxis"]["max"] == 100
    assert 75 <= chart.option["yAxis"]["min"] <= 95


@pytest.mark.parametrize(
    ("bad", "where"),
    [(float("nan"), "nan"), (float("inf"), "inf")],
)
def test_nan_and_infinity_are_treated_as_unknown(bad: float, where: str) -> None:
    chart = charts.score_bars([Score("a", bad, bad, bad, 10), Score("b", 50, bad, 60, 10)], title=where)

    assert json.loads(chart.to_json())
    assert chart.table.rows == (("b", 50.0, None, 60.0, 10), ("a", None, None, None, None))


def test_the_pareto_picture_is_short_and_its_table_whole() -> None:
    chart = charts.pareto([f"cause {n}" for n in range(40)], list(range(40)), title="t")

    assert len(chart.option["series"][0]["data"]) == 15
    assert len(chart.table.rows) == 40
    assert chart.table.rows[0][:2] == ("cause 39", 39)
    assert chart.table.rows[-1][3] == 100.0


def test_a_point_on_a_cut_line_belongs_to_the_higher_field() -> None:
    fields = Quadrants("fix", "keep", "watch", "enough")
    chart = charts.quadrant(
        [Point("on both", 70, 0.3), Point("below", 69.9, 0.3)],
        70,
        0.3,
        x_name="x",
        y_name="y",
        quadrants=fields,
        title="t",
    )

    assert [(row[0], row[4]) for row in chart.table.rows] == [("below", "fix"), ("on both", "keep")]


@pytest.mark.parametrize(
    "chart",
    [
        charts.score_bars([], title="t"),
        charts.trend([], [], title="t"),
        charts.heatmap([], [], [], [], title="t"),
        charts.distribution([], [], title="t"),
        charts.response_funnel(0, 0, None, 0, title="t"),
        charts.daily_line([], [], [], [], title="t"),
        charts.pareto([], [], title="t"),
        charts.histogram([0, 1], [0], title="t"),
        charts.quadrant([], 0, 0, x_name="x", y_name="y", quadrants=Quadrants("", "", "", ""), title="t"),
    ],
)
def test_no_data_gives_a_line_of_text_instead_of_axes(chart: Chart) -> None:
    assert chart.option["title"]["text"] == EN.no_data
    assert "xAxis" not in chart.option
    assert chart.table.rows == ()


def test_both_languages_have_every_word() -> None:
    for texts in (charts.EN, charts.ZH):
        assert all(vars(texts).values())
    assert isinstance(EN, Texts)


def test_days_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="Opened: 1 counts for 2 days"):
        charts.daily_line([date(2026, 1, 1), date(2026, 1, 2)], [1, 2], [1], [1, 2], title="t")
