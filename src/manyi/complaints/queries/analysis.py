"""What complaints say when many are looked at together: what about, when, how fast, how well, at what cost.

Everything is added up by the database (both of them); only tallies come here. The rows are those of
`listing.selected`, so that a figure and the list behind it never differ. Three bases are told apart: a case is a
complaint; a closing is one time it was closed (a reopened case has several); a customer may have several cases,
and only cases whose customer is known count for that base.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, F, Func, IntegerField, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncWeek
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from scipy.special import stdtrit

from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import (
    CaseLink,
    Category,
    Channel,
    Complaint,
    FollowUp,
    Proposal,
    Severity,
)
from manyi.complaints.queries import listing
from manyi.complaints.queries.listing import Selection
from manyi.complaints.spread import Spread, spread
from manyi.measures.estimates import Estimate
from manyi.measures.shares import wilson
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.templatetags.web import localised

REPEAT_WITHIN = timedelta(days=90)
MOST_BARS = 200
MOST_CELLS = 12
#: How complaints may be divided: name → (label, field, parameter of the list's filter).
DIMENSIONS: dict[str, tuple[str | Promise, str, str]] = {
    "category": (_("Category"), "category", "category"),
    "product": (_("Product"), "product", "product"),
    "unit": (_("Org unit"), "unit", "unit"),
    "channel": (_("Channel"), "channel", "channel"),
    "severity": (_("Severity"), "severity", "severity"),
    "cause": (_("Cause unit"), "cause_unit", ""),
}
STAMPS: dict[str, str | Promise] = {
    "acknowledged_at": _("until acknowledged"),
    "responded_at": _("until the first answer"),
    "resolved_at": _("until resolved"),
    "closed_at": _("until closed"),
}


class Minutes(Func):
    """Whole minutes between two moments, on both databases."""

    output_field = IntegerField()
    template = "CAST(FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) / 60) AS bigint)"
    arg_joiner = " - "

    def __init__(self, end: str, start: str) -> None:
        super().__init__(F(end), F(start))

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        (end, more), (start, args) = (compiler.compile(e) for e in self.get_source_expressions())
        sql = f"((CAST(strftime('%%s', {end}) AS integer) - CAST(strftime('%%s', {start}) AS integer)) / 60)"
        return sql, (*more, *args)


@dataclass(frozen=True)
class Part:
    """One value of a dimension: `key` is what the list's filter takes ('' for none), `n` how many complaints."""

    key: str
    label: str
    n: int


def received(scope: Scope, chosen: Selection, *, at: datetime) -> QuerySet[Complaint]:
    """The complaints that are analysed: in sight, of the selection, without those merged into another."""
    return listing.selected(scope, chosen, at=at).select_related(None).filter(merged_into=None)


def parts(rows: QuerySet[Complaint], dimension: str, most: int = MOST_BARS) -> list[Part]:
    """How many complaints there are of each value, most first."""
    field = DIMENSIONS[dimension][1]
    found = list(
        rows.values(field).annotate(n=Count("pk")).order_by("-n", field)[:most].values_list(field, "n")
    )
    labels = _labels(dimension, [value for value, _n in found])
    return [Part(str(value or ""), labels[value], n) for value, n in found]


def _labels(dimension: str, values: Iterable[Any]) -> dict[Any, str]:
    nothing = gettext("Not stated")
    if dimension in ("channel", "severity"):
        choices = Channel if dimension == "channel" else Severity
        return {value: str(choices(value).label) for value in values}
    if dimension == "product":
        return {value: value or nothing for value in values}
    model: Any = Category if dimension == "category" else OrgUnit
    names = {
        row.pk: localised(row.name) or row.code
        for row in model.objects.filter(pk__in=[v for v in values if v])
    }
    return {value: names.get(value, nothing) for value in values}


@dataclass(frozen=True)
class Crossed:
    """Counts of `rows` × `columns`; what has few complaints is left out and counted in `left_out`."""

    rows: list[Part]
    columns: list[Part]
    counts: list[list[int]]
    left_out: int


