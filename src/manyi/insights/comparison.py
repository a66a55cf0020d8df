"""Two groups or waves side by side, node by node; and own ratings against those of competitors.

A difference is never shown without its interval and a test that counts how often one looked. Groups that share
people are not independent: a part is compared with the rest, not with the whole that it is in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from scipy.special import stdtr

from manyi.insights import rows
from manyi.insights.disclosure import masked
from manyi.insights.priorities import question_text
from manyi.insights.queries import ALPHA, WaveResult, result_of, waves
from manyi.insights.selection import Selection
from manyi.measures import compare, shares
from manyi.measures.compare import FEWEST_TO_TEST, Difference
from manyi.measures.estimates import Estimate
from manyi.measures.index import from_moments
from manyi.measures.moments import Moments
from manyi.measures.results import IndexResult, NodeScore
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.surveys.questionnaire import Question
from manyi.web.errors import Refused
from manyi.web.templatetags.web import localised

WHOLE = "whole"
KINDS = ("unit", "tier", "segment")
MOST_WAVES = 24
Method = Literal["holm", "bh"]
US = ("us", "own", "we", "self", "ours")


@dataclass(frozen=True, slots=True)
class Side:
    """A wave, or a group of it: `group` is 'whole' or 'kind:value', as in the address."""

    result: WaveResult
    group: str

    @property
    def chosen(self) -> dict[str, str]:
        return self.result.selection.chosen

    @property
    def label(self) -> str:
        wave = localised(self.result.wave.name)
        if not self.chosen:
            return wave
        ((kind, value),) = self.chosen.items()
        return f"{self.result.label(kind, value)} · {wave}"


@dataclass(frozen=True, slots=True)
class Row:
    """One node on both sides. The difference is first − second in points of 0–100, p adjusted for all nodes
    but the index.
    """

    code: str
    name: str
    level: int
    first: NodeScore
    second: NodeScore
    difference: Difference

    @property
    def clear(self) -> bool:
        return self.difference.p_value is not None and self.difference.p_value < ALPHA


@dataclass(frozen=True, slots=True)
class Compared:
    """`rest` names the side whose figures are those of everybody else, because the other is a part of it."""

    first: Side
    second: Side
    method: Method
    rest: Literal["", "first", "second"]
    rows: tuple[Row, ...]

    @property
    def labels(self) -> tuple[str, str]:
        others = _("Everybody else")
        return (
            others if self.rest == "first" else self.first.label,
            others if self.rest == "second" else self.second.label,
        )

    @property
    def title(self) -> str:
        return " – ".join(self.labels)


def comparable_waves(scope: Scope, wave: Wave) -> list[Wave]:
    """This wave and others of its series or tree that the scope may read, newest first."""
    same = Q(tree_version__tree=wave.tree_version.tree_id) | Q(pk=wave.pk)
    if wave.series:
        same |= Q(series=wave.series)
    return list(waves(scope).filter(same)[:MOST_WAVES])


def groups(result: WaveResult) -> list[tuple[str, list[tuple[str, str]]]]:
    """What may be chosen of a wave: kind → [('kind:value', label)]."""
    return [
        (kind, [(f"{kind}:{value}", result.label(kind, value)) for value in result.choices(kind)])
        for kind in KINDS
    ]


def side(scope: Scope, known: Sequence[Wave], code: str, group: str) -> Side:
    """A side as the address names it.

    :raises Refused: for a wave or group that is not there. :raises UnknownUnit: for a unit of others.
    """
    wave = next((wave for wave in known if wave.code == code), None)
    if wave is None:
        raise Refused(_("“%(code)s” is no wave that this one can be compared with.") % {"code": code[:40]})
    kind, _colon, value = group.partition(":")
    if group != WHOLE and (kind not in KINDS or not value):
        raise Refused(_("“%(group)s” is no group.") % {"group": group[:60]})
    selection = Selection() if group == WHOLE else Selection.of({kind: value})
    return Side(result_of(scope, wave, selection), group)


def compared(first: Side, second: Side, method: Method = "holm") -> Compared:
    """Both sides node by node.

    :raises Refused: where the sides may not be shown, have no answers, or share people.
    """
    for one in (first, second):
        if one.result.refusal:
            raise Refused(
                _("“%(group)s” has too few answers to show (fewer than %(minimum)d, or the rest would be).")
                % {"group": one.label, "minimum": one.result.minimum}
            )
        if one.result.index is None:
            raise Refused(_("“%(group)s” has no answers.") % {"group": one.label})
    if first.result.wave == second.result.wave:
        _refuse_shared(first, second)
    a, b = first.result.index, second.result.index
    rest: Literal["", "first", "second"] = ""
    if _holds(first, second):
        rest, b = "second", _rest(first, second)
    elif _holds(second, first):
        rest, a = "first", _rest(second, first)
    return Compared(
        first, second, method, rest, _rows(first, cast(IndexResult, a), cast(IndexResult, b), method)
    )


def _holds(part: Side, whole: Side) -> bool:
    """Whether the people of `part` are among those of `whole` (and not all of them)."""
    if part.result.wave != whole.result.wave or not part.chosen:
        return False
    if not whole.chosen:
        return True
    if "unit" not in part.chosen or "unit" not in whole.chosen:
        return False
    inner, outer = int(part.chosen["unit"]), int(whole.chosen["unit"])
    return inner != outer and inner in part.result.forest.below(outer)


def _refuse_shared(first: Side, second: Side) -> None:
    if first.chosen == second.chosen:
        raise Refused(_("Both sides are the same. Choose another group or wave."))
    if first.chosen and second.chosen and set(first.chosen) != set(second.chosen):
        raise Refused(
            _(
                "These two groups share people, so they cannot be tested against each other. Compare two org"
                " units, two tiers or two segments, or a group with the whole."
            )
        )


def _rest(part: Side, whole: Side) -> IndexResult:
    """The figures of everybody in `whole` who is not in `part`."""
    sums = [
        rows.moments(one.result.rows.filtered(one.result.selection.filters(one.result.forest))).get(None, {})
        for one in (part, whole)
    ]
    tree = whole.result.tree
    nothing = Moments()
    left = {code: _less(total, sums[0].get(code, nothing)) for code, total in sums[1].items()}
    found = masked(from_moments(tree, left), whole.result.minimum)
    if found.index is None:
        raise Refused(
            _("Outside “%(group)s” there are too few answers to compare with.") % {"group": part.label}
        )
    return found


def _less(total: Moments, part: Moments) -> Moments:
    if part.n >= total.n:
        return Moments()
    return Moments(
        total.n - part.n,
        total.sum_w - part.sum_w,
        total.sum_w2 - part.sum_w2,
        total.sum_wd - part.sum_wd,
        total.sum_w2d - part.sum_w2d,
        total.sum_w2d2 - part.sum_w2d2,
    )


def _rows(first: Side, a: IndexResult, b: IndexResult, method: Method) -> tuple[Row, ...]:
    theirs = {node.code: node for node in b.nodes}
    found = [
        Row(
            node.code,
            first.result.name(node.code),
            node.level,
            node,
            theirs[node.code],
            compare.means(node.estimate, theirs[node.code].estimate),
        )
        for node in a.nodes
        if node.code in theirs
    ]
    # The index is one question of its own; the nodes below are many, asked at once.
    p_values = compare.adjust([row.difference.p_value for row in found[1:]], method)
    return tuple(
        [found[0]]
        + [
            replace(row, difference=replace(row.difference, p_value=p))
            for row, p in zip(found[1:], p_values, strict=True)
        ]
    )


def verdict(difference: Difference) -> str:
    """The difference in words: of the first side against the second."""
    if difference.reason == "too few":
        return _("too few to compare")
    if difference.value is None:
        return _("no value")
    if difference.p_value is None or difference.p_value >= ALPHA:
        return _("no clear difference")
    return _("clearly higher") if difference.value > 0 else _("clearly lower")


# --- competitors


@dataclass(frozen=True, slots=True)
class Rival:
    """A competitor's rating of one item, in points of the scale; without a value where too few gave it."""

    label: str
    rating: Estimate


