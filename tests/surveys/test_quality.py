"""What the quality check remarks, and what it rightly leaves alone, in both languages."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from manyi.surveys import quality
from manyi.surveys.questionnaire import parse
from tests.factories import QUESTIONNAIRE, texts

ZH_SCALE = ["很不满意", "不满意", "一般", "满意", "很满意"]
EN_SCALE = ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"]


def question(code: str = "q1", kind: str = "likert", **fields: Any) -> dict[str, Any]:
    return {"code": code, "type": kind, "text": texts("对交期的评价", "Delivery time"), **fields}


def form(*questions: dict[str, Any], languages: tuple[str, ...] = ("zh", "en"), **section: Any) -> Any:
    return parse(
        {
            "name": texts("调查", "Survey"),
            "languages": list(languages),
            "sections": [
                {
                    "code": "s",
                    "title": texts("请评价", "Please rate"),
                    "questions": list(questions),
                    **section,
                }
            ],
        }
    )


def rules(*questions: dict[str, Any], **more: Any) -> list[str]:
    return [f.rule for f in quality.check(form(*questions, **more))]


def of_text(text: str, language: str, **fields: Any) -> list[str]:
    return rules(question(**{"text": {language: text}, **fields}), languages=(language,))


def test_a_sound_questionnaire_has_no_findings() -> None:
    assert quality.check(parse(QUESTIONNAIRE)) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "您对我们的产品质量和交货速度是否满意？"),
        ("zh", "员工的礼貌与耐心"),
        ("zh", "维修及时性及费用合理性"),
        ("zh", "服务态度以及专业水平"),
        ("zh", "回复迅速并且准确"),
        ("en", "How satisfied are you with quality and delivery?"),
        ("en", "Staff were friendly or helpful"),
        ("en", "Price as well as payment terms"),
        ("en", "Speed & accuracy of the answer"),
    ],
)  # fmt: skip
def test_two_aspects_in_one_are_remarked(language: str, text: str) -> None:
    assert of_text(text, language) == ["double_barrelled"]
    assert of_text("标题" if language == "zh" else "Heading", language, kind="matrix", items=[{"code": "i", "text": {language: text}}]) == ["double_barrelled"]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "维修及时性"),
        ("zh", "客户参与的机会"),
        ("zh", "小区氛围和谐"),
        ("zh", "工作人员态度温和"),
        ("zh", "与其他供应商相比，我们的价格"),
        ("zh", "和去年相比，服务水平"),
        ("zh", "与工程师沟通的顺畅程度"),
        ("zh", "价格与品质相称"),
        ("zh", "您愿意把我们推荐给朋友和同事吗？"),
        ("zh", "公共区域（楼道、电梯、大堂）的清洁"),
        ("zh", "公共区域的清洁，例如楼道、电梯"),
        ("en", "Clarity of our terms and conditions"),
        ("en", "Would you recommend us to a friend or colleague?"),
        ("en", "Clean shared areas (stairs, lifts and lobby)"),
        ("en", "Waiting time between order and delivery"),
        ("en", "Health and safety on site"),
        ("en", "Standard of the work"),
        ("en", "Handling of the order"),
    ],
)
def test_one_thing_with_a_conjunction_in_it_is_left_alone(language: str, text: str) -> None:
    assert of_text(text, language) == []


def test_a_list_of_things_is_a_hint_only() -> None:
    assert of_text("楼道、电梯的清洁", "zh") == ["enumeration"]


def test_a_remark_about_both_wordings_of_one_text_is_made_once() -> None:
    found = quality.check(form(question(text=texts("质量和价格", "Quality and price"))))
    assert [(f.rule, f.language, f.excerpt) for f in found] == [("double_barrelled", "", "和 / and")]


def test_only_what_is_rated_is_searched_for_two_aspects() -> None:
    assert of_text("您的姓名和电话？", "zh", kind="text") == []
    assert of_text("Which products and services do you buy?", "en", kind="single", options=[{"code": "a", "text": "A"}]) == []  # fmt: skip
    assert of_text("您会推荐我们的产品和服务吗？", "zh", kind="nps") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "难道您对我们的服务不满意吗？"),
        ("zh", "您对我们优质的服务是否满意？"),
        ("zh", "众所周知我们的交期很短，您怎么看？"),
        ("zh", "大多数人认为我们的价格合理，您呢？"),
        ("zh", "我们的服务有多好？"),
        ("en", "Don't you agree that we deliver fast?"),
        ("en", "How satisfied are you with our excellent service?"),
        ("en", "How good was our service?"),
        ("en", "Most people like our app. Do you?"),
        ("en", "Obviously price matters. How is ours?"),
    ],
)
def test_leading_words_are_remarked(language: str, text: str) -> None:
    assert "leading" in of_text(text, language, kind="single", options=[{"code": "a", "text": "A" if language == "en" else "甲"}])  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "您对售后服务的满意程度如何？"),
        ("zh", "设备运行的稳定性"),
        ("zh", "您是否收到了货物？"),
        ("en", "How satisfied are you with the service?"),
        ("en", "Instructions were clearly explained"),
        ("en", "How easy was it to reach us?"),
        ("en", "Leading time of an order"),
    ],
)
def test_neutral_words_are_left_alone(language: str, text: str) -> None:
    assert of_text(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("zh", "工程师没有按时到场", "negation"),
        ("zh", "工程师没有不耐烦", "double_negation"),
        ("en", "The engineer did not arrive on time", "negation"),
        ("en", "I was never left without an answer", "double_negation"),
    ],
)
def test_negation_is_remarked(language: str, text: str, rule: str) -> None:
    assert of_text(text, language) == [rule]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "服务水平不断提高"),
        ("zh", "您满意不满意我们的服务？"),
        ("zh", "无障碍设施"),
        ("zh", "价格非常合理"),
        ("zh", "有没有得到及时答复"),
        ("en", "Notice given before a visit"),
        ("en", "Whether or not the visit was announced"),
    ],
)
def test_words_that_only_look_negative_are_left_alone(language: str, text: str) -> None:
    assert of_text(text, language) == []


def test_the_negative_half_of_a_kano_pair_may_be_negative() -> None:
    kano = question(kind="kano", text=texts("有进度查询", "Progress can be looked up"), text2=texts("没有进度查询", "Progress cannot be looked up"))  # fmt: skip
    assert rules(kano) == []


def test_long_texts_are_remarked_by_characters_and_by_words() -> None:
    long = quality.check(form(question(text=texts("评" * 51, "word " * 31))))
    assert [(f.rule, f.language, f.values["length"]) for f in long] == [
        ("long_text", "zh", 51),
        ("long_text", "en", 31),
    ]
    assert rules(question(text=texts("评" * 50, "word " * 30))) == []


def test_every_missing_translation_is_named_with_its_place() -> None:
    found = quality.check(
        form(
            question(text={"zh": "价格"}),
            question("q2", "single", options=[{"code": "a", "text": {"en": "Yes"}}], help={"zh": "帮助"}),
        )
    )
    assert {(f.where, f.language, f.excerpt) for f in found if f.rule == "missing_translation"} == {
        ("sections[0].questions[0].text", "en", "价格"),
        ("sections[0].questions[1].options[0].text", "zh", "Yes"),
        ("sections[0].questions[1].help", "en", "帮助"),
    }
    assert {f.severity for f in found} == {"high"}


def test_a_language_the_questionnaire_does_not_offer_is_not_missed() -> None:
    assert rules(question(text={"zh": "价格"}), languages=("zh",)) == []


def test_a_text_in_the_wrong_language_is_remarked() -> None:
    assert rules(question(text=texts("How do you rate our price", "我们的价格"))) == ["wrong_language"] * 2
    assert rules(question(text=texts("APP", "App"))) == []


def labelled(zh: list[str], en: list[str]) -> dict[str, Any]:
    return {
        "min": 1,
        "max": len(zh),
        "labels": {str(i + 1): texts(z, e) for i, (z, e) in enumerate(zip(zh, en, strict=True))},
    }


def test_a_balanced_scale_passes_and_a_lopsided_one_does_not() -> None:
    assert rules(question(scale=labelled(ZH_SCALE, EN_SCALE))) == []
    lopsided = labelled(
        ["不满意", "一般", "满意", "很满意", "非常满意"], ["Poor", "Fair", "Good", "Very good", "Excellent"]
    )
    found = quality.check(form(question(scale=lopsided)))
    assert [(f.rule, f.language, dict(f.values)) for f in found] == [
        ("unbalanced_scale", "zh", {"good": 3, "bad": 1}),
        ("unbalanced_scale", "en", {"good": 3, "bad": 1}),
    ]


def test_a_scale_with_one_end_unlabelled_is_remarked() -> None:
    assert set(rules(question(scale={"labels": {"5": texts("很满意", "Very satisfied")}}))) == {"scale_ends"}


def test_different_lengths_of_scale_are_remarked_but_not_nps_beside_likert() -> None:
    seven = question("q2", scale={"min": 1, "max": 7}, text=texts("价格", "Price"))
    assert rules(question(), seven) == ["mixed_scales"]
    assert (
        rules(question(), question("q2", "nps", text=texts("您愿意推荐我们吗？", "Would you recommend us?")))
        == []
    )


def test_the_same_text_twice_is_remarked_whatever_its_punctuation() -> None:
    found = quality.check(form(question(), question("q2", text=texts("对交期的评价？", "Delivery  time!"))))
    assert [(f.rule, f.where, f.values["other"]) for f in found] == [
        ("duplicate", "sections[0].questions[1].text", "sections[0].questions[0].text")
    ]


def test_the_same_option_in_two_questions_is_fine_but_not_in_one() -> None:
    def options(*names: str) -> list[dict[str, Any]]:
        return [{"code": f"o{i}", "text": texts(n, n.upper())} for i, n in enumerate(names)]

    other = question("q2", "single", text=texts("价格", "Price"), options=options("a", "b"))
    assert rules(question(kind="single", options=options("a", "b")), other) == []
    assert rules(question(kind="single", options=options("a", "a"))) == ["duplicate"]


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        ({"op": "gt", "value": 5}, ["condition_never"]),
        ({"op": "eq", "value": "three"}, ["condition_never"]),
        ({"op": "in", "value": [8, 9]}, ["condition_never"]),
        ({"op": "lte", "value": 5}, ["condition_always"]),
        ({"op": "lte", "value": 3}, []),
        ({"op": "in", "value": [1, 9]}, []),
        ({"op": "answered"}, []),
    ],
)
def test_conditions_that_decide_nothing(condition: dict[str, Any], rule: list[str]) -> None:
    why = question(
        "why", "text", text=texts("为什么？", "Why?"), show_if={"all": [{"question": "q1", **condition}]}
    )
    assert rules(question(), why) == rule


def test_any_and_all_are_weighed_together() -> None:
    never, sometimes = {"question": "q1", "op": "gt", "value": 9}, {"question": "q1", "op": "lt", "value": 3}

    def why(**show_if: Any) -> dict[str, Any]:
        return question("why", "text", text=texts("为什么？", "Why?"), show_if=show_if)

    assert rules(question(), why(all=[never, sometimes])) == ["condition_never"]
    assert rules(question(), why(any=[never, sometimes])) == []
    assert rules(question(), why(any=[never, never])) == ["condition_never"]


def test_an_option_that_does_not_exist_never_shows_anything() -> None:
    single = question(kind="single", options=[{"code": "yes", "text": texts("是", "Yes")}])
    why = question(
        "why",
        "text",
        text=texts("为什么？", "Why?"),
        show_if={"all": [{"question": "q1", "op": "eq", "value": "no"}]},
    )
    assert rules(single, why) == ["condition_never"]
    assert rules({**single, "other": True}, why) == []


def items(count: int) -> list[dict[str, Any]]:
    return [{"code": f"i{n}", "text": texts(f"方面{n}", f"Aspect {n}")} for n in range(count)]


def test_grids_too_large_for_a_phone_are_remarked() -> None:
    assert rules(question(kind="matrix", items=items(10))) == []
    assert rules(question(kind="matrix", items=items(11))) == ["grid_too_large"]
    assert rules(question(kind="matrix", items=items(3), scale={"min": 0, "max": 10})) == ["grid_too_large"]
    rivals = [{"code": f"r{n}", "text": texts(f"对手{n}", f"Rival {n}")} for n in range(4)]
    assert rules(question(kind="competitor", items=items(8), options=rivals)) == ["grid_too_large"]
    assert rules(question(kind="ranking", options=items(8))) == ["many_options"]


def test_required_writing_is_remarked() -> None:
    assert rules(question(kind="text", required=True)) == ["required_open"]
    assert rules(question(kind="text")) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [("q1", []), ("customer", []), ("unit", []), ("q9", ["pipe_unknown"]), ("later", ["pipe_unknown"])],
)
def test_a_placeholder_must_know_its_answer(name: str, rule: list[str]) -> None:
    asks = question("q2", "text", text={"zh": "为什么给{{ " + name + " }}分？"})
    assert rules(question(), asks, question("later", text={"zh": "价格"}), languages=("zh",)) == rule


def test_the_thank_you_page_knows_all_answers_and_the_greeting_none() -> None:
    definition = copy.deepcopy(QUESTIONNAIRE)
    definition["thanks"] = texts("{{ nps }}分，谢谢！", "{{ nps }} points, thank you!")
    assert quality.check(parse(definition)) == []
    definition["intro"] = texts("{{ nps }}", "{{ nps }}")
    assert [f.where for f in quality.check(parse(definition))] == ["intro", "intro"]


def test_indicators_nobody_is_asked_about_are_named() -> None:
    found = quality.check(form(question()), {"q1": "交期", "price": "价格"})
    assert [(f.rule, f.excerpt, dict(f.values)) for f in found] == [
        ("indicator_missing", "价格", {"column": "price"})
    ]


def test_the_time_to_answer_grows_with_questions_and_shrinks_with_conditions() -> None:
    short = quality.seconds(form(question(kind="matrix", items=items(5))))
    assert short == round(3 + 4 + 4.5 * 5)
    conditional = question("q2", show_if={"all": [{"question": "q1", "op": "lt", "value": 3}]})
    always = quality.seconds(form(question(), question("q2")))
    assert quality.seconds(form(question(), conditional)) == round(always - 3.5)
    many = [question(f"q{n}", text=texts(f"问题{n}", f"Item {n}")) for n in range(90)]
    found = [f for f in quality.check(form(*many)) if f.rule == "too_long_to_answer"]
    assert [dict(f.values) for f in found] == [{"minutes": round(633 / 60), "questions": 90}]


def test_the_worst_comes_first() -> None:
    found = quality.check(
        form(
            question(text=texts("工程师没有到场", "The engineer did not come")),
            question("q2", text={"zh": "质量和价格"}),
        )
    )
    assert [f.severity for f in found] == ["high", "medium", "low"]
