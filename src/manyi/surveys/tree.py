"""The indicator tree as people design it: what a draft may hold, how weights add up, the questionnaire it yields.

Pure: no Django, no I/O. The tree's arithmetic is `manyi.measures.tree`; this module adds the limits of the
editor and the way from a tree to questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from manyi.measures.errors import TreeError
from manyi.measures.tree import Tree
from manyi.surveys import questionnaire

Definition = dict[str, Any]
DEEPEST_IN_EDITOR = 5
DEEPEST_NESTING = 40
MAX_NODES = 500
BLANK: Definition = {
    "name": {"zh": "客户满意度", "en": "Customer satisfaction"},
    "scale": {"min": 1, "max": 5},
    "tree": [
        {
            "code": "dimension_1",
            "name": {"zh": "第一个维度", "en": "First dimension"},
            "weight": 100,
            "children": [{"code": "item_1", "name": {"zh": "第一项指标", "en": "First item"}, "weight": 100}],
        }
    ],
}
MAX_CODE = 60
MAX_NAME = 200
#: Answer columns nobody is asked for: the product measures them itself, on a scale from 0 to 100.
MEASURED = frozenset({"promises_kept"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PATH = re.compile(r"\[(\d+)\]")


def checked(definition: Any) -> Definition:
    """The definition complete and checked: an item without a column is measured by the column of its code.

    :raises TreeError: with the path in the file and the reason.
    """
    refuse_control_characters(definition)
    source = dict(definition) if isinstance(definition, Mapping) else definition
    if isinstance(source, dict) and isinstance(source.get("tree"), list):
        source["tree"] = [_with_column(node) for node in source["tree"]]
    tree = Tree.from_dict(source)
    _check_limits(tree)
    return tree.to_dict()


def _with_column(node: Any, level: int = 2) -> Any:
    # Deeper than any tree may be: leave the rest to the check, which refuses it.
    if not isinstance(node, Mapping) or level > 2 * DEEPEST_IN_EDITOR:
        return node
    children = node.get("children")
    if isinstance(children, list) and children:
        return {**node, "children": [_with_column(child, level + 1) for child in children]}
    rest = {key: value for key, value in node.items() if key != "children"}
    if rest.get("column") in MEASURED:
        return {**rest, "scale": {"min": 0, "max": 100}, "reversed": False}
    return rest if rest.get("column") else {**rest, "column": rest.get("code")}


def asked_columns(tree: Tree) -> tuple[str, ...]:
    """The answer columns that a questionnaire or a file has to hold: all but those of MEASURED."""
    return tuple(column for column in tree.columns() if column not in MEASURED)


def refuse_control_characters(value: Any, path: str = "", level: int = 1) -> None:
    """Raise TreeError where a text holds NUL or another control character, which no database can store."""
    if level > DEEPEST_NESTING:
        raise TreeError("{path}: nested deeper than {limit} levels.", path=path[:60], limit=DEEPEST_NESTING)
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise TreeError("{path}: there is a control character in this text.", path=path or "the file")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            refuse_control_characters(str(key), path, level + 1)
            refuse_control_characters(inner, f"{path}.{key}" if path else str(key), level + 1)
    elif isinstance(value, list | tuple):
        for position, inner in enumerate(value):
            refuse_control_characters(inner, f"{path}[{position}]", level + 1)


def _check_limits(tree: Tree) -> None:
    places = tree.nodes()
    if len(places) - 1 > MAX_NODES:
        raise TreeError(
            "{path}: {count} nodes; {limit} are the most there may be.",
            path="tree",
            count=len(places) - 1,
            limit=MAX_NODES,
        )
    for path, node in walk(tree.to_dict()):
        for text, limit in [(node["code"], MAX_CODE), (node.get("column", ""), MAX_NAME)]:
            if len(text) > limit:
                raise TreeError(
                    "{path}: '{code}' is longer than {limit} characters.",
                    path=path,
                    code=text[:30],
                    limit=limit,
                )
        _check_name(node["name"], f"{path}.name")
    _check_name(tree.name, "name")


def _check_name(name: Mapping[str, str], path: str) -> None:
    for text in name.values():
        if len(text) > MAX_NAME:
            raise TreeError(
                "{path}: '{code}' is longer than {limit} characters.",
                path=path,
                code=text[:30],
                limit=MAX_NAME,
            )


def walk(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every node with its path in the file, parents first."""
    stack = [(f"tree[{i}]", node) for i, node in enumerate(definition["tree"])][::-1]
    while stack:
        path, node = stack.pop()
        yield path, node
        stack += [(f"{path}.children[{i}]", child) for i, child in enumerate(node.get("children", ()))][::-1]


