"""What is said about a questionnaire in the reader's language: errors, findings, places, types, operators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from manyi.surveys.quality import Finding
from manyi.surveys.questionnaire import QuestionnaireError
from manyi.web.templatetags.web import localised

TYPES: dict[str, tuple[Any, str, Any]] = {  # type → name, icon, what it is for
    "likert": (_("Rating"), "star", _("One statement or aspect on a scale of 5, 7, 10 or 11 points")),
    "matrix": (_("Rating grid"), "table", _("Several aspects on the same scale")),
    "nps": (_("Recommendation (NPS)"), "gauge", _("0 to 10: would you recommend us?")),
    "csat": (_("Satisfaction (CSAT)"), "mood-happy", _("Overall satisfaction with one thing")),
    "ces": (_("Effort (CES)"), "route", _("How easy was it?")),
    "single": (_("One choice"), "circle-check", _("One of several options")),
    "multi": (_("Several choices"), "checklist", _("Any number of options")),
    "ranking": (_("Ranking"), "sort-ascending", _("Options in order of preference")),
    "text": (_("Text"), "message", _("In the respondent's own words")),
    "number": (_("Number"), "selector", _("A figure, within limits")),
    "date": (_("Date"), "calendar", _("A day")),
    "file": (_("File"), "paperclip", _("A photo or a document")),
    "kano": (_("Kano pair"), "bulb", _("How would you feel with and without it?")),
    "servqual": (_("Expected and perceived"), "scale", _("Two ratings for each aspect (SERVQUAL)")),
    "competitor": (
        _("Comparison with others"),
        "users-group",
        _("The same aspects for us and for competitors"),
    ),
}
TYPE_GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("Ratings"), ("likert", "matrix", "nps", "csat", "ces")),
    (_("Choices"), ("single", "multi", "ranking")),
    (_("Open answers"), ("text", "number", "date", "file")),
    (_("Special methods"), ("kano", "servqual", "competitor")),
)
OPERATORS: dict[str, Any] = {
    "eq": _("is"),
    "ne": _("is not"),
    "in": _("is one of"),
    "lt": _("is less than"),
    "lte": _("is at most"),
    "gt": _("is more than"),
    "gte": _("is at least"),
    "answered": _("was answered"),
    "not_answered": _("was not answered"),
}
SEVERITIES: dict[str, Any] = {"high": _("Must be mended"), "medium": _("Worth mending"), "low": _("Hint")}

# rule → what, why, how to mend
FINDINGS: dict[str, tuple[Any, Any, Any]] = {
    "missing_translation": (
        _("The {language} text is missing."),
        _("Whoever reads in this language sees the other one."),
        _("Add the translation, or take the language off the questionnaire."),
    ),
    "pipe_unknown": (
        _("“{excerpt}” stands for no answer given before this place."),
        _("The respondent would see a gap in the sentence."),
        _("Use the code of a question further up, or customer, contact or unit."),
    ),
    "condition_never": (
        _("The condition on “{excerpt}” can never be true."),
        _("Nobody would ever see this."),
        _("Correct the value of the condition or remove it."),
    ),
    "condition_always": (
        _("The condition on “{excerpt}” is true for everybody who answers."),
        _("It hides nothing and makes the questionnaire harder to read."),
        _("Remove the condition or narrow its value."),
    ),
    "double_barrelled": (
        _("Two aspects in one question (“{excerpt}”)."),
        _("Whoever likes one and not the other cannot answer, and nobody knows what a low score is about."),
        _("Make two questions of it, or keep the more important aspect."),
    ),
    "enumeration": (
        _("Several things named together (“{excerpt}”)."),
        _("If they differ in quality, the answer is an average nobody can act upon."),
        _("Leave it if people see them as one thing; else ask about each."),
    ),
    "leading": (
        _("The wording suggests an answer (“{excerpt}”)."),
        _("People agree out of politeness; the score becomes higher than the truth."),
        _("Ask neutrally: “How satisfied are you with …?”"),
    ),
    "double_negation": (
        _("Two negations (“{excerpt}”)."),
        _("Many people give the opposite of what they mean."),
        _("Say it positively."),
    ),
    "negation": (
        _("A negation (“{excerpt}”)."),
        _("On a rating scale it is unclear what “agree” or “satisfied” refers to."),
        _("Say positively what is to be rated."),
    ),
    "unbalanced_scale": (
        _("The {language} labels are lopsided: {good} positive, {bad} negative."),
        _("A scale that leans to one side moves every score to that side."),
        _("Use as many negative as positive labels, mirrored around the middle."),
    ),
    "duplicate": (
        _("The same text stands elsewhere ({other})."),
        _("People wonder whether they missed something, and answer the second one carelessly."),
        _("Remove one of them or say what is different."),
    ),
    "indicator_missing": (
        _("The indicator “{excerpt}” is not asked about (answer “{column}”)."),
        _("The tree cannot be computed without an answer for each of its indicators."),
        _("Add a question or a row with this code."),
    ),
    "too_long_to_answer": (
        _("Answering takes about {minutes} minutes ({questions} questions)."),
        _("Beyond ten minutes people give up, or answer without reading."),
        _("Remove what nobody will act upon; ask the rest in another wave."),
    ),
    "grid_too_large": (
        _("A grid of {rows} rows and {columns} columns is too large for a phone."),
        _("Long grids are answered in a straight line."),
        _("Split it by topic: at most 10 rows, at most 7 points."),
    ),
    "long_text": (
        _("The {language} text is long: {length} words or characters; up to {most} read well."),
        _("On a phone it fills the screen before the answer appears."),
        _("Move explanations to the help text."),
    ),
    "scale_ends": (
        _("An end of the scale has no {language} label."),
        _("Without it people must guess which end is good."),
        _("Label both ends."),
    ),
    "mixed_scales": (
        _("Ratings use different scales ({excerpt})."),
        _("Changing scales costs attention, and the scores are harder to compare."),
        _("Use one scale throughout where you can."),
    ),
    "wrong_language": (
        _("This {language} text looks like another language."),
        _("Perhaps it stands in the wrong field."),
        _("Swap or translate it."),
    ),
    "many_options": (
        _("{count} options; up to {most} can be weighed."),
        _("People choose what stands at the top."),
        _("Merge rare options or ask in two steps."),
    ),
    "required_open": (
        _("An open answer is required."),
        _("This is where most people leave, or type nonsense."),
        _("Let it be optional."),
    ),
}

_PARTS: dict[str, Any] = {
    "code": _("code"), "type": _("type"), "text": _("wording"), "text2": _("wording of the opposite"),
    "help": _("help text"), "scale": _("scale"), "options": _("options"), "items": _("rows"),
    "show_if": _("condition"), "title": _("title"), "min": _("lower limit"), "max": _("upper limit"),
    "max_length": _("longest answer"), "languages": _("languages"), "name": _("name"), "intro": _("greeting"),
    "thanks": _("thank-you page"), "questionnaire": _("whole questionnaire"), "sections": _("sections"),
    "questions": _("questions"),
}  # fmt: skip
_NUMBERED: dict[str, Any] = {
    "sections": _("section {number}"),
    "questions": _("question {number}"),
    "items": _("row {number}"),
    "options": _("option {number}"),
    "all": _("condition {number}"),
    "any": _("condition {number}"),
}
_STEP = re.compile(r"([a-z_0-9-]+)(?:\[(\d+)\])?")


def _dig(value: Any, key: str, index: int) -> Any:
    rows = value.get(key) if isinstance(value, Mapping) else None
    return rows[index] if isinstance(rows, list) and index < len(rows) else None


def place(where: str, definition: Any) -> str:
    """A path in words: 'Section 2, question 3 “Delivery”, row 1'. Cuts quoted texts at 24 characters."""
    words: list[str] = []
    here = definition
    for key, index in _STEP.findall(where):
        if not index:
            if key in _PARTS and key not in ("text", "title"):
                words.append(str(_PARTS[key]))
            elif key.lstrip("-").isdigit():
                words.append(_t("point {number}").format(number=key))
            continue
        here = _dig(here, key, int(index))
        words.append(str(_NUMBERED.get(key, "{number}")).format(number=int(index) + 1))
        text = localised(here.get("text") or "") if key == "questions" and isinstance(here, Mapping) else ""
        if text:
            words[-1] += _t(" “{text}”").format(text=text[:24] + ("…" if len(text) > 24 else ""))
    sentence = _t(", ").join(words)
    return sentence[:1].upper() + sentence[1:]


def explain(error: QuestionnaireError, definition: Any) -> str:
    """One sentence in the reader's language: where, and what is wrong there."""
    message = _t(error.message_id).format(**error.values)
    where = place(error.where, definition)
    return _t("{place}: {message}").format(place=where, message=message) if where else message


def describe(finding: Finding, definition: Any) -> dict[str, str]:
    """A finding for a page or the API: where, place, severity, severity_label, rule, what, why, mend."""
    values: dict[str, object] = {**finding.values, "excerpt": finding.excerpt}
    values["language"] = {"zh": _t("Chinese"), "en": _t("English")}.get(finding.language, "")
    if "other" in values:
        values["other"] = place(str(values["other"]), definition)
    what, why, mend = FINDINGS[finding.rule]
    return {
        "where": finding.where,
        "place": place(finding.where, definition),
        "rule": finding.rule,
        "severity": finding.severity,
        "severity_label": str(SEVERITIES[finding.severity]),
        "what": str(what).format(**values),
        "why": str(why),
        "mend": str(mend),
    }


def duration(seconds: int) -> str:
    """'about 4 minutes', for people."""
    minutes = max(1, round(seconds / 60))
    return ngettext("about {minutes} minute", "about {minutes} minutes", minutes).format(minutes=minutes)
