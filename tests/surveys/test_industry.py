"""The ready-made templates: complete in both languages, weights that add up, questionnaires that fit."""

from __future__ import annotations

import re

import pytest

from manyi.measures.tree import Tree
from manyi.surveys import exchange, industry, quality, questionnaire
from manyi.surveys.industry import Template
from manyi.surveys.tree import rows

EXPECTED = {
    "general-service": (5, 20),
    "manufacturing": (4, 18),
    "property-management": (5, 31),
    "logistics": (5, 18),
    "hotel": (6, 23),
    "retail": (5, 20),
    "telecom": (6, 22),
}
each = pytest.mark.parametrize("template", industry.templates(), ids=lambda t: t.code)


def test_every_industry_is_there_with_its_dimensions_and_items() -> None:
    found = {t.code: (sum(r.level == 2 for r in rows(t.tree)), t.item_count) for t in industry.templates()}
    assert found == EXPECTED


def test_the_dimensions_of_manufacturing_are_the_agreed_four() -> None:
    template = industry.template("manufacturing")
    assert template
    assert [r.name["zh"] for r in rows(template.tree) if r.level == 2] == ["交期", "服务", "质量", "配合度"]


@each
def test_weights_of_siblings_sum_to_one_hundred(template: Template) -> None:
    sums: dict[str | None, float] = {}
    for row in rows(template.tree):
        sums[row.parent] = sums.get(row.parent, 0) + row.points
    assert set(sums.values()) == {100}


@each
def test_the_summary_tells_the_right_number_of_items(template: Template) -> None:
    for text in template.summary.values():
        assert str(template.item_count) in re.findall(r"\d+", text)


@each
def test_both_languages_are_complete_and_not_mixed_up(template: Template) -> None:
    form = questionnaire.parse(template.questionnaire)
    texts = [template.name, template.summary, *(r.name for r in rows(template.tree))]
    texts += [i.text for q in form.questions() for i in q.items]
    texts += [q.text for q in form.questions()]
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text["zh"])
        assert not re.search(r"[,;!?]", text["zh"]), "Chinese takes full-width punctuation"
        assert re.search(r"[A-Za-z]", text["en"])
        assert not re.search(r"[\u3000-\uffef]", text["en"].replace("’", ""))


@each
def test_the_questionnaire_answers_the_tree_and_asks_the_overall_questions(template: Template) -> None:
    columns = questionnaire.parse(template.questionnaire).columns()
    needed = set(Tree.from_dict(template.tree).columns())
    assert needed < set(columns)
    assert set(columns) - needed == {"csat", "nps", "comment"}


@each
def test_what_is_asked_is_a_sentence_of_its_own(template: Template) -> None:
    asked = [i.text for q in questionnaire.parse(template.questionnaire).questions() for i in q.items]
    names = {r.name["zh"] for r in rows(template.tree)}
    assert len({a["zh"] for a in asked}) == len(asked)
    assert not names & {a["zh"] for a in asked}


@each
def test_our_own_check_has_nothing_to_remark_on_a_template(template: Template) -> None:
    tree = Tree.from_dict(template.tree)
    names = {row.code: row.name["zh"] for row in rows(template.tree)}
    found = quality.check(
        questionnaire.parse(template.questionnaire), {c: names.get(c, c) for c in tree.columns()}
    )
    assert [(f.severity, f.rule, f.where, f.excerpt) for f in found] == []


@each
def test_an_item_asks_one_thing_even_where_only_a_comma_joins_two(template: Template) -> None:
    # A sentence such as '下单简单，信息清楚' holds no word the check could see; a comma may only end a 'when' clause.
    asked = [i.text for q in questionnaire.parse(template.questionnaire).questions() for i in q.items]
    assert not [a["zh"] for a in asked if "，" in a["zh"] and not re.search(r"时，|后，", a["zh"])]
    assert not [a["en"] for a in asked if re.search(r"[,;:]", a["en"])]


@each
def test_a_template_travels_as_a_file(template: Template) -> None:
    assert exchange.load_tree(exchange.dump_tree(template.tree)) == template.tree
    text = exchange.dump_questionnaire(template.questionnaire)
    assert exchange.load_questionnaire(text) == template.questionnaire
