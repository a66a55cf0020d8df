"""What a new question looks like in the editor, by type, and ready-made scale labels. Pure data."""

from __future__ import annotations

from typing import Any


def _texts(zh: str = "", en: str = "") -> dict[str, str]:
    return {"zh": zh, "en": en}


# Labels by number of points; 'ends' for longer scales.
LABEL_SETS: dict[str, dict[str, list[dict[str, str]]]] = {
    "satisfaction": {
        "5": [
            _texts("很不满意", "Very dissatisfied"),
            _texts("不满意", "Dissatisfied"),
            _texts("一般", "Neutral"),
            _texts("满意", "Satisfied"),
            _texts("很满意", "Very satisfied"),
        ],
        "7": [
            _texts("非常不满意", "Extremely dissatisfied"),
            _texts("不满意", "Dissatisfied"),
            _texts("有点不满意", "Slightly dissatisfied"),
            _texts("一般", "Neutral"),
            _texts("比较满意", "Slightly satisfied"),
            _texts("满意", "Satisfied"),
            _texts("非常满意", "Extremely satisfied"),
        ],
        "ends": [_texts("非常不满意", "Very dissatisfied"), _texts("非常满意", "Very satisfied")],
    },
    "agreement": {
        "5": [
            _texts("很不同意", "Strongly disagree"),
            _texts("不同意", "Disagree"),
            _texts("中立", "Neutral"),
            _texts("同意", "Agree"),
            _texts("很同意", "Strongly agree"),
        ],
        "7": [
            _texts("非常不同意", "Strongly disagree"),
            _texts("不同意", "Disagree"),
            _texts("有点不同意", "Slightly disagree"),
            _texts("中立", "Neutral"),
            _texts("比较同意", "Slightly agree"),
            _texts("同意", "Agree"),
            _texts("非常同意", "Strongly agree"),
        ],
        "ends": [_texts("非常不同意", "Strongly disagree"), _texts("非常同意", "Strongly agree")],
    },
    "ease": {
        "5": [
            _texts("很困难", "Very difficult"),
            _texts("困难", "Difficult"),
            _texts("一般", "Neutral"),
            _texts("容易", "Easy"),
            _texts("很容易", "Very easy"),
        ],
        "ends": [_texts("非常困难", "Very difficult"), _texts("非常容易", "Very easy")],
    },
    "importance": {"ends": [_texts("很不重要", "Not important at all"), _texts("很重要", "Very important")]},
    "likelihood": {
        "ends": [_texts("完全不可能", "Not at all likely"), _texts("非常可能", "Extremely likely")]
    },
}


def _labels(name: str, low: int, high: int) -> dict[str, dict[str, str]]:
    full = LABEL_SETS[name].get(str(high - low + 1))
    if full:
        return {str(low + i): dict(t) for i, t in enumerate(full)}
    first, last = LABEL_SETS[name]["ends"]
    return {str(low): dict(first), str(high): dict(last)}


def _scale(name: str, low: int = 1, high: int = 5, *, not_applicable: bool = False) -> dict[str, Any]:
    return {"min": low, "max": high, "labels": _labels(name, low, high), "not_applicable": not_applicable}


def _empty(count: int) -> list[dict[str, Any]]:
    return [{"code": "", "text": _texts()} for _ in range(count)]


STARTERS: dict[str, dict[str, Any]] = {
    "likert": {"text": _texts(), "scale": _scale("satisfaction", not_applicable=True), "required": True},
    "matrix": {
        "text": _texts("您对以下各方面的满意程度如何？", "How satisfied are you with each of the following?"),
        "scale": _scale("satisfaction", not_applicable=True),
        "items": _empty(3),
        "required": True,
    },
    "nps": {
        "text": _texts(
            "您有多大可能把我们推荐给朋友或同事？",
            "How likely are you to recommend us to a friend or colleague?",
        ),
        "scale": _scale("likelihood", 0, 10),
        "required": True,
    },
    "csat": {
        "text": _texts("总体而言，您对我们的满意程度如何？", "Overall, how satisfied are you with us?"),
        "scale": _scale("satisfaction"),
        "required": True,
    },
    "ces": {
        "text": _texts("请我们办成这件事，容易吗？", "How easy was it to get this done with us?"),
        "scale": _scale("ease", 1, 7),
        "required": True,
    },
    "single": {"text": _texts(), "options": _empty(2), "required": True},
    "multi": {"text": _texts(), "options": _empty(3)},
    "ranking": {
        "text": _texts("请按重要程度排序（1 为最重要）。", "Please rank by importance (1 = most important)."),
        "options": _empty(3),
    },
    "text": {
        "text": _texts("您还想对我们说什么？", "Is there anything else you would like to tell us?"),
        "multiline": True,
    },
    "number": {"text": _texts(), "min": 0},
    "date": {"text": _texts()},
    "file": {"text": _texts("如有照片，请上传。", "If you have a photo, please add it.")},
    "kano": {
        "text": _texts("如果提供……，您觉得怎么样？", "How would you feel if we offered …?"),
        "text2": _texts("如果不提供……，您觉得怎么样？", "How would you feel if we did not offer …?"),
    },
    "servqual": {
        "text": _texts("您期望怎样？实际感受如何？", "What do you expect, and what did you experience?"),
        "scale": _scale("agreement", 1, 7),
        "items": _empty(3),
    },
    "competitor": {
        "text": _texts(
            "请评价我们和您了解的其他供应商。", "Please rate us and the other suppliers you know."
        ),
        "scale": _scale("satisfaction", not_applicable=True),
        "items": _empty(2),
        "options": [{"code": "us", "text": _texts("我们", "Us")}, {"code": "other1", "text": _texts()}],
    },
}


def blank(name: dict[str, str]) -> dict[str, Any]:
    """The shortest useful questionnaire: overall satisfaction, recommendation, and room for words."""

    def ask(code: str, kind: str) -> dict[str, Any]:
        return {"code": code, "type": kind, **STARTERS[kind]}

    return {
        "name": name,
        "languages": ["zh", "en"],
        "intro": _texts("感谢您抽出几分钟时间，您的意见会帮助我们改进。", "Thank you for a few minutes of your time. Your answers help us improve."),
        "thanks": _texts("感谢您的反馈！", "Thank you for your feedback!"),
        "sections": [
            {
                "code": "overall",
                "title": _texts("总体评价", "Overall"),
                "questions": [ask("overall", "csat"), ask("recommend", "nps"), ask("comment", "text")],
            }
        ],
    }  # fmt: skip