def trail(definition: Any, path: str) -> tuple[Any, ...]:
    """The names of the nodes on the way to a path of an error, e.g. `tree[0].children[1].weight`.

    A node without a usable name stands with its code, or its place counted from 1.
    """
    names: list[Any] = []
    nodes = definition.get("tree") if isinstance(definition, Mapping) else None
    for index in (int(i) for i in _PATH.findall(path.partition(".missing")[0])):
        if not isinstance(nodes, list) or index >= len(nodes):
            break
        node = nodes[index]
        name = node.get("name") if isinstance(node, Mapping) else None
        if isinstance(name, Mapping):
            name = {k: v for k, v in name.items() if isinstance(v, str) and v.strip()}
        code = node.get("code") if isinstance(node, Mapping) else None
        names.append(name or (code if isinstance(code, str) else None) or f"#{index + 1}")
        nodes = node.get("children") if isinstance(node, Mapping) else None
    return tuple(names)


@dataclass(frozen=True, slots=True)
class Row:
    """A node as a line of a table. Weights are shares 0–1; `points` is the number somebody typed."""

    code: str
    name: Mapping[str, str]
    level: int
    parent: str | None
    points: float
    weight: float
    effective_weight: float
    column: str
    reversed: bool

    @property
    def is_leaf(self) -> bool:
        return bool(self.column)

    @property
    def indent(self) -> int:
        """Steps below the first level under the index, 0–6."""
        return max(self.level - 2, 0)


def rows(definition: Mapping[str, Any]) -> tuple[Row, ...]:
    """Every node below the index with its weights, parents first."""
    return tuple(
        Row(
            code=place.code,
            name=place.node.name,
            level=place.level,
            parent=place.parent,
            points=place.node.weight,
            weight=place.weight,
            effective_weight=place.effective_weight,
            column=place.node.column or "",
            reversed=place.node.reversed,
        )
        for place in Tree.from_dict(definition).nodes()[1:]
    )


_ENDS = {
    "low": {"zh": "很不满意", "en": "Very dissatisfied"},
    "high": {"zh": "很满意", "en": "Very satisfied"},
}
_FIVE = {
    "1": {"zh": "很不满意", "en": "Very dissatisfied"},
    "2": {"zh": "不满意", "en": "Dissatisfied"},
    "3": {"zh": "一般", "en": "Neither"},
    "4": {"zh": "满意", "en": "Satisfied"},
    "5": {"zh": "很满意", "en": "Very satisfied"},
}


def _scale(low: float, high: float, path: str) -> Definition:
    if not (float(low).is_integer() and float(high).is_integer() and high - low <= 10):
        raise TreeError(
            "{path}: a scale from {low} to {high} cannot be asked; use whole numbers and 11 points at most.",
            path=path,
            low=f"{low:g}",
            high=f"{high:g}",
        )
    bounds = (int(low), int(high))
    labels = _FIVE if bounds == (1, 5) else {str(bounds[0]): _ENDS["low"], str(bounds[1]): _ENDS["high"]}
    return {"min": bounds[0], "max": bounds[1], "labels": labels, "not_applicable": True}


def _ask(name: Mapping[str, str], zh: str, en: str) -> dict[str, str]:
    return {
        "zh": zh.format(name.get("zh") or next(iter(name.values()))),
        "en": en.format(name.get("en") or next(iter(name.values()))),
    }


