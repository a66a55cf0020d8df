"""Trees and questionnaires as files: YAML or JSON out, the same back in, and what a new one would change.

Pure: no Django, no I/O. `load_x(dump_x(d)) == d` holds exactly for every definition that `load_x` accepts.

The YAML read here is plain data: no tags, no anchors or aliases (a few lines of those can expand to
gigabytes), no key twice. `no`, `off`, `2026-01-31`, `007` stay texts: only `true`, `false`, `null` and decimal
numbers mean something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from manyi.surveys import questionnaire
from manyi.surveys import tree as trees

Format = Literal["yaml", "json"]
Definition = dict[str, Any]
MAX_BYTES = 1_000_000
MAX_DEPTH = 40


class ExchangeError(ValueError):
    """The file cannot be read. `template` and `params` let a page say it in the reader's language."""

    def __init__(self, template: str, **params: object) -> None:
        super().__init__(template.format(**params) if params else template)
        self.template, self.params = template, params


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML without the surprises of YAML 1.1."""

    yaml_implicit_resolvers: dict[str, Any] = {}


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,30})$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    pairs = [
        (loader.construct_object(k, deep=True), loader.construct_object(v, deep=True)) for k, v in node.value
    ]
    return _once(pairs)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _once(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    """A mapping with text keys; whole numbers as keys (points of a scale) become text, as in JSON."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise ExchangeError("The key {key} is not a text.", key=str(key)[:60])
        if str(key) in found:
            raise ExchangeError("The key '{key}' stands twice in the same place.", key=str(key)[:60])
        found[str(key)] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise ExchangeError("{value} is not a number that can be stored.", value=name)


def _text(source: bytes | str) -> str:
    size = len(source.encode("utf-8", "surrogatepass")) if isinstance(source, str) else len(source)
    if size > MAX_BYTES:
        raise ExchangeError(
            "The file has {size} bytes; {limit} are the most there may be.", size=size, limit=MAX_BYTES
        )
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExchangeError(
            "The file is not UTF-8 text (byte {byte}). Save it as UTF-8.", byte=error.start + 1
        ) from None


def _check_events(text: str) -> None:
    """Refuse aliases and deep nesting before anything is built from them."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ExchangeError("Line {line}: anchors and aliases (& and *) are not allowed.", line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ExchangeError(
                    "Line {line}: nested deeper than {limit} levels.", line=line, limit=MAX_DEPTH
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _depth(value: Any, level: int = 1) -> int:
    if level > MAX_DEPTH or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(item, level + 1) for item in inner), default=level)


def _load_json(text: str) -> Any:
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except RecursionError:
        raise ExchangeError("Nested deeper than {limit} levels.", limit=MAX_DEPTH) from None
    if _depth(found) > MAX_DEPTH:
        raise ExchangeError("Nested deeper than {limit} levels.", limit=MAX_DEPTH)
    return found


def read(source: bytes | str) -> Definition:
    """The mapping in a YAML or JSON text, unchecked but within all limits. Raises ExchangeError."""
    text = _text(source)
    if not text.strip():
        raise ExchangeError("The file is empty.")
    try:
        found = _load_json(text)
    except ExchangeError:
        raise
    except ValueError:
        try:
            _check_events(text)
            found = yaml.load(text, Loader=_Loader)  # noqa: S506 (a subclass of the safe loader)  # nosec B506: a SafeLoader of ours
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise ExchangeError(
                "Line {line}: this is neither YAML nor JSON ({reason}).",
                line=mark.line + 1 if mark else 1,
                reason=str(getattr(error, "problem", "") or getattr(error, "reason", "") or "?")[:200],
            ) from None
        except ValueError as error:
            if isinstance(error, ExchangeError):
                raise
            raise ExchangeError(
                "This is neither YAML nor JSON ({reason}).", reason=str(error)[:200]
            ) from None
    if not isinstance(found, dict):
        raise ExchangeError("The file must hold keys and values at its top level.")
    return found


class _Dumper(yaml.SafeDumper):
    """Writes equal parts in full, never as an alias; escapes the line breaks that YAML would fold away."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _FOLDED.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_FOLDED = re.compile("[\\r\\x85\\u2028\\u2029\\ufeff]")
_Dumper.add_representer(str, _write_text)