@dataclass(frozen=True, slots=True)
class Contest:
    """One item: ours, each competitor's, and our lead over the best and over their average, among those who
    rated both (p adjusted over all items).
    """

    item: str
    ours: Estimate
    rivals: tuple[Rival, ...]
    best: str
    lead: Difference | None
    average_lead: Difference | None


@dataclass(frozen=True, slots=True)
class Contests:
    question: str
    us: str
    low: float
    high: float
    rivals: tuple[str, ...]
    items: tuple[Contest, ...]


def competitors(result: WaveResult, method: Method = "holm") -> list[Contests]:
    """Every competitor question of the wave; none where nothing may be shown."""
    if result.form is None or result.index is None:
        return []
    return [
        _contests(result, question, method)
        for question in result.form.questions()
        if question.type == "competitor" and question.scale and len(question.options) > 1
    ]


def _contests(result: WaveResult, question: Question, method: Method) -> Contests:
    codes = [option.code for option in question.options]
    us = next((code for code in codes if code in US), codes[0])
    names = {option.code: localised(option.text) for option in question.options}
    people = rows.respondents(result.rows.filtered(result.selection.filters(result.forest)), question.columns)
    items = []
    for item in question.items:
        ratings = {code: people.numbers[f"{item.code}__{code}"] for code in codes}
        items.append(
            _contest(localised(item.text), ratings, us, names, people.survey_weights, result.minimum)
        )
    leads = compare.adjust([one.lead.p_value if one.lead else None for one in items], method)
    averages = compare.adjust(
        [one.average_lead.p_value if one.average_lead else None for one in items], method
    )
    items = [
        replace(
            one,
            lead=replace(one.lead, p_value=p) if one.lead else None,
            average_lead=replace(one.average_lead, p_value=q) if one.average_lead else None,
        )
        for one, p, q in zip(items, leads, averages, strict=True)
    ]
    scale = question.scale
    assert scale is not None  # noqa: S101 - a competitor question has one
    rivals = tuple(names[code] for code in codes if code != us)
    return Contests(question_text(question, ""), names[us], scale.min, scale.max, rivals, tuple(items))


