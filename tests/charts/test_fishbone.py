"""The cause-and-effect diagram."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from manyi.charts import fishbone
from manyi.charts.fishbone import Bone, Twig

BONES = [
    Bone("人", (Twig("新员工未经润滑培训便上岗"), Twig("培训计划没有这一项", depth=1))),
    Bone("Machine", (Twig("Pump of the <oil> line & its nozzle", root=True),)),
    Bone("料"),
    Bone("法", (Twig("作业指导书没有规定注油量，也没有规定检查频次和责任人", root=True),)),
    Bone("测"),
    Bone("环"),
]


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314 - made by us
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("layout", [fishbone.wide, fishbone.narrow])
def test_every_word_is_drawn_and_escaped(layout: object) -> None:
    svg = layout("轴承异响", BONES, "Causes")  # type: ignore[operator]
    drawn = "".join(texts(svg)).replace(" ", "").replace("→", "").replace("\u2003", "")
    for bone in BONES:
        assert bone.label in drawn
        for twig in bone.twigs:
            assert twig.text.replace(" ", "") in drawn
    assert "<oil>" not in svg


def test_no_line_is_wider_than_its_room() -> None:
    for text in (
        "一" * 60,
        "word " * 30,
        "Donaudampfschifffahrtsgesellschaftskapitän" * 3,
        "混合 mixed 文字 text" * 5,
    ):
        assert all(fishbone._width(line) <= 196 for line in fishbone._wrapped(text, 196))


def test_wrapping_loses_nothing_and_starts_no_line_with_punctuation() -> None:
    text = "作业指导书没有规定注油量，也没有规定检查频次和责任人，因此没有人注意到油已经用完。"
    lines = fishbone._wrapped(text, 100)
    assert "".join(lines) == text
    assert not any(re.match(r"[，。]", line) for line in lines)


def test_a_root_cause_is_marked_by_more_than_its_colour() -> None:
    svg = fishbone.wide("x", BONES, "Causes")
    assert sum(text.startswith("◆") for text in texts(svg)) == 2


def test_the_picture_is_as_large_as_the_drawing() -> None:
    png = fishbone.to_png(fishbone.narrow("轴承异响", BONES, "Causes"), scale=1)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 340
