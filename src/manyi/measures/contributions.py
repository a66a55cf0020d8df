"""What moved a score between two waves, in parts that add up to the whole."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import TooFewError
from .results import IndexResult, NodeScore


@dataclass(frozen=True, slots=True)
class Part:
    """What one child (or item) did to the score above it, in points of that score.

    ``weight`` is its share in the earlier wave; ``before`` and ``after`` are its own scores, None where it
    had none. ``points`` is ``weight · (after − before)``, 0 where there is no score to compare.
    """

    code: str
    weight: float
    before: float | None
    after: float | None
    points: float


@dataclass(frozen=True, slots=True)
class NodeChange:
    """The change of one node: ``change = Σ parts.points + weight_change + mix_change``, all in points.

    ``weight_change``: children count differently than before (or came or went). ``mix_change``: the mean over
    respondents is not the mean of the children's means, because not everybody answered every child; this is
    how much that difference itself moved.
    """

    code: str
    before: float
    after: float
    parts: tuple[Part, ...]
    weight_change: float
    mix_change: float

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Contributions:
    """What moved the index: by child at every group (``nodes``), and over all levels by item (``items``).

    ``after − before = Σ items.points + weight_change + mix_change``, where the last two gather those of all
    levels.
    """

    before: float
    after: float
    nodes: tuple[NodeChange, ...]
    items: tuple[Part, ...]
    weight_change: float
    mix_change: float

    @property
    def change(self) -> float:
        return self.after - self.before

    def node(self, code: str) -> NodeChange:
        """The change of the group of that code.

        :raises TooFewError: when it has no score in one of the waves, or is no group.
        """
        for node in self.nodes:
            if node.code == code:
                return node
        raise TooFewError("There is no change to explain for '{code}'.", code=code)


def contributions(before: IndexResult, after: IndexResult) -> Contributions:
    """What moved the index and every group between two waves.

    For a group with score S, children's scores s_c and shares w_c (over the children that have a score in
    that wave), primes for the later wave, and the mix ``r = S − Σ w_c s_c``::

        S' − S  =  Σ w_c (s'_c − s_c)  +  Σ (w'_c − w_c) s'_c  +  (r' − r)
                   what children did      weight change           mix change

    A child that only one wave has counts under weight change, with its one score. For the items, each child's
    change is taken apart in turn, down to the leaves. Source: the usual decomposition of a weighted mean
    (Kitagawa 1955).

    :param before: result of the earlier wave. The trees may differ; nodes are matched by code.
    :param after: result of the later wave.
    :raises TooFewError: when one of the two has no index.

    >>> from manyi.measures.index import score
    >>> from manyi.measures.tree import Tree
    >>> tree = Tree.from_dict({"name": {"en": "Index"}, "scale": {"min": 0, "max": 100}, "tree": [
    ...     {"code": "a", "name": {"en": "A"}, "weight": 1, "column": "a"},
    ...     {"code": "b", "name": {"en": "B"}, "weight": 3, "column": "b"}]})
    >>> before = score(tree, {"a": [50, 70], "b": [60, 80]})
    >>> moved = contributions(before, score(tree, {"a": [80], "b": [66]}))
    >>> moved.change, [(item.code, item.points) for item in moved.items]
    (2.0, [('a', 5.0), ('b', -3.0)])
    """
    if before.index is None or after.index is None:
        raise TooFewError(
            "There is no index in the {wave} wave.", wave="earlier" if before.index is None else "later"
        )
    children_before, children_after = _children(before), _children(after)
    changes: dict[str, NodeChange] = {}
    for node in before.nodes:
        later = _find(after, node.code)
        if node.code not in children_before or node.code not in children_after:
            continue
        if node.score is not None and later is not None and later.score is not None:
            changes[node.code] = _explain(
                node.code, node.score, later.score, children_before[node.code], children_after[node.code]
            )
    items, weight_change, mix_change = _items(before.root.code, 1.0, changes)
    return Contributions(
        before.index, after.index, tuple(changes.values()), tuple(items), weight_change, mix_change
    )


def _find(result: IndexResult, code: str) -> NodeScore | None:
    return next((node for node in result.nodes if node.code == code), None)


def _children(result: IndexResult) -> dict[str, list[NodeScore]]:
    children: dict[str, list[NodeScore]] = {}
    for node in result.nodes:
        if node.parent is not None:
            children.setdefault(node.parent, []).append(node)
    return children


def _scored(children: list[NodeScore]) -> dict[str, tuple[float, float]]:
    """Score and share of the children that have a score, shares summing to 1."""
    scored = {child.code: (child.score, child.weight) for child in children if child.score is not None}
    total = sum(weight for _, weight in scored.values())
    return {code: (value, weight / total if total else 0.0) for code, (value, weight) in scored.items()}


def _explain(
    code: str, before: float, after: float, children_before: list[NodeScore], children_after: list[NodeScore]
) -> NodeChange:
    old, new = _scored(children_before), _scored(children_after)
    parts = []
    weight_change = 0.0
    for child in dict.fromkeys([*(c.code for c in children_before), *(c.code for c in children_after)]):
        was, is_now = old.get(child), new.get(child)
        if was is not None and is_now is not None:
            parts.append(Part(child, was[1], was[0], is_now[0], was[1] * (is_now[0] - was[0])))
            weight_change += (is_now[1] - was[1]) * is_now[0]
        elif was is not None:
            parts.append(Part(child, was[1], was[0], None, 0.0))
            weight_change -= was[1] * was[0]
        elif is_now is not None:
            parts.append(Part(child, 0.0, None, is_now[0], 0.0))
            weight_change += is_now[1] * is_now[0]
    mix_before = before - sum(weight * value for value, weight in old.values())
    mix_after = after - sum(weight * value for value, weight in new.values())
    return NodeChange(code, before, after, tuple(parts), weight_change, mix_after - mix_before)


def _items(code: str, share: float, changes: dict[str, NodeChange]) -> tuple[list[Part], float, float]:
    """The parts of `code` taken apart down to the items, each times the share of the index that it has."""
    own = changes[code]
    items: list[Part] = []
    weight_change, mix_change = share * own.weight_change, share * own.mix_change
    for part in own.parts:
        if part.code in changes and part.before is not None and part.after is not None:
            below, below_weight, below_mix = _items(part.code, share * part.weight, changes)
            items += below
            weight_change += below_weight
            mix_change += below_mix
        else:
            items.append(Part(part.code, share * part.weight, part.before, part.after, share * part.points))
    return items, weight_change, mix_change
