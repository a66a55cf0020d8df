"""Is a questionnaire good to answer? Findings about wording, scales, length and logic, in Chinese and English.

Pure: no Django, no I/O. `check` returns what a careful colleague would remark; it never blocks anything.
Rules by words are rules of thumb (`quality_words`): a finding says 'look here', not 'this is wrong'. What each
rule means and how to mend it stands in `questionnaire_wording`, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from manyi.surveys import quality_words as words
from manyi.surveys.logic import all_columns, condition_holds
from manyi.surveys.piping import NAMES, PLACE
from manyi.surveys.questionnaire import Form, Question, Scale, ShowIf

HIGH, MEDIUM, LOW = "high", "medium", "low"
RULES: dict[str, str] = {
    "missing_translation": HIGH,
    "pipe_unknown": HIGH,
    "condition_never": HIGH,
    "double_barrelled": MEDIUM,
    "leading": MEDIUM,
    "double_negation": MEDIUM,
    "unbalanced_scale": MEDIUM,
    "duplicate": MEDIUM,
    "condition_always": MEDIUM,
    "indicator_missing": MEDIUM,
    "too_long_to_answer": MEDIUM,
    "grid_too_large": MEDIUM,
    "enumeration": LOW,
    "negation": LOW,
    "long_text": LOW,
    "scale_ends": LOW,
    "mixed_scales": LOW,
    "wrong_language": LOW,
    "many_options": LOW,
    "required_open": LOW,
}
_JUDGED = frozenset(
    {"likert", "csat", "ces", "kano"}
)  # the question itself is rated; nps asks about the whole
_ABOUT_WORDS = frozenset({"double_barrelled", "enumeration", "leading", "negation", "double_negation"})
_CJK = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z0-9'’-]+")
MAX_SECONDS = 600
MAX_GRID_ITEMS = 10
MAX_GRID_POINTS = 7
MAX_RANKED = 7
MAX_OPTIONS = 15
# Longest comfortable text: Chinese characters, English words.
MAX_LENGTH = {"question": {"zh": 50, "en": 30}, "item": {"zh": 30, "en": 18}}


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is a path as in QuestionnaireError, `excerpt` the words that gave rise to it."""

    where: str
    rule: str
    language: str = ""
    excerpt: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        return RULES[self.rule]


def check(form: Form, indicators: Mapping[str, str] | None = None) -> list[Finding]:
    """All findings, worst first, then in the order of the questionnaire.

    `indicators`: answer column → name, of the indicators that the questionnaire should ask for.
    """
    found: list[Finding] = []
    known: set[str] = set(NAMES)
    domains: dict[str, tuple[object, ...] | None] = {}
    for language in form.languages:
        found += _translations("name", form.name, form, language)
        for where, texts in (("intro", form.intro), ("thanks", form.thanks)):
            found += _translations(where, texts, form, language, needed=bool(texts))
    found += _pipes({"intro": form.intro}, known)
    found += _pipes(
        {"thanks": form.thanks}, known | {c for q in form.questions() for c in (q.code, *all_columns(q))}
    )
    for s, section in enumerate(form.sections):
        where = f"sections[{s}]"
        for language in form.languages:
            found += _translations(f"{where}.title", section.title, form, language)
            found += _translations(f"{where}.text", section.text, form, language, needed=bool(section.text))
        found += _pipes({f"{where}.title": section.title, f"{where}.text": section.text}, known)
        found += _condition(f"{where}.show_if", section.show_if, domains)
        for n, question in enumerate(section.questions):
            place = f"{where}.questions[{n}]"
            found += _question(place, question, form, known)
            found += _condition(f"{place}.show_if", question.show_if, domains)
            known.update(all_columns(question))
            if question.type == "multi":
                known.add(question.code)
            domains.update({column: _domain(question) for column in question.columns})
    found += _duplicates(form)
    found += _whole(form, indicators or {})
    order = (HIGH, MEDIUM, LOW)
    return sorted(_merged(found), key=lambda f: order.index(f.severity))


def _merged(found: list[Finding]) -> list[Finding]:
    """What is remarked of both wordings of one text becomes one remark."""
    first: dict[tuple[str, str], int] = {}
    kept: list[Finding] = []
    for f in found:
        key = (f.where, f.rule)
        if f.rule in _ABOUT_WORDS and key in first:
            before = kept[first[key]]
            kept[first[key]] = replace(before, language="", excerpt=f"{before.excerpt} / {f.excerpt}")
            continue
        first.setdefault(key, len(kept))
        kept.append(f)
    return kept


def seconds(form: Form) -> int:
    """Estimated time to answer, in seconds; questions under a condition count half.

    Rules of thumb: 4 s to take in a question, 4 s for each rating, 25 s to write, 3 s for each option weighed.
    """
    total = 10.0 if form.intro else 3.0
    for section in form.sections:
        for question in section.questions:
            share = 0.5 if question.show_if or section.show_if else 1.0
            total += share * _seconds(question)
    return round(total)


