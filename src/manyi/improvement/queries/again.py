"""What those say who were asked again: the same people, before and after.

They were asked because their first answer was low, so that a second one is a little better by chance alone
(regression to the mean). The figure is therefore shown beside a verdict and never is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manyi.improvement.models import Action
from manyi.measures.compare import Difference, against
from manyi.measures.errors import MeasureError
from manyi.measures.index import respondent_scores
from manyi.measures.tree import Tree
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys.models import Response, Wave


@dataclass(frozen=True, slots=True)
class Again:
    """`wave` asks them; `asked` people, `answered` of them. `change` is the mean of each one's own change in points
    of 0–100, None while fewer than the minimum answered.
    """

    wave: Wave
    asked: int
    answered: int
    change: Difference | None


def again(scope: Scope, action: Action) -> Again | None:
    """None where nobody was asked again, or the reader may not see results."""
    if not action.again or not scope.may("results.read", action.unit_id):
        return None
    waves = {wave.code: wave for wave in Wave.objects.filter(code__in=[action.wave, action.again])}
    first, second = waves.get(action.wave), waves.get(action.again)
    if first is None or second is None:
        return None
    before, after = _scores(first, action.subject), _scores(second, action.subject)
    pairs = [after[who] - before[who] for who in after if who in before]
    asked = second.invitations.count()
    change = against(np.array(pairs), 0.0) if len(pairs) >= organisation().anonymity_minimum else None
    return Again(second, asked, len(pairs), change)


def _scores(wave: Wave, node: str) -> dict[int, float]:
    """Customer → score of the node, of those who gave one."""
    tree = Tree.of(wave.tree_version.definition)
    rows = list(Response.objects.filter(wave=wave, customer__isnull=False).values_list("customer", "answers"))
    columns = {
        column: np.array([_number(answers.get(column)) for _customer, answers in rows], dtype=float)
        for column in tree.columns()
    }
    try:
        scores = respondent_scores(tree, columns)[node]
    except (MeasureError, KeyError):
        return {}
    return {rows[i][0]: float(score) for i, score in enumerate(scores) if not np.isnan(score)}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
