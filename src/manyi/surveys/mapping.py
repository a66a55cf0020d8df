"""MAP.yaml: what the columns of a finished survey's file mean. Pure: no Django, no I/O.

    wave: {name: {zh, en}, date: 2026-03-01, code: airline-2026, series: airline, unit: group}
    tree: csi                     # code of a published tree, or a tree in the format of TREE.yaml
    items: {Seat Comfort: seat}   # column of the file → answer column of the tree
    scale: {min: 1, max: 5}       # of the file, when it is not the tree's: answers are converted in proportion
    missing: [0, 99, NA]          # what stands for 'no answer', beside empty cells and the tree's own codes
    reversed: [Waiting time]      # columns in which the lowest answer is the best: they are turned round
    groups: [Class]               # by-columns, kept with each response
    texts: [Remarks]              # free texts
    unit: Branch                  # optional columns: unit, segment, tier, date, weight, id
    encoding: gb18030             # optional, as is `sheet`

`code`, `series` and `unit` of the wave may be left out where the caller knows them. `id` is only looked at for
doubles; it is not stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.compute as pc

from manyi.measures.tree import Tree
from manyi.surveys.tree import MEASURED, asked_columns, refuse_control_characters
from manyi.warehouse.tabular import Table

SINGLE = ("unit", "segment", "tier", "date", "weight", "id")
ROLES = ("item", "group", "text", *SINGLE)
MAX_ITEMS, MAX_GROUPS, MAX_TEXTS = 500, 30, 30
_KEYS = {
    "wave",
    "tree",
    "items",
    "scale",
    "missing",
    "reversed",
    "groups",
    "texts",
    "encoding",
    "sheet",
    *SINGLE,
}
_WAVE_KEYS = {"name", "date", "code", "series", "unit"}
MESSAGES = {
    "mapping": {"zh": "{where}：应为键值对。", "en": "{where}: expected keys and values."},
    "key": {"zh": "{where}：未知的键“{value}”。", "en": "{where}: the key “{value}” is not known."},
    "text": {"zh": "{where}：应为文本。", "en": "{where}: expected a text."},
    "list": {"zh": "{where}：应为列表。", "en": "{where}: expected a list."},
    "number": {"zh": "{where}：“{value}”不是数字。", "en": "{where}: “{value}” is no number."},
    "scale": {"zh": "量表最小值必须小于最大值。", "en": "The scale's minimum must be below its maximum."},
    "tree": {"zh": "请选择指标体系，或新建一个。", "en": "Choose an indicator tree, or build one."},
    "items": {"zh": "没有一列被指定为评分题。", "en": "No column is marked as a rating item."},
    "name": {"zh": "请填写调查名称。", "en": "Give the wave a name."},
    "column": {"zh": "文件中没有“{value}”列。", "en": "The file has no column “{value}”."},
    "twice": {"zh": "“{value}”列被用了两次。", "en": "Column “{value}” is used twice."},
    "leaf": {"zh": "指标体系中没有“{value}”这个题目。", "en": "The tree has no item measured by “{value}”."},
    "leaf_twice": {"zh": "题目“{value}”对应了两列。", "en": "Two columns are given for the item “{value}”."},
    "leaf_missing": {
        "zh": "指标体系的题目“{value}”没有对应的列。",
        "en": "No column is given for the tree's item “{value}”.",
    },
    "slug": {
        "zh": "{where}：“{value}”只能包含字母、数字、- 和 _，最多 40 个字符。",
        "en": "{where}: “{value}” may hold only letters, digits, - and _, 40 at most.",
    },
    "many": {"zh": "{where}：最多 {value} 列。", "en": "{where}: {value} columns at most."},
}  # fmt: skip


class MappingError(ValueError):
    """A mapping that cannot be used; `texts` is the message in zh and en, `where` the key it is about."""

    def __init__(self, code: str, where: str = "", value: Any = "") -> None:
        self.code, self.where, self.value = code, where, str(value)[:80]
        self.texts = {k: t.format(where=where, value=self.value) for k, t in MESSAGES[code].items()}
        super().__init__(self.texts["en"])


@dataclass(frozen=True, slots=True)
class WaveMap:
    """A parsed MAP.yaml. `tree` is a code, a definition, or "" while nothing is chosen."""

    name: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    code: str = ""
    series: str = ""
    wave_unit: str = ""
    tree: str | Mapping[str, Any] = ""
    items: Mapping[str, str] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    missing: tuple[str, ...] = ()
    reversed: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    single: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    sheet: str = ""

    @classmethod
    def from_dict(cls, source: Any) -> WaveMap:
        """Read the format above. Raises MappingError naming the key, TreeError for a control character."""
        refuse_control_characters(source)
        data = _mapping(source, "MAP", _KEYS)
        wave = _mapping(data.get("wave") or {}, "wave", _WAVE_KEYS)
        tree = data.get("tree") or ""
        scale = _mapping(data["scale"], "scale", {"min", "max"}) if data.get("scale") else None
        items = data.get("items") or {}
        if isinstance(items, list):  # a plain list: the columns are called the same in the tree
            items = {str(name): str(name) for name in items}
        name = wave.get("name") or {}
        return cls(
            name={"zh": name, "en": name} if isinstance(name, str) else {k: _text(v, "wave.name") for k, v in _mapping(name, "wave.name").items()},
            date=_text(wave.get("date"), "wave.date"),
            code=_text(wave.get("code"), "wave.code"),
            series=_text(wave.get("series"), "wave.series"),
            wave_unit=_text(wave.get("unit"), "wave.unit"),
            tree=dict(tree) if isinstance(tree, Mapping) else _text(tree, "tree"),
            items={str(k): _text(v, f"items.{k}") for k, v in _mapping(items, "items").items()},
            scale=None if scale is None else (_number(scale.get("min"), "scale.min"), _number(scale.get("max"), "scale.max")),
            missing=_texts(data.get("missing"), "missing"),
            reversed=_texts(data.get("reversed"), "reversed"),
            groups=_texts(data.get("groups"), "groups"),
            texts=_texts(data.get("texts"), "texts"),
            single={key: _text(data[key], key) for key in SINGLE if data.get(key)},
            encoding=_text(data.get("encoding"), "encoding"),
            sheet=_text(data.get("sheet"), "sheet"),
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The same as a plain mapping; `WaveMap.from_dict(m.to_dict()) == m`."""
        wave = {"name": dict(self.name), "date": self.date, "code": self.code, "series": self.series, "unit": self.wave_unit}  # fmt: skip
        found: dict[str, Any] = {
            "wave": {k: v for k, v in wave.items() if v},
            "tree": self.tree,
            "items": dict(self.items),
            "missing": list(self.missing),
            "reversed": list(self.reversed),
            "groups": list(self.groups),
            "texts": list(self.texts),
            **self.single,
            "encoding": self.encoding,
            "sheet": self.sheet,
        }
        if self.scale:
            found["scale"] = {"min": self.scale[0], "max": self.scale[1]}
        return {key: value for key, value in found.items() if value}

    def problems(self, names: Sequence[str], tree: Tree | None) -> list[MappingError]:
        """What keeps this mapping from being used for a file with these columns, and this tree."""
        found = []
        used = [*self.items, *self.groups, *self.texts, *self.single.values()]
        found += [MappingError("column", value=c) for c in dict.fromkeys(used) if c not in names]
        found += [MappingError("column", value=c) for c in self.reversed if c not in self.items]
        found += [MappingError("twice", value=c) for c in dict.fromkeys(used) if used.count(c) > 1]
        if not any(self.name.values()):
            found.append(MappingError("name", "wave.name"))
        for where, text in (("wave.code", self.code), ("wave.series", self.series)):
            if not re.fullmatch(r"[-a-zA-Z0-9_]{0,40}", text):
                found.append(MappingError("slug", where, text))
        if self.scale and not self.scale[0] < self.scale[1]:
            found.append(MappingError("scale", "scale"))
        for where, limit in (("items", MAX_ITEMS), ("groups", MAX_GROUPS), ("texts", MAX_TEXTS)):
            if len(getattr(self, where)) > limit:
                found.append(MappingError("many", where, limit))
        if not self.items:
            found.append(MappingError("items", "items"))
        if tree is None:
            return [*found, MappingError("tree", "tree")]
        leaves, given = asked_columns(tree), list(self.items.values())
        found += [MappingError("leaf", value=t) for t in dict.fromkeys(given) if t not in leaves]
        found += [MappingError("leaf_twice", value=t) for t in dict.fromkeys(given) if given.count(t) > 1]
        found += [MappingError("leaf_missing", value=t) for t in leaves if t not in given]
        return found


