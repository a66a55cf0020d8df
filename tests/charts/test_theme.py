"""Words and colours of charts."""

from __future__ import annotations

import itertools

import pytest

from manyi.charts import EN, ZH, texts_for, theme


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", theme.SERIES)
def test_every_series_colour_stands_out_from_white(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 3


@pytest.mark.parametrize("step", range(21))
def test_text_on_every_shade_of_the_scale_can_be_read(step: int) -> None:
    shade = theme.ramp(step / 20)

    assert contrast(shade, theme.ink_on(shade)) >= 4.5


def test_series_differ_by_symbol_and_dash_as_well_as_colour() -> None:
    looks = [(str(symbol), str(dash)) for symbol, dash in zip(theme.SYMBOLS, theme.DASHES, strict=True)]

    assert all(one[0] != other[0] and one[1] != other[1] for one, other in itertools.combinations(looks, 2))


def test_a_long_name_is_cut_to_its_room_and_says_so() -> None:
    assert theme.clip("产品质量与可靠性", 5) == "产品质量…"
    assert theme.clip("Product quality", 5) == "Produ..."


def test_control_characters_and_line_breaks_become_spaces() -> None:
    assert theme.clip("a\x00b\r\n\tc", 20) == "a b c"


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("沟通", 8, "沟通"),
        ("产品质量与可靠性", 7, "产品质量\n与可靠性"),
        ("问题解决率（含节假日）", 7, "问题解决率\n（含节假日）"),
        ("On-time delivery", 8, "On-time\ndelivery"),
        ("Incomprehensibilities", 7, "Incomprehens\nibilities"),
    ],
)
def test_a_name_breaks_where_a_reader_would_break_it(text: str, room: float, expected: str) -> None:
    assert theme.two_lines(text, room) == expected


@pytest.mark.parametrize("text", ["字" * 2000, "word " * 400, "x" * 2000, "（" * 2000, "，" * 2000])
def test_no_text_gets_more_than_two_lines_of_its_room(text: str) -> None:
    lines = theme.two_lines(text, 8).split("\n")

    assert len(lines) <= 2
    assert all(theme.width_em(line) <= 8 for line in lines)


@pytest.mark.parametrize(("tag", "expected"), [("zh-hans", ZH), ("zh_CN", ZH), ("en", EN), ("de", EN)])
def test_words_follow_the_language(tag: str, expected: object) -> None:
    assert texts_for(tag) is expected
