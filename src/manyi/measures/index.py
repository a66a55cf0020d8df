"""Indicator tree and answers → customer satisfaction index, 0 to 100, with its interval.

The rule, so that results are comparable:

1. An item's score is ``(x − min) / (max − min) · 100``, mirrored for reversed items. Missing codes and NaN
   are missing.
2. **Respondent first.** A respondent's score of a node is the weighted mean of the children with a score,
   ``Σ w_c s_c / Σ w_c``. Less than half of the children's weight answered: no score there.
3. A node's score is the survey-weighted mean over the respondents who have a score.
4. The interval is ``mean ± z·se`` with ``se² = Σ w²(s − s̄)² / (Σ w)² · n / (n − 1)``, cut off at 0 and 100;
   ``n_eff = (Σ w)² / Σ w²`` and ``deff = n / n_eff`` (Kish 1965, Survey Sampling, section 11.7).

Step 4 needs only a handful of sums per node (:class:`Moments`), and :func:`from_moments` is the one place
where they become figures. A query engine that computes the sums itself therefore reports the same numbers as
:func:`score`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .arrays import Answers, FloatArray, label, numbers, probability, survey_weights
from .contributions import Contributions, contributions
from .errors import ColumnError, OptionError
from .estimates import LOW_BASE
from .moments import Moments
from .results import IndexResult, NodeScore
from .tree import Node, Scale, Tree

__all__ = [
    "LOW_BASE",
    "METHOD",
    "Contributions",
    "IndexResult",
    "Moments",
    "NodeScore",
    "contributions",
    "from_moments",
    "groups",
    "item_scores",
    "moments",
    "respondent_scores",
    "score",
]

METHOD = "csi-1"
"""Name and version of the rule above; a stored result keeps it, and a changed rule gets a new one."""

HALF = 0.5 - 1e-9
"""Half of the weight, with room for weights such as .1 + .2 that do not add up exactly."""

CHUNK = 16_384
"""Rows worked on at once: a node's scores of one chunk (128 kB) stay in the processor's cache."""


def score(
    tree: Tree | Mapping[str, Any],
    answers: Answers,
    weights: Any = None,
    *,
    by: Mapping[str, Any] | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> IndexResult:
    """The index and the score of every node, each with n and interval.

    :param tree: the indicator tree, or a mapping in the format of TREE.yaml (:meth:`Tree.from_dict`).
    :param answers: columns of raw answers, each of shape ``(n,)``: a dict of arrays or a DataFrame.
    :param weights: survey weights of shape ``(n,)``, zero or more. Respondents of weight zero do not count in
        n.
    :param by: groups to score as well: names of columns in `answers`, or a mapping name → values of shape
        ``(n,)``. Rows without a value belong to no group. See :func:`groups`. No suppression happens here.
    :param confidence: between 0 and 1.
    :returns: scores 0–100; ``score`` is None for a node nobody has a score for, the interval None below two.
    :raises ColumnError: a column is absent, not numeric or holds a value outside its scale (it says which and
        where).
    :raises WeightError: unusable weights.

    >>> scale = {"min": 1, "max": 5, "missing": [0]}
    >>> tree = Tree.from_dict({"name": {"en": "Satisfaction"}, "scale": scale, "tree": [
    ...     {"code": "speed", "name": {"en": "Speed"}, "weight": 1, "column": "q1"},
    ...     {"code": "care", "name": {"en": "Care"}, "weight": 3, "column": "q2"}]})
    >>> result = score(tree, {"q1": [5, 3, 0], "q2": [5, 4, 3]})
    >>> round(result.index, 2), result.n
    (72.92, 3)
    >>> speed = result.node("speed")
    >>> speed.score, speed.n, round(speed.ci_low, 2), speed.ci_high, speed.low_base
    (75.0, 2, 26.0, 100.0, True)
    """
    tree = Tree.of(tree)
    probability(confidence, "confidence")
    split = (
        {} if by is None else groups(tree, answers, _by_columns(answers, by), weights, confidence=confidence)
    )
    return from_moments(tree, moments(tree, answers, weights), confidence, groups=split)


def groups(
    tree: Tree | Mapping[str, Any],
    answers: Answers,
    by: Mapping[str, Any],
    weights: Any = None,
    *,
    confidence: float = 0.95,
) -> dict[str, dict[str, IndexResult]]:
    """The index of every group: ``{name of the grouping: {value as text: result}}``, values in sorted order.

    :param by: name of the grouping → values of shape ``(n,)``; rows whose value is missing belong to no
        group.
    :raises ColumnError: as :func:`score`, or when a grouping has another length than the answers.

    >>> tree = Tree.from_dict({"name": {"en": "Index"}, "scale": {"min": 0, "max": 10}, "tree": [
    ...     {"code": "all", "name": {"en": "Overall"}, "column": "q"}]})
    >>> by_city = groups(tree, {"q": [10, 8, 2]}, {"city": ["Hefei", "Hefei", "Wuhu"]})["city"]
    >>> {city: (result.index, result.n) for city, result in by_city.items()}
    {'Hefei': (90.0, 2), 'Wuhu': (20.0, 1)}
    """
    tree = Tree.of(tree)
    columns = _columns(tree, answers)
    rows = _rows(columns)
    checked = survey_weights(weights, rows)
    result: dict[str, dict[str, IndexResult]] = {}
    for name, values in by.items():
        result[name] = {}
        for value, members in _members(values, name, rows).items():
            part = {column: data[members] for column, data in columns.items()}
            part_weights = None if checked is None else checked[members]
            result[name][value] = from_moments(tree, _moments(tree, part, part_weights), confidence)
    return result


def item_scores(tree: Tree | Mapping[str, Any], answers: Answers) -> dict[str, FloatArray]:
    """Item scores 0–100 of every respondent: ``{code of the item: array (n,)}``, NaN where missing.

    :raises ColumnError: as :func:`score`.

    >>> tree = Tree.from_dict({"name": {"en": "Index"}, "scale": {"min": 1, "max": 5}, "tree": [
    ...     {"code": "wait", "name": {"en": "Waiting"}, "column": "q", "reversed": True}]})
    >>> item_scores(tree, {"q": [1, 4.2, None]})["wait"].round(6).tolist()
    [100.0, 20.0, nan]
    """
    tree = Tree.of(tree)
    everyone = respondent_scores(tree, answers)
    return {place.code: everyone[place.code] for place in tree.leaves()}


def respondent_scores(tree: Tree | Mapping[str, Any], answers: Answers) -> dict[str, FloatArray]:
    """Scores 0–100 of every respondent at every node: ``{code: array (n,)}``, NaN where there is none.

    :raises ColumnError: as :func:`score`.

    >>> tree = Tree.from_dict({"name": {"en": "Index"}, "scale": {"min": 1, "max": 5}, "tree": [
    ...     {"code": "a", "name": {"en": "A"}, "weight": 1, "column": "a"},
    ...     {"code": "b", "name": {"en": "B"}, "weight": 3, "column": "b"}]})
    >>> respondent_scores(tree, {"a": [5, 5], "b": [1, None]})["index"].tolist()
    [25.0, nan]
    """
    tree = Tree.of(tree)
    columns = _columns(tree, answers)
    result = {place.code: np.empty(_rows(columns)) for place in tree.nodes()}
    for start, stop, scores in _chunks(tree, columns):
        for code, values in scores.items():
            part = np.clip(values.scores, 0.0, 100.0, out=result[code][start:stop])
            if values.have is not None:
                part[values.have == 0] = np.nan
    return result


def moments(tree: Tree | Mapping[str, Any], answers: Answers, weights: Any = None) -> dict[str, Moments]:
    """The sums of every node that :func:`from_moments` needs; sums of two halves can be added (``a + b``).

    :raises ColumnError, WeightError: as :func:`score`.

    >>> tree = Tree.from_dict({"name": {"en": "Index"}, "scale": {"min": 0, "max": 100}, "tree": [
    ...     {"code": "q", "name": {"en": "Q"}, "column": "q"}]})
    >>> sums = moments(tree, {"q": [40, 70]}, [1, 2])["index"]
    >>> sums.n, sums.sum_w, sums.sum_w2, sums.sum_wd, sums.sum_w2d, sums.sum_w2d2
    (2, 3.0, 5.0, 30.0, 70.0, 1700.0)
    """
    tree = Tree.of(tree)
    columns = _columns(tree, answers)
    return _moments(tree, columns, survey_weights(weights, _rows(columns)))


def _moments(
    tree: Tree, columns: Mapping[str, NDArray[Any]], weights: FloatArray | None
) -> dict[str, Moments]:
    totals = {place.code: Moments() for place in tree.nodes()}
    for start, stop, scores in _chunks(tree, columns):
        part = None if weights is None else weights[start:stop]
        for code, values in scores.items():
            totals[code] += Moments.of(values.scores, part, values.have)
    return totals


def from_moments(
    tree: Tree | Mapping[str, Any],
    sums: Mapping[str, Moments],
    confidence: float = 0.95,
    *,
    groups: Mapping[str, Mapping[str, IndexResult]] | None = None,
) -> IndexResult:
    """Figures from sums: the only place where they are made, whoever computed the sums.

    :param sums: code of a node → its sums; a code that is left out has no respondents.
    :raises OptionError: for a code the tree does not have, or a confidence outside 0–1.

    >>> tree = Tree.from_dict({"name": {"en": "Index"}, "scale": {"min": 0, "max": 100}, "tree": [
    ...     {"code": "q", "name": {"en": "Q"}, "column": "q"}]})
    >>> node = from_moments(tree, {"index": Moments(2, 3.0, 5.0, 30.0, 70.0, 1700.0)}).node("index")
    >>> node.score, round(node.se, 4), round(node.n_eff, 4)
    (60.0, 13.3333, 1.8)
    """
    tree = Tree.of(tree)
    z = float(ndtri((1 + probability(confidence, "confidence")) / 2))
    places = tree.nodes()
    unknown = sorted(set(sums) - {place.code for place in places})
    if unknown:
        raise OptionError("The tree has no node '{code}'.", code=unknown[0])
    nodes = []
    for place in places:
        own = sums.get(place.code, Moments())
        mean, se = own.mean, own.se
        nodes.append(
            NodeScore(
                code=place.code,
                name=dict(place.node.name),
                level=place.level,
                parent=place.parent,
                weight=place.weight,
                effective_weight=place.effective_weight,
                n=own.n,
                score=mean,
                se=se,
                ci_low=None if mean is None or se is None else max(0.0, mean - z * se),
                ci_high=None if mean is None or se is None else min(100.0, mean + z * se),
                n_eff=own.n_eff,
                deff=own.deff,
            )
        )
    return IndexResult(nodes=tuple(nodes), confidence=confidence, method=METHOD, groups=groups or {})


# --- from raw answers to scores of respondents, one chunk of rows at a time
# --------------------------------------


@dataclass(slots=True)
class _Scores:
    """Scores of one node in one chunk, 0 where missing; `have` is 1 and 0, None when nobody is missing.

    Multiplying by `have` costs a fraction of picking the answered ones, and knowing that all answered costs
    nothing.
    """

    scores: FloatArray
    have: FloatArray | None = field(default=None)


def _columns(tree: Tree, answers: Answers) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    for place in tree.leaves():
        name = str(place.node.column)
        if name not in answers:
            raise ColumnError(
                "Column '{column}', needed for '{code}', is not in the answers.", column=name, code=place.code
            )
        columns[name] = numbers(answers[name], name)
    first = next(iter(columns))
    for name, data in columns.items():
        if data.size != columns[first].size:
            raise ColumnError(
                "Column '{column}' has {rows} rows but column '{other}' has {other_rows}.",
                column=name,
                rows=data.size,
                other=first,
                other_rows=columns[first].size,
            )
    return columns


def _rows(columns: Mapping[str, NDArray[Any]]) -> int:
    return next(iter(columns.values())).size


def _chunks(tree: Tree, columns: Mapping[str, NDArray[Any]]) -> Iterator[tuple[int, int, dict[str, _Scores]]]:
    rows = _rows(columns)
    for start in range(0, rows, CHUNK):
        stop = min(start + CHUNK, rows)
        scores: dict[str, _Scores] = {}
        _score_node(tree, tree.root, columns, start, stop, scores)
        yield start, stop, scores


def _score_node(
    tree: Tree,
    node: Node,
    columns: Mapping[str, NDArray[Any]],
    start: int,
    stop: int,
    scores: dict[str, _Scores],
) -> _Scores:
    if node.is_leaf:
        result = _score_item(columns[str(node.column)][start:stop], node, tree.scale_of(node), start)
    else:
        children = [_score_node(tree, child, columns, start, stop, scores) for child in node.children]
        result = _combine(children, [child.weight for child in node.children])
    scores[node.code] = result
    return result


def _score_item(raw: NDArray[Any], node: Node, scale: Scale, start: int) -> _Scores:
    lowest, highest = raw.min(), raw.max()  # NaN if there is one, and then both comparisons below are false
    x = raw.astype(np.float64)
    if node.reversed:
        np.subtract(scale.max, x, out=x)
    else:
        x -= scale.min
    missing: NDArray[np.bool_] | None = None
    if not (lowest >= scale.min and highest <= scale.max) or any(
        lowest <= code <= highest for code in scale.missing
    ):
        missing = np.isnan(raw)
        for code in scale.missing:
            missing |= raw == code
        np.putmask(x, missing, 0.0)
        if x.min() < 0 or x.max() > scale.max - scale.min:
            _refuse_outside(raw, missing, node, scale, start)
    x /= scale.max - scale.min
    x *= 100.0
    return _Scores(x, None if missing is None else (~missing).astype(np.float64))


def _refuse_outside(
    raw: NDArray[Any], missing: NDArray[np.bool_], node: Node, scale: Scale, start: int
) -> None:
    outside = ~missing & ((raw < scale.min) | (raw > scale.max))
    if outside.any():
        row = int(np.argmax(outside))
        raise ColumnError(
            "Column '{column}' holds {value:g} in row {row}, outside its scale {low:g} to {high:g}"
            " and not one of its missing codes.",
            column=node.column,
            value=float(raw[row]),
            row=start + row + 1,
            low=scale.min,
            high=scale.max,
        )


def _combine(children: list[_Scores], weights: list[float]) -> _Scores:
    total = sum(weights)
    shares = [weight / total for weight in weights]
    parent = children[0].scores * shares[0]
    for child, share in zip(children[1:], shares[1:], strict=True):
        parent += child.scores * share
    if all(child.have is None for child in children):
        return _Scores(parent)
    answered = np.zeros_like(parent)
    for child, share in zip(children, shares, strict=True):
        answered += share if child.have is None else child.have * share
    enough = answered >= HALF
    parent /= np.maximum(answered, HALF)
    if enough.all():
        return _Scores(parent)
    have = enough.astype(np.float64)
    parent *= have
    return _Scores(parent, have)


# --- groupings
# ------------------------------------------------------------------------------------------------


def _by_columns(answers: Answers, by: Mapping[str, Any] | Sequence[str]) -> Mapping[str, Any]:
    if isinstance(by, Mapping):
        return by
    names = [by] if isinstance(by, str) else list(by)
    for name in names:
        if name not in answers:
            raise ColumnError("Column '{column}', to group by, is not in the answers.", column=name)
    return {name: answers[name] for name in names}


def _members(values: Any, name: str, rows: int) -> dict[str, NDArray[np.intp]]:
    """Row numbers of every value, as text in sorted order (numbers sort as numbers)."""
    raw = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    if raw.shape != (rows,):
        raise ColumnError(
            "Column '{column}' has shape {shape} but there are {rows} rows of answers.",
            column=name,
            shape=raw.shape,
            rows=rows,
        )
    if raw.dtype.kind == "O":
        labels = [label(value) for value in raw.tolist()]
        kept = np.flatnonzero([label is not None for label in labels])
        raw = np.array([label or "" for label in labels])
    else:
        kept = np.flatnonzero(raw == raw)  # NaN differs from itself
    found, inverse = np.unique(raw[kept], return_inverse=True)
    order = kept[np.argsort(inverse, kind="stable")]
    parts = np.split(order, np.cumsum(np.bincount(inverse, minlength=found.size))[:-1])
    return {str(label(value)): part for value, part in zip(found.tolist(), parts, strict=False)}
