"""Quality levels of a wave that asked in Kano's way: each feature's category, how sure it is, better and worse.

Questions of type `kano` yield columns `code__f` (with the feature) and `code__d` (without it). An imported file
without a questionnaire may call them so, or `code_functional` and `code_dysfunctional`, in numbers or in words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from manyi.insights import rows
from manyi.insights.queries import WaveResult
from manyi.insights.wording import in_words
from manyi.measures import kano
from manyi.measures.errors import MeasureError
from manyi.measures.kano import Category, KanoResult
from manyi.warehouse.columns import Respondents
from manyi.web.templatetags.web import localised

ENDINGS = (("__f", "__d"), ("_functional", "_dysfunctional"))
WORDS: tuple[tuple[str, int], ...] = (
    (r"cannot|can[’']t |major problem|不能|无法|难以", 5),
    (r"live with|tolerate|accept|minor inconvenience|忍受|勉强|能接受|可以接受", 4),
    (r"dislike|don[’']t like|hate|不喜欢|讨厌|不满意", 5),
    (r"neutral|indifferent|not affect|don[’']t care|无所谓|中立|不在乎|没感觉|没有影响", 3),
    (r"must|expect|should|granted|basic|necess|require|理应|应该|应当|理所当然|必须|基本", 2),
    (r"like|enjoy|helpful|喜欢|满意|很有帮助", 1),
)
"""What an answer in words holds → its code; the first that fits counts."""
ASKING = (r"如果(.+?)[，,][^，,]*[？?]?", r"how (?:would|do|will) you feel (?:if|when) (.+?)[,?]*")
"""How one asks for a feature; what stands in brackets is the feature."""


@dataclass(frozen=True, slots=True)
class Feature:
    code: str
    name: str
    functional: str
    dysfunctional: str


@dataclass(frozen=True, slots=True)
class Row:
    """A feature. `found` is None where fewer than the minimum answered both questions, or `fault` says why.

    `unread` answers in words were understood by nobody and are left out.
    """

    feature: Feature
    found: KanoResult | None
    fault: str = ""
    unread: int = 0


def features(result: WaveResult) -> list[Feature]:
    """What was asked in Kano's way."""
    if result.form is not None:
        return [
            Feature(
                question.code,
                feature_name(localised(question.text)),
                f"{question.code}__f",
                f"{question.code}__d",
            )
            for question in result.form.questions()
            if question.type == "kano"
        ]
    known = rows.answer_columns(result.rows)
    found = []
    for column in known:
        for with_it, without in ENDINGS:
            code = column.removesuffix(with_it)
            if column.endswith(with_it) and not column.endswith(without) and code + without in known:
                found.append(Feature(code, code.replace("_", " ").strip(), column, code + without))
    return found


def feature_name(question: str) -> str:
    """The feature that a question with it asks for, short enough for a chart.

    >>> feature_name("如果常用备件一天内到货，您觉得怎么样？"), feature_name("How do you feel if parts come at once?")
    ('常用备件一天内到货', 'Parts come at once')
    >>> feature_name("Spare parts at once")
    'Spare parts at once'
    """
    for asking in ASKING:
        if found := re.fullmatch(asking, question.strip(), re.IGNORECASE):
            return found[1][:1].upper() + found[1][1:]
    return question


def classified(result: WaveResult) -> list[Row]:
    """Every feature, must-be ones first, within a category the clearest first; none where nothing may be shown."""
    asked = features(result)
    if result.refusal or not result.n or not asked:
        return []
    people = rows.respondents(
        result.rows.filtered(result.selection.filters(result.forest)),
        [column for feature in asked for column in (feature.functional, feature.dysfunctional)],
    )
    order = {category: place for place, category in enumerate(kano.PRIORITY)}
    found = [_row(feature, people, result.minimum) for feature in asked]
    return sorted(
        found,
        key=lambda row: (
            order[row.found.category] if row.found and row.found.category else len(order),
            -(row.found.total_strength or 0) if row.found else 0,
        ),
    )


def _row(feature: Feature, people: Respondents, minimum: int) -> Row:
    with_it, unread = _codes(people, feature.functional)
    without, also = _codes(people, feature.dysfunctional)
    try:
        found = kano.classify(with_it, without, people.survey_weights)
    except MeasureError as error:
        names = {"functional": feature.functional, "dysfunctional": feature.dysfunctional}
        return Row(feature, None, in_words(error, names))
    return Row(feature, found if found.n >= minimum else None, unread=unread + also)


def _codes(people: Respondents, column: str) -> tuple[Any, int]:
    """The answers as codes, and how many of them nobody can read."""
    if column in people.numbers:
        return people.numbers[column], 0
    texts = people.texts[column]
    codes = np.array([_code(text) for text in texts], dtype=np.float64)
    return codes, sum(
        1 for text, code in zip(texts, codes, strict=True) if text is not None and np.isnan(code)
    )


def _code(text: str | None) -> float:
    """The code of an answer in words or digits; NaN for none, and for words nobody knows.

    >>> [_code(text) for text in ("I like it that way", "不喜欢", "4", "I expect it", "perhaps", None)]
    [1.0, 5.0, 4.0, 2.0, nan, nan]
    """
    if text is None:
        return float("nan")
    if re.fullmatch(r"\s*[1-5](\.0)?\s*", text):
        return float(text)
    return next((float(code) for holds, code in WORDS if re.search(holds, text, re.I)), float("nan"))


def category_name(category: Category | None) -> str:
    names: Mapping[Category | None, str] = {
        "M": _("Must-be"),
        "O": _("One-dimensional"),
        "A": _("Attractive"),
        "I": _("Indifferent"),
        "R": _("Reverse"),
        "Q": _("Questionable"),
        None: "–",
    }
    return names[category]


def category_advice(category: Category) -> str:
    return {
        "M": _("Taken for granted: nobody thanks you for it, its lack angers. Never fall short here."),
        "O": _("The more the better: customers compare suppliers by it. Be ahead of competitors."),
        "A": _("Delights where it is offered, is not missed where it is not. Choose a few to stand out."),
        "I": _("Customers do not mind either way. Spend nothing on it."),
        "R": _("Customers would rather not have it. Ask whether to drop it."),
        "Q": _("The answers contradict each other: look at the wording of the question."),
    }[category]


def certainty(found: KanoResult) -> str:
    """How sure the category is, by Fong's test of the two leading ones."""
    if found.p_value is None:
        return _("cannot be tested")
    return _("clear") if found.significant else _("not clear: two categories are close")