def _mapping(value: Any, where: str, known: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MappingError("mapping", where)
    for key in value:
        if known is not None and key not in known:
            raise MappingError("key", where, key)
    return {str(key): inner for key, inner in value.items()}


def _text(value: Any, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping | list | bool):
        raise MappingError("text", where)
    return str(value).strip()


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise MappingError("list", where)
    return tuple(dict.fromkeys(_text(text, where) for text in value))


def _number(value: Any, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise MappingError("number", where, value) from None


def same_name(text: str) -> str:
    """A name without case, spaces and punctuation, by which headers and names of a tree are matched."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


# --- guessing ------------------------------------------------------------------------------------------------

_ALIASES = {
    "unit": ("unit", "orgunit", "branch", "office", "department", "组织单元", "部门", "分公司", "所属部门", "机构", "门店"),
    "segment": ("segment", "customersegment", "细分", "客户细分", "客群"),
    "tier": ("tier", "grade", "等级", "客户等级", "级别"),
    "date": ("date", "submitted", "submittedat", "answeredat", "responsedate", "surveydate", "timestamp", "日期", "时间", "答卷时间", "提交时间", "调查日期", "填写日期"),
    "weight": ("weight", "wt", "w", "权重", "加权"),
    "text": ("comment", "comments", "remark", "remarks", "feedback", "suggestion", "suggestions", "reason", "意见", "建议", "意见建议", "备注", "评论", "原因", "留言"),
    "id": ("id", "respondentid", "responseid", "caseid", "no", "serial", "编号", "序号", "答卷编号", "问卷编号", "样本编号"),
}  # fmt: skip
_NO_ANSWER = frozenset(
    same_name(text) for text in (
        "NA", "N/A", "n.a.", "null", "none", "nan", "missing", "not applicable", "not available", "don't know", "dk",
        "no answer", "refused", "不适用", "不知道", "不清楚", "无", "拒答", "未评价", "未填", "无法评价",
    )
)  # fmt: skip
_DATE = re.compile(r"^\d{4}([-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)")
_HIGH_CODES = frozenset((77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 9999))
_SAMPLE = 200_000


@dataclass(frozen=True, slots=True)
class Profile:
    """What a column looks like, over its first 200,000 rows.

    `low` and `high` are of the numbers that are no missing codes (None without numbers); `missing` are the
    values that look like 'no answer'; `role` is the guess ("" = leave out).
    """

    name: str
    examples: tuple[str, ...]
    distinct: int
    empty: int
    low: float | None
    high: float | None
    missing: tuple[str, ...]
    role: str


def profiles(table: Table, *, units: frozenset[str] = frozenset(), tree: Tree | None = None) -> list[Profile]:
    """Every column with its guessed role. `units`: names and codes of org units, as `same_name` gives them."""
    leaves = set(matches(table.names, tree)) if tree else set()
    found = [_profile(name, table, units, name in leaves) for name in table.names]
    taken: set[str] = set()
    for i, profile in enumerate(found):  # a role that one column may have goes to the first
        if profile.role in SINGLE and profile.role in taken:
            found[i] = replace(profile, role="group" if 2 <= profile.distinct <= 100 else "")
        taken.add(profile.role)
    return found


def _profile(name: str, table: Table, units: frozenset[str], is_leaf: bool) -> Profile:
    counts = pc.value_counts(table.columns[name].slice(0, _SAMPLE)).to_pylist()
    counts.sort(key=lambda pair: -pair["counts"])
    values = {pair["values"].strip(): pair["counts"] for pair in counts}
    empty = values.pop("", 0)
    numbers = {text: number for text in values if (number := plain_number(text)) is not None}
    words = [text for text in values if text not in numbers]
    codes = [text for text in words if same_name(text) in _NO_ANSWER or not same_name(text)]
    codes += _missing_numbers(numbers)
    scores = [number for text, number in numbers.items() if text not in codes]
    rating = all(word in codes for word in words) and bool(scores) and _is_rating(name, scores)
    low, high = (min(scores), max(scores)) if scores else (None, None)
    return Profile(
        name=name,
        examples=tuple(list(values)[:3]),
        distinct=len(values),
        empty=empty,
        low=low,
        high=high,
        missing=tuple(codes) if rating or is_leaf else (),
        role="item" if is_leaf else _role(name, values, numbers, rating, units),
    )


def _missing_numbers(numbers: Mapping[str, float]) -> list[str]:
    """Codes such as 0 on a scale of 1–5 or 99 on one of 1–10; numbers that do not fit the rest."""
    core = [n for n in numbers.values() if n >= 1 and n not in _HIGH_CODES]
    if len(core) < 2 or max(core) > 11:  # no short scale: 77 and 99 may be what they say
        return []
    top = max(core)
    found = []
    for text, number in numbers.items():
        high = number in _HIGH_CODES or (number in (8, 9) and max((n for n in core if n < 8), default=9) <= 5)
        if number < 0 or high or (number == 0 and top in (3, 4, 5, 6, 7)):
            found.append(text)
    return found


def _is_rating(name: str, scores: Sequence[float]) -> bool:
    """Three to eleven whole points from 0 to 10, or percentages that are called so."""
    if re.search(r"%|％|percent|百分比", name, re.I):
        return min(scores) >= 0 and max(scores) <= 100
    whole = all(float(n).is_integer() for n in scores)
    return whole and 3 <= len(set(scores)) <= 11 and min(scores) >= 0 and max(scores) <= 10


def _role(
    name: str, values: Mapping[str, int], numbers: Mapping[str, float], rating: bool, units: frozenset[str]
) -> str:
    plain, answers = same_name(name), sum(values.values())
    if not values:
        return ""
    alias = next((role for role, names in _ALIASES.items() if plain in names), "")
    share_numbers = sum(values[text] for text in numbers) / answers
    if alias == "unit" or (units and len(values) > 1 and all(same_name(v) in units for v in values)):
        return "unit" if all(same_name(v) in units for v in values) else "group"
    if alias == "tier" and all(v.upper() in ("A", "B", "C", "D") for v in values):
        return "tier"
    if alias == "weight" and share_numbers == 1 and all(n > 0 for n in numbers.values()):
        return "weight"
    if alias == "id" and len(values) == answers:
        return "id"
    if alias == "segment" and len(values) <= 50:
        return "segment"
    if (alias == "date" or share_numbers < 0.5) and all(_DATE.match(v) for v in list(values)[:200]):
        return "date"
    if rating:
        return "item"
    if alias == "text":
        return "text"
    if share_numbers < 0.5 and len(values) > 20 and sum(map(len, values)) / len(values) > 15:
        return "text"
    if 2 <= len(values) <= 100 and (share_numbers < 0.5 or len(values) <= 11):
        return "group"
    return ""


def plain_number(text: str) -> float | None:
    """The number a cell holds: digits with an optional sign, point and exponent; None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if -1e15 < number < 1e15 and "_" not in text else None


def matches(names: Sequence[str], tree: Tree) -> dict[str, str]:
    """Columns of the file → answer columns of the tree, by column, code or name (zh or en) of the items."""
    known: dict[str, str] = {}
    for leaf in tree.leaves():
        column = str(leaf.node.column)
        if column in MEASURED:
            continue
        for text in (column, leaf.code, *leaf.node.name.values()):
            known.setdefault(same_name(text), column)
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda n: n not in tree.columns()):  # exact names first
        column = known.get(same_name(name), "")
        if column and column not in found.values():
            found[name] = column
    return {name: found[name] for name in names if name in found}


def guess(
    table: Table, *, units: frozenset[str] = frozenset(), tree: tuple[str, Tree] | None = None
) -> WaveMap:
    """A mapping to begin with. `tree`: code and tree of the best candidate (see `best_tree`), else one is built."""
    found = profiles(table, units=units, tree=tree[1] if tree else None)
    by_role = {role: tuple(p.name for p in found if p.role == role) for role in ROLES}
    items = [p for p in found if p.role == "item"]
    missing = tuple(dict.fromkeys(code for p in items for code in p.missing))
    chosen = WaveMap(
        missing=missing,
        groups=by_role["group"][:MAX_GROUPS],
        texts=by_role["text"][:MAX_TEXTS],
        single={role: by_role[role][0] for role in SINGLE if by_role[role]},
    )
    if tree:
        return replace(chosen, tree=tree[0], items=matches(table.names, tree[1]))
    names = [p.name for p in items][:MAX_ITEMS]
    if not names:
        return chosen
    low, high = likely_scale(items)
    built = build_tree({"zh": "满意度", "en": "Satisfaction"}, (low, high), dict.fromkeys(names, ""))
    return replace(chosen, tree=built, items={name: name for name in names})


def likely_scale(items: Sequence[Profile]) -> tuple[float, float]:
    """The scale most items seem to have: 1–5 for answers seen from 1, 2 … 5, but 0–10 where 0 and 10 occur."""
    lows = [p.low for p in items if p.low is not None]
    highs = [p.high for p in items if p.high is not None]
    if not highs:
        return 1.0, 5.0
    if max(highs) > 11:
        return 0.0, 100.0
    return float(min(0.0 if min(lows) < 1 else 1.0, max(highs) - 1)), float(max(highs))


def best_tree(names: Sequence[str], trees: Mapping[str, Tree]) -> str:
    """The code of the tree all of whose items are found among the columns (the largest such), else ""."""
    complete = {
        code: len(asked_columns(tree))
        for code, tree in trees.items()
        if len(matches(names, tree)) == len(asked_columns(tree))
    }  # fmt: skip
    return max(complete, key=complete.__getitem__, default="")


def build_tree(
    name: Mapping[str, str], scale: tuple[float, float], items: Mapping[str, str]
) -> dict[str, Any]:
    """A tree of columns: `items` maps each column to the name of its dimension ("" = directly under the index).

    All weights are equal among siblings. Codes are q1, q2 … and d1, d2 …; the columns keep their names.
    """
    nodes: list[dict[str, Any]] = []
    dimensions: dict[str, dict[str, Any]] = {}
    for position, (column, dimension) in enumerate(items.items(), start=1):
        leaf = {"code": f"q{position}", "name": {"zh": column[:200], "en": column[:200]}, "weight": 1, "column": column}  # fmt: skip
        if not dimension:
            nodes.append(leaf)
            continue
        if dimension not in dimensions:
            dimensions[dimension] = {
                "code": f"d{len(dimensions) + 1}",
                "name": {"zh": dimension, "en": dimension},
                "weight": 1,
                "children": [],
            }
            nodes.append(dimensions[dimension])
        dimensions[dimension]["children"].append(leaf)
    return {
        "name": dict(name),
        "scale": {"min": scale[0], "max": scale[1], "missing": []},
        "tree": nodes,
    }
