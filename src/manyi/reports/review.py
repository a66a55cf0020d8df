"""The figures of a management review as one reader may see them: read once each, when a page or file asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from manyi.complaints.clock import Target
from manyi.complaints.models import Complaint
from manyi.complaints.queries import analysis, limits, listing
from manyi.customers.queries_promises import KeptRate, kept_promises
from manyi.improvement.models import Action, Finding, Option, Verification
from manyi.improvement.queries import loop
from manyi.insights import priorities as matrix
from manyi.insights import queries as insights
from manyi.insights import rows
from manyi.insights.queries import WaveResult
from manyi.insights.selection import Selection
from manyi.insights.sentences import below_index
from manyi.measures import compare
from manyi.measures.compare import Difference
from manyi.measures.estimates import Estimate
from manyi.measures.priorities import expected_gain
from manyi.people.models import OrgUnit
from manyi.people.queries import org_units, subtree
from manyi.reports import narrative, periods
from manyi.reports.narrative import Facts, Figure, Moved, Weak
from manyi.reports.periods import Period
from manyi.scope import Scope
from manyi.standards.queries import standards as standard_queries
from manyi.standards.queries.standards import Measured
from manyi.standards.status import Status
from manyi.surveys.models import Wave
from manyi.web.templatetags.web import localised

RIGHT = "results.read"
MOST_WEAK = MOST_MOVED = 3
NEWEST_WAVES = 6


class UnknownChoice(LookupError):
    """An org unit or period of the address that there is not, or that the reader may not see."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a review is about; `unit` None is everything the reader may see."""

    period: Period
    unit: OrgUnit | None = None

    @classmethod
    def of(cls, scope: Scope, query: Mapping[str, str], *, today: date) -> Choice:
        """From the address: `period` and `unit`. Raises UnknownChoice."""
        try:
            period = periods.parse(query.get("period") or periods.USUAL, today=today)
        except ValueError as error:
            raise UnknownChoice(str(error)) from None
        unit = query.get("unit") or ""
        if not unit:
            return cls(period)
        found = (
            org_units(scope, RIGHT).filter(pk=int(unit)).first()
            if unit.isdecimal() and len(unit) < 19
            else None
        )
        if found is None:
            raise UnknownChoice(unit)
        return cls(period, found)

    @property
    def query(self) -> str:
        return f"period={self.period.key}" + (f"&unit={self.unit.pk}" if self.unit else "")


@dataclass(frozen=True, slots=True)
class Judged:
    """An action verified in the period, by its last verification."""

    action: Action
    verification: Verification

    @property
    def difference(self) -> Difference:
        found = self.verification
        n = int(found.before.get("n") or 0), int(found.after.get("n") or 0)
        return Difference(found.difference, found.low, found.high, found.p_value, *n)