def _dump(definition: Mapping[str, Any], format: Format) -> str:
    if format == "json":
        return json.dumps(definition, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return yaml.dump(dict(definition), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def dump_tree(definition: Mapping[str, Any], format: Format = "yaml") -> str:
    """A tree's definition as the text of TREE.yaml (or JSON)."""
    return _dump(definition, format)


def load_tree(source: bytes | str) -> Definition:
    """Read and check a tree file (YAML or JSON, UTF-8, 1 MB at most).

    :raises ExchangeError: the file cannot be read.
    :raises manyi.measures.errors.TreeError: it can, but the tree in it cannot be used.
    """
    return trees.checked(read(source))


def dump_questionnaire(definition: Mapping[str, Any], format: Format = "yaml") -> str:
    """A questionnaire's definition as YAML (or JSON) text."""
    return _dump(definition, format)


def load_questionnaire(source: bytes | str) -> Definition:
    """Read and check a questionnaire file (YAML or JSON, UTF-8, 1 MB at most).

    :raises ExchangeError: the file cannot be read.
    :raises manyi.surveys.questionnaire.QuestionnaireError: it can, but the questionnaire in it cannot be used.
    """
    found = read(source)
    trees.refuse_control_characters(found)
    questionnaire.parse(found)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """One property of an element that differs; None where it is absent."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One element: `kind` is file, node, section, question, item or option; `code` is unique within its kind.

    Items and options carry their question's code in front: `q1.a`. `text` is its `{zh, en}` name.
    """

    kind: str
    code: str
    text: Mapping[str, str]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What stays, changes, goes and comes when `new` replaces `old`."""

    kept: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    dropped: tuple[Entry, ...]
    added: tuple[Entry, ...]

    @property
    def same(self) -> bool:
        return not (self.changed or self.dropped or self.added)


_NAMES = ("name", "title", "text")
_Element = tuple[Mapping[str, str], dict[str, Any]]


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two trees or two questionnaires, element by element, matched by code.

    An element's place counts: moving a node under another parent, or a question into another section, is a
    change of `parent`; the order among siblings is a change of `position`.
    """
    before, after = dict(_elements(old)), dict(_elements(new))
    kept: list[Entry] = []
    changed: list[Entry] = []
    dropped: list[Entry] = []
    added: list[Entry] = []
    for key, (text, facets) in before.items():
        if key not in after:
            dropped.append(Entry(*key, text))
            continue
        new_text, new_facets = after[key]
        fields = dict.fromkeys([*facets, *new_facets])
        changes = tuple(
            Change(f, facets.get(f), new_facets.get(f)) for f in fields if facets.get(f) != new_facets.get(f)
        )
        (changed if changes else kept).append(Entry(*key, new_text, changes))
    for key, (text, _facets) in after.items():
        if key not in before:
            added.append(Entry(*key, text))
    return Comparison(tuple(kept), tuple(changed), tuple(dropped), tuple(added))


def _elements(definition: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], _Element]]:
    yield ("file", ""), _element(definition, without={"tree", "sections"})
    yield from _nodes(definition.get("tree", ()), "")
    for place, section in enumerate(definition.get("sections", ())):
        code = str(section.get("code", ""))
        yield ("section", code), _element(section, without={"questions"}, position=place)
        for rank, question in enumerate(section.get("questions", ())):
            yield from _question(question, parent=code, position=rank)


def _question(
    question: Mapping[str, Any], *, parent: str, position: int
) -> Iterator[tuple[tuple[str, str], _Element]]:
    code = str(question.get("code", ""))
    yield (
        ("question", code),
        _element(question, without={"items", "options"}, parent=parent, position=position),
    )
    for kind, key in (("item", "items"), ("option", "options")):
        for rank, choice in enumerate(question.get(key) or ()):
            yield (kind, f"{code}.{choice.get('code', '')}"), _element(choice, without=set(), position=rank)


def _nodes(nodes: Any, parent: str) -> Iterator[tuple[tuple[str, str], _Element]]:
    for position, node in enumerate(nodes):
        code = str(node.get("code", ""))
        yield ("node", code), _element(node, without={"children"}, parent=parent, position=position)
        yield from _nodes(node.get("children") or (), code)


def _element(source: Mapping[str, Any], *, without: set[str], **place: Any) -> _Element:
    name: Any = next((source[key] for key in _NAMES if source.get(key)), {})
    text = name if isinstance(name, Mapping) else {"zh": str(name), "en": str(name)}
    return text, {key: value for key, value in source.items() if key not in {"code", *without}} | place
