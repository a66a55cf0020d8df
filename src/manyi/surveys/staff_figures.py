"""From the answers of a staff survey to all that is ever shown of it. Pure: no Django, no clock.

The figures are made once, when the survey closes, for every reader alike, and there is no filter; so nobody can
compare what was shown before with what is shown after, or one reader's view with another's. Which org units are
in them follows `manyi.measures.disclosure.visible_tree`: by no addition or subtraction of published sums do the
figures of fewer than `minimum` people come out. Single items take ITEM_MINIMUM, drivers DRIVER_MINIMUM. An
answer that left out a rated question is not counted: sums of different people would tell about those who differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from manyi.measures import drivers, index
from manyi.measures.disclosure import visible_tree
from manyi.measures.errors import MeasureError
from manyi.measures.shares import mean
from manyi.measures.tree import Tree
from manyi.surveys.questionnaire import RATED, Form

ITEM_MINIMUM = 10
DRIVER_MINIMUM = 30
TYPES = frozenset({"likert", "matrix", "csat", "ces", "nps", "text"})


def unsuitable(form: Form) -> str:
    """Code of the first question a staff survey cannot ask; '' when all are suitable.

    Rated questions must be answered by everybody, and nothing may be asked that marks a person: choices (age,
    sex, grade), files, dates.
    """
    for section in form.sections:
        for question in section.questions:
            rated = question.type in RATED
            conditional = section.show_if is not None or question.show_if is not None
            skips = not question.required or conditional or (question.scale and question.scale.not_applicable)
            if question.type not in TYPES or (rated and skips):
                return question.code
    return ""


def counted_for(people: Mapping[int, int], parents: Mapping[int, int | None], minimum: int) -> dict[int, int]:
    """Org unit → the unit its answers count for: itself, or the nearest above that enough people belong to.

    :param people: unit → slips given out there. Units of a tree with fewer than `minimum` altogether are missing.
    """
    visible = visible_tree(people, parents, minimum)
    found = {}
    for unit in people:
        here: int | None = unit
        while here is not None and here not in visible:
            here = parents[here]
        if here is not None:
            found[unit] = here
    return found


def figures(
    form: Form,
    tree: Tree | None,
    answers: Sequence[tuple[int, Mapping[str, Any]]],
    parents: Mapping[int, int | None],
    asked: Mapping[int, int],
    *,
    minimum: int,
) -> dict[str, Any]:
    """All that is shown of the answers, as plain types.

    `units` holds, by unit id as text: `parent` (the nearest unit above that is there too), `asked`, `n`, and with a tree `result` (an IndexResult; without its items
    where fewer than ITEM_MINIMUM stand behind them) and `drivers` (dimension → share of what is explained);
    `columns`, of all together: rated column or code of a grid → [mean, low, high, n, standard error] in points
    of its scale; `texts`: question → what was written, in no order, of all together.

    :param answers: (unit it counts for, answers by column). :param parents: unit → unit above, within the survey.
    :param asked: unit → slips whose answers count for it.
    """
    rated = [column for column, question in form.columns().items() if question.type in RATED]
    whole = [(unit, row) for unit, row in answers if all(row.get(column) is not None for column in rated)]
    units = np.array([unit for unit, _row in whole], dtype=np.int64)
    data = {column: np.array([float(row[column]) for _unit, row in whole]) for column in rated}
    found: dict[str, Any] = {"minimum": minimum, "asked": sum(asked.values()), "n": 0, "units": {}}
    found |= {"columns": {}, "texts": {}}
    own = {unit: int((units == unit).sum()) for unit in parents}
    visible = {least: visible_tree(own, parents, least) for least in (minimum, max(minimum, ITEM_MINIMUM), DRIVER_MINIMUM)}  # fmt: skip
    if not visible[minimum]:
        return found
    found["n"] = len(whole)
    for unit in parents:
        if unit in visible[minimum]:
            below = [u for u in parents if unit in _path(u, parents)]
            members = np.isin(units, below)
            above = next((u for u in _path(unit, parents)[1:] if u in visible[minimum]), None)
            entry: dict[str, Any] = {"parent": above, "n": int(members.sum())}
            entry["asked"] = sum(asked.get(u, 0) for u in below)
            if tree is not None:
                part = {column: values[members] for column, values in data.items()}
                entry["result"] = _result(tree, part, unit in visible[max(minimum, ITEM_MINIMUM)])
                if unit in visible[DRIVER_MINIMUM]:
                    entry["drivers"] = _drivers(form, tree, part)
            found["units"][str(unit)] = entry
    found["columns"] = _columns(form, data)
    if len(whole) >= ITEM_MINIMUM:
        found["texts"] = _texts(form, [row for _unit, row in whole])
    return found


def _path(unit: int, parents: Mapping[int, int | None]) -> list[int]:
    path, here = [unit], parents[unit]
    while here is not None:
        path.append(here)
        here = parents[here]
    return path


def _result(tree: Tree, part: Mapping[str, Any], with_items: bool) -> dict[str, Any]:
    result = index.score(tree, part)
    if not with_items:
        items = {place.code for place in tree.leaves()}
        result = replace(result, nodes=tuple(node for node in result.nodes if node.code not in items))
    return result.to_dict()


def _drivers(form: Form, tree: Tree, part: Mapping[str, Any]) -> dict[str, float]:
    """Which dimension explains how much of overall satisfaction, as parts of 1; empty where nothing does."""
    overall = next((q.code for q in form.questions() if q.type == "csat"), None)
    if overall is None:
        return {}
    scores = index.respondent_scores(tree, part)
    try:
        return drivers.shapley(
            {node.code: scores[node.code] for node in tree.children}, part[overall]
        ).importance
    except MeasureError:
        return {}


def _columns(form: Form, data: Mapping[str, Any]) -> dict[str, list[float | int | None]]:
    found = {column: mean(values) for column, values in data.items()}
    for question in form.questions():
        if question.type == "matrix":
            found[question.code] = mean(np.mean([data[column] for column in question.columns], axis=0))
    return {name: [one.value, one.low, one.high, one.n, one.se] for name, one in found.items()}


def _texts(form: Form, answers: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Sorted by the words themselves: the order tells nothing about who wrote with whom or when."""
    found = {}
    for question in form.questions():
        if question.type == "text":
            found[question.code] = sorted(
                str(row[question.code]) for row in answers if row.get(question.code)
            )
    return found