def questionnaire_of(
    definition: Mapping[str, Any], *, wording: Mapping[str, Mapping[str, str]] | None = None
) -> Definition:
    """The questionnaire that measures a tree: a section with a grid per dimension, then the overall questions.

    A dimension is a node directly below the index; its grid asks the items below it, and each item's code is
    the leaf's column, so that the answers fit the tree. Items with scales of their own get grids of their own.
    `wording` gives the sentence to rate for a column; without one the indicator's name is asked.
    The last section asks overall satisfaction, recommendation and a comment.

    :raises TreeError: a column that no questionnaire can have (letters, digits and single '_' only), or a
        scale that cannot be asked.
    """
    tree = Tree.from_dict(definition)
    paths = {node["code"]: path for path, node in walk(definition)}
    taken: set[str] = set(tree.columns())
    asked: set[str] = set()

    def fresh(wish: str) -> str:
        base = wish if questionnaire.CODE.match(wish) else "part"
        code = next(c for c in (base, *(f"{base[:34]}_{n}" for n in range(1, 9999))) if c not in taken)
        taken.add(code)
        return code

    sections: list[Definition] = []
    for top in tree.children:
        grids: dict[tuple[float, float], list[Definition]] = {}
        for place in Tree(tree.name, tree.scale, (top,), code=tree.code).leaves():
            leaf, path = place.node, paths[place.code]
            column = leaf.column or leaf.code
            if not questionnaire.CODE.match(column):
                raise TreeError(
                    "{path}: the column '{code}' cannot be a question's code; use a letter first, then letters, digits and single '_', 40 at most.",
                    path=path,
                    code=column[:60],
                )
            if column in asked or column in MEASURED:
                continue
            asked.add(column)
            scale = tree.scale_of(leaf)
            _scale(scale.min, scale.max, path)
            grids.setdefault((scale.min, scale.max), []).append(
                {"code": column, "text": dict((wording or {}).get(column) or leaf.name)}
            )
        if not grids:
            continue
        sections.append(
            {
                "code": fresh(f"s_{top.code}"),
                "title": dict(top.name),
                "questions": [
                    {
                        "code": fresh(f"g_{top.code}"),
                        "type": "matrix",
                        "required": True,
                        "text": _ask(
                            top.name,
                            "请您对我们的“{}”逐项评分。",
                            "How satisfied are you with each of these? ({})",
                        ),
                        "scale": _scale(low, high, paths[top.code]),
                        "items": items,
                    }
                    for (low, high), items in grids.items()
                ],
            }
        )
    sections.append(_overall(fresh))
    return {
        "name": dict(tree.name),
        "languages": ["zh", "en"],
        "intro": {
            "zh": "感谢您抽出几分钟告诉我们真实感受。您的意见将直接用于改进我们的工作。",
            "en": "Thank you for taking a few minutes to tell us how we are doing. We use every answer to improve.",
        },
        "thanks": {
            "zh": "感谢您的宝贵意见！",
            "en": "Thank you. Your answers have reached us.",
        },
        "callback": True,
        "sections": sections,
    }


def _overall(fresh: Any) -> Definition:
    return {
        "code": fresh("overall"),
        "title": {"zh": "总体评价", "en": "Overall"},
        "questions": [
            {
                "code": fresh("csat"),
                "type": "csat",
                "required": True,
                "text": {
                    "zh": "总的来说，您对我们有多满意？",
                    "en": "All in all, how satisfied are you with us?",
                },
                "scale": {"min": 1, "max": 5, "labels": _FIVE},
            },
            {
                "code": fresh("nps"),
                "type": "nps",
                "required": True,
                "text": {
                    "zh": "您有多大可能把我们推荐给同行或朋友？",
                    "en": "How likely are you to recommend us to a colleague or friend?",
                },
                "scale": {
                    "min": 0,
                    "max": 10,
                    "labels": {
                        "0": {"zh": "完全不可能", "en": "Not at all likely"},
                        "10": {"zh": "非常可能", "en": "Extremely likely"},
                    },
                },
            },
            {
                "code": fresh("comment"),
                "type": "text",
                "multiline": True,
                "text": {
                    "zh": "我们最该改进的是什么？您还有什么想对我们说的？",
                    "en": "What should we improve first? Is there anything else you would like to tell us?",
                },
            },
        ],
    }
