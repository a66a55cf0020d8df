"""How many time limits were kept, and how much of the limit's own time was used: from the verdicts of the clocks.

A limit is kept when it was reached before it was due, missed when it was reached later or is overdue now; one that
is neither yet, or that ended by withdrawal, counts for neither. Complaints without time limits have no verdict.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, Max, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from manyi.complaints.clock import State, Target
from manyi.complaints.models import ClockVerdict, Complaint
from manyi.complaints.queries import analysis
from manyi.complaints.queries.listing import start_of_day
from manyi.complaints.spread import Spread, spread
from manyi.measures.estimates import Estimate
from manyi.measures.shares import wilson

TARGETS: dict[str, str | Promise] = {
    Target.ACKNOWLEDGE: _("Acknowledged in time"),
    Target.RESPOND: _("Answered in time"),
    Target.RESOLVE: _("Resolved in time"),
}
KEPT = Q(state=State.MET)


def missed(at: datetime) -> Q:
    return Q(state=State.BREACHED) | Q(state__in=[State.RUNNING, State.PAUSED], due_at__lte=at)


def decided(rows: QuerySet[Complaint], target: str, at: datetime) -> QuerySet[ClockVerdict]:
    """The verdicts of a target over these complaints, each with `late`: 1 where it was missed, else 0."""
    found = ClockVerdict.objects.filter(complaint__in=rows.order_by().values("pk"), target=target).order_by()
    return found.filter(KEPT | missed(at)).annotate(late=Case(When(KEPT, then=Value(0)), default=Value(1)))


def decided_between(rows: QuerySet[Complaint], since: date, until: date) -> QuerySet[ClockVerdict]:
    """The verdicts over these complaints that fell in the days from `since` to before `until`: kept when it was reached
    in time, missed on the day when it ran out. `until` is not later than today: what runs out this evening is not
    missed yet.
    """
    begin, end = start_of_day(since), start_of_day(until)
    reached = KEPT & Q(reached_at__gte=begin, reached_at__lt=end)
    ran_out = Q(state__in=[State.BREACHED, State.RUNNING, State.PAUSED], due_at__gte=begin, due_at__lt=end)
    return ClockVerdict.objects.filter(
        reached | ran_out, complaint__in=rows.order_by().values("pk")
    ).order_by()


def kept(rows: QuerySet[Complaint], target: str, at: datetime) -> analysis.Rate:
    """Share kept of the decided limits per round (a closing, or what is to become one); a case or customer counts
    when all of theirs were.
    """
    found = decided(rows, target, at)
    total = found.aggregate(n=Count("pk"), hits=Count("pk", filter=Q(late=0)))
    return analysis.Rate(
        f"kept_{target}", TARGETS[target], wilson(total["hits"], total["n"]), _all_kept(found, "complaint"),
        _all_kept(found.filter(complaint__customer__isnull=False), "complaint__customer"),
    )  # fmt: skip


def _all_kept(found: QuerySet[Any], field: str) -> Estimate:
    grouped = found.values(field).annotate(worst=Max("late"))
    total = grouped.aggregate(n=Count(field), hits=Count(field, filter=Q(worst=0)))
    return wilson(total["hits"], total["n"])


def kept_by(
    rows: QuerySet[Complaint], target: str, dimension: str, at: datetime
) -> list[tuple[analysis.Part, Estimate]]:
    """Share of rounds that kept the limit for each value of a dimension of `analysis.DIMENSIONS`."""
    field = f"complaint__{analysis.DIMENSIONS[dimension][1]}"
    counts = (
        decided(rows, target, at).values(field).annotate(n=Count("pk"), hits=Count("pk", filter=Q(late=0)))
    )
    found = {str(key or ""): (hits, n) for key, hits, n in counts.values_list(field, "hits", "n")}
    return [
        (part, wilson(*found.get(part.key, (0, 0)))) for part in analysis.parts(rows, dimension, analysis.MOST_CELLS)
    ]  # fmt: skip


def open_hours(rows: QuerySet[Complaint], target: str) -> Spread:
    """Business hours a target took, pauses left out, of the rounds that reached it under a limit in business time."""
    found = ClockVerdict.objects.filter(
        complaint__in=rows.order_by().values("pk"), target=target, business=True, reached_at__isnull=False
    )
    counts = found.order_by().values("elapsed_minutes").annotate(n=Count("pk"))
    return spread((minutes / 60, n) for minutes, n in counts.values_list("elapsed_minutes", "n"))


def verdicts_of(complaints: list[Complaint]) -> dict[tuple[int, str], ClockVerdict]:
    """The verdict of each complaint's last round, by complaint and target, for an export."""
    found = ClockVerdict.objects.filter(complaint__in=[row.pk for row in complaints]).order_by("round")
    return {(row.complaint_id, row.target): row for row in found}


def word(verdict: ClockVerdict, at: datetime) -> str:
    """'kept', 'missed', 'running' or 'ended' at a moment."""
    if verdict.state == State.MET:
        return "kept"
    if verdict.state == State.ENDED:
        return "ended"
    late = verdict.state == State.BREACHED or (verdict.due_at is not None and verdict.due_at <= at)
    return "missed" if late else "running"