class Review:
    """One look at everything for a unit and a period.

    What takes a right the reader lacks is None: complaints, improvements. Needs the right `results.read`.
    """

    def __init__(self, scope: Scope, choice: Choice, *, at: datetime) -> None:
        scope.require(RIGHT, choice.unit.pk if choice.unit else None)
        self.scope, self.choice, self.at = scope, choice, at
        self.unit, self.period = choice.unit, choice.period

    @property
    def today(self) -> date:
        return self.at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()

    @cached_property
    def _units(self) -> list[int] | None:
        """Keys of the unit and those below it; None for all."""
        return None if self.unit is None else list(subtree(self.unit).values_list("pk", flat=True))

    def of_unit(self, rows: QuerySet, field: str = "unit") -> QuerySet:  # type: ignore[type-arg]
        """Rows of the review's unit and those below it."""
        return rows if self._units is None else rows.filter(**{f"{field}__in": self._units})

    def moments(self, period: Period) -> tuple[datetime, datetime]:
        """From and until of a period; one that still runs ends now."""
        start, end = listing.start_of_day(period.since), listing.start_of_day(period.until)
        return start, max(start, min(end, self.at))

    # --- satisfaction

    @cached_property
    def result(self) -> WaveResult | None:
        """The newest finished wave, opened before the period's end, with figures the reader may see."""
        _start, end = self.moments(self.period)
        chosen = Selection(unit=self.unit.pk if self.unit is not None and self.unit.parent_id else None)
        found = insights.waves(self.scope).filter(state=Wave.State.CLOSED)
        for wave in found.annotate(begun=Coalesce("opened_at", "created_at")).filter(begun__lt=end)[
            :NEWEST_WAVES
        ]:
            result = insights.result_of(self.scope, wave, chosen)
            if result.index is not None and result.index.index is not None:
                return result
        return None

    @cached_property
    def index(self) -> Figure | None:
        if self.result is None or self.result.index is None:
            return None
        return Figure(self.result.index.root.estimate, self.result.changes.get(self.result.tree.code))

    @cached_property
    def weak(self) -> list[Weak]:
        """What holds the index down most, as far as a test shows it."""
        if self.result is None or self.result.index is None or self.result.index.n < compare.FEWEST_TO_TEST:
            return []
        return [
            Weak(
                narrative.cut(self.result.name(node.code)), float(node.score or 0), node.ci_low, node.ci_high
            )
            for node in below_index(self.result)[:MOST_WEAK]
        ]

    @cached_property
    def priorities(self) -> matrix.Found | None:
        """For files only: its resamples take seconds."""
        return matrix.priorities(self.result, matrix.Choice()) if self.result is not None else None

    # --- complaints

    @property
    def sees_complaints(self) -> bool:
        return self.scope.may("complaints.read", self.unit.pk if self.unit else None)

    def complaints(self, period: Period) -> QuerySet[Complaint]:
        chosen = listing.Selection(unit=self.unit, since=period.since, until=period.last)
        return analysis.received(self.scope, chosen, at=self.at)

    @cached_property
    def bases(self) -> analysis.Bases:
        return analysis.bases(self.complaints(self.period))

    @cached_property
    def bases_before(self) -> analysis.Bases:
        return analysis.bases(self.complaints(self.period.before))

    @cached_property
    def complaint_rate(self) -> Difference | None:
        """Complaints a day against the period before; None when the period has not begun."""
        days = [
            (end - start) / timedelta(days=1)
            for start, end in map(self.moments, (self.period, self.period.before))
        ]
        if not all(days) or not (self.bases.cases or self.bases_before.cases):
            return None
        return compare.rates((self.bases.cases, days[0]), (self.bases_before.cases, days[1]))

    @cached_property
    def shares(self) -> dict[str, Figure]:
        """Of the complaints received in the period, and of the promises due in it, by name of narrative.SHARES."""
        pairs: dict[str, tuple[Estimate | None, Estimate | None]] = {}
        if self.sees_complaints:
            now, then = self.complaints(self.period), self.complaints(self.period.before)
            pairs["in_time"] = tuple(
                limits.kept(rows, Target.RESOLVE, self.at).per_case for rows in (now, then)
            )  # type: ignore[assignment]
            pairs["reopened"] = tuple(analysis.reopened(rows).per_case for rows in (now, then))  # type: ignore[assignment]
            pairs["satisfied"] = tuple(analysis.satisfied(rows).per_case for rows in (now, then))  # type: ignore[assignment]
        pairs["kept"] = (self.promises.rate, self.promises_before.rate)
        return {name: _compared(now, then) for name, (now, then) in pairs.items() if now is not None}

    @cached_property
    def categories(self) -> list[analysis.Part]:
        return analysis.parts(self.complaints(self.period), "category")

    @cached_property
    def overdue_complaints(self) -> int | None:
        """Open and past a time limit today, whenever received."""
        if not self.sees_complaints:
            return None
        return listing.selected(
            self.scope, listing.Selection(unit=self.unit, overdue=True), at=self.at
        ).count()

    @cached_property
    def customers_at_risk(self) -> int | None:
        """Customers with an overdue complaint today, or with several in the period."""
        if not self.sees_complaints:
            return None
        overdue = listing.selected(self.scope, listing.Selection(unit=self.unit, overdue=True), at=self.at)
        several = (
            self.complaints(self.period).filter(customer__isnull=False).order_by().values("customer")
            .annotate(n=Count("pk")).filter(n__gte=2)
        )  # fmt: skip
        found = set(overdue.filter(customer__isnull=False).order_by().values_list("customer", flat=True))
        return len(found | set(several.values_list("customer", flat=True)))

    # --- standards

    @cached_property
    def standards(self) -> list[Measured] | None:
        """Every standard in force as measured in the period; None without the right, or without one unit to measure
        it in (somebody who sees several branches and not what is above them).
        """
        units = [self.unit] if self.unit else list(org_units(self.scope, RIGHT))
        top = units[0] if units else None
        if top is None or not self.scope.may("standards.read", top.pk):
            return None
        if not all(unit.path.startswith(top.path) for unit in units):
            return None
        rows = standard_queries.standards(self.scope).filter(is_active=True)
        until = min(self.period.until, self.today + timedelta(days=1))
        if until <= self.period.since:
            return []
        found = standard_queries.measured(self.scope, rows, top, self.period.since, until, self.today)
        return [one for one in found if one.verdict.status != Status.UNMEASURED]

    @property
    def missed_standards(self) -> list[Measured]:
        """Missed beyond tolerance, those surer than chance first."""
        missed = [one for one in self.standards or [] if one.verdict.status == Status.MISSED]
        return sorted(missed, key=lambda one: (not one.verdict.sure, one.verdict.gap or 0))

    # --- promises

    @cached_property
    def promises(self) -> KeptRate:
        return kept_promises(self.scope, self.unit, *self.moments(self.period))

    @cached_property
    def promises_before(self) -> KeptRate:
        return kept_promises(self.scope, self.unit, *self.moments(self.period.before))

    @cached_property
    def overdue_promises(self) -> int:
        return kept_promises(self.scope, self.unit, listing.start_of_day(date(1970, 1, 2)), self.at).overdue

    # --- improvements

    @property
    def sees_improvements(self) -> bool:
        return self.scope.may(loop.RIGHT, self.unit.pk if self.unit else None)

    @property
    def actions(self) -> QuerySet[Action]:
        """Of the unit, whenever planned, without those given up."""
        return self.of_unit(loop.actions(self.scope).exclude(state=Action.State.CANCELLED))

    @cached_property
    def running(self) -> list[Action]:
        return list(
            self.actions.filter(state__in=[Action.State.PLANNED, Action.State.DOING]).order_by("due_on", "pk")
        )

    @property
    def overdue_actions(self) -> list[Action]:
        return [action for action in self.running if action.due_on < self.today]

    @cached_property
    def judged(self) -> list[Judged]:
        """Verified in the period, the largest move first."""
        start, end = self.moments(self.period)
        rows = Verification.objects.filter(
            action__in=self.actions.order_by().values("pk"), at__gte=start, at__lt=end
        )
        last: dict[int, Verification] = {}
        for row in rows.select_related("action__finding", "action__owner").order_by("action", "look"):
            last[row.action_id] = row
        found = [Judged(row.action, row) for row in last.values()]
        order = ["effective", "not_effective", "not_yet"]
        return sorted(
            found, key=lambda j: (order.index(j.verification.verdict), -abs(j.verification.difference or 0))
        )

    def verdicts(self, verdict: str) -> int:
        return sum(judged.verification.verdict == verdict for judged in self.judged)

    @cached_property
    def action_cost(self) -> tuple[Decimal, int]:
        """What the actions under way in the period cost, and of how many that is not known."""
        start, end = self.moments(self.period)
        rows = self.actions.filter(starts_on__lt=self.period.until).filter(
            Q(done_at__gte=start) | Q(done_at=None), created_at__lt=end
        )
        costs = list(rows.order_by().values_list("cost", flat=True))
        return sum((cost for cost in costs if cost is not None), Decimal(0)), sum(
            cost is None for cost in costs
        )

    @cached_property
    def findings(self) -> int:
        start, end = self.moments(self.period)
        return self.of_unit(loop.findings(self.scope)).filter(raised_at__gte=start, raised_at__lt=end).count()

    @cached_property
    def findings_open(self) -> int:
        return self.of_unit(loop.findings(self.scope, state=Finding.State.OPEN)).count()

    @cached_property
    def promised_gain(self) -> float | None:
        """Points of the index that the options decided on in the period were expected to bring; None without any."""
        start, end = self.moments(self.period)
        decided = self.of_unit(loop.decisions(self.scope)).filter(decided_at__gte=start, decided_at__lt=end)
        gains = Option.objects.filter(
            decision__in=decided.order_by().values("pk"), chosen=True, expected_gain__isnull=False
        )
        values = list(gains.values_list("expected_gain", flat=True))
        return sum(v for v in values if v is not None) if values else None

    # --- money

    @cached_property
    def compensation(self) -> list[analysis.Cost]:
        return analysis.costs(self.complaints(self.period)) if self.sees_complaints else []

    @cached_property
    def best_gain(self) -> tuple[str, float, float | None, float | None] | None:
        """The item whose improvement by one step lifts the index most: name, points, interval."""
        result = self.result
        if result is None:
            return None
        people = result.rows.filtered(result.selection.filters(result.forest))
        answers = rows.respondents(people, result.tree.columns())
        gains = expected_gain(result.tree, answers.numbers, answers.survey_weights)
        shown = {leaf.code for leaf in result.leaves if leaf.score is not None}
        known = [gain for gain in gains if gain.code in shown and gain.gain is not None and gain.gain > 0]
        if not known:
            return None
        best = max(known, key=lambda gain: gain.gain or 0)
        return result.name(best.code), float(best.gain or 0), best.low, best.high

    # --- in words

    @cached_property
    def said(self) -> list[narrative.Said]:
        """In the language that is active at the first look."""
        return narrative.narrative(self.facts)

    @property
    def facts(self) -> Facts:
        seen, improving = self.sees_complaints, self.sees_improvements
        gain = self.best_gain
        return Facts(
            index=self.index,
            wave=narrative.cut(localised(self.result.wave.name)) if self.result else "",
            complaints=self.bases.cases if seen else None,
            before=self.bases_before.cases if seen else 0,
            open=self.bases.open if seen else 0,
            rate=self.complaint_rate if seen else None,
            shares=self.shares,
            weak=self.weak,
            overdue_complaints=self.overdue_complaints,
            overdue_promises=self.overdue_promises,
            overdue_actions=len(self.overdue_actions) if improving else None,
            customers_at_risk=self.customers_at_risk,
            running=len(self.running) if improving else None,
            effective=self.verdicts("effective") if improving else 0,
            not_effective=self.verdicts("not_effective") if improving else 0,
            not_yet=self.verdicts("not_yet") if improving else 0,
            moved=[_moved(judged) for judged in self.judged[:MOST_MOVED]] if improving else [],
            cost=float(self.action_cost[0]) if improving else None,
            amounts=[(cost.currency, float(cost.total), cost.paid) for cost in self.compensation],
            gain=(narrative.cut(gain[0]), gain[1]) if gain else None,
        )


def _compared(now: Estimate | None, then: Estimate | None) -> Figure:
    assert now is not None  # noqa: S101 - the caller looked
    if now.value is None or then is None or then.value is None:
        return Figure(now)
    return Figure(now, compare.shares(now, then))


UNITS: dict[str, Literal["points", "month", ""]] = {
    Action.Target.INDICATOR: "points",
    Action.Target.COMPLAINT_RATE: "month",
}


def _moved(judged: Judged) -> Moved:
    shown = judged.verification.verdict == Verification.Verdict.EFFECTIVE
    return Moved(
        narrative.cut(judged.action.title), judged.difference, shown, UNITS.get(judged.action.target, "")
    )