def crossed(rows: QuerySet[Complaint], down: str, across: str) -> Crossed:
    """The most frequent values of two dimensions against each other, at most MOST_CELLS each way."""
    first, second = parts(rows, down), parts(rows, across)
    total = sum(part.n for part in first)
    first, second = first[:MOST_CELLS], second[:MOST_CELLS]
    one, other = DIMENSIONS[down][1], DIMENSIONS[across][1]
    cells: dict[tuple[str, str], int] = {}
    for a, b, n in rows.order_by().values(one, other).annotate(n=Count("pk")).values_list(one, other, "n"):
        cells[str(a or ""), str(b or "")] = n
    counts = [[cells.get((a.key, b.key), 0) for b in second] for a in first]
    return Crossed(first, second, counts, total - sum(map(sum, counts)))


@dataclass(frozen=True)
class Line:
    """Counts per period: `points` are the first days of weeks or months, without gaps."""

    points: list[date]
    received: list[int]
    closed: list[int]


def over_time(rows: QuerySet[Complaint], *, step: str) -> Line:
    """How many of these complaints were received and how many closed, by week or month of local time."""
    zone = ZoneInfo(settings.TIME_ZONE)
    cut: Any = TruncWeek if step == "week" else TruncMonth

    def tally(field: str) -> dict[date, int]:
        kept = rows.filter(**{f"{field}__isnull": False}).order_by()
        found = kept.annotate(point=cut(field, tzinfo=zone)).values("point").annotate(n=Count("pk"))
        return {point.date(): n for point, n in found.values_list("point", "n")}

    came, went = tally("received_at"), tally("closed_at")
    if not came:
        return Line([], [], [])
    points, last = [min(came)], max([*came, *went])
    while points[-1] < last:
        points.append(_next(points[-1], step))
    return Line(points, [came.get(p, 0) for p in points], [went.get(p, 0) for p in points])


def _next(point: date, step: str) -> date:
    if step == "week":
        return point + timedelta(days=7)
    return (point.replace(day=1) + timedelta(days=32)).replace(day=1)


def durations(rows: QuerySet[Complaint], stamp: str) -> Spread:
    """Hours from receipt to a stamp of STAMPS, by the wall clock."""
    return spread(_tally(rows, stamp, None).get(None, []))


def durations_by(rows: QuerySet[Complaint], stamp: str, dimension: str) -> list[tuple[Part, Spread]]:
    """The same for each value of a dimension, most complaints first."""
    found = _tally(rows, stamp, DIMENSIONS[dimension][1])
    return [(part, spread(found.get(part.key, []))) for part in parts(rows, dimension, MOST_CELLS)]


def _tally(rows: QuerySet[Complaint], stamp: str, field: str | None) -> dict[Any, list[tuple[float, int]]]:
    kept = (
        rows.filter(**{f"{stamp}__isnull": False}).order_by().annotate(minutes=Minutes(stamp, "received_at"))
    )
    names = ["minutes"] if field is None else [field, "minutes"]
    tally: dict[Any, list[tuple[float, int]]] = {}
    for *key, minutes, n in kept.values(*names).annotate(n=Count("pk")).values_list(*names, "n"):
        tally.setdefault(str(key[0] or "") if key else None, []).append((max(0, minutes) / 60, n))
    return tally


@dataclass(frozen=True)
class Rate:
    """A share on each of the three bases; None where a base makes no sense for it."""

    name: str
    label: str | Promise
    per_closing: Estimate | None
    per_case: Estimate | None
    per_customer: Estimate | None


def _share(hits: int | None, n: int | None) -> Estimate:
    return wilson(hits or 0, n or 0)


