"""Where to act first: importance against satisfaction, what drives satisfaction, what an improvement brings.

Entry points: :class:`Choice` (how the page is to be drawn, from its address) and :func:`priorities`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from manyi.insights import rows
from manyi.insights.queries import WaveResult
from manyi.insights.wording import in_words
from manyi.measures import drivers as driving
from manyi.measures import priorities as matrix
from manyi.measures.drivers import Drivers
from manyi.measures.errors import MeasureError
from manyi.measures.index import respondent_scores
from manyi.measures.priorities import Gain, Strategy
from manyi.measures.results import NodeScore
from manyi.measures.tree import Tree
from manyi.surveys.questionnaire import Question
from manyi.web.templatetags.web import localised

INDEX = "index"  # the target: the tree's own index
REPLICATES, SEED = 300, 20090430
CELLS = 30_000_000  # numbers read in all resamples together: seconds, which a page may take
MOST_RESAMPLED = 20_000  # above it the sampling error of a share is about one point at most
MOST_EXACT = (
    12  # beyond, Johnson's relative weights: exact values of resamples would take too long for a page
)
FEWEST, PER_DRIVER = 30, 5
ABLE_TO_BE_BEST = 30
LEVELS, CUTS, IMPORTANCES, GAINS = (
    ("items", "dimensions"),
    ("mean", "median", "midpoint", "own"),
    ("derived", "stated"),
    ("point", "best"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands in the address. '' for `importance` and `target` leaves it to the data; `faults` are
    messages about what could not be read there.
    """

    importance: str = ""
    target: str = ""
    level: str = "items"
    cut: str = "mean"
    own: tuple[float, float] | None = None
    gain: str = "point"
    faults: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Choice:
        """Importance and satisfaction of one's own cut lines are `cut_importance`, `cut_satisfaction` (0–100)."""
        faults: list[str] = []

        def one_of(name: str, known: Sequence[str], default: str) -> str:
            value = query.get(name, "")
            if value and value not in known:
                faults.append(
                    _("“%(value)s” is no choice for %(name)s.") % {"value": value[:40], "name": name}
                )
            return value if value in known else default

        cut, own = one_of("cut", CUTS, "mean"), None
        if cut == "own":
            own = _own_lines(query, faults)
            cut = "own" if own else "mean"
        return cls(
            importance=one_of("importance", IMPORTANCES, ""),
            target=query.get("target", "")[:80],
            level=one_of("level", LEVELS, "items"),
            cut=cut,
            own=own,
            gain=one_of("gain", GAINS, "point"),
            faults=tuple(faults),
        )


def _own_lines(query: Mapping[str, str], faults: list[str]) -> tuple[float, float] | None:
    found = []
    for name in ("cut_importance", "cut_satisfaction"):
        text = query.get(name, "").strip()
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not 0 <= value <= 100:
            faults.append(
                _("A cut line must be a number from 0 to 100, not “%(value)s”.") % {"value": text[:40]}
            )
            return None
        found.append(value)
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Row:
    """One item or dimension. Importance in per cent of all, with the interval of a derived one; `gain` in
    points of the index.
    """

    node: NodeScore
    name: str
    importance: float
    low: float | None
    high: float | None
    strategy: Strategy
    gain: Gain | None


@dataclass(frozen=True, slots=True)
class Found:
    """The matrix and what it is made of. `rows` are the most urgent first; `left_out` names without enough
    answers; `warnings` are sentences. `shares` are the drivers' shares of R².
    """

    choice: Choice
    rows: tuple[Row, ...]
    importance_cut: float
    performance_cut: float
    target: str
    drivers: Drivers | None
    gains: tuple[tuple[str, Gain], ...]
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())


ORDER: tuple[Strategy, ...] = ("improve", "advantage", "opportunity", "maintain")


def targets(result: WaveResult) -> dict[str, str]:
    """What satisfaction may be measured by: columns outside the tree → their question, and the index."""
    own = set(result.tree.columns())
    found: dict[str, str] = {}
    if result.form is not None:
        columns = [
            (column, question)
            for column, question in result.form.columns().items()
            if question.type in ("csat", "likert", "matrix", "nps", "ces") and column not in own
        ]
        columns.sort(key=lambda pair: not _is_overall(*pair))
        found = {column: question_text(question, column) for column, question in columns}
    else:
        kinds = rows.answer_columns(result.rows)
        found = {column: column for column, kind in kinds.items() if kind == "number" and column not in own}
    return {**found, INDEX: result.name(result.tree.code)}


def _is_overall(column: str, question: Question) -> bool:
    return question.type == "csat" or column.startswith("overall")


def question_text(question: Question, column: str) -> str:
    """What was asked in a column: the item of a list, else the question."""
    for item in question.items:
        text = localised(item.text)
        if column == item.code:
            return text
        if column == f"{item.code}__e":
            return _("%(item)s (expected)") % {"item": text}
        if column == f"{item.code}__p":
            return _("%(item)s (perceived)") % {"item": text}
    return localised(question.text)


