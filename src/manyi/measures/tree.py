"""The indicator tree: a weighted hierarchy of what satisfaction consists of, from the index down to the items
asked.

The root is level 1 and is the index itself; its children are level 2, and so on. Leaves are items: each names
the column of answers it is measured by. The tree has no numbers of respondents in it, so the same tree serves
many waves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from .errors import TreeError

DEEPEST_LEVEL = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """The answer scale of an item: ``min`` to ``max``, and the codes that stand for 'no answer'.

    >>> Scale(1, 5, missing=(0,)).max
    5
    """

    min: float
    max: float
    missing: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a tree: either it has children, or it is an item with a ``column`` (never both).

    ``weight`` is any number of points, zero or more; only its share among siblings counts. ``reversed`` says
    that the lowest answer is the best. ``scale`` overrides the tree's scale for this item.

    >>> Node("wait", {"en": "Waiting time"}, 2, column="q7", reversed=True).is_leaf
    True
    """

    code: str
    name: Mapping[str, str]
    weight: float = 1.0
    children: tuple[Node, ...] = ()
    column: str | None = None
    reversed: bool = False
    scale: Scale | None = None

    @property
    def is_leaf(self) -> bool:
        return not self.children


@dataclass(frozen=True, slots=True)
class Place:
    """A node where it stands in its tree.

    ``level`` counts from 1 (the index). ``weight`` is the share among siblings (they sum to 1),
    ``effective_weight`` the share of the whole index: the product of the shares on the way down, so that all
    leaves together sum to 1.
    """

    node: Node
    level: int
    parent: str | None
    weight: float
    effective_weight: float

    @property
    def code(self) -> str:
        return self.node.code


