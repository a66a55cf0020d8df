"""The questionnaire as data: sections, questions, scales, options; and the answer columns they yield.

Pure: no Django, no I/O. A definition is a plain mapping (JSON or YAML):

    name: {zh, en}
    languages: [zh, en]
    intro: {zh, en}          # optional, as are thanks and callback (offer a call on the last page)
    sections:
      - code: delivery
        title: {zh, en}
        show_if: {all: [{question: q1, op: lte, value: 3}]}
        shuffle: false       # order of questions, seeded per respondent
        questions:
          - {code: d, type: matrix, text: {zh, en}, required: true,
             scale: {min: 1, max: 5, labels: {"1": {zh, en}, "5": {zh, en}}, not_applicable: true},
             items: [{code: d1, text: {zh, en}}, ...]}

Answer columns (keys of `Response.answers`):

    likert nps csat ces number single text date file   the question's code
    multi (0/1), ranking (1 = first)                    code__option
    matrix                                              the item's code
    kano (1-5: like … dislike)                          code__f, code__d
    servqual                                            item__e (expectation), item__p (perception)
    competitor                                          item__option (option = who is rated)

'Not applicable' is stored as None; a question not seen or skipped has no key.

Texts may pipe in what is known: `{{ code }}` is the answer in a column of a question further up,
`{{ customer }}`, `{{ contact }}` and `{{ unit }}` are names; see `surveys.piping`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Texts = Mapping[str, str]
CODE = re.compile(r"^[A-Za-z](?:[A-Za-z0-9]|_(?!_)){0,38}[A-Za-z0-9]?$")
TYPES = (
    "likert", "single", "multi", "matrix", "ranking", "text", "number", "date", "file",
    "nps", "csat", "ces", "kano", "servqual", "competitor",
)  # fmt: skip
COMPARING = frozenset({"lt", "lte", "gt", "gte"})
OPERATORS = ("eq", "ne", "in", "lt", "lte", "gt", "gte", "answered", "not_answered")
RATED = frozenset({"likert", "matrix", "nps", "csat", "ces", "servqual", "competitor"})
CHOSEN = frozenset({"single", "multi", "ranking", "competitor"})
LISTED = frozenset({"matrix", "servqual", "competitor"})
DEFAULT_SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
LANGUAGES = ("zh", "en")
MAX_SECTIONS = 60
MAX_QUESTIONS = 300
MAX_COLUMNS = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class QuestionnaireError(ValueError):
    """A definition that cannot be used. `where` is a path such as 'sections[0].questions[2].scale'.

    `message` is plain English; `message_id` (its template, also the id of its translation) and `values`
    let a page say it in the reader's language: see `questionnaire_wording.explain`.
    """

    def __init__(self, where: str, message_id: str, **values: object) -> None:
        self.where, self.message_id, self.values = where, message_id, values
        self.message = message_id.format(**values)
        super().__init__(f"{where}: {self.message}")


@dataclass(frozen=True, slots=True)
class Scale:
    min: int
    max: int
    labels: Mapping[int, Texts] = field(default_factory=dict)
    not_applicable: bool = False

    @property
    def points(self) -> range:
        return range(self.min, self.max + 1)


@dataclass(frozen=True, slots=True)
class Choice:
    """An option or an item. `exclusive`: choosing it in a multi question rules out the others."""

    code: str
    text: Texts
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    question: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class ShowIf:
    """All or any of the conditions; they look at answer columns of questions further up."""

    conditions: tuple[Condition, ...]
    any: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    type: str
    text: Texts
    help: Texts = field(default_factory=dict)
    required: bool = False
    show_if: ShowIf | None = None
    scale: Scale | None = None
    options: tuple[Choice, ...] = ()
    items: tuple[Choice, ...] = ()
    shuffle: bool = False
    other: bool = False
    multiline: bool = False
    min: float | None = None
    max: float | None = None
    max_length: int = 2000
    text2: Texts = field(default_factory=dict)  # kano: the dysfunctional wording

    @property
    def columns(self) -> tuple[str, ...]:
        match self.type:
            case "multi" | "ranking":
                return tuple(f"{self.code}__{o.code}" for o in self.options)
            case "matrix":
                return tuple(i.code for i in self.items)
            case "kano":
                return (f"{self.code}__f", f"{self.code}__d")
            case "servqual":
                return tuple(f"{i.code}__{side}" for i in self.items for side in "ep")
            case "competitor":
                return tuple(f"{i.code}__{o.code}" for i in self.items for o in self.options)
            case _:
                return (self.code,)


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    title: Texts
    questions: tuple[Question, ...]
    text: Texts = field(default_factory=dict)
    show_if: ShowIf | None = None
    shuffle: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A parsed questionnaire."""

    name: Texts
    languages: tuple[str, ...]
    sections: tuple[Section, ...]
    intro: Texts = field(default_factory=dict)
    thanks: Texts = field(default_factory=dict)
    callback: bool = False

    def questions(self) -> Iterator[Question]:
        for section in self.sections:
            yield from section.questions

    def columns(self) -> dict[str, Question]:
        """Answer column → its question, in the order of the questionnaire."""
        return {column: q for q in self.questions() for column in q.columns}


