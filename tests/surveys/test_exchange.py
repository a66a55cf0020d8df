"""Files of trees and questionnaires: exact there and back, and hostile ones refused with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyi.measures.errors import TreeError
from manyi.surveys import exchange
from manyi.surveys.questionnaire import QuestionnaireError
from manyi.surveys.tree import checked
from tests.factories import QUESTIONNAIRE, TREE

TEXT = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters=[chr(c) for c in range(32) if c not in (9, 10, 13)] + ["\x7f"],
    ),
    min_size=1,
    max_size=30,
).filter(str.strip)
NAME = st.fixed_dictionaries({"zh": TEXT, "en": TEXT})
NUMBER = st.integers(1, 10**6) | st.floats(0.001, 1e9, allow_nan=False)


@st.composite
def tree_definitions(draw: st.DrawFn) -> dict[str, Any]:
    codes = iter(draw(st.lists(TEXT.filter(lambda c: c != "index"), min_size=20, max_size=20, unique=True)))

    def node(level: int) -> dict[str, Any]:
        found: dict[str, Any] = {"code": next(codes), "name": draw(NAME), "weight": draw(NUMBER)}
        if level < 3 and draw(st.booleans()):
            return found | {"children": [node(level + 1) for _ in range(draw(st.integers(1, 2)))]}
        found["column"] = draw(TEXT)
        if draw(st.booleans()):
            found["reversed"] = True
        if draw(st.booleans()):
            found["scale"] = {
                "min": 0,
                "max": draw(st.integers(1, 10)),
                "missing": [draw(st.integers(90, 99))],
            }
        return found

    return checked(
        {
            "name": draw(NAME),
            "scale": {"min": 1, "max": 5, "missing": []},
            "tree": [node(1) for _ in range(draw(st.integers(1, 2)))],
        }
    )


@settings(max_examples=60, deadline=None)
@given(tree_definitions(), st.sampled_from(["yaml", "json"]))
def test_a_tree_comes_back_exactly(definition: dict[str, Any], format: exchange.Format) -> None:
    assert exchange.load_tree(exchange.dump_tree(definition, format)) == definition


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT, TEXT, st.sampled_from(["yaml", "json"]))
def test_a_questionnaire_comes_back_exactly(
    title: str, text: str, label: str, format: exchange.Format
) -> None:
    definition = json.loads(json.dumps(QUESTIONNAIRE))
    definition["name"] = {"zh": title, "en": text}
    definition["sections"][0]["questions"][0]["text"] = {"zh": text, "en": label}
    definition["sections"][0]["questions"][0]["scale"]["labels"]["3"] = {"zh": label}
    assert exchange.load_questionnaire(exchange.dump_questionnaire(definition, format)) == definition


@pytest.mark.parametrize(
    "word", ["no", "off", "YES", "2026-01-31", "007", "1:30", "1_000", "~x", "0x1F", "1e3x"]
)
def test_words_that_yaml_likes_to_turn_into_something_else_stay_words(word: str) -> None:
    found = exchange.load_tree(
        f"name: 满意度\nscale: {{min: 1, max: 5}}\ntree:\n- code: {word}\n  name: {{zh: {word}, en: {word}}}\n"
    )
    assert found["tree"][0] == {
        "code": word, "name": {"zh": word, "en": word}, "weight": 1, "column": word,
    }  # fmt: skip


def test_scale_points_written_as_numbers_become_texts_as_in_json() -> None:
    source = exchange.dump_questionnaire(QUESTIONNAIRE).replace("'1':", "1:").replace("'5':", "5:")
    assert "'1':" not in source
    assert exchange.load_questionnaire(source) == QUESTIONNAIRE


def test_a_byte_order_mark_of_a_windows_editor_does_no_harm() -> None:
    assert exchange.load_tree(b"\xef\xbb\xbf" + exchange.dump_tree(TREE).encode()) == checked(TREE)


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (bomb(), "Line 1: anchors and aliases (& and *) are not allowed."),
        ("a: " + "[" * 60 + "]" * 60, "Line 1: nested deeper than 40 levels."),
        ("[" * 100_000, "Nested deeper than 40 levels."),
        ('{"a":' * 60 + "1" + "}" * 60, "Nested deeper than 40 levels."),
        ("name: a\nname: b", "The key 'name' stands twice in the same place."),
        ('{"name": 1, "name": 2}', "The key 'name' stands twice in the same place."),
        ('{"name": NaN}', "NaN is not a number that can be stored."),
        ("", "The file is empty."),
        ("- a\n- b", "The file must hold keys and values at its top level."),
        ("x" * 1_000_001, "The file has 1000001 bytes; 1000000 are the most there may be."),
        (b"\xc2\xfa\xd2\xe2", "The file is not UTF-8 text (byte 1). Save it as UTF-8."),
        ("true: 1", "The key True is not a text."),
    ],
    ids=lambda value: str(value)[:25],
)
def test_hostile_files_are_refused_with_the_reason(source: bytes | str, reason: str) -> None:
    with pytest.raises(exchange.ExchangeError) as caught:
        exchange.load_tree(source)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "source",
    [
        "!!python/object/apply:os.system ['true']",
        "a: !!python/name:os.system",
        "a: [1",
        "a: 'x",
        "a\0b",
        "%",
        "? [a]\n: b",
    ],
)
def test_what_is_not_plain_data_is_refused(source: str) -> None:
    with pytest.raises(exchange.ExchangeError):
        exchange.load_questionnaire(source)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_no_file_breaks_the_reader(source: bytes | str) -> None:
    with pytest.raises((exchange.ExchangeError, TreeError)):
        exchange.load_tree(source)
    with pytest.raises((exchange.ExchangeError, TreeError, QuestionnaireError)):
        exchange.load_questionnaire(source)


def test_a_control_character_is_refused_with_its_place() -> None:
    definition = json.loads(json.dumps(QUESTIONNAIRE))
    definition["sections"][1]["questions"][0]["text"]["zh"] = "推荐\x00"
    with pytest.raises(
        TreeError, match=r"sections\[1\].questions\[0\].text.zh: there is a control character"
    ):
        exchange.load_questionnaire(json.dumps(definition))


def test_a_comparison_tells_kept_changed_dropped_and_added_nodes() -> None:
    new = checked(TREE)
    new["tree"][0]["weight"] = 50
    del new["tree"][0]["children"][1]
    new["tree"][1]["children"].append(
        {"code": "skill", "name": {"zh": "专业", "en": "Skill"}, "weight": 10, "column": "skill"}
    )
    found = exchange.compare(checked(TREE), new)
    assert [e.code for e in found.dropped] == ["complete"]
    assert [e.code for e in found.added] == ["skill"]
    assert [(e.code, e.changes) for e in found.changed] == [
        ("delivery", (exchange.Change("weight", 60, 50),))
    ]
    assert [e.code for e in found.kept] == ["", "on_time", "service", "attitude", "speed"]
    assert not found.same


def test_a_moved_node_and_a_changed_option_are_changes() -> None:
    new = checked(TREE)
    new["tree"][1]["children"].append(new["tree"][0]["children"].pop())
    (moved,) = exchange.compare(checked(TREE), new).changed
    assert [(c.field, c.old, c.new) for c in moved.changes] == [
        ("parent", "delivery", "service"), ("position", 1, 2),
    ]  # fmt: skip

    form = json.loads(json.dumps(QUESTIONNAIRE))
    form["sections"][0]["questions"][0]["items"][1]["text"]["en"] = "Nothing missing"
    (item,) = exchange.compare(QUESTIONNAIRE, form).changed
    assert (item.kind, item.code, item.changes[0].field) == ("item", "g1.complete", "text")
    assert exchange.compare(form, form).same
