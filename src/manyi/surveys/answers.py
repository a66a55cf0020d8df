"""From what a form posts to stored answers, with what is wrong question by question.

Pure: no Django, no I/O. `posted` maps a column to its strings, as a browser sends them: a scale point or an
option's code, '1' for a ticked box, 'na' for 'not applicable'. Stored answers are those described in
`manyi.surveys.questionnaire`. 'Other, namely …' of a choice question is stored as the option `other`
with the words in `<code>__other_text`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from manyi.surveys.logic import all_columns, holds, other_column
from manyi.surveys.questionnaire import Form, Question

NOT_APPLICABLE = "na"
OTHER = "other"
OTHER_LENGTH = 200
KANO = range(1, 6)
STORED_FILE = re.compile(r"^[0-9a-f]{32}\.(?:jpg|png|gif|webp|pdf)$")
DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$")
Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one answer. `code` is a key of `services.responses.MESSAGES`, `values` fill it."""

    question: str
    column: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """Stored answers of the visible questions, without those that have a problem."""

    answers: dict[str, Any]
    problems: tuple[Problem, ...]


class _Reading:
    """Collects the answers and problems of one question."""

    def __init__(self, question: Question, posted: Posted) -> None:
        self.question, self.posted = question, posted
        self.answers: dict[str, Any] = {}
        self.problems: list[Problem] = []

    def first(self, column: str) -> str:
        values = self.posted.get(column) or ("",)
        return values[0].strip()

    def wrong(self, column: str, code: str, **values: Any) -> None:
        self.problems.append(Problem(self.question.code, column, code, values))

    def missing(self, column: str) -> None:
        if self.question.required:
            self.wrong(column, "required")

    def point(self, column: str, points: range, not_applicable: bool = False) -> None:
        text = self.first(column)
        if not text:
            self.missing(column)
        elif text == NOT_APPLICABLE and not_applicable:
            self.answers[column] = None
        elif re.fullmatch(r"-?\d{1,4}", text, re.ASCII) and int(text) in points:
            self.answers[column] = int(text)
        else:
            self.wrong(column, "choice")

    def words(self, column: str, limit: int) -> str | None:
        """The text, None when it cannot be stored."""
        text = self.first(column).replace("\r\n", "\n")
        try:
            text.encode()
        except UnicodeEncodeError:
            text = "\0"
        if "\0" in text:
            self.wrong(column, "characters")
            return None
        if len(text) > limit:
            self.wrong(column, "too_long", max=limit, length=len(text))
            return None
        return text

    def other_words(self) -> None:
        column = other_column(self.question)
        text = self.words(column, OTHER_LENGTH)
        if text:
            self.answers[column] = text
        elif text == "":
            self.wrong(column, "other")


def _scaled(r: _Reading, columns: Iterable[str]) -> None:
    scale = r.question.scale
    if scale is None:
        return
    for column in columns:
        r.point(column, scale.points, scale.not_applicable)


def _single(r: _Reading) -> None:
    code = r.question.code
    value = r.first(code)
    if not value:
        r.missing(code)
    elif value in {o.code for o in r.question.options}:
        r.answers[code] = value
    elif value == OTHER and r.question.other:
        r.answers[code] = OTHER
    else:
        r.wrong(code, "choice")
        return
    if value == OTHER and r.question.other:
        r.other_words()


def _multi(r: _Reading) -> None:
    question = r.question
    columns = [c for c in all_columns(question) if c != other_column(question)]
    ticked = [c for c in columns if r.first(c) == "1"]
    for column in columns:
        if r.first(column) not in ("", "0", "1"):
            r.wrong(column, "choice")
    if not ticked:
        r.missing(question.code)
        return
    for option in question.options:
        if option.exclusive and f"{question.code}__{option.code}" in ticked and len(ticked) > 1:
            r.wrong(question.code, "exclusive", option=option.text)
            return
    r.answers.update({c: int(c in ticked) for c in columns})
    if question.other and r.answers.get(f"{question.code}__{OTHER}"):
        r.other_words()


