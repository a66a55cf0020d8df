"""What the respondent's template needs of one page of a questionnaire: texts filled, cells ticked, errors placed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from manyi.people.services import organisation
from manyi.surveys import logic, piping
from manyi.surveys.answers import KANO, NOT_APPLICABLE, OTHER, Posted, Problem
from manyi.surveys.questionnaire import RATED, Choice, Form, Question, Scale, ShowIf
from manyi.surveys.services.responses import message

MANY_POINTS = 6
CODES = {"zh": "zh-hans", "en": "en"}
LANGUAGES = (("zh", "中文"), ("en", "English"))


@dataclass(frozen=True, slots=True)
class Cell:
    """One radio button or tick box."""

    name: str
    value: str
    label: str
    text: str = ""
    checked: bool = False
    apart: bool = False  # 'not applicable'


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a grid, or one field with a label of its own."""

    column: str
    text: str
    cells: tuple[Cell, ...] = ()
    value: str = ""
    error: str = ""
    group: str = ""  # the item above several rows


@dataclass(frozen=True, slots=True)
class Shown:
    question: Question
    type: str
    text: str
    help: str
    error: str
    lines: tuple[Line, ...] = ()
    options: tuple[Cell, ...] = ()
    ends: tuple[str, str] | None = None
    narrow: bool = False  # words too long for a point's width: on a telephone only the ends are shown
    head: tuple[str, ...] = ()
    other: Line | None = None
    rule: str = ""  # for the script: the condition as JSON; the question is hidden until it holds
    new: bool = False


