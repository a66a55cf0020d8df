"""The target figure of an action: one number with its interval, the same before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from manyi.complaints.models import Category
from manyi.complaints.queries.cases import visible
from manyi.insights.comparison import comparable_waves
from manyi.insights.queries import result_of, waves
from manyi.insights.selection import Selection, UnknownUnit
from manyi.measures import compare
from manyi.measures.estimates import Estimate
from manyi.measures.results import NodeScore
from manyi.people.models import OrgUnit
from manyi.people.queries import subtree
from manyi.scope import Scope
from manyi.standards.models import ServiceStandard
from manyi.standards.sources import reading
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

DAYS = 30  # complaint rates are told per 30 days
WIDTH = 2 * 1.959964  # standard errors in a 95 % interval


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in points of 0–100, complaints per 30 days, or the unit of measure of a standard. `name` is
    {"zh": …, "en": …}; `n` answers, complaints or cases; `days` is the length of a window of time.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    name: Mapping[str, str]
    at: str
    days: int | None = None

    def estimate(self) -> Estimate:
        """With the standard error that the interval stands for, as if it were of a normal mean."""
        known = self.low is not None and self.high is not None
        error = (self.high - self.low) / WIDTH if self.high is not None and self.low is not None else None
        return Estimate(self.value, self.low, self.high, self.n, error if known else None, float(self.n))

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "name": dict(self.name)}


def wave_of(scope: Scope, code: str) -> Wave:
    """Raises Refused for a wave that is not there or out of sight."""
    try:
        return waves(scope).get(code=code)
    except Wave.DoesNotExist as error:
        raise Refused(
            _("There is no survey wave “%(code)s” that you may read.") % {"code": code[:40]}
        ) from error


def node_of(scope: Scope, wave: Wave, code: str, filters: Mapping[str, str]) -> tuple[NodeScore, str]:
    """The node of the tree in the segment, and what the segment is called.

    Raises Refused where it does not exist or may not be shown.
    """
    try:
        result = result_of(scope, wave, Selection.of(filters))
    except UnknownUnit as error:
        raise Refused(_("The org unit of this figure is not one you may see.")) from error
    node = result.node(code)
    if node is None or node.score is None:
        raise Refused(
            _(
                "“%(code)s” has no figure in wave “%(wave)s” that may be shown (too few answers, or no such item)."
            )
            % {"code": code[:60], "wave": wave.code}
        )
    labels = [result.label(kind, value) for kind, value in result.selection.chosen.items()]
    return node, " · ".join(labels)


def indicator(scope: Scope, wave: Wave, code: str, filters: Mapping[str, str]) -> Figure:
    """Score of a node of the wave's tree in a segment. Raises Refused."""
    node, _segment = node_of(scope, wave, code, filters)
    return Figure(node.score, node.ci_low, node.ci_high, node.n, node.name, wave.code)


def later_waves(scope: Scope, wave: Wave) -> list[Wave]:
    """Finished waves of the same series or tree that began after this one, newest first. A wave that still runs
    is left out: whoever looks at it every day sees an improvement one day; and so is one that asks those again
    who answered low: they answer better the second time by chance alone.
    """
    begun = wave.opened_at or wave.created_at
    return [
        w
        for w in comparable_waves(scope, wave)
        if w.state == Wave.State.CLOSED
        and (w.opened_at or w.created_at) > begun
        and not w.audience.get("customers")
    ]


def complaints_between(scope: Scope, category: str, unit: OrgUnit, since: date, until: date) -> int:
    """Complaints of a category (and those below it) received in the unit from `since` to before `until`, by
    local days. Raises Refused for a category that is not there.
    """
    try:
        top = Category.objects.get(code=category)
    except Category.DoesNotExist as error:
        raise Refused(_("There is no complaint category “%(code)s”.") % {"code": category[:40]}) from error
    zone = ZoneInfo(settings.TIME_ZONE)
    return (
        visible(scope)
        .filter(category__in=[top, *top.children.all()], unit__in=subtree(unit))
        .filter(
            received_at__gte=datetime.combine(since, time(), zone).astimezone(UTC),
            received_at__lt=datetime.combine(until, time(), zone).astimezone(UTC),
        )
        .exclude(state="merged")
        .count()
    )


def complaint_rate(scope: Scope, category: str, unit: OrgUnit, since: date, until: date) -> Figure:
    """Complaints of a category per 30 days, with the exact Poisson interval. Raises Refused."""
    days = (until - since).days
    if days < 1:
        raise Refused(_("The period is empty."))
    count = complaints_between(scope, category, unit, since, until)
    # Against nothing at all the difference is the rate itself, with its own interval.
    alone = compare.rates((count, days / DAYS), (0, 1e12))
    named = Category.objects.get(code=category).name
    return Figure(count / days * DAYS, alone.low, alone.high, count, named, f"{since}/{until}", days)


def standard_of(code: str) -> ServiceStandard:
    """Raises Refused for a standard that is not there."""
    try:
        return ServiceStandard.objects.get(code=code)
    except ServiceStandard.DoesNotExist as error:
        raise Refused(_("There is no service standard “%(code)s”.") % {"code": code[:40]}) from error


def standard(scope: Scope, code: str, unit: OrgUnit, since: date, until: date, today: date) -> Figure:
    """What measures the standard says of a unit and those below it. Raises Refused where that is nothing."""
    row = standard_of(code)
    found = reading(scope, row, unit, since, until, today)
    if found.value is None:
        raise Refused(
            _("Standard “%(code)s” was not measured here from %(since)s to %(until)s, or by too few.")
            % {"code": code, "since": since, "until": until}
        )
    at, days = f"{since}/{until}", (until - since).days
    return Figure(found.value, found.low, found.high, found.n, dict(row.name), at, days)