def priorities(result: WaveResult, choice: Choice) -> Found | None:
    """The matrix of a selection; None where nothing may be shown or nobody answered."""
    if result.index is None:
        return None
    warnings = list(choice.faults)
    nodes = result.leaves if choice.level == "items" else result.children(result.tree.code)
    known = [node for node in nodes if node.score is not None]
    left_out = tuple(result.name(node.code) for node in nodes if node.score is None)
    if not known:
        return None
    choices = targets(result)
    if choice.target and choice.target not in choices:
        warnings.append(_("“%(value)s” is no rating of this wave.") % {"value": choice.target})
    target = choice.target if choice.target in choices else next(iter(choices))
    importance = choice.importance or ("stated" if target == INDEX else "derived")
    codes = tuple(node.code for node in known)
    found: Drivers | None = None
    try:
        found = _drivers(result.rows.filtered(result.selection.filters(result.forest)), codes, target)
    except MeasureError as error:
        warnings.append(in_words(error, {code: result.name(code) for code in codes}))
    if found is not None and found.n < max(FEWEST, PER_DRIVER * len(codes)):
        warnings.append(
            _("Drivers take at least %(needed)d people who rated everything; there are %(n)d.")
            % {"needed": max(FEWEST, PER_DRIVER * len(codes)), "n": found.n}
        )
        found = None
    if importance == "derived" and found is None:
        importance = "stated"
        warnings.append(_("So the importance shown is that of the tree's weights."))
    if importance == "derived" and found is not None:
        weight = {code: share * 100 for code, share in found.importance.items()}
        scale = 100 / found.r2 if found.r2 > 0 else 0.0
        spans = {code: (low * scale, high * scale) for code, (low, high) in found.intervals.items()}
    else:
        total = sum(node.effective_weight for node in known) or 1.0
        weight = {node.code: node.effective_weight / total * 100 for node in known}
        spans = {}
    lines = matrix.importance_performance(
        weight,
        {node.code: float(node.score or 0) for node in known},
        cut=choice.own if choice.own else choice.cut,  # type: ignore[arg-type]
        scales=((0.0, 200 / len(known)), (0.0, 100.0)),
    )
    gains = {gain.code: gain for gain in _gains(result, choice)}
    found_rows = [
        Row(
            node,
            result.name(node.code),
            weight[node.code],
            spans[node.code][0] if spans else None,
            spans[node.code][1] if spans else None,
            lines[node.code].strategy,
            gains.get(node.code),
        )
        for node in known
    ]
    found_rows.sort(key=lambda row: (ORDER.index(row.strategy), -row.importance))
    return Found(
        choice=replace(choice, importance=importance, target=target),
        rows=tuple(found_rows),
        importance_cut=lines.importance_cut,
        performance_cut=lines.performance_cut,
        target=choices[target],
        drivers=found,
        gains=tuple((result.name(code), gain) for code, gain in gains.items()),
        left_out=left_out,
        warnings=tuple(warnings),
    )


@rows.remembered
def _drivers(people: rows.Rows, codes: tuple[str, ...], target: str) -> Drivers:
    tree = people.tree
    column = () if target == INDEX else (target,)
    answers = rows.respondents(people, [*tree.columns(), *column])
    scores = respondent_scores(tree, answers.numbers)
    y = scores[tree.code] if target == INDEX else _rated(answers.numbers.get(target), answers.n)
    method = driving.shapley if len(codes) <= MOST_EXACT else driving.relative_weights
    replicates = min(REPLICATES, max(100, CELLS // max(1, answers.n * len(codes))))
    return method(
        {code: scores[code] for code in codes},
        y,
        answers.survey_weights,
        bootstrap=replicates if answers.n <= MOST_RESAMPLED else 0,
        seed=SEED,
    )


def _rated(values: Any, n: int) -> Any:
    return np.full(n, np.nan) if values is None else values


def _gains(result: WaveResult, choice: Choice) -> list[Gain]:
    """By item, the largest first. The best unit is one of those that may be shown."""
    people = result.rows.filtered(result.selection.filters(result.forest))
    if choice.gain == "point":
        return _point_gains(people)
    groups = {group.key: group for group in result.groups("unit") if group.result}
    if len(groups) < 2:
        return []
    answers = rows.respondents(people, result.tree.columns())
    within = result.disclosure.within(result.selection.chosen)
    parts = {
        unit: result.forest.part(unit, within) if unit in result.forest.parents else ""
        for unit in set(answers.units.tolist())
    }
    by = [parts[unit] if parts[unit] in groups else None for unit in answers.units.tolist()]
    found = matrix.expected_gain(
        result.tree, answers.numbers, answers.survey_weights, by=by, at_least=max(ABLE_TO_BE_BEST, result.minimum)
    )  # fmt: skip
    shown = []
    for gain in found:
        best = groups[gain.best_unit].result if gain.best_unit else None
        if best is not None and best.node(gain.code).score is None:
            continue  # the unit's level of this item may not be shown
        shown.append(replace(gain, best_unit=groups[gain.best_unit].label if gain.best_unit else None))
    return shown


def expected_gains(result: WaveResult) -> dict[str, Gain]:
    """What the index gains if everybody ticks one point more on an item, by the item's code."""
    return {gain.code: gain for gain in _gains(result, Choice())}


@rows.remembered
def _point_gains(people: rows.Rows) -> list[Gain]:
    answers = rows.respondents(people, people.tree.columns())
    return list(matrix.expected_gain(people.tree, answers.numbers, answers.survey_weights))


def strategy_name(strategy: Strategy) -> str:
    """The field of the strategic matrix in the reader's words."""
    return {
        "improve": _("To improve"),
        "advantage": _("Advantage"),
        "opportunity": _("Opportunity"),
        "maintain": _("Maintain"),
    }[strategy]


def strategy_advice(strategy: Strategy) -> str:
    return {
        "improve": _("Important, and not good enough: act here first."),
        "advantage": _("Important and good: keep it up, and speak of it."),
        "opportunity": _("Not good, but less important: watch it; act when it costs little."),
        "maintain": _("Good, and less important: keep the level, put no more effort in."),
    }[strategy]


def has_dimensions(tree: Tree) -> bool:
    """Whether there is a level between the index and the items."""
    return max(place.level for place in tree.nodes()) > 2