def _ranking(r: _Reading) -> None:
    question = r.question
    given: dict[int, str] = {}
    for column in question.columns:
        text = r.first(column)
        if not text:
            r.missing(column)
        elif not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= len(question.columns):
            r.wrong(column, "choice")
        elif int(text) in given:
            r.wrong(column, "rank_twice", rank=int(text))
        else:
            given[int(text)] = column
    if not r.problems:
        r.answers.update({column: rank for rank, column in given.items()})


def _text(r: _Reading) -> None:
    text = r.words(r.question.code, r.question.max_length)
    if text:
        r.answers[r.question.code] = text
    elif text == "":
        r.missing(r.question.code)


def _number(r: _Reading) -> None:
    question = r.question
    text = unicodedata.normalize("NFKC", r.first(question.code)).replace(",", "").replace(" ", "")
    if not text:
        r.missing(question.code)
        return
    number = float(text) if re.fullmatch(r"[+-]?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})", text) else math.nan
    if math.isnan(number):
        r.wrong(question.code, "number")
    elif question.min is not None and number < question.min:
        r.wrong(question.code, "too_low", min=question.min)
    elif question.max is not None and number > question.max:
        r.wrong(question.code, "too_high", max=question.max)
    else:
        r.answers[question.code] = int(number) if number.is_integer() else number


def _date(r: _Reading) -> None:
    code = r.question.code
    text = unicodedata.normalize("NFKC", r.first(code))
    if not text:
        r.missing(code)
        return
    match = DATE.match(text)
    try:
        r.answers[code] = date(*map(int, match.groups())).isoformat() if match else ""
    except ValueError:
        match = None
    if match is None:
        r.answers.pop(code, None)
        r.wrong(code, "date")


def _file(r: _Reading) -> None:
    code = r.question.code
    name = r.first(code)
    if not name:
        r.missing(code)
    elif STORED_FILE.match(name):
        r.answers[code] = name
    else:
        r.wrong(code, "choice")


def read(question: Question, posted: Posted) -> tuple[dict[str, Any], list[Problem]]:
    """The answers to one question by column, and what is wrong with them."""
    r = _Reading(question, posted)
    match question.type:
        case "single":
            _single(r)
        case "multi":
            _multi(r)
        case "ranking":
            _ranking(r)
        case "text":
            _text(r)
        case "number":
            _number(r)
        case "date":
            _date(r)
        case "file":
            _file(r)
        case "kano":
            for column in question.columns:
                r.point(column, KANO)
        case _:
            _scaled(r, question.columns)
    return r.answers, r.problems


def check(form: Form, posted: Posted) -> Checked:
    """All answers of a form. Questions that the answers above them hide are dropped and never wrong."""
    answers: dict[str, Any] = {}
    problems: list[Problem] = []
    for section in form.sections:
        if not holds(section.show_if, answers):
            continue
        for question in section.questions:
            if holds(question.show_if, answers):
                found, wrong = read(question, posted)
                answers.update(found)
                problems += wrong
    return Checked(answers, tuple(problems))


def as_posted(form: Form, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Stored answers as a form would post them: to show a draft again, and to check answers from elsewhere."""
    posted: dict[str, list[str]] = {}
    for question in form.questions():
        for column in all_columns(question):
            if column not in answers:
                continue
            value = answers[column]
            if value is None:
                posted[column] = [NOT_APPLICABLE]
            elif (isinstance(value, float) and value.is_integer()) or isinstance(value, bool):
                posted[column] = [str(int(value))]
            else:
                posted[column] = [str(value)]
    return posted


def sniff(head: bytes) -> str | None:
    """The ending of an accepted file by its first bytes (the sender's name and type are not trusted)."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return "pdf" if head.startswith(b"%PDF-") else None
