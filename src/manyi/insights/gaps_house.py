"""Gaps 1 to 4: where in the house gap 5 comes from, as far as there are data.

Managers and staff answer questionnaires of their own (`services_gaps` makes them from the customers'), as staff
surveys: `belief_…` is a grid of the customers' items as managers believe them to be expected, `standard_…` how far
standards ask for it, `meet_…` how far staff do as well as the standards, `promise_…` how much is promised; each per
dimension, on the customers' scale. Standards and promises are counted from their registers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.customers.queries_promises import kept_rate
from manyi.insights.gaps import Found, Row
from manyi.insights.queries import WaveResult
from manyi.insights.staff import StaffResult, staff_results
from manyi.measures import compare
from manyi.measures.estimates import Estimate
from manyi.measures.shares import wilson
from manyi.scope import Scope
from manyi.standards.queries import standards as standards_queries
from manyi.standards.queries import touchpoints as touchpoint_queries
from manyi.standards.status import Status
from manyi.surveys.models import StaffSurvey
from manyi.surveys.queries.staff import READ as SURVEYS
from manyi.surveys.services.staff import form_of

BELIEF, STANDARD, MEET, PROMISE = "belief", "standard", "meet", "promise"
DAYS = 180  # standards and promises count over this time
Scale = tuple[float, float]


def column(what: str, dimension: str) -> str:
    """Code of the question about a dimension in the questionnaires of managers and staff."""
    return f"{what}_{dimension[:30].strip('_')}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `points`: of the customers' scale, per dimension, negative where it falls short; otherwise a
    share of 0–1. `n` says of whom or what there were how many.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: str
    source: str
    url: str = ""
    points: bool = True
    few: bool = False

    @property
    def verdict(self) -> str:
        if self.few:
            return _("too few to compare")
        if not self.points or self.value is None or self.low is None or self.high is None:
            return ""
        if self.low <= 0 <= self.high:
            return _("no clear gap")
        return _("falls short") if self.value < 0 else _("more than asked for")


@dataclass(frozen=True, slots=True)
class HouseGap:
    """One of gaps 1–4: what was measured, and what would measure more of it."""

    number: int
    figures: tuple[Figure, ...]
    advice: str

    @property
    def measured(self) -> bool:
        return bool(self.figures)

    @property
    def points(self) -> list[Figure]:
        """Those by dimension; they share source and people."""
        return [figure for figure in self.figures if figure.points]

    @property
    def shares(self) -> list[Figure]:
        return [figure for figure in self.figures if not figure.points]


@dataclass(frozen=True, slots=True)
class Sources:
    """The newest surveys that ask about the customers' dimensions, None where there is none."""

    managers: StaffResult | None
    staff: StaffResult | None


def sources(scope: Scope, dimensions: Iterable[str], scale: Scale | None) -> Sources:
    """Surveys whose questions fit the dimensions and are asked on the customers' scale."""
    if not scope.may(SURVEYS):
        return Sources(None, None)
    wanted = list(dimensions)
    kinds = StaffSurvey.Respondents
    return Sources(
        _newest(staff_results(scope, kinds.MANAGERS), BELIEF, wanted, scale),
        _newest(staff_results(scope, kinds.STAFF), MEET, wanted, scale),
    )


def _newest(
    listed: list[StaffResult], what: str, wanted: list[str], scale: Scale | None
) -> StaffResult | None:
    codes = {column(what, dimension) for dimension in wanted}
    for result in listed:
        asked = {q.code: q.scale for q in form_of(result.survey).questions() if q.code in codes}
        fits = all(one and scale in (None, (float(one.min), float(one.max))) for one in asked.values())
        if asked and fits and codes & set(result.columns):
            return result
    return None


def house_gaps(result: WaveResult, found: Found) -> list[HouseGap]:
    """The four gaps behind gap 5 of the selection. Surveys of managers and staff count as a whole."""
    rows = [row for row in found.rows if row.level == 1]
    known = sources(result.scope, [row.code for row in rows], found.asked.scale)
    today = timezone.localdate(result.wave.closed_at or result.wave.opened_at or result.wave.created_at)
    return [
        HouseGap(1, tuple(_knowledge(rows, known)), _("Have managers fill in the questionnaire for managers.")),
        HouseGap(
            2, (*_set(rows, known), *_covered(result.scope)),
            _("Have managers fill in their questionnaire, and set standards for the touchpoints of the journey map."),
        ),
        HouseGap(
            3, (*_done(rows, known), *_met(result, today)),
            _("Have staff fill in the questionnaire about standards, and measure the standards."),
        ),
        HouseGap(
            4, (*_promised(rows, known), *_kept(result, today)),
            _("Have staff fill in the questionnaire about standards, and register promises to customers."),
        ),
    ]  # fmt: skip


