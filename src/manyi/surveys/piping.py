"""Earlier answers and names in a question's text: `{{ on_time }}`, `{{ customer }}`.

Pure: no Django. The result is plain text; the template escapes it as a whole, so that nothing a respondent
or a customer file says becomes markup. What is filled in is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from manyi.surveys.logic import all_columns, other_column
from manyi.surveys.questionnaire import Form, Question, Texts

PLACE = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]{0,90})\s*\}\}")
NAMES = ("customer", "contact", "unit")


def text_of(texts: Texts, language: str) -> str:
    """The text in `language` ('zh' or 'en'), else in the other one, else ''."""
    return texts.get(language) or texts.get("zh") or texts.get("en") or ""


def label(question: Question, column: str, value: Any, language: str) -> str:
    """How one stored answer reads: the words of the scale point or option, else the value; '' for none."""
    if value is None:
        return ""
    if question.scale is not None:
        return text_of(question.scale.labels.get(value, {}), language) or str(value)
    if question.type == "single":
        return next((text_of(o.text, language) for o in question.options if o.code == value), str(value))
    return "" if question.type == "file" else str(value)


def _answer(form: Form, name: str, answers: Mapping[str, Any], language: str) -> str:
    for question in form.questions():
        if question.code == name and question.type == "multi":
            chosen = [
                text_of(o.text, language) for o in question.options if answers.get(f"{name}__{o.code}") == 1
            ]
            chosen += [answers[other_column(question)]] if answers.get(other_column(question)) else []
            return ("、" if language == "zh" else ", ").join(chosen)
        if name in all_columns(question):
            value = answers.get(name)
            if question.type == "single" and value == "other" and answers.get(other_column(question)):
                value = answers[other_column(question)]
            return label(question, name, value, language)
    return ""


def fill(
    text: str, form: Form, answers: Mapping[str, Any], language: str, names: Mapping[str, str] | None = None
) -> str:
    """`text` with its places filled; an unknown or unanswered one becomes ''."""
    if "{{" not in text:
        return text
    known = names or {}

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return known.get(name, "") if name in NAMES else _answer(form, name, answers, language)

    return PLACE.sub(value, text)