@dataclass(frozen=True, slots=True)
class PageContext:
    """Builds the questions of one page. `language` is 'zh' or 'en'; `seed` orders what is shuffled."""

    form: Form
    language: str
    answers: Mapping[str, Any]
    posted: Posted
    seed: str
    names: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()

    def text(self, texts: Mapping[str, str]) -> str:
        raw = piping.text_of(texts, self.language)
        return piping.fill(raw, self.form, self.answers, self.language, self.names)

    def value(self, column: str) -> str:
        return (self.posted.get(column) or ("",))[0]

    def error(self, *columns: str) -> str:
        for problem in self.problems:
            if problem.column in columns:
                return message(problem, self.language)
        return ""

    def cells(self, column: str, scale: Scale) -> tuple[Cell, ...]:
        given = self.value(column)
        cells = [
            Cell(
                column,
                str(p),
                str(p),
                piping.text_of(scale.labels.get(p, {}), self.language),
                given == str(p),
            )
            for p in scale.points
        ]
        if scale.not_applicable:
            label = _("N/A")
            cells.append(
                Cell(column, NOT_APPLICABLE, label, _("Not applicable"), given == NOT_APPLICABLE, apart=True)
            )
        return tuple(cells)

    def line(self, column: str, text: str, scale: Scale, group: str = "") -> Line:
        return Line(column, text, self.cells(column, scale), self.value(column), self.error(column), group)

    def _ordered(self, question: Question, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        return logic.choice_order(question, choices, self.seed)

    def _choices(self, question: Question) -> tuple[Cell, ...]:
        multi = question.type == "multi"
        rows = [(o.code, self.text(o.text)) for o in self._ordered(question, question.options)]
        if question.other and OTHER not in {code for code, _text in rows}:
            rows.append((OTHER, _("Other")))
        cells = []
        for code, text in rows:
            if multi:
                column = f"{question.code}__{code}"
                cells.append(Cell(column, "1", text, checked=self.value(column) == "1"))
            else:
                cells.append(Cell(question.code, code, text, checked=self.value(question.code) == code))
        return tuple(cells)

    def _lines(self, question: Question) -> tuple[Line, ...]:
        items = self._ordered(question, question.items)
        match question.type, question.scale:
            case "matrix", Scale() as scale:
                return tuple(self.line(i.code, self.text(i.text), scale) for i in items)
            case "servqual", Scale() as scale:
                sides = (("e", _("I expect")), ("p", _("I received")))
                return tuple(
                    self.line(f"{i.code}__{side}", text, scale, self.text(i.text) if side == "e" else "")
                    for i in items
                    for side, text in sides
                )
            case "competitor", Scale() as scale:
                options = self._ordered(question, question.options)
                return tuple(
                    self.line(
                        f"{i.code}__{o.code}", self.text(o.text), scale, self.text(i.text) if not n else ""
                    )
                    for i in items
                    for n, o in enumerate(options)
                )
            case "kano", None:
                scale = Scale(KANO[0], KANO[-1], kano_labels())
                wordings = (("f", question.text), ("d", question.text2))
                return tuple(self.line(f"{question.code}__{s}", self.text(t), scale) for s, t in wordings)
            case "ranking", None:
                return tuple(
                    Line(f"{question.code}__{o.code}", self.text(o.text), (), self.value(f"{question.code}__{o.code}"),
                         self.error(f"{question.code}__{o.code}"))
                    for o in self._ordered(question, question.options)
                )  # fmt: skip
            case _, Scale() as scale:
                return (self.line(question.code, "", scale),)
        return (Line(question.code, "", (), self.value(question.code), self.error(question.code)),)

    def _ends(self, scale: Scale) -> tuple[str, str] | None:
        low, high = (piping.text_of(scale.labels.get(p, {}), self.language) for p in (scale.min, scale.max))
        return (low, high) if low or high else None

    def shown(self, question: Question, *, rule: str = "", new: bool = False) -> Shown:
        question = with_words(question)
        lines = () if question.type in ("single", "multi") else self._lines(question)
        scale = question.scale
        many = scale is not None and len(scale.points) >= MANY_POINTS
        narrow = bool(
            scale and lines and not many and any(_long(c.text) for c in lines[0].cells if not c.apart)
        )
        ends = self._ends(scale) if scale is not None and (many or narrow) else None
        head: tuple[str, ...] = ()
        if question.type in ("matrix", "servqual", "competitor") and scale is not None and not many:
            head = tuple(c.text for c in lines[0].cells)
        own = self.error(question.code) if question.type in ("single", "multi") else ""
        other = None
        if question.other:
            column = logic.other_column(question)
            other = Line(column, _("Other, namely"), (), self.value(column), self.error(column))
        return Shown(
            question=question,
            type="rating"
            if question.type in RATED and len(lines) == 1 and not lines[0].text
            else question.type,
            text="" if question.type == "kano" else self.text(question.text),
            help=self.text(question.help),
            error=own,
            lines=lines,
            options=self._choices(question) if question.type in ("single", "multi") else (),
            ends=ends,
            narrow=narrow,
            head=head,
            other=other,
            rule=rule,
            new=new,
        )


def _long(text: str) -> bool:
    """Whether a word would be broken under a point of a scale on a telephone."""
    return any(len(word) > (6 if word.isascii() else 8) for word in text.split())


def with_words(question: Question) -> Question:
    """Words for the ends of a customary scale that was given none: nobody should guess which end is good."""
    words = {
        "nps": (_("Not at all likely"), _("Extremely likely")),
        "csat": (_("Very dissatisfied"), _("Very satisfied")),
        "ces": (_("Very difficult"), _("Very easy")),
    }.get(question.type)
    scale = question.scale
    if words is None or scale is None:
        return question
    given = zip((scale.min, scale.max), words, strict=True)
    labels = {**{point: {"zh": text, "en": text} for point, text in given}, **scale.labels}
    return replace(question, scale=replace(scale, labels=labels))


def kano_labels() -> dict[int, dict[str, str]]:
    """The five answers of a Kano pair, 1 = like … 5 = dislike (Kano 1984), in the active language."""
    words = (_("I like it"), _("I expect it"), _("I don't mind"), _("I can live with it"), _("I dislike it"))
    return {point: {"zh": text, "en": text} for point, text in enumerate(words, 1)}


def rule_for(show_if: ShowIf, on_page: set[str], answers: Mapping[str, Any]) -> str:
    """The condition for the script. What earlier pages decide is decided here, as true or false."""
    conditions = [
        [c.question, c.op, c.value] if c.question in on_page else logic.condition_holds(c, answers)
        for c in show_if.conditions
    ]
    return json.dumps([int(show_if.any), conditions], ensure_ascii=False, separators=(",", ":"))


def section_context(
    form: Form,
    language: str,
    section: str,
    answers: Mapping[str, Any],
    *,
    posted: Mapping[str, list[str]],
    seed: str,
    names: Mapping[str, str],
    problems: list[Problem],
    new: set[str],
) -> dict[str, Any]:
    """Template context of one section; of the first one when `section` is not shown."""
    pages = logic.pages(form, answers)
    position = next((i for i, page in enumerate(pages) if page.section.code == section), 0)
    with translation.override(CODES[language]):
        builder = PageContext(form, language, answers, posted, seed, names, problems)
        shown, title, text = [], "", ""
        if pages:
            page = pages[position]
            visible = {q.code for q in page.questions}
            on_page = {c for q in page.section.questions for c in logic.all_columns(q)}
            for question in logic.question_order(page.section, seed):
                depends = question.show_if is not None and any(
                    c.question in on_page for c in question.show_if.conditions
                )
                rule = rule_for(question.show_if, on_page, answers) if question.show_if and depends else ""
                if question.code in visible or rule:
                    item = builder.shown(question, rule=rule, new=question.code in new)
                    shown.append((item, question.code not in visible))
            title, text = builder.text(page.section.title), builder.text(page.section.text)
        return {
            "form_title": builder.text(form.name),
            "intro": builder.text(form.intro) if position == 0 else "",
            "section": pages[position].section.code if pages else "",
            "title": title,
            "text": text,
            "questions": shown,
            "errors": [(p.column, builder.error(p.column), _question_text(builder, p)) for p in problems],
            "has_file": any(q.question.type == "file" for q, _hidden in shown),
            "has_required": any(q.question.required for q, _hidden in shown),
            "conditional": any(q.rule for q, _hidden in shown),
            "position": position + 1,
            "total": len(pages),
            "share": round(100 * (position + 1) / max(1, len(pages))),
            "last": position + 1 >= len(pages),
            "languages": [(c, label) for c, label in LANGUAGES if c in form.languages and c != language],
        }


def _question_text(builder: PageContext, problem: Problem) -> str:
    """How the summary names the place: the item of a grid, else the question."""
    for question in builder.form.questions():
        if question.code == problem.question:
            for choice in (*question.items, *question.options):
                if problem.column.split("__")[0 if question.items else -1] == choice.code:
                    return builder.text(choice.text)
            return builder.text(question.text)
    return ""


def finish(response: HttpResponse, language: str) -> HttpResponse:
    """Headers of every answer: kept nowhere, found by no search engine, its address not logged."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = CODES[language]
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def render(template: str, language: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the respondent's house."""
    with translation.override(CODES[language]):
        organisation_name = piping.text_of(organisation().name, language)
        page = render_to_string(
            f"surveys/respond/{template}.html",
            {"language": language, "organisation": organisation_name, **context},
        )
    return finish(HttpResponse(page, status=status), language)