def _knowledge(rows: list[Row], known: Sources) -> Iterable[Figure]:
    if known.managers is None:
        return
    for row in rows:
        belief = known.managers.columns.get(column(BELIEF, row.code))
        if belief and row.score:
            source = _("managers’ beliefs less customers’ expectations")
            yield _difference(row.name, belief, row.score.expectation, _pair(belief, _("managers"), row.score.expectation, _("customers")), source, known.managers)  # fmt: skip


def _set(rows: list[Row], known: Sources) -> Iterable[Figure]:
    if known.managers is None:
        return
    for row in rows:
        standard = known.managers.columns.get(column(STANDARD, row.code))
        belief = known.managers.columns.get(column(BELIEF, row.code))
        if standard and belief:
            source = _("standards set less what customers are believed to expect, as managers see it")
            yield _difference(
                row.name, standard, belief, f"{standard.n} {_('managers')}", source, known.managers
            )


def _done(rows: list[Row], known: Sources) -> Iterable[Figure]:
    if known.staff is None or known.managers is None:
        return
    for row in rows:
        done = known.staff.columns.get(column(MEET, row.code))
        standard = known.managers.columns.get(column(STANDARD, row.code))
        if done and standard:
            source = _("done, as staff see it, less the standards set, as managers see it")
            yield _difference(row.name, done, standard, _pair(done, _("staff"), standard, _("managers")), source, known.staff)  # fmt: skip


def _promised(rows: list[Row], known: Sources) -> Iterable[Figure]:
    if known.staff is None:
        return
    for row in rows:
        done = known.staff.columns.get(column(MEET, row.code))
        promise = known.staff.columns.get(column(PROMISE, row.code))
        if done and promise:
            source = _("done less promised, as staff see it")
            yield _difference(row.name, done, promise, f"{done.n} {_('staff')}", source, known.staff)


def _pair(first: Estimate, first_name: str, second: Estimate, second_name: str) -> str:
    return f"{first.n} {first_name} · {second.n} {second_name}"


def _difference(
    label: str, first: Estimate, second: Estimate, n: str, source: str, survey: StaffResult
) -> Figure:
    """Two means as independent; where the same people gave both, that errs on the side of silence."""
    found = compare.means(first, second)
    value = found.value
    if value is None and first.value is not None and second.value is not None:
        value = first.value - second.value
    url = reverse("staff-result", args=[survey.survey.code])
    return Figure(label, value, found.low, found.high, n, source, url, few=found.reason == "too few")


def _share(label: str, share: Estimate, n: str, source: str, page: str) -> Figure:
    return Figure(label, share.value, share.low, share.high, n, source, reverse(page), points=False)


def _covered(scope: Scope) -> Iterable[Figure]:
    """How many touchpoints of the journey map have a standard at all."""
    points = list(touchpoint_queries.touchpoints(scope).filter(is_active=True))
    if points:
        with_one = {row.touchpoint_id for row in standards_queries.standards(scope).filter(is_active=True)}
        count = sum(point.pk in with_one for point in points)
        share = Estimate(count / len(points), None, None, len(points), None, float(len(points)))
        label = _("Touchpoints with a standard")
        yield _share(label, share, f"{count} / {len(points)}", _("the journey map"), "service-standards")


def _met(result: WaveResult, today: date) -> Iterable[Figure]:
    """How many of the measured standards are met."""
    until = today + timedelta(days=1)
    rows = standards_queries.standards(result.scope).filter(is_active=True)
    measured = standards_queries.measured(
        result.scope, rows, result.wave.unit, until - timedelta(days=DAYS), until, today
    )
    judged = [one for one in measured if one.verdict.status != Status.UNMEASURED]
    if judged:
        met = sum(one.verdict.status == Status.MET for one in judged)
        label = _("Standards met")
        yield _share(label, wilson(met, len(judged)), f"{met} / {len(judged)}", _("what measures the standards"), "service-standards")  # fmt: skip


def _kept(result: WaveResult, today: date) -> Iterable[Figure]:
    """How many of the promises that were due have been kept in time."""
    until = timezone.make_aware(datetime.combine(today + timedelta(days=1), datetime.min.time()))
    rate = kept_rate(result.scope, result.wave.unit, until - timedelta(days=DAYS), until)
    if rate.value is not None and rate.n:
        yield _share(_("Promises kept in time"), rate, f"{rate.n}", _("the register of promises"), "promises")


def table(gaps: Iterable[HouseGap]) -> list[tuple[object, ...]]:
    """A line a figure, for downloads: gap, what, value, low, high, n, unit, source."""
    return [
        (
            gap.number,
            one.label,
            one.value,
            one.low,
            one.high,
            one.n,
            "points" if one.points else "share",
            one.source,
        )
        for gap in gaps
        for one in gap.figures
    ]


HEADER = ("gap", "what", "value", "low", "high", "n", "unit", "source")
