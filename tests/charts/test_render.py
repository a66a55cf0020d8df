"""Pictures: what stands in the SVG, and whether ink lands where a label belongs."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image

from manyi import charts
from manyi.charts import EN, ZH, Chart, ChartError, Score, to_png, to_svg

from .conftest import Gallery
from .test_options import KINDS

HOSTILE = ["<script>alert(1)</script>", "\"'&{a}{b}{c}{@[0]}", "{value}$&{style|x}", "长" * 2000]


def words(svg: str) -> str:
    """All text of the picture without the breaks of lines."""
    root = ElementTree.fromstring(svg)  # noqa: S314 (our own drawing)
    return "".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))


def normalised(svg: str) -> str:
    """Without the numbers that an engine counts up from one drawing to the next."""
    return re.sub(r"zr\d+[-\w]*", "zr", svg)


def ink(png: bytes, box: tuple[float, float, float, float]) -> float:
    """Share of pixels darker than the background in a box given as shares of width and height."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    wide, high = picture.size
    part = picture.crop((int(box[0] * wide), int(box[1] * high), int(box[2] * wide), int(box[3] * high)))
    dark = sum(part.histogram()[:160])
    return dark / (part.width * part.height)


def test_every_chart_is_drawn_with_its_labels(plain: dict[str, Chart]) -> None:
    for name, chart in plain.items():
        drawn = words(to_svg(chart.titled()))
        assert chart.title in drawn, name
        if name not in {"daily_line", "histogram", "response_funnel"}:
            for row in chart.table.rows:
                assert str(row[0]).replace(" ", "") in drawn.replace(" ", ""), name


def test_every_phone_layout_is_drawn(plain: dict[str, Chart]) -> None:
    for name, chart in plain.items():
        assert chart.narrow is not None
        assert 'width="340"' in to_svg(chart.narrow), name


def test_the_same_chart_gives_the_same_picture_twice(plain: dict[str, Chart]) -> None:
    chart = plain["heatmap"]

    assert normalised(to_svg(chart)) == normalised(to_svg(chart))


def test_an_option_is_not_changed_by_drawing_or_titling(plain: dict[str, Chart]) -> None:
    chart = plain["quadrant"]
    before = chart.to_json()

    to_svg(chart.titled())

    assert chart.to_json() == before


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_labels_are_drawn_as_they_stand(kind: str, gallery: Gallery) -> None:
    svg = to_svg(gallery(HOSTILE, EN)[kind])

    assert "<script" not in svg
    ElementTree.fromstring(svg)  # noqa: S314 (well-formed)
    if kind in {"score_bars", "heatmap", "waterfall", "pareto"}:
        assert "{a}{b}{c}" in words(svg)


def test_braces_in_the_name_of_a_point_mean_nothing(gallery: Gallery) -> None:
    drawn = words(to_svg(gallery(["{a}", "{b}", "{c}", "{d}"], EN)["quadrant"]))

    assert all(name in drawn for name in ("{a}", "{b}", "{c}", "{d}"))


def test_text_has_no_outline_that_weasyprint_would_draw_over_it(plain: dict[str, Chart]) -> None:
    for chart in plain.values():
        assert not re.search(r"<text[^>]*\bstroke", to_svg(chart))


def test_chinese_glyphs_leave_ink_of_different_shapes() -> None:
    def label(text: str) -> bytes:
        chart = charts.score_bars([Score(text, 50)], title="t", texts=ZH)
        return to_png(chart)

    one, other = label("满意"), label("投诉")
    box = (0.0, 0.2, 0.055, 0.5)

    assert ink(one, box) > 0.02
    assert ink(other, box) > 0.02
    assert one != other  # boxes for missing glyphs would be alike
    assert ink(one, (0.0, 0.0, 1.0, 0.1)) == 0


def test_signs_that_labels_use_have_glyphs() -> None:
    def picture(text: str) -> bytes:
        return to_png(charts.score_bars([Score(text, 50)], title="t"))

    missing = picture("\ue000\ue000")
    pictures = {sign: picture(sign * 2) for sign in "→≥≤▲▼●■①–±％é“”"}

    assert missing not in pictures.values()
    assert len(set(pictures.values())) == len(pictures)


def test_bold_titles_use_the_bold_font() -> None:
    chart = charts.score_bars([Score("a", 50)], title="满意度满意度满意度")
    regular = chart.titled()
    regular.option["title"][0]["textStyle"]["fontWeight"] = 400
    box = (0.0, 0.0, 0.4, 0.3)

    assert ink(to_png(chart.titled()), box) > 1.1 * ink(to_png(regular), box)


def test_a_png_has_the_size_of_the_chart_times_the_scale(plain: dict[str, Chart]) -> None:
    chart = plain["trend"]

    assert Image.open(io.BytesIO(to_png(chart, scale=3))).size == (chart.width * 3, chart.height * 3)


def test_drawing_stops_at_the_time_limit_and_the_next_chart_works(plain: dict[str, Chart]) -> None:
    big = replace(plain["daily_line"])
    big.option["series"][0]["data"] = list(range(200_000))
    big.option["series"][0]["showAllSymbol"] = True

    with pytest.raises(ChartError, match="interrupted"):
        to_svg(big, seconds=0.05)

    assert to_svg(plain["pareto"]).startswith("<svg")


def test_a_broken_option_says_which_chart() -> None:
    chart = charts.score_bars([Score("a", 50)], title="Scores by branch")
    chart.option["yAxis"] = []

    with pytest.raises(ChartError, match="Scores by branch"):
        to_svg(chart)


def test_threads_draw_side_by_side(plain: dict[str, Chart]) -> None:
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(normalised(to_svg(plain["radar"])))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 3
    assert len(set(results)) == 1