def _seconds(q: Question) -> float:
    match q.type:
        case "text":
            return 25 if q.required or not q.multiline else 15
        case "file":
            return 30
        case "number" | "date":
            return 10
        case "single":
            return 5 + min(len(q.options), 12) * 0.6
        case "multi":
            return 6 + min(len(q.options), 20) * 1.2
        case "ranking":
            return 6 + len(q.options) * 3
        case "matrix":
            return 4 + 4.5 * len(q.items)
        case "servqual":
            return 4 + 8 * len(q.items)
        case "competitor":
            return 4 + 3.5 * len(q.items) * len(q.options)
        case "kano":
            return 18
        case _:
            return 7


def _question(where: str, q: Question, form: Form, known: set[str]) -> Iterator[Finding]:
    texts: list[tuple[str, Mapping[str, str]]] = [(f"{where}.text", q.text)]
    if q.text2:
        texts.append((f"{where}.text2", q.text2))
    items = [(f"{where}.items[{i}].text", item.text) for i, item in enumerate(q.items)]
    options = [(f"{where}.options[{i}].text", option.text) for i, option in enumerate(q.options)]
    labels = [(f"{where}.scale.labels.{p}", t) for p, t in (q.scale.labels if q.scale else {}).items()]
    for language in form.languages:
        for place, text in [*texts, *items, *options, *labels]:
            yield from _translations(place, text, form, language)
        yield from _translations(f"{where}.help", q.help, form, language, needed=bool(q.help))
        for place, text in [texts[0]] if q.type in _JUDGED else []:
            yield from _wording(place, text.get(language, ""), language)
        for place, text in items:
            yield from _wording(place, text.get(language, ""), language)
        for place, text in texts:
            yield from _leading(place, text.get(language, ""), language)
            yield from _length(place, text.get(language, ""), language, "question")
        for place, text in items:
            yield from _leading(place, text.get(language, ""), language)
            yield from _length(place, text.get(language, ""), language, "item")
        if q.scale:
            yield from _scale(where, q.scale, language)
    yield from _pipes(dict([*texts, *items, *options, (f"{where}.help", q.help)]), known)
    yield from _size(where, q)
    if q.required and q.type in {"text", "file"}:
        yield Finding(where, "required_open")


def _translations(
    where: str, texts: Mapping[str, str], form: Form, language: str, *, needed: bool = True
) -> Iterator[Finding]:
    if not needed:
        return
    text = texts.get(language, "")
    if not text:
        other = next((t for t in texts.values() if t), "")
        yield Finding(where, "missing_translation", language, other[:60])
        return
    bare = PLACE.sub("", text)
    if (language == "en" and _CJK.search(bare)) or (
        language == "zh"
        and len(form.languages) > 1
        and len(_WORD.findall(bare)) > 3
        and not _CJK.search(bare)
    ):
        yield Finding(where, "wrong_language", language, text[:60])


def _wording(where: str, text: str, language: str) -> Iterator[Finding]:
    """Two aspects in one, negation."""
    bare = words.EXAMPLES[language].sub(
        " ", PLACE.sub("某", text) if language == "zh" else PLACE.sub("it", text)
    )
    parts = words.ONE_THING[language].sub(" ", bare)
    if hit := words.CONJUNCTION[language].search(parts):
        yield Finding(where, "double_barrelled", language, hit.group().strip())
    elif hit := words.ENUMERATION[language].search(parts):
        yield Finding(where, "enumeration", language, hit.group())
    negations = [
        m.group() for m in words.NEGATION[language].finditer(words.NOT_NEGATED[language].sub(" ", bare))
    ]
    if len(negations) > 1:
        yield Finding(where, "double_negation", language, " … ".join(negations[:2]))
    elif negations:
        yield Finding(where, "negation", language, negations[0])


def _leading(where: str, text: str, language: str) -> Iterator[Finding]:
    hit = words.LEADING[language].search(text)
    if hit:
        yield Finding(where, "leading", language, hit.group().strip(" .!?"))


def _length(where: str, text: str, language: str, kind: str) -> Iterator[Finding]:
    bare = PLACE.sub("", text)
    length = (
        len(_WORD.findall(bare)) if language == "en" else len(_CJK.findall(bare)) + len(_WORD.findall(bare))
    )
    most = MAX_LENGTH[kind][language]
    if length > most:
        yield Finding(where, "long_text", language, text[:30] + "…", {"length": length, "most": most})


def _tone(label: str) -> str:
    return next((tone for tone, pattern in words.LABEL.items() if pattern.search(label)), "")


