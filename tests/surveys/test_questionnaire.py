"""The definition format: what is accepted, what is refused and where, and that nothing is lost on the way."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.surveys import questionnaire as q
from tests.factories import QUESTIONNAIRE, texts

OPTIONS = [{"code": "a", "text": texts("甲", "A")}, {"code": "b", "text": texts("乙", "B")}]


def of(*questions: dict[str, Any]) -> q.Form:
    return q.parse(
        {
            "name": texts("调查", "Survey"),
            "sections": [{"code": "s", "title": texts("一", "One"), "questions": list(questions)}],
        }
    )


def asked(kind: str, **fields: Any) -> dict[str, Any]:
    return {"code": "x", "type": kind, "text": texts("问", "Ask"), **fields}


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        (asked("likert"), ["x"]),
        (asked("nps"), ["x"]),
        (asked("text"), ["x"]),
        (asked("single", options=OPTIONS), ["x"]),
        (asked("multi", options=OPTIONS), ["x__a", "x__b"]),
        (asked("ranking", options=OPTIONS), ["x__a", "x__b"]),
        (asked("matrix", items=OPTIONS), ["a", "b"]),
        (asked("kano", text2=texts("没有", "Without")), ["x__f", "x__d"]),
        (asked("servqual", items=OPTIONS), ["a__e", "a__p", "b__e", "b__p"]),
        (asked("competitor", items=OPTIONS, options=[{"code": "us", "text": "我们"}]), ["a__us", "b__us"]),
    ],
)  # fmt: skip
def test_the_answer_columns_of_each_type(question: dict[str, Any], columns: list[str]) -> None:
    assert list(of(question).columns()) == columns


@pytest.mark.parametrize(
    ("kind", "span"), [("likert", (1, 5)), ("nps", (0, 10)), ("csat", (1, 5)), ("ces", (1, 7))]
)
def test_scales_have_defaults_by_type(kind: str, span: tuple[int, int]) -> None:
    (question,) = of(asked(kind)).questions()
    assert question.scale is not None
    assert (question.scale.min, question.scale.max) == span


P = "sections[0].questions[0]"


@pytest.mark.parametrize(
    ("question", "where", "message"),
    [
        (asked("smiley"), f"{P}.type", "unknown question type “smiley”"),
        (asked(["likert"]), f"{P}.type", "unknown question type “['likert']”"),
        (asked("likert", colour="red"), P, "unknown key “colour”"),
        (asked("likert", text={}), f"{P}.text", "a text is missing"),
        (asked("likert", text=texts("好\x00", "ok")), f"{P}.text", "a text holds a control character (such as NUL)"),
        (asked("likert", text={"fr": "Bonjour"}), f"{P}.text", "“fr” is no language here; zh and en are"),
        (asked("likert", text="长" * 5001), f"{P}.text", "a text is longer than 5,000 characters"),
        (asked("likert", scale={"min": 1, "max": 12}), f"{P}.scale", "a scale has 2 to 11 points, not 1 to 12"),
        (asked("likert", scale={"max": "5"}), f"{P}.scale.max", "a whole number is expected, not “5”"),
        (asked("likert", scale={"labels": {"9": "x"}}), f"{P}.scale.labels", "“9” is no point of the scale"),
        (asked("single"), f"{P}.options", "a question of this type needs options"),
        (asked("text", options=OPTIONS), f"{P}.options", "a question of this type has no options"),
        (asked("matrix"), f"{P}.items", "a question of this type needs items"),
        (asked("matrix", items=[*OPTIONS, OPTIONS[0]]), f"{P}.items", "a code stands twice"),
        (asked("number", min=float("inf")), f"{P}.min", "a number is expected, not “inf”"),
        (asked("number", min=3, max=2), f"{P}.min", "min is above max"),
        (asked("text", max_length=0), f"{P}.max_length", "between 1 and 20,000 characters are expected"),
        (asked("kano"), f"{P}.text2", "a text is missing"),
        (asked("text", show_if={"all": [{"question": "later", "op": "eq", "value": 1}]}), f"{P}.show_if.all[0].question", "“later” is no answer of a question further up"),
        (asked("text", show_if={"all": [{"question": ["x"], "op": "eq"}]}), f"{P}.show_if.all[0].question", "“['x']” is no answer of a question further up"),
        ("not a mapping", P, "a mapping is expected"),
        ({**asked("text"), "code": "a__b"}, f"{P}.code", "code “a__b” must begin with a letter and hold only letters, digits and single _ (40 at most)"),
        ({**asked("text"), "code": 7}, f"{P}.code", "code “” must begin with a letter and hold only letters, digits and single _ (40 at most)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(question: Any, where: str, message: str) -> None:
    with pytest.raises(q.QuestionnaireError) as refused:
        of(question)
    assert (refused.value.where, refused.value.message) == (where, message)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            {"op": "like", "value": 1},
            "one of eq, ne, in, lt, lte, gt, gte, answered, not_answered is expected",
        ),
        ({"op": "in", "value": 1}, "'in' needs a list"),
        ({"op": "lt", "value": "3"}, "a number is expected, not “3”"),
        ({"op": "eq", "value": {"a": 1}}, "a number or a short text is expected"),
        ({"op": "in", "value": [[1]]}, "a number or a short text is expected"),
    ],
)
def test_conditions_are_checked(condition: dict[str, Any], message: str) -> None:
    second = {**asked("text"), "code": "y", "show_if": {"all": [{"question": "x", **condition}]}}
    with pytest.raises(q.QuestionnaireError) as refused:
        of(asked("likert"), second)
    assert refused.value.message == message


def test_two_questions_may_not_yield_the_same_answer() -> None:
    with pytest.raises(q.QuestionnaireError, match="answer “a” stands twice"):
        of(asked("matrix", items=OPTIONS), {**asked("likert"), "code": "a"})
    with pytest.raises(q.QuestionnaireError, match="code “x” stands twice"):
        of(asked("matrix", items=OPTIONS), asked("likert"))


def test_a_thousand_questions_are_refused_in_one_sentence() -> None:
    with pytest.raises(q.QuestionnaireError) as refused:
        of(*({**asked("likert"), "code": f"q{n}"} for n in range(1000)))
    assert refused.value.message == "1000 questions are too many; 300 are the most"


def test_a_grid_of_more_answers_than_a_row_can_hold_is_refused() -> None:
    many = [{"code": f"c{n}", "text": "某"} for n in range(100)]
    with pytest.raises(q.QuestionnaireError, match="at most 2000 answers"):
        of(asked("competitor", items=many, options=many))


@pytest.mark.parametrize("definition", [None, [], "x", 5, {"sections": {}}, {"name": "x", "sections": [5]}, {"name": "x", "languages": ["fr"]}, {"name": "x", "languages": ["zh", "zh"]}])  # fmt: skip
def test_nonsense_is_refused_not_crashed_on(definition: Any) -> None:
    with pytest.raises(q.QuestionnaireError):
        q.parse(definition)


def test_script_in_a_text_is_kept_as_text() -> None:
    (question,) = of(asked("likert", text="<script>alert(1)</script>")).questions()
    assert question.text == {"zh": "<script>alert(1)</script>", "en": "<script>alert(1)</script>"}


def test_the_whole_example_comes_back_as_it_went_in() -> None:
    canonical = q.to_definition(q.parse(QUESTIONNAIRE))
    assert q.to_definition(q.parse(canonical)) == canonical
    assert q.parse(canonical) == q.parse(QUESTIONNAIRE)


short = st.text("价格交期质量 ABCxyz<>&'\"{}", min_size=1, max_size=12).filter(str.strip)
text = st.fixed_dictionaries({"zh": short}, optional={"en": short})
scale = st.builds(
    lambda low, width, labels, na: {
        "min": low, "max": low + width, "not_applicable": na,
        "labels": {str(low + i): t for i, t in enumerate(labels[: width + 1])},
    },
    st.integers(0, 1), st.integers(1, 10), st.lists(text, max_size=11), st.booleans(),
)  # fmt: skip


@st.composite
def choices(draw: st.DrawFn, prefix: str) -> list[dict[str, Any]]:
    return [
        {"code": f"{prefix}{i}", "text": draw(text), "exclusive": draw(st.booleans())}
        for i in range(draw(st.integers(1, 4)))
    ]


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    known: list[str] = []

    def show_if() -> dict[str, Any] | None:
        if not known or draw(st.booleans()):
            return None
        rows = st.one_of(
            st.builds(lambda c, o, v: {"question": c, "op": o, "value": v}, st.sampled_from(known), st.sampled_from(["lt", "lte", "gt", "gte"]), st.integers(0, 10) | st.floats(0, 10)),
            st.builds(lambda c, o, v: {"question": c, "op": o, "value": v}, st.sampled_from(known), st.sampled_from(["eq", "ne"]), st.none() | st.booleans() | short | st.integers()),
            st.builds(lambda c, v: {"question": c, "op": "in", "value": v}, st.sampled_from(known), st.lists(short | st.integers(), max_size=3)),
            st.builds(lambda c, o: {"question": c, "op": o}, st.sampled_from(known), st.sampled_from(["answered", "not_answered"])),
        )  # fmt: skip
        return {draw(st.sampled_from(["all", "any"])): draw(st.lists(rows, max_size=3))}

    sections = []
    for s in range(draw(st.integers(0, 3))):
        condition = show_if()
        questions = []
        for n in range(draw(st.integers(0, 3))):
            kind, code = draw(st.sampled_from(q.TYPES)), f"q{s}_{n}"
            question = {
                "code": code, "type": kind, "text": draw(text), "required": draw(st.booleans()),
                "shuffle": draw(st.booleans()), "other": draw(st.booleans()), "multiline": draw(st.booleans()),
                "show_if": show_if(), "max_length": draw(st.integers(1, 20_000)),
                "min": draw(st.none() | st.integers(-5, 0)), "max": draw(st.none() | st.floats(0, 9)),
            }  # fmt: skip
            if draw(st.booleans()):
                question["help"] = draw(text)
            if kind in q.RATED:
                question["scale"] = draw(scale)
            if kind in q.CHOSEN:
                question["options"] = draw(choices("o"))
            if kind in q.LISTED:
                question["items"] = draw(choices(f"i{s}_{n}_"))
            if kind == "kano":
                question["text2"] = draw(text)
            questions.append(question)
            known += list(of({**question, "show_if": None}).columns())
        sections.append(
            {"code": f"s{s}", "title": draw(text), "show_if": condition, "shuffle": draw(st.booleans()), "questions": questions}
        )  # fmt: skip
    return {
        "name": draw(text),
        "languages": draw(st.sampled_from([["zh"], ["en"], ["zh", "en"], ["en", "zh"]])),
        "sections": sections,
        "callback": draw(st.booleans()),
    }


@given(definitions())
def test_any_form_is_parsed_from_its_definition_exactly(definition: dict[str, Any]) -> None:
    before = copy.deepcopy(definition)
    form = q.parse(definition)
    canonical = q.to_definition(form)
    assert q.parse(canonical) == form
    assert q.parse(json.loads(json.dumps(canonical, allow_nan=False))) == form
    assert definition == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["name", "languages", "sections", "questions", "code", "type", "text", "scale", "items", "options", "show_if", "all", "title", "min", "labels"]),
        inner,
        max_size=6,
    ),
    max_leaves=25,
)  # fmt: skip


@given(json_values)
def test_any_json_is_a_form_or_an_error_with_a_place(definition: Any) -> None:
    try:
        form = q.parse(definition)
    except q.QuestionnaireError as error:
        assert error.where and error.message  # noqa: PT017, PT018
    else:
        assert q.parse(q.to_definition(form)) == form
