from __future__ import annotations

import pytest

from manyi.surveys.piping import fill
from manyi.surveys.questionnaire import parse

FORM = parse(
    {"name": "x", "sections": [{"code": "s", "title": "x", "questions": [
        {"code": "one", "type": "single", "text": "x", "other": True,
         "options": [{"code": "a", "text": {"zh": "甲", "en": "Alpha"}}, {"code": "b", "text": "B"}]},
        {"code": "many", "type": "multi", "text": "x",
         "options": [{"code": "a", "text": {"zh": "甲", "en": "Alpha"}}, {"code": "b", "text": {"zh": "乙", "en": "Beta"}}]},
        {"code": "rate", "type": "likert", "text": "x", "scale": {"min": 1, "max": 5, "labels": {"1": {"zh": "差", "en": "poor"}}}},
        {"code": "say", "type": "text", "text": "x"},
    ]}]}
)  # fmt: skip
ANSWERS = {"one": "a", "many__a": 1, "many__b": 1, "rate": 1, "say": "<i>{{ rate }}</i>"}


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("{{ one }}", "甲", "Alpha"),
        ("{{many}}", "甲、乙", "Alpha, Beta"),
        ("{{ rate }}!", "差!", "poor!"),
        ("{{ say }}", "<i>{{ rate }}</i>", "<i>{{ rate }}</i>"),
        ("{{ nothing }}{{ contact }}.", ".", "."),
        ("{{ customer }}", "甲公司", "甲公司"),
        ("{{ not closed", "{{ not closed", "{{ not closed"),
    ],
)
def test_places_are_filled_once_with_what_was_chosen(text: str, zh: str, en: str) -> None:
    assert fill(text, FORM, ANSWERS, "zh", {"customer": "甲公司"}) == zh
    assert fill(text, FORM, ANSWERS, "en", {"customer": "甲公司"}) == en


def test_other_words_and_not_applicable() -> None:
    assert fill("{{ one }}", FORM, {"one": "other", "one__other_text": "丙"}, "zh") == "丙"
    assert fill("[{{ rate }}]", FORM, {"rate": None}, "zh") == "[]"
    assert fill("[{{ rate }}]", FORM, {"rate": 4}, "zh") == "[4]"