def _scale(where: str, scale: Scale, language: str) -> Iterator[Finding]:
    place = f"{where}.scale"
    labels = {p: t[language] for p, t in scale.labels.items() if t.get(language)}
    if scale.labels and not {scale.min, scale.max} <= set(scale.labels):
        yield Finding(place, "scale_ends", language)
        return
    tones = [_tone(label) for label in labels.values()]
    if len(labels) == len(scale.points) and "" not in tones:
        good, bad = tones.count("positive"), tones.count("negative")
        if good != bad:
            yield Finding(
                place,
                "unbalanced_scale",
                language,
                " / ".join(labels.values())[:80],
                {"good": good, "bad": bad},
            )


def _size(where: str, q: Question) -> Iterator[Finding]:
    points = len(q.scale.points) if q.scale else 0
    if q.type in {"matrix", "servqual"} and (len(q.items) > MAX_GRID_ITEMS or points > MAX_GRID_POINTS):
        yield Finding(where, "grid_too_large", values={"rows": len(q.items), "columns": points})
    if q.type == "competitor" and len(q.items) * len(q.options) > 3 * MAX_GRID_ITEMS:
        yield Finding(where, "grid_too_large", values={"rows": len(q.items), "columns": len(q.options)})
    most = {"ranking": MAX_RANKED, "single": MAX_OPTIONS, "multi": MAX_OPTIONS}.get(q.type)
    if most and len(q.options) > most:
        yield Finding(where, "many_options", values={"count": len(q.options), "most": most})


def _pipes(texts: Mapping[str, Mapping[str, str]], known: set[str]) -> Iterator[Finding]:
    for where, by_language in texts.items():
        for language, text in by_language.items():
            for name in PLACE.findall(text):
                if name not in known:
                    yield Finding(where, "pipe_unknown", language, "{{ " + name + " }}")


def _domain(q: Question) -> tuple[object, ...] | None:
    """All answers a column of this question may hold; None when open."""
    if q.scale:
        return tuple(q.scale.points)
    match q.type:
        case "single":
            return None if q.other else tuple(o.code for o in q.options)
        case "multi":
            return (0, 1)
        case "ranking":
            return tuple(range(1, len(q.options) + 1))
        case "kano":
            return (1, 2, 3, 4, 5)
        case _:
            return None


def _condition(
    where: str, show_if: ShowIf | None, domains: Mapping[str, tuple[object, ...] | None]
) -> Iterator[Finding]:
    if show_if is None:
        return
    never, always = [], []
    for c in show_if.conditions:
        domain = domains.get(c.question)
        if c.op in {"answered", "not_answered"} or domain is None:
            never.append(False)
            always.append(False)
            continue
        outcomes = [condition_holds(c, {c.question: answer}) for answer in domain]
        never.append(not any(outcomes))
        always.append(all(outcomes))
    if all(never) or (any(never) and not show_if.any):
        yield Finding(where, "condition_never", excerpt=show_if.conditions[never.index(True)].question)
    elif all(always) or (any(always) and show_if.any):
        yield Finding(where, "condition_always", excerpt=show_if.conditions[always.index(True)].question)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _duplicates(form: Form) -> Iterator[Finding]:
    told: set[str] = set()  # a copied question is a duplicate in both languages: one remark is enough
    for language in form.languages:
        for finding in _duplicates_in(form, language):
            if finding.where not in told:
                told.add(finding.where)
                yield finding


def _duplicates_in(form: Form, language: str) -> Iterator[Finding]:
    asked: dict[str, str] = {}
    for s, section in enumerate(form.sections):
        for n, q in enumerate(section.questions):
            place = f"sections[{s}].questions[{n}]"
            yield from _seen(asked, f"{place}.text", q.text.get(language, ""), language)
            for i, c in enumerate(q.items):
                yield from _seen(asked, f"{place}.items[{i}].text", c.text.get(language, ""), language)
            options: dict[str, str] = {}
            for i, c in enumerate(q.options):
                yield from _seen(options, f"{place}.options[{i}].text", c.text.get(language, ""), language)


def _seen(before: dict[str, str], where: str, text: str, language: str) -> Iterator[Finding]:
    plain = _plain(text)
    if plain and plain in before:
        yield Finding(where, "duplicate", language, text[:60], {"other": before[plain]})
    elif plain:
        before[plain] = where


def _whole(form: Form, indicators: Mapping[str, str]) -> Iterator[Finding]:
    time = seconds(form)
    if time > MAX_SECONDS:
        yield Finding(
            "questionnaire", "too_long_to_answer", values={"minutes": round(time / 60), "questions": len(list(form.questions()))}
        )  # fmt: skip
    scales: dict[tuple[int, int], str] = {}
    for q in form.questions():
        if q.scale and q.type in {"likert", "matrix"}:
            scales.setdefault((q.scale.min, q.scale.max), q.code)
    if len(scales) > 1:
        spans = ", ".join(f"{low}–{high}" for low, high in scales)
        yield Finding("questionnaire", "mixed_scales", excerpt=spans)
    columns = form.columns()
    for column, name in indicators.items():
        if column not in columns:
            yield Finding("questionnaire", "indicator_missing", excerpt=name, values={"column": column})