@dataclass(frozen=True, slots=True)
class Tree:
    """A checked indicator tree. Building one, by hand or with :meth:`from_dict`, raises TreeError if it is
    unusable.

    >>> tree = Tree.from_dict({
    ...     "name": {"en": "Satisfaction", "zh": "满意度"},
    ...     "scale": {"min": 1, "max": 5, "missing": [0]},
    ...     "tree": [
    ...         {"code": "product", "name": {"en": "Product"}, "weight": 60, "column": "q1"},
    ...         {"code": "service", "name": {"en": "Service"}, "weight": 40, "children": [
    ...             {"code": "speed", "name": {"en": "Speed"}, "weight": 1, "column": "q2"},
    ...             {"code": "care", "name": {"en": "Care"}, "weight": 3, "column": "q3"}]}]})
    >>> [(place.code, place.level, round(place.effective_weight, 2)) for place in tree.nodes()]
    [('index', 1, 1.0), ('product', 2, 0.6), ('service', 2, 0.4), ('speed', 3, 0.1), ('care', 3, 0.3)]
    >>> Tree.from_dict(tree.to_dict()) == tree
    True
    """

    name: Mapping[str, str]
    scale: Scale
    children: tuple[Node, ...]
    code: str = "index"

    def __post_init__(self) -> None:
        _check(self)

    @property
    def root(self) -> Node:
        """The index as a node of weight 1."""
        return Node(self.code, self.name, 1.0, self.children)

    def nodes(self) -> tuple[Place, ...]:
        """All nodes, parents before their children, in the order of the file; the first is the index."""
        return tuple(_walk(self.root, 1, None, 1.0, 1.0))

    def leaves(self) -> tuple[Place, ...]:
        """The items, in the order of the file."""
        return tuple(place for place in self.nodes() if place.node.is_leaf)

    def columns(self) -> tuple[str, ...]:
        """The answer columns the tree needs, each once, in the order of the file."""
        return tuple(
            dict.fromkeys(place.node.column for place in self.leaves() if place.node.column is not None)
        )

    def scale_of(self, leaf: Node) -> Scale:
        """The scale that holds for an item: its own, or the tree's."""
        return leaf.scale or self.scale

    @classmethod
    def of(cls, source: Tree | Mapping[str, Any]) -> Tree:
        """The tree itself, or the tree read from what :meth:`from_dict` takes.

        :raises TreeError: as :meth:`from_dict`.
        """
        return source if isinstance(source, Tree) else cls.from_dict(source)

    @classmethod
    def from_dict(cls, source: Mapping[str, Any]) -> Tree:
        """Read the format of TREE.yaml (see the class example).

        Keys: ``name`` (languages → text; plain text counts for every language), ``scale`` (``min``, ``max``,
        ``missing``), ``tree`` (list of nodes), optional ``code`` of the index (default ``index``). A node has
        ``code``, ``name``, ``weight`` (default 1) and either ``children`` or ``column``; items may have
        ``reversed``, ``scale``.

        :raises TreeError: with the path in the file and the reason.
        """
        _keys(source, "the file", {"name", "scale", "tree"}, {"code"})
        return cls(
            name=_name(source["name"], "name"),
            scale=_scale(source["scale"], "scale"),
            children=_nodes(source["tree"], "tree", 2),
            code=_text(source.get("code", "index"), "code"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The tree in the format of TREE.yaml; ``Tree.from_dict(tree.to_dict()) == tree`` holds exactly."""
        head: dict[str, Any] = {} if self.code == "index" else {"code": self.code}
        return head | {
            "name": dict(self.name),
            "scale": _scale_to_dict(self.scale),
            "tree": [_node_to_dict(child) for child in self.children],
        }


def _walk(node: Node, level: int, parent: str | None, weight: float, effective: float) -> Iterator[Place]:
    yield Place(node, level, parent, weight, effective)
    total = sum(child.weight for child in node.children)
    for child in node.children:
        share = child.weight / total
        yield from _walk(child, level + 1, node.code, share, effective * share)


def _check(tree: Tree) -> None:
    if not tree.code:
        raise TreeError("{path}: a code must not be empty.", path="code")
    _check_name(tree.name, "name")
    _check_scale(tree.scale, "scale")
    if not tree.children:
        raise TreeError("{path}: a tree needs at least one node.", path="tree")
    seen = {tree.code: "the index"}
    _check_siblings(tree.children, "tree", 2, seen)


def _check_siblings(nodes: tuple[Node, ...], path: str, level: int, seen: dict[str, str]) -> None:
    if nodes and level > DEEPEST_LEVEL:
        raise TreeError("{path}: the tree is deeper than {deepest} levels.", path=path, deepest=DEEPEST_LEVEL)
    for position, node in enumerate(nodes):
        here = f"{path}[{position}]"
        _check_node(node, here, seen)
        _check_siblings(node.children, f"{here}.children", level + 1, seen)
    if nodes and not any(node.weight for node in nodes):
        raise TreeError("{path}: all weights are zero; at least one node must count.", path=path)


def _check_node(node: Node, path: str, seen: dict[str, str]) -> None:
    if not node.code:
        raise TreeError("{path}: a code must not be empty.", path=f"{path}.code")
    if node.code in seen:
        raise TreeError(
            "{path}: the code '{code}' is already used by {other}.",
            path=path,
            code=node.code,
            other=seen[node.code],
        )
    seen[node.code] = path
    _check_name(node.name, f"{path}.name")
    if not (isfinite(node.weight) and node.weight >= 0):
        raise TreeError(
            "{path}: the weight of '{code}' is {value}; it must be zero or more.",
            path=path,
            code=node.code,
            value=node.weight,
        )
    if node.children and node.column is not None:
        raise TreeError(
            "{path}: '{code}' has both children and a column; it must be a group or an item.",
            path=path,
            code=node.code,
        )
    if node.children and (node.reversed or node.scale):
        raise TreeError(
            "{path}: '{code}' has children; only items may be reversed or have a scale.",
            path=path,
            code=node.code,
        )
    if not node.children and not node.column:
        raise TreeError("{path}: '{code}' has neither children nor a column.", path=path, code=node.code)
    if node.scale:
        _check_scale(node.scale, f"{path}.scale")


def _check_name(name: Mapping[str, str], path: str) -> None:
    if not name or not all(text.strip() for text in name.values()):
        raise TreeError("{path}: a name is missing.", path=path)


def _check_scale(scale: Scale, path: str) -> None:
    if not (isfinite(scale.min) and isfinite(scale.max) and scale.min < scale.max):
        raise TreeError(
            "{path}: min ({low}) must be below max ({high}).",
            path=path,
            low=_plain(scale.min),
            high=_plain(scale.max),
        )


def _keys(source: object, path: str, needed: set[str], optional: set[str]) -> None:
    if not isinstance(source, Mapping):
        raise TreeError("{path}: expected keys and values here.", path=path)
    for key in source:
        if key not in needed | optional:
            raise TreeError(
                "{path}: the key '{key}' is not known; known are {known}.",
                path=path,
                key=key,
                known=", ".join(sorted(needed | optional)),
            )
    for key in sorted(needed):
        if key not in source:
            raise TreeError("{path}: '{key}' is missing.", path=path, key=key)


def _nodes(source: object, path: str, level: int) -> tuple[Node, ...]:
    if isinstance(source, str) or not isinstance(source, Sequence):
        raise TreeError("{path}: expected a list of nodes here.", path=path)
    if level > DEEPEST_LEVEL:
        raise TreeError("{path}: the tree is deeper than {deepest} levels.", path=path, deepest=DEEPEST_LEVEL)
    return tuple(_node(item, f"{path}[{position}]", level) for position, item in enumerate(source))


def _node(source: Any, path: str, level: int) -> Node:
    _keys(source, path, {"code", "name"}, {"weight", "children", "column", "reversed", "scale"})
    flag = source.get("reversed", False)
    if not isinstance(flag, bool):
        raise TreeError("{path}: expected true or false.", path=f"{path}.reversed")
    children = source.get("children")
    column = source.get("column")
    scale = source.get("scale")
    return Node(
        code=_text(source["code"], f"{path}.code"),
        name=_name(source["name"], f"{path}.name"),
        weight=_number(source.get("weight", 1), f"{path}.weight"),
        children=() if children is None else _nodes(children, f"{path}.children", level + 1),
        column=None if column is None else _text(column, f"{path}.column"),
        reversed=flag,
        scale=None if scale is None else _scale(scale, f"{path}.scale"),
    )


def _name(source: object, path: str) -> dict[str, str]:
    if isinstance(source, str):
        return {"zh": source, "en": source}
    if not isinstance(source, Mapping) or not all(
        isinstance(language, str) and isinstance(text, str) for language, text in source.items()
    ):
        raise TreeError("{path}: expected a text for each language, such as zh and en.", path=path)
    return dict(source)


def _scale(source: Any, path: str) -> Scale:
    _keys(source, path, {"min", "max"}, {"missing"})
    missing = source.get("missing") or []
    if isinstance(missing, str) or not isinstance(missing, Sequence):
        raise TreeError("{path}: expected a list of numbers.", path=f"{path}.missing")
    return Scale(
        min=_number(source["min"], f"{path}.min"),
        max=_number(source["max"], f"{path}.max"),
        missing=tuple(_number(code, f"{path}.missing[{position}]") for position, code in enumerate(missing)),
    )


def _text(source: object, path: str) -> str:
    if isinstance(source, int) and not isinstance(source, bool):
        return str(source)
    if not isinstance(source, str):
        # YAML reads the code 1.10 as the number 1.1: a silent rename, so decimals are refused.
        raise TreeError(
            "{path}: expected a text, found {value!r}; put it in quotes.", path=path, value=source
        )
    return source


def _number(source: object, path: str) -> float:
    if isinstance(source, bool) or not isinstance(source, (int, float)):
        raise TreeError("{path}: expected a number, found {value!r}.", path=path, value=source)
    return float(source)


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _scale_to_dict(scale: Scale) -> dict[str, Any]:
    return {
        "min": _plain(scale.min),
        "max": _plain(scale.max),
        "missing": [_plain(code) for code in scale.missing],
    }


def _node_to_dict(node: Node) -> dict[str, Any]:
    result: dict[str, Any] = {"code": node.code, "name": dict(node.name), "weight": _plain(node.weight)}
    if node.children:
        result["children"] = [_node_to_dict(child) for child in node.children]
    else:
        result["column"] = node.column
    if node.reversed:
        result["reversed"] = True
    if node.scale:
        result["scale"] = _scale_to_dict(node.scale)
    return result
