"""The standard measures of a questionnaire: satisfied and dissatisfied shares, NPS, effort, each with interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from manyi.measures import compare, shares
from manyi.measures.compare import Difference
from manyi.measures.estimates import Estimate
from manyi.surveys.questionnaire import Form, Question
from manyi.warehouse.reads import Ratings

Kind = Literal["overall", "satisfied", "dissatisfied", "nps", "ces"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. Shares are 0–1, NPS −100 to 100, `overall` and `ces` in points of the question's scale.

    `change` compares with the wave before, where there is one.
    """

    kind: Kind
    column: str
    question: Mapping[str, str]
    estimate: Estimate
    lowest: float
    highest: float
    change: Difference | None = None

    @property
    def is_share(self) -> bool:
        return self.kind in ("satisfied", "dissatisfied")


def columns(form: Form | None) -> tuple[str, ...]:
    """The answer columns that standard measures are made of."""
    return tuple(question.code for question, _kinds in _questions(form))


def _questions(form: Form | None) -> Iterator[tuple[Question, tuple[Kind, ...]]]:
    for question in form.questions() if form else ():
        if question.type == "csat" or (question.type == "likert" and question.code.startswith("overall")):
            yield question, ("overall", "satisfied", "dissatisfied")
        elif question.type in ("nps", "ces"):
            yield question, ("nps",) if question.type == "nps" else ("ces",)


def measures(form: Form | None, ratings: Mapping[str, Ratings], *, minimum: int) -> list[Measure]:
    """Every standard measure the questionnaire has; without a value where fewer than `minimum` answered."""
    found = []
    for question, kinds in _questions(form):
        rated = ratings.get(question.code)
        if rated is None or question.scale is None:
            continue
        low, high = float(question.scale.min), float(question.scale.max)
        for kind in kinds:
            estimate = _estimate(kind, rated, low, high)
            if 0 < estimate.n < minimum:
                estimate = Estimate(None, None, None, 0, None, 0.0)
            ends = (0.0, 1.0) if kind in ("satisfied", "dissatisfied") else (low, high)
            ends = (-100.0, 100.0) if kind == "nps" else ends
            found.append(Measure(kind, question.code, question.text, estimate, *ends))
    return found


def _estimate(kind: Kind, rated: Ratings, low: float, high: float) -> Estimate:
    values, weights = rated.values, rated.weights
    match kind:
        case "nps":
            return shares.nps(values, weights)
        case "satisfied":
            return shares.csat(values, weights, low=low, high=high)
        case "dissatisfied":
            return shares.bottom_box(values, weights, low=low, high=high)
        case _:
            return shares.ces(values, weights, low=low, high=high)


def with_changes(now: list[Measure], before: list[Measure]) -> list[Measure]:
    """The measures of this wave with the change since the one before, matched by question and kind."""
    old = {(measure.kind, measure.column): measure for measure in before}
    found = []
    for measure in now:
        was = old.get((measure.kind, measure.column))
        if was is None or (was.lowest, was.highest) != (measure.lowest, measure.highest):
            found.append(measure)
            continue
        compared = compare.shares if measure.is_share else compare.means
        compared = compare.nps if measure.kind == "nps" else compared
        found.append(replace(measure, change=compared(measure.estimate, was.estimate)))
    return found