def _contest(
    item: str,
    ratings: Mapping[str, NDArray[np.float64]],
    us: str,
    names: Mapping[str, str],
    weights: NDArray[np.float64] | None,
    minimum: int,
) -> Contest:
    def estimate(values: NDArray[np.float64]) -> Estimate:
        made = shares.mean(values, weights)
        return Estimate(None, None, None, 0, None, 0.0) if made.n < minimum else made

    rivals = {code: estimate(values) for code, values in ratings.items() if code != us}
    known = {code: one.value for code, one in rivals.items() if one.value is not None}
    able = {code: value for code, value in known.items() if rivals[code].n >= FEWEST_TO_TEST} or known
    best = max(able, key=lambda code: able[code], default="")
    stack = np.column_stack([ratings[code] for code in rivals])
    answered = ~np.isnan(stack)
    count = answered.sum(axis=1)
    mean = np.divide(
        np.where(answered, stack, 0.0).sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0
    )
    return Contest(
        item,
        estimate(ratings[us]),
        tuple(Rival(names[code], one) for code, one in rivals.items()),
        names.get(best, ""),
        paired(ratings[us] - ratings[best], weights, minimum) if best else None,
        paired(ratings[us] - mean, weights, minimum),
    )


def paired(
    differences: NDArray[np.float64], weights: NDArray[np.float64] | None, minimum: int = 0
) -> Difference | None:
    """Mean of differences within people, of shape ``(n,)``, with t interval and two-sided t test; None where
    fewer than `minimum` have both.

    >>> found = paired(np.array([1.0, 0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 1.0, 2.0, 1.0]), None)
    >>> found.value, round(found.low, 3), round(found.p_value, 4)
    (1.0, 0.523, 0.0011)
    """
    made = shares.mean(differences, weights)
    if made.n < minimum or made.value is None:
        return None
    if made.n < FEWEST_TO_TEST or made.n_eff < 2:
        return Difference(made.value, None, None, None, made.n, made.n, "too few")
    if not made.se:
        return Difference(made.value, None, None, None, made.n, made.n, "no spread")
    p = float(2 * stdtr(made.n_eff - 1, -abs(made.value / made.se)))
    return Difference(made.value, made.low, made.high, p, made.n, made.n)
