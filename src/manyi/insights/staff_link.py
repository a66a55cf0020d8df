"""Do customers of a unit rate it better where its staff are content? Units as points, one staff survey against one
wave of customers, and honest about how little few units can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manyi.insights import queries
from manyi.insights.queries import result_of
from manyi.insights.selection import Selection
from manyi.insights.staff import StaffResult, staff_results
from manyi.measures.correlation import FEWEST_PAIRS, Correlation, pearson, spearman
from manyi.measures.results import NodeScore
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.web.templatetags.web import localised

MOST_WAVES = 6


@dataclass(frozen=True, slots=True)
class Point:
    """One unit: how content its staff are and how satisfied its customers, both 0–100."""

    name: str
    staff: NodeScore
    customers: NodeScore


@dataclass(frozen=True, slots=True)
class Link:
    """One staff survey against one wave. `lag` is in days: above zero, customers were asked after staff."""

    staff: StaffResult
    wave: Wave
    points: tuple[Point, ...]
    lag: int
    linear: Correlation
    ranks: Correlation

    @property
    def verdict(self) -> str:
        n = len(self.points)
        if n < FEWEST_PAIRS:
            return ngettext("%(n)s unit: cannot tell.", "%(n)s units: cannot tell.", n) % {"n": n}
        if self.linear.direction is None:
            return _("No clear link: the interval holds zero.")
        if self.linear.direction == "up":
            return _("Where staff are more content, customers are more satisfied.")
        return _("Where staff are more content, customers are less satisfied.")


def waves(scope: Scope) -> list[Wave]:
    """Waves of customers, the newest first, as many as are compared."""
    return list(queries.waves(scope)[:MOST_WAVES])


def link(scope: Scope, staff: StaffResult, wave: Wave) -> Link:
    """The smallest units of which the staff survey and the wave both show an index."""
    whole = result_of(scope, wave)
    customers: dict[int, NodeScore] = {}
    for row in staff.rows:
        if row.result is not None and row.unit_id in whole.forest.parents:
            index = whole.index_of(Selection(unit=row.unit_id))
            if index is not None and index.index is not None:
                customers[row.unit_id] = index.root
    both = staff.finest([row for row in staff.rows if row.unit_id in customers])
    points = [
        Point(localised(row.name), row.result.root, customers[row.unit_id])
        for row in both
        if row.result is not None
    ]
    x, y = [p.staff.score for p in points], [p.customers.score for p in points]
    asked, closed = wave.opened_at or wave.created_at, staff.survey.closed_at or staff.survey.created_at
    return Link(staff, wave, tuple(points), (asked - closed).days, pearson(x, y), spearman(x, y))


def links(scope: Scope, staff: StaffResult, listed: Sequence[Wave]) -> list[Link]:
    """The survey against each wave, by lag: those before it first."""
    return sorted((link(scope, staff, wave) for wave in listed), key=lambda found: found.lag)


def surveys(scope: Scope) -> list[StaffResult]:
    """Staff surveys with an index, newest first."""
    return [found for found in staff_results(scope) if any(row.result for row in found.rows)]