_KEYS = {
    "form": {"name", "languages", "intro", "thanks", "callback", "sections"},
    "section": {"code", "title", "text", "show_if", "shuffle", "questions"},
    "question": {
        "code", "type", "text", "help", "required", "show_if", "scale", "options", "items", "shuffle", "other",
        "multiline", "min", "max", "max_length", "text2",
    },
}  # fmt: skip


def _short(value: object) -> str:
    """A value for a message: readable, one line, cut."""
    return _CONTROL.sub("\ufffd", str(value)).replace("\n", " ")[:60]


def _mapping(value: Any, where: str, known: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise QuestionnaireError(where, "a mapping is expected")
    unknown = [str(k) for k in value if known is not None and k not in known]
    if unknown:
        raise QuestionnaireError(where, "unknown key “{key}”", key=_short(unknown[0]))
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise QuestionnaireError(where, "a list is expected")
    return value


def _texts(value: Any, where: str, *, required: bool = True) -> dict[str, str]:
    """{zh, en} texts; a plain string stands for every language."""
    if value in (None, "", {}) and not required:
        return {}
    if isinstance(value, str):
        value = {"zh": value, "en": value}
    value = {} if value is None else value
    texts = {str(k): str(v).strip() for k, v in _mapping(value, where).items() if str(v or "").strip()}
    if required and not texts:
        raise QuestionnaireError(where, "a text is missing")
    if any(len(t) > 5000 for t in texts.values()):
        raise QuestionnaireError(where, "a text is longer than 5,000 characters")
    if any(_CONTROL.search(t) for t in texts.values()):
        raise QuestionnaireError(where, "a text holds a control character (such as NUL)")
    foreign = [k for k in texts if k not in LANGUAGES]
    if foreign:
        raise QuestionnaireError(
            where, "“{language}” is no language here; zh and en are", language=_short(foreign[0])
        )
    return texts


def _code(value: Any, where: str) -> str:
    text = value if isinstance(value, str) else ""
    if not CODE.match(text):
        raise QuestionnaireError(
            where,
            "code “{code}” must begin with a letter and hold only letters, digits and single _ (40 at most)",
            code=_short(text),
        )
    return text


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise QuestionnaireError(where, "a whole number is expected, not “{value}”", value=_short(value))
    return value


def _scale(value: Any, kind: str, where: str) -> Scale:
    low, high = DEFAULT_SCALES.get(kind, (1, 5))
    data = _mapping(value or {}, where, {"min", "max", "labels", "not_applicable"})
    low, high = _whole(data.get("min", low), f"{where}.min"), _whole(data.get("max", high), f"{where}.max")
    if not (low < high <= low + 10):
        raise QuestionnaireError(where, "a scale has 2 to 11 points, not {low} to {high}", low=low, high=high)
    labels: dict[int, Texts] = {}
    for key, texts in _mapping(data.get("labels") or {}, f"{where}.labels").items():
        try:
            point = int(key)
        except (TypeError, ValueError):
            point = low - 1
        if not low <= point <= high:
            raise QuestionnaireError(
                f"{where}.labels", "“{point}” is no point of the scale", point=_short(key)
            )
        labels[point] = _texts(texts, f"{where}.labels.{key}")
    return Scale(low, high, labels, bool(data.get("not_applicable", False)))


def _choices(value: Any, where: str) -> tuple[Choice, ...]:
    rows = []
    for i, raw in enumerate(_list(value, where)):
        data = _mapping(raw, f"{where}[{i}]", {"code", "text", "exclusive"})
        rows.append(
            Choice(
                _code(data.get("code"), f"{where}[{i}].code"),
                _texts(data.get("text"), f"{where}[{i}].text"),
                bool(data.get("exclusive", False)),
            )
        )
    codes = [c.code for c in rows]
    if len(set(codes)) < len(codes):
        raise QuestionnaireError(where, "a code stands twice")
    if not rows or len(rows) > 200:
        raise QuestionnaireError(where, "between 1 and 200 entries are expected")
    return tuple(rows)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_plain(value: object) -> bool:
    return isinstance(value, bool) or (
        isinstance(value, str) and len(value) <= 200 and not _CONTROL.search(value)
    )


def _show_if(value: Any, where: str, known: set[str]) -> ShowIf | None:
    if not value:
        return None
    data = _mapping(value, where, {"all", "any"})
    if len(data) != 1:
        raise QuestionnaireError(where, "give either 'all' or 'any'")
    key = next(iter(data))
    conditions = []
    for i, raw in enumerate(_list(data[key], f"{where}.{key}")):
        row = _mapping(raw, f"{where}.{key}[{i}]", {"question", "op", "value"})
        if row.get("op") not in OPERATORS:
            raise QuestionnaireError(
                f"{where}.{key}[{i}].op", "one of {operators} is expected", operators=", ".join(OPERATORS)
            )
        if not isinstance(row.get("question"), str) or row["question"] not in known:
            raise QuestionnaireError(
                f"{where}.{key}[{i}].question",
                "“{question}” is no answer of a question further up",
                question=_short(row.get("question")),
            )
        answer = row.get("value")
        if row["op"] == "in" and not isinstance(answer, list):
            raise QuestionnaireError(f"{where}.{key}[{i}].value", "'in' needs a list")
        if row["op"] in COMPARING and not _is_number(answer):
            raise QuestionnaireError(
                f"{where}.{key}[{i}].value", "a number is expected, not “{value}”", value=_short(answer)
            )
        answers = answer if isinstance(answer, list) and row["op"] == "in" else [answer]
        if not all(v is None or _is_number(v) or _is_plain(v) for v in answers):
            raise QuestionnaireError(f"{where}.{key}[{i}].value", "a number or a short text is expected")
        conditions.append(Condition(str(row["question"]), str(row["op"]), row.get("value")))
    return ShowIf(tuple(conditions), any=key == "any") if conditions else None


def _number(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if not _is_number(value):
        raise QuestionnaireError(where, "a number is expected, not “{value}”", value=_short(value))
    return float(value) if isinstance(value, float) else int(value)


_NEEDED = {"options": "a question of this type needs options", "items": "a question of this type needs items"}
_UNKNOWN = {
    "options": "a question of this type has no options",
    "items": "a question of this type has no items",
}


def _question(raw: Any, where: str, known: set[str]) -> Question:
    data = _mapping(raw, where, _KEYS["question"])
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise QuestionnaireError(f"{where}.type", "unknown question type “{type}”", type=_short(kind))
    for key, needed in (("options", CHOSEN), ("items", LISTED)):
        if kind in needed and not data.get(key):
            raise QuestionnaireError(f"{where}.{key}", _NEEDED[key])
        if kind not in needed and data.get(key):
            raise QuestionnaireError(f"{where}.{key}", _UNKNOWN[key])
    low, high = _number(data.get("min"), f"{where}.min"), _number(data.get("max"), f"{where}.max")
    if low is not None and high is not None and low > high:
        raise QuestionnaireError(f"{where}.min", "min is above max")
    longest = _whole(data.get("max_length", 2000), f"{where}.max_length")
    if not 1 <= longest <= 20_000:
        raise QuestionnaireError(f"{where}.max_length", "between 1 and 20,000 characters are expected")
    return Question(
        code=_code(data.get("code"), f"{where}.code"),
        type=kind,
        text=_texts(data.get("text"), f"{where}.text"),
        help=_texts(data.get("help"), f"{where}.help", required=False),
        required=bool(data.get("required", False)),
        show_if=_show_if(data.get("show_if"), f"{where}.show_if", known),
        scale=_scale(data.get("scale"), kind, f"{where}.scale") if kind in RATED else None,
        options=_choices(data["options"], f"{where}.options") if kind in CHOSEN else (),
        items=_choices(data["items"], f"{where}.items") if kind in LISTED else (),
        shuffle=bool(data.get("shuffle", False)),
        other=bool(data.get("other", False)) and kind in {"single", "multi"},
        multiline=bool(data.get("multiline", False)),
        min=low,
        max=high,
        max_length=longest,
        text2=_texts(data.get("text2"), f"{where}.text2", required=kind == "kano"),
    )


def _refuse_too_many(sections: list[Any]) -> None:
    if len(sections) > MAX_SECTIONS:
        raise QuestionnaireError(
            "sections",
            "{count} sections are too many; {most} are the most",
            count=len(sections),
            most=MAX_SECTIONS,
        )
    count = sum(
        len(s["questions"])
        for s in sections
        if isinstance(s, Mapping) and isinstance(s.get("questions"), list)
    )
    if count > MAX_QUESTIONS:
        raise QuestionnaireError(
            "sections", "{count} questions are too many; {most} are the most", count=count, most=MAX_QUESTIONS
        )


def parse(definition: Any) -> Form:
    """Check a definition and return it as a Form. Raises QuestionnaireError naming the place and the reason."""
    data = _mapping(definition, "questionnaire", _KEYS["form"])
    languages = tuple(str(x) for x in _list(data.get("languages", ["zh", "en"]), "languages"))
    if not languages or any(x not in LANGUAGES for x in languages) or len(set(languages)) < len(languages):
        raise QuestionnaireError("languages", "zh and en are the languages there are")
    raw_sections = _list(data.get("sections", []), "sections")
    _refuse_too_many(raw_sections)
    known: set[str] = set()
    question_codes: set[str] = set()
    sections = []
    for s, raw in enumerate(raw_sections):
        where = f"sections[{s}]"
        row = _mapping(raw, where, _KEYS["section"])
        condition = _show_if(row.get("show_if"), f"{where}.show_if", known)
        questions = []
        for q, raw_question in enumerate(_list(row.get("questions", []), f"{where}.questions")):
            place = f"{where}.questions[{q}]"
            question = _question(raw_question, place, known)
            if question.code in question_codes:
                raise QuestionnaireError(f"{place}.code", "code “{code}” stands twice", code=question.code)
            twice = known.intersection(question.columns)
            if twice:
                raise QuestionnaireError(place, "answer “{code}” stands twice", code=min(twice))
            question_codes.add(question.code)
            known.update(question.columns)
            if len(known) > MAX_COLUMNS:
                raise QuestionnaireError(
                    place, "a questionnaire has at most {most} answers (rows × options)", most=MAX_COLUMNS
                )
            questions.append(question)
        sections.append(
            Section(
                code=_code(row.get("code"), f"{where}.code"),
                title=_texts(row.get("title"), f"{where}.title"),
                questions=tuple(questions),
                text=_texts(row.get("text"), f"{where}.text", required=False),
                show_if=condition,
                shuffle=bool(row.get("shuffle", False)),
            )
        )
    codes = [s.code for s in sections]
    if len(set(codes)) < len(codes):
        raise QuestionnaireError("sections", "a section's code stands twice")
    return Form(
        name=_texts(data.get("name"), "name"),
        languages=languages,
        sections=tuple(sections),
        intro=_texts(data.get("intro"), "intro", required=False),
        thanks=_texts(data.get("thanks"), "thanks", required=False),
        callback=bool(data.get("callback", False)),
    )


def _without_empty(**values: Any) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v not in (None, False, {}, [])}


def _show_if_mapping(show_if: ShowIf | None) -> dict[str, Any] | None:
    if show_if is None:
        return None
    rows: list[dict[str, Any]] = []
    for c in show_if.conditions:
        row: dict[str, Any] = {"question": c.question, "op": c.op}
        if c.value is not None:
            row["value"] = c.value
        rows.append(row)
    return {"any" if show_if.any else "all": rows}


def _scale_mapping(scale: Scale | None) -> dict[str, Any] | None:
    if scale is None:
        return None
    return {
        "min": scale.min,
        "max": scale.max,
        **_without_empty(
            labels={str(k): dict(v) for k, v in scale.labels.items()}, not_applicable=scale.not_applicable
        ),
    }


def _choice_mappings(choices: tuple[Choice, ...]) -> list[dict[str, Any]]:
    return [{"code": c.code, "text": dict(c.text), **_without_empty(exclusive=c.exclusive)} for c in choices]


def _question_mapping(q: Question) -> dict[str, Any]:
    row = {
        "code": q.code,
        "type": q.type,
        "text": dict(q.text),
        **_without_empty(
            text2=dict(q.text2),
            help=dict(q.help),
            required=q.required,
            show_if=_show_if_mapping(q.show_if),
            scale=_scale_mapping(q.scale),
            options=_choice_mappings(q.options),
            items=_choice_mappings(q.items),
            shuffle=q.shuffle,
            other=q.other,
            multiline=q.multiline,
        ),
    }
    # 0 is a bound, so these are not left to `_without_empty`
    row.update({k: v for k, v in (("min", q.min), ("max", q.max)) if v is not None})
    if q.max_length != 2000:
        row["max_length"] = q.max_length
    return row


def to_definition(form: Form) -> dict[str, Any]:
    """The mapping that `parse` reads as this form: plain JSON values, defaults left out."""
    return {
        "name": dict(form.name),
        "languages": list(form.languages),
        **_without_empty(intro=dict(form.intro), thanks=dict(form.thanks), callback=form.callback),
        "sections": [
            {
                "code": s.code,
                "title": dict(s.title),
                **_without_empty(text=dict(s.text), show_if=_show_if_mapping(s.show_if), shuffle=s.shuffle),
                "questions": [_question_mapping(q) for q in s.questions],
            }
            for s in form.sections
        ],
    }
