"""Service gaps of a wave that asked expectation and perception (SERVQUAL): gap 5 by dimension and item, and which
of the five gaps have data.

Questions of type `servqual` yield columns `item__e` and `item__p`. Each question is a dimension; where there is
only one, its items are told apart by how their codes begin (`reliability1`, `reliability2`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from scipy.special import stdtr

from manyi.insights import rows
from manyi.insights.queries import ALPHA, WaveResult
from manyi.insights.wording import in_words
from manyi.measures import compare, servqual
from manyi.measures.compare import FEWEST_TO_TEST
from manyi.measures.errors import MeasureError
from manyi.measures.servqual import GapScore, ProviderGap
from manyi.web.templatetags.web import localised

Scale = tuple[float, float]
PREFIXES: Mapping[str, str] = {
    "tang": "tangibles", "reli": "reliability", "resp": "responsiveness", "assu": "assurance", "empa": "empathy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    code: str
    name: str
    dimension: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Items with their dimensions (code → name), and the scale where it is known."""

    items: tuple[Item, ...]
    dimensions: Mapping[str, str]
    scale: Scale | None


@dataclass(frozen=True, slots=True)
class Row:
    """An item or dimension (`level` 2 or 1; 0 is the whole). `score` is None where too few answered both."""

    name: str
    level: int
    score: GapScore | None
    p_value: float | None
    code: str = ""  # of the item or dimension; the whole has none

    @property
    def verdict(self) -> str:
        if self.score is None or self.score.gap.value is None:
            return ""
        if self.score.gap.n < FEWEST_TO_TEST:
            return _("too few to compare")
        if self.p_value is None or self.p_value >= ALPHA:
            return _("no clear gap")
        return _("expectation not met") if self.score.gap.value < 0 else _("expectation exceeded")


@dataclass(frozen=True, slots=True)
class Found:
    """`rows`: the whole, then each dimension followed by its items; `five` says what is measured at all."""

    asked: Asked
    rows: tuple[Row, ...]
    five: tuple[ProviderGap, ...]
    fault: str = ""


def asked(result: WaveResult) -> Asked:
    """Which items were asked twice, as expectation and as perception."""
    if result.form is None:
        known = rows.answer_columns(result.rows)
        codes = [
            column.removesuffix("__e")
            for column, kind in known.items()
            if column.endswith("__e") and kind == "number" and f"{column.removesuffix('__e')}__p" in known
        ]
        return _by_beginning([(code, code) for code in codes], "", None)
    questions = [question for question in result.form.questions() if question.type == "servqual"]
    if len(questions) == 1:
        (question,) = questions
        scale = (float(question.scale.min), float(question.scale.max)) if question.scale else None
        named = [(item.code, localised(item.text)) for item in question.items]
        return _by_beginning(named, localised(question.text), scale)
    items = tuple(
        Item(item.code, localised(item.text), question.code)
        for question in questions
        for item in question.items
    )
    scales = {(float(q.scale.min), float(q.scale.max)) for q in questions if q.scale}
    names = {question.code: localised(question.text) for question in questions}
    return Asked(items, names, scales.pop() if len(scales) == 1 else None)


def _by_beginning(named: list[tuple[str, str]], whole: str, scale: Scale | None) -> Asked:
    begins = {code: re.sub(r"[_\d]+$", "", code) or code for code, _name in named}
    if len(set(begins.values())) == len(begins):  # every item for itself: no dimensions in the codes
        begins = dict.fromkeys(begins, "all")
    items = tuple(Item(code, name, begins[code]) for code, name in named)
    names = {
        begin: (whole or _("All items")) if begin == "all" else _dimension_name(begin)
        for begin in begins.values()
    }
    return Asked(items, names, scale)


def _dimension_name(code: str) -> str:
    known = {
        "tangibles": _("Tangibles"),
        "reliability": _("Reliability"),
        "responsiveness": _("Responsiveness"),
        "assurance": _("Assurance"),
        "empathy": _("Empathy"),
    }
    return known.get(PREFIXES.get(code[:4].lower(), ""), code)


def gaps(result: WaveResult) -> Found | None:
    """The gaps of a selection; None where nothing may be shown, nobody answered or nothing was asked twice."""
    what = asked(result)
    if result.refusal or not result.n or not what.items:
        return None
    people = rows.respondents(
        result.rows.filtered(result.selection.filters(result.forest)),
        [f"{item.code}__{side}" for item in what.items for side in "ep"],
    )
    members: dict[str, list[str]] = {}
    for item in what.items:
        members.setdefault(item.dimension, []).append(item.code)
    try:
        made = servqual.gaps(
            {item.code: people.numbers[f"{item.code}__e"] for item in what.items},
            {item.code: people.numbers[f"{item.code}__p"] for item in what.items},
            members,
            weights=people.survey_weights,
        )
    except MeasureError as error:
        return Found(what, (), servqual.five_gaps(), in_words(error))
    names = {item.code: item.name for item in what.items}
    found: list[tuple[str, int, GapScore, str]] = [(_("All dimensions"), 0, made.overall, "")]
    for dimension, codes in members.items():
        found.append((what.dimensions[dimension], 1, made.dimensions[dimension], dimension))
        if len(codes) > 1:
            found += [(names[code], 2, made.items[code], code) for code in codes]
    shown = [_masked(score, result.minimum) for _name, _level, score, _code in found]
    p_values = [_p_value(shown[0]), *compare.adjust([_p_value(score) for score in shown[1:]])]
    rows_found = [
        Row(name, level, score, p, code)
        for (name, level, _score, code), score, p in zip(found, shown, p_values, strict=True)
    ]
    dimensions = [row for row in rows_found if row.level == 1 and row.score]
    five = servqual.five_gaps(
        expectations={row.name: row.score.expectation.value for row in dimensions if row.score and row.score.expectation.value is not None},
        perceptions={row.name: row.score.perception.value for row in dimensions if row.score and row.score.perception.value is not None},
    )  # fmt: skip
    return Found(what, tuple(rows_found), five)


def _masked(score: GapScore, minimum: int) -> GapScore | None:
    fewest = min(score.gap.n, score.expectation.n, score.perception.n)
    return score if fewest >= minimum else None


def _p_value(score: GapScore | None) -> float | None:
    """Two-sided t test that the gap is zero; people are compared with themselves."""
    gap = score.gap if score else None
    if gap is None or gap.value is None or not gap.se or gap.n < FEWEST_TO_TEST or gap.n_eff < 2:
        return None
    return float(2 * stdtr(gap.n_eff - 1, -abs(gap.value / gap.se)))


def gap_name(number: int) -> str:
    return {
        1: _("Gap 1: knowing what customers expect"),
        2: _("Gap 2: setting the right standards"),
        3: _("Gap 3: delivering to the standards"),
        4: _("Gap 4: promising what is delivered"),
        5: _("Gap 5: what customers expect and what they perceive"),
    }[number]
