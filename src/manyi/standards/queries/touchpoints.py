"""The journey of customers: stages, touchpoints, and what is known of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from manyi.customers.models import Interaction, Order, Promise
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units, subtree
from manyi.scope import Scope
from manyi.standards import neighbours
from manyi.standards.models import ServiceStandard, Stage, Touchpoint
from manyi.standards.queries import standards as measures
from manyi.standards.queries.standards import Measured
from manyi.standards.status import Status

RIGHT, EDIT = "standards.read", "standards.edit"
Volume = Touchpoint.Volume


def stages(scope: Scope) -> QuerySet[Stage]:
    """All stages in order; they belong to the whole organisation and say nothing confidential."""
    return Stage.objects.all() if scope.may(RIGHT) else Stage.objects.none()


def touchpoints(scope: Scope) -> QuerySet[Touchpoint]:
    """Touchpoints of the reader's units and of those above, in order, those out of use too."""
    rows = Touchpoint.objects.select_related("stage", "unit", "owner")
    if not scope.may(RIGHT):
        return rows.none()
    lineage = scope.lineage_for(RIGHT)
    return rows if lineage is None else rows.filter(unit__in=lineage)


def owners(scope: Scope) -> QuerySet[User]:
    """Active people with a role at a unit where the reader draws the journey map."""
    units = org_units(scope, EDIT)
    return (
        User.objects.filter(is_active=True, memberships__unit__in=units)
        .distinct()
        .order_by("name", "username")
    )


@dataclass(frozen=True)
class Card:
    """A touchpoint and what is known of it in `unit`. None: not known, or not for this reader."""

    touchpoint: Touchpoint
    unit: OrgUnit
    satisfaction: neighbours.Satisfaction | None = None
    complaints: neighbours.Complaints | None = None
    answers: neighbours.Answers | None = None
    volume: int | None = None
    standards: Sequence[Measured] = ()
    weakest: bool = False

    @property
    def missed(self) -> int:
        """How many of its standards are missed."""
        return sum(row.verdict.status is Status.MISSED for row in self.standards)


@dataclass(frozen=True)
class Journey:
    """The map of a unit. `weakest` has the lowest satisfaction of at least two that are known; `next_weakest` comes
    after it, and `clearly` says that their intervals do not overlap.
    """

    unit: OrgUnit
    since: date
    until: date
    stages: Sequence[tuple[Stage, Sequence[Card]]] = ()
    weakest: Card | None = None
    next_weakest: Card | None = None
    clearly: bool = False
    not_met: Sequence[Measured] = field(default_factory=list)

    @property
    def cards(self) -> list[Card]:
        return [card for _stage, cards in self.stages for card in cards]


def journey(scope: Scope, unit: OrgUnit, since: date, until: date, today: date) -> Journey:
    """Every touchpoint in use of the unit, of those above it and of those below it, with what is known of it.

    What belongs to a unit above is measured within `unit`. The caller found `unit` in the reader's sight.
    """
    rows = [
        (row, place)
        for row in touchpoints(scope).filter(is_active=True, stage__is_active=True)
        if (place := measures.where(row.unit, unit)) is not None
    ]
    standards = _standards(scope, [row for row, _place in rows], unit, since, until, today)
    around = _around(scope, rows, since, until)
    cards = [
        Card(row, place, standards=standards[row.pk], volume=_volume(scope, row, place, since, until), **around[row.pk])
        for row, place in rows
    ]  # fmt: skip
    ranked = sorted(
        (card for card in cards if card.satisfaction), key=lambda c: c.satisfaction.value if c.satisfaction else 0.0
    )  # fmt: skip
    weakest, following = (ranked[0], ranked[1]) if len(ranked) > 1 else (None, None)
    cards = [replace(card, weakest=True) if card is weakest else card for card in cards]
    by_stage: dict[int, list[Card]] = defaultdict(list)
    for card in cards:
        by_stage[card.touchpoint.stage_id].append(card)
    found = [
        (stage, by_stage[stage.pk]) for stage in stages(scope).filter(is_active=True) if by_stage[stage.pk]
    ]
    not_met = [row for card in cards for row in card.standards if row.verdict.status is Status.MISSED]
    return Journey(unit, since, until, found, weakest, following, _apart(weakest, following), not_met)  # fmt: skip


def _apart(weakest: Card | None, other: Card | None) -> bool:
    one, two = weakest and weakest.satisfaction, other and other.satisfaction
    return bool(one and two and one.high is not None and two.low is not None and one.high < two.low)


def _standards(
    scope: Scope, rows: Sequence[Touchpoint], unit: OrgUnit, since: date, until: date, today: date
) -> Mapping[int, list[Measured]]:
    found: dict[int, list[Measured]] = defaultdict(list)
    active = ServiceStandard.objects.filter(is_active=True, touchpoint__in=rows)
    for row in measures.measured(scope, measures.related(active), unit, since, until, today):
        found[row.standard.touchpoint_id].append(row)
    return found


def _around(
    scope: Scope, rows: Sequence[tuple[Touchpoint, OrgUnit]], since: date, until: date
) -> Mapping[int, dict[str, Any]]:
    """What other apps know, asked once for all touchpoints of a unit."""
    places = {place.pk: place for _row, place in rows}
    answers = neighbours.answers(scope, sorted({row.topic for row, _place in rows if row.topic}))
    found: dict[int, dict[str, Any]] = {}
    for place in places.values():
        own = [row for row, its in rows if its.pk == place.pk]
        nodes = sorted({row.indicator for row in own if row.indicator})
        categories = sorted({row.category for row in own if row.category})
        satisfaction = neighbours.satisfaction(scope, place, nodes)
        complaints = neighbours.complaints(scope, place, categories, since, until)
        for row in own:
            found[row.pk] = {
                "satisfaction": satisfaction.get(row.indicator),
                "complaints": complaints.get(row.category),
                "answers": answers.get(row.topic),
            }
    return found


def _volume(scope: Scope, row: Touchpoint, unit: OrgUnit, since: date, until: date) -> int | None:
    """How often customers of the unit came by; a count of what was noted, without anybody's name."""
    if not row.volume:
        return None
    zone = ZoneInfo(settings.TIME_ZONE)
    begin, end = (datetime.combine(day, time(), zone) for day in (since, until))
    units = subtree(unit)
    if row.volume == Volume.PROMISES:
        return Promise.objects.filter(unit__in=units, made_at__gte=begin, made_at__lt=end).count()
    within = Q(customer__unit__in=units, at__gte=begin, at__lt=end, kind=row.volume)
    model: Any = Order if row.volume in (Volume.ORDERS, Volume.RETURNS) else Interaction
    return int(model.objects.filter(within).count())
