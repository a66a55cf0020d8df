from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.surveys import logic
from manyi.surveys.questionnaire import Choice, Condition, Form, Question, Section, ShowIf, parse

T = {"en": "x"}


@pytest.mark.parametrize(
    ("op", "value", "answers", "expected"),
    [
        ("eq", 3, {"q": 3}, True), ("eq", "3", {"q": 3}, True), ("eq", 3, {}, False),
        ("ne", 3, {"q": 4}, True), ("ne", 3, {"q": None}, True), ("ne", 3, {}, False),
        ("in", ["a", "b"], {"q": "b"}, True), ("in", ["a"], {"q": "b"}, False),
        ("lt", 3, {"q": 2}, True), ("lte", 3, {"q": 3}, True), ("gt", 3, {"q": 3}, False), ("gte", 3, {"q": 3}, True),
        ("lte", 3, {"q": None}, False), ("lte", 3, {"q": "many"}, False),
        ("answered", None, {"q": None}, True), ("answered", None, {}, False), ("not_answered", None, {}, True),
    ],
)  # fmt: skip
def test_each_operator(op: str, value: Any, answers: dict[str, Any], expected: bool) -> None:
    assert logic.condition_holds(Condition("q", op, value), answers) is expected


def chain() -> Form:
    def asked(code: str, after: str | None) -> dict[str, Any]:
        row: dict[str, Any] = {"code": code, "type": "likert", "text": "x"}
        return {**row, "show_if": {"all": [{"question": after, "op": "lte", "value": 2}]}} if after else row

    return parse(
        {"name": "x", "sections": [
            {"code": "one", "title": "x", "questions": [asked("a", None), asked("b", "a"), asked("c", "b")]},
            {"code": "two", "title": "x", "show_if": {"any": [{"question": "c", "op": "answered"}]}, "questions": [asked("d", None)]},
            {"code": "empty", "title": "x", "questions": [asked("e", "d")]},
        ]}
    )  # fmt: skip


def codes(form: Form, answers: dict[str, Any]) -> list[str]:
    return [q.code for page in logic.pages(form, answers) for q in page.questions]


def test_a_chain_falls_with_its_first_link() -> None:
    form = chain()
    assert codes(form, {}) == ["a"]
    assert codes(form, {"a": 1, "b": 2, "c": 1}) == ["a", "b", "c", "d"]
    assert codes(form, {"a": 5, "b": 2, "c": 1, "d": 1}) == ["a"], "b is hidden, so its answer does not count"
    assert [p.section.code for p in logic.pages(form, {"a": 1, "b": 1, "c": 1, "d": 2})] == [
        "one",
        "two",
        "empty",
    ]


def question(code: str, conditional: bool = False) -> Question:
    return Question(code, "text", T, show_if=ShowIf((Condition("a", "answered"),)) if conditional else None)


@given(st.text(max_size=10))
def test_shuffling_keeps_a_follow_up_behind_its_question(seed: str) -> None:
    section = Section(
        "s", T, (question("a"), question("a2", True), question("b"), question("c")), shuffle=True
    )
    order = [q.code for q in logic.question_order(section, seed)]
    assert sorted(order) == ["a", "a2", "b", "c"]
    assert order.index("a2") == order.index("a") + 1
    assert order == [q.code for q in logic.question_order(section, seed)]


def test_orders_differ_between_respondents_and_exclusive_options_stay_last() -> None:
    options = (*(Choice(c, T) for c in "abcde"), Choice("none", T, exclusive=True))
    asked = Question("q", "multi", T, options=options, shuffle=True)
    orders = {tuple(c.code for c in logic.choice_order(asked, options, str(s))) for s in range(50)}
    assert len(orders) > 20
    assert {order[-1] for order in orders} == {"none"}
