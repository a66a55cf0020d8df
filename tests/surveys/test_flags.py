from __future__ import annotations

from typing import Any

from manyi.surveys import flags
from manyi.surveys.questionnaire import parse

FORM = parse(
    {"name": "x", "sections": [{"code": "s", "title": "x", "questions": [
        {"code": "m", "type": "matrix", "text": "x", "items": [{"code": f"i{n}", "text": "x"} for n in range(8)]},
        {"code": "n", "type": "nps", "text": "x"},
        {"code": "c", "type": "text", "text": "x"},
    ]}]}
)  # fmt: skip
SAME: dict[str, Any] = {f"i{n}": 4 for n in range(8)}


def test_eight_items_with_one_point_are_a_straight_line_and_seven_are_not() -> None:
    assert flags.straight_line(FORM, SAME)
    assert not flags.straight_line(FORM, {**SAME, "i7": None})
    assert not flags.straight_line(FORM, {**SAME, "i7": 5})
    assert flags.straight_line(FORM, {**SAME, "n": 9}), "another scale is another matter"


def test_speeding_is_less_than_a_third() -> None:
    assert flags.speeding(33, 100.0)
    assert not flags.speeding(34, 100.0)
    assert not flags.speeding(None, 100.0)


def test_usual_seconds_is_the_median_from_thirty_times_on() -> None:
    assert flags.usual_seconds([10] * 29 + [None], 50.0) == 50.0
    assert flags.usual_seconds([*[10] * 20, *[90] * 10], 50.0) == 10.0


def test_the_estimate_counts_what_was_answered() -> None:
    assert flags.estimated_seconds(FORM, SAME) == 8 * flags.SECONDS_PER_COLUMN
    assert flags.estimated_seconds(FORM, {**SAME, "c": "好"}) == 8 * flags.SECONDS_PER_COLUMN + 15


def test_duplicates_need_the_same_comment() -> None:
    said = {**SAME, "c": "很好"}
    assert flags.duplicates(FORM, [said, SAME, dict(said), SAME]) == [True, False, True, False]
