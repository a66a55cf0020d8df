"""Errors and findings in the reader's words: every one has a Chinese text, and its places read well."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from manyi.surveys import quality, questionnaire
from manyi.surveys import questionnaire_starters as starters
from manyi.surveys import questionnaire_wording as wording
from manyi.surveys.questionnaire import QuestionnaireError, parse
from tests.factories import QUESTIONNAIRE, texts

SURVEYS = Path(questionnaire.__file__).parent


def _message_ids() -> set[str]:
    found = {*questionnaire._NEEDED.values(), *questionnaire._UNKNOWN.values()}
    for name in ("questionnaire.py", "services/questionnaires.py"):
        for node in ast.walk(ast.parse((SURVEYS / name).read_text("utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called == "QuestionnaireError" and isinstance(node.args[1], ast.Constant):
                found.add(str(node.args[1].value))
    return found


def test_every_error_of_a_definition_has_a_chinese_sentence() -> None:
    with (SURVEYS / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        known = {m.id for m in read_po(file, locale="zh_Hans") if m.string and isinstance(m.id, str)}
    ids = _message_ids()
    assert len(ids) > 25
    assert ids - known == set()


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("sections[1].questions[0]", "Section 2, question 1 “Would you recommend us?”"),
        ("sections[0].questions[0].items[1].text", "Section 1, question 1 “Delivery”, row 2"),
        ("sections[1].questions[1].show_if.all[0].value", "Section 2, question 2 “What let you down?”, condition, condition 1"),
        ("sections[0].questions[0].scale.labels.5", "Section 1, question 1 “Delivery”, scale, point 5"),
        ("sections[0].title", "Section 1"),
        ("intro", "Greeting"),
        ("sections[9].questions[9]", "Section 10, question 10"),
        ("code", "Code"),
    ],
)  # fmt: skip
def test_places_are_said_in_words(where: str, words: str) -> None:
    with translation.override("en"):
        assert wording.place(where, QUESTIONNAIRE) == words


def test_long_wording_is_cut_and_nonsense_is_survived() -> None:
    with translation.override("en"):
        definition = {"sections": [{"questions": [{"text": texts("长" * 40, "x" * 40)}]}]}
        assert wording.place("sections[0].questions[0]", definition).endswith(f"“{'x' * 24}…”")
        for nonsense in (
            None,
            5,
            [],
            {"sections": 5},
            {"sections": [None]},
            {"sections": [{"questions": [7]}]},
        ):
            assert wording.place("sections[0].questions[0]", nonsense) == "Section 1, question 1"


def test_an_error_reads_as_a_chinese_sentence(compiled_messages: None) -> None:
    error = QuestionnaireError(
        "sections[0].questions[0].scale", "a scale has 2 to 11 points, not {low} to {high}", low=1, high=20
    )
    with translation.override("zh-hans"):
        assert (
            wording.explain(error, QUESTIONNAIRE)
            == "第 1 部分，第 1 题“交期”，量表：量表应为 2 到 11 级，不能是 1 到 20"
        )


@pytest.fixture
def compiled_messages() -> None:
    if not (SURVEYS / "locale/zh_Hans/LC_MESSAGES/django.mo").exists():
        pytest.skip("compile the translations first: python -m manyi.web.messages")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("rule", quality.RULES)
def test_every_finding_can_be_described(rule: str, language: str) -> None:
    values = dict.fromkeys(("length", "most", "good", "bad", "minutes", "questions", "rows", "columns", "count", "column"), 3)  # fmt: skip
    finding = quality.Finding(
        "sections[0].questions[0].text",
        rule,
        "zh",
        "和",
        {**values, "other": "sections[0].questions[1].text"},
    )
    with translation.override(language):
        described = wording.describe(finding, QUESTIONNAIRE)
    assert all(described.values())
    assert "{" not in "".join(described.values())


def test_every_type_has_a_name_an_icon_a_group_and_a_starter() -> None:
    assert set(wording.TYPES) == set(questionnaire.TYPES) == set(starters.STARTERS)
    assert sorted(k for _label, kinds in wording.TYPE_GROUPS for k in kinds) == sorted(questionnaire.TYPES)
    assert set(wording.OPERATORS) == set(questionnaire.OPERATORS)


def test_the_shortest_questionnaire_is_a_good_one() -> None:
    assert quality.check(parse(starters.blank(texts("调查", "Survey")))) == []


@pytest.mark.parametrize("kind", questionnaire.TYPES)
def test_a_starter_becomes_a_good_question_once_its_texts_are_written(kind: str) -> None:
    starter = {"code": "q1", "type": kind, **starters.STARTERS[kind]}
    if not starter["text"]["zh"]:
        starter["text"] = texts("对交期的评价", "Delivery time")
    for key in ("items", "options"):
        if key in starter:
            starter[key] = [{"code": f"c{i}", "text": texts(f"方面{i}", f"Aspect {i}")} for i in range(2)]
    form = parse(
        {
            "name": texts("调查", "Survey"),
            "sections": [{"code": "s", "title": texts("一", "One"), "questions": [starter]}],
        }
    )
    assert quality.check(form) == []
