"""The evidence report: requirement, how it is met, records with counts. Page, PDF and XLSX show the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi.charts import Table
from manyi.charts.chart import Cell
from manyi.people.services import organisation
from manyi.reports import document as d
from manyi.reports.evidence import Record, Records
from manyi.reports.one_page import made
from manyi.reports.requirements import REQUIREMENTS, Requirement
from manyi.reports.review import Review
from manyi.web.templatetags.web import localised


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement with its records; `shown` tells whether any record of the period stands behind it."""

    requirement: Requirement
    records: Sequence[Record]

    @property
    def shown(self) -> bool:
        return any(record.n for record in self.records)

    @property
    def hidden(self) -> bool:
        """Whether the reader may see none of its records."""
        return all(record.n is None for record in self.records)


@dataclass(frozen=True, slots=True)
class Chapter:
    standard: str
    lines: Sequence[Line]

    @property
    def shown(self) -> int:
        return sum(line.shown for line in self.lines)


def chapters(review: Review) -> list[Chapter]:
    found = Records(review)
    return [
        Chapter(standard, [Line(one, [found.get(name) for name in one.records]) for one in requirements])
        for standard, requirements in REQUIREMENTS.items()
    ]


def state_of(record: Record) -> str:
    """The count, or why there is none."""
    if record.n is None:
        return _("not for this reader")
    return f"{record.n:,}" if record.n else _("no record")


def document(review: Review, found: Sequence[Chapter]) -> d.Document:
    """The chapters of the review in the active language."""
    owner = localised(organisation().name)
    unit = localised(review.unit.name) if review.unit else (owner or _("Everything you may see"))
    summary = Table(
        (_("Standard"), _("Requirements"), _("With records"), _("Without any")),
        tuple((c.standard, len(c.lines), c.shown, len(c.lines) - c.shown) for c in found),
    )
    parts = [d.Part(_("At a glance"), list(notes()[:1]), table=summary)]
    parts += [
        d.Part(chapter.standard, _gaps(chapter), table=_table(chapter), prose=True) for chapter in found
    ]
    return d.Document(
        _("Evidence report"), f"{unit} · {review.period.label} ({review.period.days})", get_language() or "zh-hans",
        made(review.at), parts, notes()[1:],
    )  # fmt: skip


def notes() -> list[str]:
    return [
        _("This report lists the records of the period that show how requirements are met. It is no certificate."),
        _("Requirements are in our own words; only the clause numbers are those of the standards. Hold them against the text of the standard."),
        _("“No record” means that the period has none. “Not for this reader” means that there may be some which the reader of this report may not count."),
        _("Rules, standards and touchpoints are counted as they are in force today, everything else as it happened in the period."),
    ]  # fmt: skip


def _gaps(chapter: Chapter) -> list[str]:
    missing = [line.requirement.clause for line in chapter.lines if not line.shown and not line.hidden]
    return (
        [_("Without any record in this period: %(clauses)s.") % {"clauses": _(", ").join(missing)}]
        if missing
        else []
    )


def _table(chapter: Chapter) -> Table:
    """A row for each record; the requirement stands in the first of its rows."""
    rows: list[tuple[Cell, ...]] = []
    for line in chapter.lines:
        one = line.requirement
        head: tuple[Cell, ...] = (one.clause, str(one.asks), str(one.how))
        for record in line.records:
            rows.append((*head, str(record.label), state_of(record), record.note))
            head = ("", "", "")
    headers = (
        _("Clause"),
        _("What the standard asks for"),
        _("How it is met"),
        _("Record"),
        _("Quantity"),
        _("Remark"),
    )
    return Table(headers, tuple(rows))
