"""Which sections and questions a respondent sees, and in which order.

Pure: no Django, no I/O. Answers are those of `Response.answers`: columns to values, see
`manyi.surveys.questionnaire`. A hidden question counts as unanswered for everything that depends on it,
so that a chain of conditions falls with its first link.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from manyi.surveys.questionnaire import Choice, Condition, Form, Question, Section, ShowIf

T = TypeVar("T")
Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A section that is to be shown, with those of its questions that are."""

    section: Section
    questions: tuple[Question, ...]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _same(answer: Any, value: Any) -> bool:
    return answer == value or (answer is not None and str(answer) == str(value))


def condition_holds(condition: Condition, answers: Answers) -> bool:
    """Whether one condition is true. Nothing but `not_answered` is true of an unanswered column."""
    answered = condition.question in answers
    if condition.op in ("answered", "not_answered"):
        return answered is (condition.op == "answered")
    if not answered:
        return False
    answer, value = answers[condition.question], condition.value
    match condition.op:
        case "eq":
            return _same(answer, value)
        case "ne":
            return not _same(answer, value)
        case "in":
            return any(_same(answer, v) for v in value)
    left, right = _number(answer), _number(value)
    if left is None or right is None:
        return False
    match condition.op:
        case "lt":
            return left < right
        case "lte":
            return left <= right
        case "gt":
            return left > right
        case _:
            return left >= right


def holds(show_if: ShowIf | None, answers: Answers) -> bool:
    """Whether something with this condition is shown; without a condition it always is."""
    if show_if is None:
        return True
    results = (condition_holds(c, answers) for c in show_if.conditions)
    return any(results) if show_if.any else all(results)


def pages(form: Form, answers: Answers) -> tuple[Page, ...]:
    """The sections to be shown, in order. One without a visible question and without a text is left out."""
    seen: dict[str, Any] = {}
    shown = []
    for section in form.sections:
        if not holds(section.show_if, seen):
            continue
        questions = []
        for question in section.questions:
            if holds(question.show_if, seen):
                questions.append(question)
                seen.update({c: answers[c] for c in all_columns(question) if c in answers})
        if questions or section.text:
            shown.append(Page(section, tuple(questions)))
    return tuple(shown)


def all_columns(question: Question) -> tuple[str, ...]:
    """The question's columns and, where 'other' may be chosen, those of the other answer."""
    if not question.other:
        return question.columns
    extra = (f"{question.code}__other",) if question.type == "multi" else ()
    return tuple(dict.fromkeys((*question.columns, *extra, other_column(question))))


def other_column(question: Question) -> str:
    """Where the words of 'other, namely …' are kept."""
    return f"{question.code}__other_text"


def _rank(seed: str, *parts: str) -> bytes:
    return hashlib.sha256("\x1f".join((seed, *parts)).encode()).digest()


def shuffled(things: Sequence[T], codes: Sequence[str], seed: str, place: str) -> tuple[T, ...]:
    """The things in an order that depends only on the seed: the same respondent sees the same order."""
    order = sorted(range(len(things)), key=lambda i: _rank(seed, place, codes[i]))
    return tuple(things[i] for i in order)


def question_order(section: Section, seed: str) -> tuple[Question, ...]:
    """Questions of a section as this respondent sees them. A conditional one stays behind its predecessor."""
    if not section.shuffle:
        return section.questions
    blocks: list[list[Question]] = []
    for question in section.questions:
        if question.show_if is not None and blocks:
            blocks[-1].append(question)
        else:
            blocks.append([question])
    mixed = shuffled(blocks, [b[0].code for b in blocks], seed, section.code)
    return tuple(question for block in mixed for question in block)


def choice_order(question: Question, choices: tuple[Choice, ...], seed: str) -> tuple[Choice, ...]:
    """Options or items as this respondent sees them; exclusive ones ('none of these') stay last."""
    if not question.shuffle:
        return choices
    free = [c for c in choices if not c.exclusive]
    mixed = shuffled(free, [c.code for c in free], seed, question.code)
    return (*mixed, *(c for c in choices if c.exclusive))