def _customers(rows: QuerySet[Any], hit: Q, *, every: bool, field: str = "customer") -> Estimate:
    """Share of customers with a hit among their rows, or with nothing but hits."""
    grouped = (
        rows.order_by().filter(**{f"{field}__isnull": False}).values(field)
        .annotate(hits=Count("pk", filter=hit), all=Count("pk"))
    )  # fmt: skip
    good = Q(hits=F("all")) if every else Q(hits__gt=0)
    found = grouped.aggregate(n=Count(field), good=Count(field, filter=good))
    return _share(found["good"], found["n"])


def first_contact(rows: QuerySet[Complaint]) -> Rate:
    """Resolved at first contact, of what was resolved; a customer counts when all their cases were."""
    done = rows.filter(resolved_at__isnull=False)
    hit = Q(first_contact_resolved=True)
    found = done.aggregate(n=Count("pk"), hits=Count("pk", filter=hit), times=Sum("closings"),
                           closed=Count("pk", filter=hit & Q(closings__gt=0)))  # fmt: skip
    return Rate(
        "fcr", _("Resolved at first contact"), _share(found["closed"], found["times"]),
        _share(found["hits"], found["n"]), _customers(done, hit, every=True),
    )  # fmt: skip


def reopened(rows: QuerySet[Complaint]) -> Rate:
    """Opened again, of what was closed; a customer counts when any case was."""
    ever = rows.filter(closings__gt=0)
    hit = Q(reopened__gt=0)
    found = ever.aggregate(
        n=Count("pk"), hits=Count("pk", filter=hit), times=Sum("closings"), again=Sum("reopened")
    )
    closings = found["times"] or 0
    return Rate(
        "reopened", _("Opened again"), _share(min(found["again"] or 0, closings), closings),
        _share(found["hits"], found["n"]), _customers(ever, hit, every=False),
    )  # fmt: skip


def repeated(scope: Scope, rows: QuerySet[Complaint]) -> Rate:
    """Complaints of a customer who had complained within the 90 days before, or that are linked as a repeat."""
    earlier = Complaint.objects.filter(
        customer=OuterRef("customer"),
        received_at__lt=OuterRef("received_at"),
        received_at__gte=OuterRef("received_at") - REPEAT_WITHIN,
        merged_into=None,
    )
    units = scope.units_for("complaints.read")
    if units is not None:
        earlier = earlier.filter(unit__in=units)
    linked = CaseLink.objects.filter(kind=CaseLink.Kind.REPEAT, second=OuterRef("pk"))
    known = rows.filter(customer__isnull=False).annotate(again=Exists(earlier) | Exists(linked))
    hit = Q(again=True)
    found = known.aggregate(n=Count("pk"), hits=Count("pk", filter=hit))
    return Rate(
        "repeated", _("Customer complained again within 90 days"), None, _share(found["hits"], found["n"]),
        _customers(known, hit, every=False),
    )  # fmt: skip


ANSWERED = Q(result__in=[FollowUp.Result.SATISFIED, FollowUp.Result.DISSATISFIED])


def _follow_ups(rows: QuerySet[Complaint]) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(complaint__in=rows.values("pk")).exclude(result=FollowUp.Result.CANCELLED)


def followed_up(rows: QuerySet[Complaint], *, at: datetime) -> Rate:
    """First follow-ups that reached the customer, of those due by now."""
    due = _follow_ups(rows).filter(kind=FollowUp.Kind.FIRST).filter(Q(due_at__lte=at) | ~Q(result=""))
    found = due.aggregate(
        n=Count("pk"), hits=Count("pk", filter=ANSWERED), cases=Count("complaint", distinct=True),
        reached=Count("complaint", filter=ANSWERED, distinct=True),
    )  # fmt: skip
    return Rate(
        "followed_up", _("Followed up"), _share(found["hits"], found["n"]),
        _share(found["reached"], found["cases"]),
        _customers(due, ANSWERED, every=False, field="complaint__customer"),
    )  # fmt: skip


