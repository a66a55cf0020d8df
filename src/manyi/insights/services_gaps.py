"""Questionnaires for managers and staff about service gaps, made from what the customers were asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from manyi.insights import gaps
from manyi.insights.gaps_house import BELIEF, MEET, PROMISE, STANDARD, column
from manyi.insights.queries import WaveResult
from manyi.scope import Scope
from manyi.surveys.models import Questionnaire, StaffSurvey
from manyi.surveys.questionnaire import Form
from manyi.surveys.services.questionnaires import create_questionnaire, free_code
from manyi.web.errors import Refused

Texts = Mapping[str, str]
KINDS = StaffSurvey.Respondents
AGREE = ({"zh": "非常不同意", "en": "Strongly disagree"}, {"zh": "非常同意", "en": "Strongly agree"})
MUCH = (
    {"zh": "几乎不承诺", "en": "We promise hardly anything"},
    {"zh": "承诺得很满", "en": "We promise a great deal"},
)
NAMES = {
    KINDS.MANAGERS: {"zh": "服务差距：管理者问卷", "en": "Service gaps: questionnaire for managers"},
    KINDS.STAFF: {"zh": "服务差距：员工问卷", "en": "Service gaps: questionnaire for staff"},
}
INTROS = {
    KINDS.MANAGERS: {
        "zh": "客户期望什么，我们的标准要求什么？请凭您的判断回答，不必查资料。",
        "en": "What do customers expect, and what do our standards ask for? Please answer from your own judgement.",
    },
    KINDS.STAFF: {
        "zh": "标准在日常工作中做到了多少，对外又承诺了多少？请按实际情况回答。",
        "en": "How much of our standards is done in daily work, and how much is promised? Please answer as it is.",
    },
}


def make_questionnaire(
    scope: Scope, *, result: WaveResult, respondents: StaffSurvey.Respondents, at: datetime
) -> Questionnaire:
    """A draft for managers or staff with the customers' items, dimensions and scale.

    :raises Refused: when the wave did not ask expectation and perception, or on no single scale. :raises NotAllowed:
        without `designs.edit`.
    """
    scope.require("designs.edit")
    asked = gaps.asked(result)
    if result.form is None or not asked.items or asked.scale is None:
        raise Refused(_("This wave did not ask what is expected and perceived on one scale."))
    low, high = (int(point) for point in asked.scale)
    questions = _managers if respondents == KINDS.MANAGERS else _staff
    definition = {
        "name": NAMES[respondents],
        "languages": ["zh", "en"],
        "intro": INTROS[respondents],
        "sections": questions(_dimensions(result), _items(result.form, asked), low, high),
    }
    return create_questionnaire(
        scope, code=free_code(f"gaps-{respondents}"), name=NAMES[respondents], definition=definition, at=at
    )


def _dimensions(result: WaveResult) -> dict[str, Texts]:
    """Dimension → its name in both languages."""
    found: dict[str, dict[str, str]] = {}
    for short, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            for code, name in gaps.asked(result).dimensions.items():
                found.setdefault(code, {})[short] = name
    return dict(found)


def _items(form: Form, asked: gaps.Asked) -> dict[str, list[tuple[str, Texts]]]:
    """Dimension → its items with their words in both languages."""
    words = {item.code: item.text for q in form.questions() if q.type == "servqual" for item in q.items}
    found: dict[str, list[tuple[str, Texts]]] = {}
    for item in asked.items:
        found.setdefault(item.dimension, []).append((item.code, words[item.code]))
    return found


def _scale(low: int, high: int, ends: tuple[Texts, Texts] = AGREE) -> dict[str, Any]:
    return {"min": low, "max": high, "labels": {str(low): dict(ends[0]), str(high): dict(ends[1])}}


def _rating(code: str, zh: str, en: str, scale: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "type": "likert", "required": True, "text": {"zh": zh, "en": en}, "scale": scale}


def _managers(
    dimensions: Mapping[str, Texts], items: Mapping[str, list[tuple[str, Texts]]], low: int, high: int
) -> list[dict[str, Any]]:
    beliefs = [
        {
            "code": column(BELIEF, code), "type": "matrix", "required": True, "scale": _scale(low, high),
            "text": {
                "zh": f"{name['zh']}：您认为客户期望一家好公司做到这些吗？",
                "en": f"{name['en']}: do customers expect this of a good company, in your judgement?",
            },
            "items": [
                {"code": f"b{number}_{item[:34].strip('_')}", "text": dict(words)}
                for number, (item, words) in enumerate(items[code], 1)
            ],
        }
        for code, name in dimensions.items()
    ]  # fmt: skip
    standards = [
        _rating(
            column(STANDARD, code),
            f"{name['zh']}：我们有明确的标准，要求做到客户期望的程度",
            f"{name['en']}: we have clear standards that ask for as much as customers expect",
            _scale(low, high),
        )
        for code, name in dimensions.items()
    ]
    return [
        {
            "code": "s_belief",
            "title": {"zh": "客户期望什么", "en": "What customers expect"},
            "questions": beliefs,
        },
        {"code": "s_standard", "title": {"zh": "我们的标准", "en": "Our standards"}, "questions": standards},
    ]


def _staff(
    dimensions: Mapping[str, Texts], items: Mapping[str, list[tuple[str, Texts]]], low: int, high: int
) -> list[dict[str, Any]]:
    done = [
        _rating(
            column(MEET, code),
            f"{name['zh']}：我们平时确实做到了标准的要求",
            f"{name['en']}: in daily work we do as well as our standards ask",
            _scale(low, high),
        )
        for code, name in dimensions.items()
    ]
    promised = [
        _rating(
            column(PROMISE, code),
            f"{name['zh']}：我们的宣传和销售对客户承诺了多少？",
            f"{name['en']}: how much do our advertising and sales promise customers?",
            _scale(low, high, MUCH),
        )
        for code, name in dimensions.items()
    ]
    comment = {
        "code": "in_the_way", "type": "text", "multiline": True,
        "text": {"zh": "是什么妨碍了按标准做？", "en": "What gets in the way of keeping to the standards?"},
    }  # fmt: skip
    return [
        {"code": "s_meet", "title": {"zh": "标准的执行", "en": "Keeping to the standards"}, "questions": [*done, comment]},
        {"code": "s_promise", "title": {"zh": "对外的承诺", "en": "What is promised"}, "questions": promised},
    ]  # fmt: skip
