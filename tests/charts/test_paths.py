"""The path diagram: boxes in causal order, arrows that keep clear of them, figures that say how sure they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manyi.charts import to_svg
from manyi.charts.paths import Construct, PathArrow, depths, path_diagram, stars
from manyi.measures.pls.model import ACSI_PATHS, CCSI_PATHS, ECSI_PATHS

PRESETS = {"acsi": ACSI_PATHS, "ecsi": ECSI_PATHS, "ccsi": CCSI_PATHS}


def _diagram(paths: Any, label: str = "{}") -> Any:
    keys = list(dict.fromkeys(key for path in paths for key in path))
    return path_diagram(
        [Construct(key, label.format(key) if label == "{}" else label, ["Index 70.1"]) for key in keys],
        [PathArrow(a, b, 0.3, 0.2, 0.4, 0.0001) for a, b in paths],
        title="t",
    )


def _boxes(chart: Any) -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for box in chart.option["series"][0]["data"]:
        (x, y, _), (w, h) = box["value"], box["symbolSize"]
        found[box["name"]] = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
    return found


@pytest.mark.parametrize("paths", PRESETS.values(), ids=PRESETS)
def test_boxes_lie_apart_and_inside_the_picture_on_screens_and_phones(paths: Any) -> None:
    wide = _diagram(paths)
    for chart in (wide, wide.narrow):
        boxes = list(_boxes(chart).values())
        for i, a in enumerate(boxes):
            assert a[0] >= 0
            assert a[1] >= 0
            assert a[2] <= chart.width
            assert a[3] <= chart.height
            assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[:i])


@pytest.mark.parametrize("paths", PRESETS.values(), ids=PRESETS)
def test_on_a_screen_no_arrow_runs_through_a_box(paths: Any) -> None:
    chart = _diagram(paths)
    boxes = _boxes(chart).values()
    for line in chart.option["series"][0]["markLine"]["data"]:
        (x0, y0), (x1, y1) = line[0]["coord"], line[1]["coord"]
        for step in range(1, 40):
            x, y = x0 + (x1 - x0) * step / 40, y0 + (y1 - y0) * step / 40
            assert not any(b[0] + 1 < x < b[2] - 1 and b[1] + 1 < y < b[3] - 1 for b in boxes)


def test_a_construct_stands_right_of_everything_that_leads_to_it() -> None:
    boxes = _boxes(_diagram(ECSI_PATHS))
    assert all(boxes[a][0] < boxes[b][0] for a, b in ECSI_PATHS)


def test_the_same_model_gets_the_same_picture() -> None:
    assert _diagram(CCSI_PATHS).option == _diagram(CCSI_PATHS).option


def test_a_weak_path_is_dashed_and_a_negative_one_has_another_colour() -> None:
    chart = path_diagram(
        [Construct(k, k) for k in "abcd"],
        [PathArrow("a", "b", 0.1, p=0.4), PathArrow("a", "c", 0.5, p=0.01), PathArrow("a", "d", -0.5, p=0.0)],
        title="t",
    )
    by_width = {
        line[0]["lineStyle"]["type"]: line[0]["lineStyle"]
        for line in chart.option["series"][0]["markLine"]["data"]
    }
    assert set(by_width) == {"dashed", "solid"}
    colours = {line[0]["lineStyle"]["color"] for line in chart.option["series"][0]["markLine"]["data"]}
    assert len(colours) == 3
    figures = {spot["value"][2] for spot in chart.option["series"][1]["data"]}
    assert figures == {"0.10", "0.50*", "−0.50***"}


@pytest.mark.parametrize(("p", "sign"), [(None, ""), (0.2, ""), (0.04, "*"), (0.009, "**"), (0.0, "***")])
def test_stars(p: float | None, sign: str) -> None:
    assert stars(p) == sign


def test_what_nothing_leads_to_stands_just_before_what_it_leads_to() -> None:
    arrows = [PathArrow("a", "b", 1), PathArrow("b", "c", 1), PathArrow("late", "c", 1)]
    assert depths(["a", "b", "c", "late"], arrows) == {"a": 0, "b": 1, "c": 2, "late": 1}


def test_arrows_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        depths(["a", "b"], [PathArrow("a", "b", 1), PathArrow("b", "a", 1)])


def test_the_table_holds_every_path_with_its_interval() -> None:
    chart = path_diagram(
        [Construct("a", "A"), Construct("b", "B")], [PathArrow("a", "b", 0.5, 0.4, 0.6, 0.0)], title="t"
    )
    assert chart.table.rows == (("A", "B", 0.5, 0.4, 0.6, 0.0),)


def test_hostile_names_neither_leave_the_json_nor_become_formatters() -> None:
    chart = _diagram(ACSI_PATHS, "</script>{@[0]}{b}")
    assert "<" not in chart.to_json()
    text = json.dumps(chart.option)
    assert text.count('"formatter": "{@[2]}"') == 2
    assert text.count('"formatter"') == 2
    assert "{@[0]}{b}" in to_svg(chart)


def test_a_model_without_constructs_says_so() -> None:
    assert path_diagram([], [], title="t").table.rows == ()


def test_it_can_stand_alone_with_its_title() -> None:
    chart = _diagram(ACSI_PATHS).titled()
    assert chart.option["grid"]["top"] == 38
    assert "t" in to_svg(chart)


def test_four_boxes_in_a_row_stand_side_by_side_on_a_phone():
    names = ["expectation", "delivery", "service", "quality", "cooperation", "satisfaction"]
    middle = names[1:5]
    arrows = [PathArrow("expectation", name, 0.2) for name in middle]
    arrows += [PathArrow(name, "satisfaction", 0.3) for name in middle]
    chart = path_diagram([Construct(n, n.title(), ("70.0", "R² 0.5")) for n in names], arrows, title="Model")
    boxes = chart.narrow.option["series"][0]["data"]
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = [abs(one["value"][k] - other["value"][k]) >= one["symbolSize"][k] for k in (0, 1)]
            assert any(apart), (one["name"], other["name"])
