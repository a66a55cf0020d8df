"""Reading what respondents wrote. It takes the right `responses.read`, and more people than a figure does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from manyi.insights import rows
from manyi.insights.disclosure import ANONYMOUS_MINIMUM, Disclosure, Refusal
from manyi.insights.queries import RIGHT, WaveResult
from manyi.measures.disclosure import visible_groups
from manyi.warehouse import reads
from manyi.web.templatetags.web import localised

READ = "responses.read"
PAGE = 20
# Whoever has no index (answered less than half) must be in a band: all minus all bands would be those few.
BANDS = {
    "low": reads.Band(0, 60),
    "middle": reads.Band(60, 80, unknown=True),
    "high": reads.Band(80, 101),
}


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A text and, unless the wave is anonymous, what is known of who wrote it."""

    text: str
    question: str
    unit: str = ""
    day: Any = None
    language: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Verbatims:
    """One page of texts; `refusal` says why there are none to see, `minimum` from how many people on there are."""

    items: list[Verbatim]
    total: int
    minimum: int
    refusal: Refusal | None = None
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def verbatims(
    result: WaveResult,
    *,
    search: str = "",
    band: str = "",
    node: str = "",
    page: int = 1,
    limit: int = PAGE,
) -> Verbatims:
    """Texts of the selection that hold `search`, by respondents whose index is `low`, `middle` or `high`; or
    whose score of another `node` is.

    The rule is that of groups, with a minimum of 10 in anonymous waves; the band counts as a filter. In an
    anonymous wave only the index counts: many nodes together would tell all that the writer of a text ticked.

    :raises NotAllowed: without `responses.read`.
    """
    scope, wave = result.scope, result.wave
    scope.require(READ)
    units = _both(scope.units_for(RIGHT), scope.units_for(READ))
    minimum = max(result.minimum, ANONYMOUS_MINIMUM) if wave.anonymous else result.minimum
    every = result.rows
    if units != every.units:
        every = rows.rows_for([wave], units)[wave.pk]
    disclosure = Disclosure(rows.cells(every), result.forest, minimum=minimum, cross_minimum=minimum)
    chosen = result.selection.chosen
    refusal = disclosure.refusal(chosen)
    node = "" if wave.anonymous else node
    if band and len(chosen) > (0 if wave.anonymous else 1):
        refusal = "too many filters"
    if refusal or not disclosure.count(chosen):
        return Verbatims([], 0, minimum, refusal)
    table = every.filtered(result.selection.filters(result.forest)).table()
    if band:
        banded = {name: reads.in_band(table, every.tree, limits, node) for name, limits in BANDS.items()}
        counts = {name: sum(reads.counts(part, ["unit_id"]).values()) for name, part in banded.items()}
        if counts[band] and band not in visible_groups(counts, minimum, disclosure.count(chosen)):
            return Verbatims([], 0, minimum, "too few")
        table = banded[band]
    found, total = reads.texts(
        table,
        every.tree,
        _text_columns(result, table),
        search=search,
        limit=limit,
        offset=(page - 1) * limit,
    )
    return Verbatims([_shown(result, text) for text in found], total, minimum, None, page)


def _both(one: frozenset[int] | None, other: frozenset[int] | None) -> frozenset[int] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _text_columns(result: WaveResult, table: reads.Table) -> list[str]:
    if result.form is None:
        return reads.text_columns(table)
    return [question.code for question in result.form.questions() if question.type == "text"]


def _shown(result: WaveResult, text: reads.Text) -> Verbatim:
    question = result.question_of(text.column)
    asked = localised(question.text) if question else text.column
    if result.wave.anonymous:
        return Verbatim(text.text, asked)
    return Verbatim(
        text.text,
        asked,
        unit=result.label("unit", str(text.unit_id)),
        day=text.day,
        language=text.language or "",
        score=text.score,
    )