def satisfied(rows: QuerySet[Complaint]) -> Rate:
    """Satisfied in the follow-up, of those who answered. A case counts by its last closing; a customer when none
    of their answers was dissatisfied.
    """
    answers = _follow_ups(rows).filter(ANSWERED)
    hit = Q(result=FollowUp.Result.SATISFIED)
    found = answers.aggregate(n=Count("pk"), hits=Count("pk", filter=hit))
    last = answers.filter(closing=F("complaint__closings")).aggregate(
        n=Count("complaint", distinct=True),
        bad=Count("complaint", filter=Q(result=FollowUp.Result.DISSATISFIED), distinct=True),
    )
    return Rate(
        "satisfied", _("Satisfied in the follow-up"), _share(found["hits"], found["n"]),
        _share(last["n"] - last["bad"], last["n"]),
        _customers(answers, hit, every=True, field="complaint__customer"),
    )  # fmt: skip


def rates(scope: Scope, rows: QuerySet[Complaint], *, at: datetime) -> list[Rate]:
    return [
        first_contact(rows), followed_up(rows, at=at), satisfied(rows), reopened(rows), repeated(scope, rows),
    ]  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What accepted proposals cost in one currency; `paid` cases had any. Means are over all cases, closings and
    customers, those without cost included.
    """

    currency: str
    total: Decimal
    paid: int
    per_closing: Estimate
    per_case: Estimate
    per_customer: Estimate


def costs(rows: QuerySet[Complaint]) -> list[Cost]:
    """By currency, largest first."""
    accepted = Proposal.objects.filter(
        state=Proposal.State.ACCEPTED, amount__gt=0, complaint__in=rows.values("pk")
    )
    base = rows.aggregate(
        cases=Count("pk"), times=Sum("closings"), customers=Count("customer", distinct=True)
    )
    made = []
    for currency in accepted.order_by("currency").values_list("currency", flat=True).distinct():
        mine = accepted.filter(currency=currency).order_by()
        by_case = _sums(mine.values("complaint").annotate(s=Sum("amount")))
        known = mine.filter(complaint__customer__isnull=False)
        by_customer = _sums(known.values("complaint__customer").annotate(s=Sum("amount")))
        closings = base["times"] or 0
        made.append(
            Cost(
                currency, Decimal(str(round(by_case[1], 2))), by_case[0],
                _mean(by_case[1], by_case[2], closings), _mean(by_case[1], by_case[2], base["cases"]),
                _mean(by_customer[1], by_customer[2], base["customers"]),
            )
        )  # fmt: skip
    return sorted(made, key=lambda cost: -cost.total)


def _sums(grouped: QuerySet[Any]) -> tuple[int, float, float]:
    found = grouped.aggregate(n=Count("s"), total=Sum("s"), squares=Sum(F("s") * F("s")))
    return found["n"], float(found["total"] or 0), float(found["squares"] or 0)


def _mean(total: float, squares: float, n: int) -> Estimate:
    """Mean of n amounts, most of them zero, with its t interval, cut off at zero."""
    if n == 0:
        return Estimate(None, None, None, 0, None, 0.0)
    mean = total / n
    if n < 2:
        return Estimate(mean, None, None, n, None, float(n))
    error = sqrt(max(0.0, squares - total * total / n) / (n - 1) / n)
    half = float(stdtrit(n - 1, 0.975)) * error
    return Estimate(mean, max(0.0, mean - half), mean + half, n, error, float(n))


@dataclass(frozen=True)
class Bases:
    """How many there are of what the figures count."""

    cases: int
    open: int
    closings: int
    customers: int
    first: datetime | None
    last: datetime | None


def bases(rows: QuerySet[Complaint]) -> Bases:
    found = rows.aggregate(
        cases=Count("pk"), open=Count("pk", filter=Q(state__in=OPEN)), times=Sum("closings"),
        customers=Count("customer", distinct=True), first=Min("received_at"), last=Max("received_at"),
    )  # fmt: skip
    closings = found.pop("times")
    return Bases(**found, closings=closings or 0)
