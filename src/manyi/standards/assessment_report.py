"""The report of a self-assessment: what is in it, in one language, and its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from manyi import charts
from manyi.charts.render import FONTS
from manyi.people.services import organisation
from manyi.standards import assessment as rules
from manyi.standards import pictures_assessments
from manyi.standards.models import AssessmentRater, SelfAssessment
from manyi.standards.queries.assessments import Past
from manyi.web.templatetags.web import localised

WEAKEST, STRONGEST = 10, 5


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the page; the first column is text, the others are figures."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Report:
    language: str
    title: str
    name: str
    organisation: str
    unit: str
    made: str
    head: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]  # (title, SVG)
    tables: tuple[Table, ...]
    comments: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]


def report_of(
    assessment: SelfAssessment,
    result: rules.Result,
    *,
    past: Sequence[Past],
    comments: Sequence[tuple[rules.Category, list[str]]],
    language: str,
    at: datetime,
) -> Report:
    """The report in 'zh' or 'en'. The caller found `assessment` within the scope, and `result` is what may be shown."""
    with override("en" if language == "en" else "zh-hans"):
        drawn = pictures_assessments.pictures(past, result)
        shown = [drawn["radar"], *(chart.narrow or chart for name, chart in drawn.items() if name != "radar")]
        tables = [_categories(result), _statements(_("Weakest statements"), result.statements[:WEAKEST])]
        tables.append(_statements(_("Strongest statements"), result.statements[: -STRONGEST - 1 : -1]))
        if len(result.roles) > 1:
            tables.insert(1, _roles(result))
        if len(past) > 1:
            tables.append(_history(past))
        return Report(
            language=language,
            title=_("Self-assessment of customer orientation"),
            name=localised(assessment.name),
            organisation=localised(organisation().name),
            unit=localised(assessment.unit.name),
            made=date_format(timezone.localtime(at), "Y-m-d H:i"),
            head=_head(assessment, result),
            sentences=tuple(sentences(result)),
            pictures=tuple((chart.title, charts.to_svg(chart)) for chart in shown),
            tables=tuple(tables),
            comments=tuple((localised(category.name), tuple(texts)) for category, texts in comments),
            notes=(
                _("Each statement is rated from 1 (not at all) to 5 (very much); the lowest possible percentage is 20."),
                _("Spread is the standard deviation between raters, in percentage points; it needs four raters."),
                _("A role is only shown apart with three raters or more, and only if no smaller one can be worked out from it."),
            ),
        )  # fmt: skip


def sentences(result: rules.Result) -> list[str]:
    """What the figures say."""
    found = [
        _("%(points)s of %(maximum)s points: %(percent)s %% of what is possible.")
        % {"points": f"{result.points:.1f}", "maximum": rules.MAXIMUM, "percent": f"{result.percent:.1f}"}
    ]
    weak = result.weak()
    if not weak:
        return [*found, _("All seven categories reach their target.")]
    worst = weak[0]
    values = {"count": len(weak), "name": localised(worst.category.name), "gap": f"{worst.gap:.1f}"}
    if len(weak) == len(result.categories):
        found.append(
            _("No category reaches its target; farthest from it is “%(name)s”, by %(gap)s points.") % values
        )
    else:
        found.append(
            ngettext(
                "%(count)d of seven categories misses its target; farthest from it is “%(name)s”, by %(gap)s points.",
                "%(count)d of seven categories miss their target; farthest from it is “%(name)s”, by %(gap)s points.",
                len(weak),
            )
            % values
        )
    wide = max(result.categories, key=lambda c: c.spread or 0)
    if wide.spread is not None and wide.spread >= 15:
        found.append(
            _("Raters see “%(name)s” most differently: talk about it before you act.")
            % {"name": localised(wide.category.name)}
        )
    return found


def _day(value: date) -> str:
    return date_format(value, "Y-m-d")


def _head(assessment: SelfAssessment, result: rules.Result) -> tuple[tuple[str, str], ...]:
    ended = timezone.localtime(assessment.closed_at).date() if assessment.closed_at else assessment.closes_on
    return (
        (_("Round"), localised(assessment.name)),
        (_("Org unit"), localised(assessment.unit.name)),
        (_("Started on"), _day(timezone.localtime(assessment.opened_at).date())),
        (_("Ended on"), _day(ended)),
        (_("Invited"), str(assessment.raters.count())),
        (_("Submitted"), str(result.raters)),
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _gap(value: float) -> str:
    """Percent less target, with a sign: negative where the target is missed."""
    shown = f"{-value:+.1f}".replace("-", "−")
    return "0.0" if shown in ("+0.0", "−0.0") else shown


def _categories(result: rules.Result) -> Table:
    rows = [
        (
            localised(c.category.name),
            f"{c.points:.1f} / {c.category.maximum}",
            _figure(c.percent),
            str(c.target),
            _gap(c.gap),
            _figure(c.spread),
        )
        for c in result.categories
    ]
    rows.append(
        (_("All"), f"{result.points:.1f} / {rules.MAXIMUM}", _figure(result.percent), "–", "–", _figure(result.spread))
    )  # fmt: skip
    headers = (
        _("Category"),
        _("Points scored"),
        _("Percentage"),
        _("Target"),
        _("Against target"),
        _("Spread"),
    )
    return Table(
        _("Categories against their targets"), headers, tuple(rows), (0.36, 0.16, 0.12, 0.1, 0.14, 0.12)
    )


def _roles(result: rules.Result) -> Table:
    names = [f"{AssessmentRater.Role(role).label} (n = {n})" for role, (n, _percent) in result.roles.items()]
    rows = [
        (localised(c.category.name), *(_figure(c.by_role[role]) for role in result.roles))
        for c in result.categories
    ]
    rows.append((_("All"), *(_figure(percent) for _n, percent in result.roles.values())))
    share = 0.6 / len(names)
    return Table(_("Percentage by role"), (_("Category"), *names), tuple(rows), (0.4, *[share] * len(names)))


def _statements(title: str, statements: Sequence[rules.StatementResult]) -> Table:
    rows = tuple(
        (localised(s.statement.text), localised(s.category.name), f"{s.mean:.2f}") for s in statements
    )
    return Table(title, (_("Statement"), _("Category"), _("Mean (1–5)")), rows, (0.58, 0.26, 0.16))


def _history(past: Sequence[Past]) -> Table:
    shown = past[-5:]
    rows = [
        (localised(category.name), *(_figure(one.result.categories[n].percent) for one in shown))
        for n, category in enumerate(rules.CATEGORIES)
    ]
    rows.append((_("All"), *(_figure(one.result.percent) for one in shown)))
    rows.append((_("Raters"), *(str(one.result.raters) for one in shown)))
    names = tuple(localised(one.assessment.name) for one in shown)
    share = 0.6 / len(names)
    return Table(_("Round by round"), (_("Category"), *names), tuple(rows), (0.4, *[share] * len(names)))


def pdf(report: Report) -> bytes:
    """A4, tagged for screen readers, page numbers, with the font that comes along."""
    from weasyprint import HTML  # slow to import: only reports pay for it

    with override("en" if report.language == "en" else "zh-hans"):
        html = render_to_string("standards/assessments/report.html", {"report": report, "fonts": FONTS})
    made: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    return made
