"""The weekly report of complaints: the analysis page's own figures and pictures as a Document."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from manyi.charts import Chart, Table
from manyi.complaints.pictures import PICTURES, Choice, Look
from manyi.complaints.queries.listing import Selection
from manyi.measures.estimates import Estimate
from manyi.reports import document as d
from manyi.scope import Scope

WEEKS_BEFORE = 12


def last_week(at: datetime) -> date:
    """The Monday of the local week that has ended."""
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return today - timedelta(days=today.weekday() + 7)


def build(scope: Scope, *, monday: date, language: str, at: datetime) -> d.Document:
    """The week that began on `monday`, as the scope may see it, in `language` ('zh-hans' or 'en')."""
    sunday = monday + timedelta(days=6)
    with translation.override(language):
        week = Look(scope, Selection(since=monday, until=sunday), Choice(step="week"), at=at)
        before = Look(
            scope,
            Selection(since=monday - timedelta(days=7), until=monday - timedelta(days=1)),
            Choice(),
            at=at,
        )
        past = Selection(since=monday - timedelta(weeks=WEEKS_BEFORE - 1), until=sunday)
        long = Look(scope, past, Choice(step="week"), at=at)
        days = f"{monday:%Y-%m-%d} – {sunday:%Y-%m-%d}"
        made = _("Made %(date)s") % {"date": date_format(localtime(at), "DATETIME_FORMAT")}
        parts = [d.Part(_("At a glance"), _sentences(week, before), _figures(week, before))]
        parts += _pictures(week, "what", ("pareto", "map")) + _pictures(long, "what", ("trend",))
        parts += _pictures(long, "times", ("kept", "steps"))
        parts.append(d.Part(_("Outcome of the last twelve weeks"), table=_rates(long)))
        notes = [
            _("Times are hours by the clock on the wall from receipt; a median's interval covers 95 per cent and assumes nothing about their shape."),
            _("Shares have Wilson intervals. Fewer than 30 cases say little: read the interval."),
            _("Only complaints that the reader of this report may see are counted; those merged into another are not."),
        ]  # fmt: skip
        return d.Document(_("Complaints of the week"), days, language, made, parts, notes)


def _figures(week: Look, before: Look) -> list[d.Figure]:
    now, then = week.bases, before.bases
    note = _("the week before: %(n)d")
    figures = [
        d.Figure(_("Received"), str(now.cases), note=note % {"n": then.cases}),
        d.Figure(_("Not closed yet"), str(now.open), note=note % {"n": then.open}),
        d.Figure(_("Customers"), str(now.customers), note=note % {"n": then.customers}),
    ]
    for label, found in week.durations[2:3]:
        if found.median.value is not None:
            low, high = found.median.low, found.median.high
            interval = "" if low is None or high is None else f"{low:.1f} – {high:.1f}"
            name = _("Median hours %(until)s") % {"until": label}
            figures.append(d.Figure(name, f"{found.median.value:.1f}", interval, found.n))
    return figures


def _sentences(week: Look, before: Look) -> list[str]:
    if not week.parts:
        return [_("No complaints were received in this week.")]
    first = week.parts[0]
    said = [
        _("Most complaints were about %(what)s: %(n)d of %(all)d.")
        % {"what": first.label, "n": first.n, "all": week.bases.cases}
    ]
    earlier = {part.key: part.n for part in before.parts}
    grown = max(week.parts, key=lambda part: part.n - earlier.get(part.key, 0))
    more = grown.n - earlier.get(grown.key, 0)
    if more > 0:
        said.append(
            _("Grown most against the week before: %(what)s, by %(n)d.") % {"what": grown.label, "n": more}
        )
    return said


def _pictures(look: Look, page: str, names: tuple[str, ...]) -> list[d.Part]:
    charts: list[Chart | None] = [PICTURES[page][name].draw(look) for name in names]
    return [d.Part(chart.title, chart=chart) for chart in charts if chart is not None]


def _rates(look: Look) -> Table:
    def shown(found: Estimate | None) -> str:
        if found is None or found.value is None or found.low is None or found.high is None:
            return "–"
        return f"{found.value * 100:.1f}% ({found.low * 100:.1f} – {found.high * 100:.1f}, n = {found.n})"

    headers = (_("Indicator"), _("Per closing"), _("Per case"), _("Per customer"))
    rows = tuple(
        (str(rate.label), shown(rate.per_closing), shown(rate.per_case), shown(rate.per_customer))
        for rate in [*look.kept, *look.rates]
    )  # fmt: skip
    return Table(headers, rows)
