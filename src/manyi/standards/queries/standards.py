"""Service standards, and whether they are met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from manyi.events.models import Event
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.standards import sources
from manyi.standards.models import ServiceStandard
from manyi.standards.period import Period, months, period
from manyi.standards.sources import Reading
from manyi.standards.status import Verdict, judge

RIGHT = "standards.read"


def related(rows: QuerySet[ServiceStandard]) -> QuerySet[ServiceStandard]:
    return rows.select_related("touchpoint__stage", "touchpoint__unit", "touchpoint__owner")


def standards(scope: Scope) -> QuerySet[ServiceStandard]:
    """Standards of touchpoints of the reader's units and of those above, in the order of the journey, those out of
    use too.
    """
    rows = related(ServiceStandard.objects.all())
    if not scope.may(RIGHT):
        return rows.none()
    lineage = scope.lineage_for(RIGHT)
    return rows if lineage is None else rows.filter(touchpoint__unit__in=lineage)


def standard(scope: Scope, code: str) -> ServiceStandard:
    """Raises ServiceStandard.DoesNotExist, also for one out of sight."""
    return standards(scope).get(code=code)


def units(scope: Scope) -> QuerySet[OrgUnit]:
    """Units whose standards the reader may look at, the topmost first."""
    return org_units(scope, RIGHT)


def where(owner: OrgUnit, unit: OrgUnit) -> OrgUnit | None:
    """Where something of `owner` is measured for a look at `unit`: at the lower of the two; None on other branches."""
    if owner.path.startswith(unit.path):
        return owner
    return unit if unit.path.startswith(owner.path) else None


@dataclass(frozen=True)
class Measured:
    """A standard as measured in `unit` from `since` to before `until`."""

    standard: ServiceStandard
    unit: OrgUnit
    since: date
    until: date
    reading: Reading
    verdict: Verdict


def measure(
    scope: Scope, standard: ServiceStandard, unit: OrgUnit, since: date, until: date, today: date
) -> Measured:
    """One standard at one unit. The caller found both in the reader's sight."""
    found = sources.reading(scope, standard, unit, since, until, today)
    verdict = judge(
        found.value, found.low, found.high, target=standard.target, tolerance=standard.tolerance,
        higher=standard.better == ServiceStandard.Better.HIGHER, n=found.n,
    )  # fmt: skip
    return Measured(standard, unit, since, until, found, verdict)


def measured(
    scope: Scope, rows: Iterable[ServiceStandard], unit: OrgUnit, since: date, until: date, today: date
) -> list[Measured]:
    """Those of the standards that hold in the unit, above it or below it, each measured where it holds."""
    return [
        measure(scope, row, place, since, until, today)
        for row in rows
        if (place := where(row.touchpoint.unit, unit)) is not None
    ]


def by_month(
    scope: Scope, standard: ServiceStandard, unit: OrgUnit, today: date
) -> list[tuple[Period, Measured]]:
    """The last twelve months, oldest first; the present one up to today."""
    tomorrow = today + timedelta(days=1)
    return [
        (part, measure(scope, standard, unit, part.since, min(part.until, tomorrow), today)) for part in months(today)
    ]  # fmt: skip


def by_unit(
    scope: Scope, standard: ServiceStandard, unit: OrgUnit, since: date, until: date, today: date
) -> list[Measured]:
    """The unit and the units directly below it, as far as the reader sees them."""
    parts = units(scope).filter(parent=unit)
    return [measure(scope, standard, part, since, until, today) for part in (unit, *parts)]


def elsewhere(
    scope: Scope, standard: ServiceStandard, unit: OrgUnit, since: date, until: date, today: date
) -> list[tuple[str, str, Reading]]:
    """What other sources say of the same standard, as (source, what is measured, reading); it does not decide."""
    found = []
    for source, subject in standard.also.items():
        row = ServiceStandard(code=standard.code, source=source, subject=subject)
        label = ServiceStandard.Source(source).label
        found.append((str(label), subject_name(scope, source, subject), sources.reading(scope, row, unit, since, until, today)))  # fmt: skip
    return found


def subject_name(scope: Scope, source: str, subject: str) -> str:
    """What a subject is called in the active language, itself where nobody says."""
    return dict(sources.subjects(scope, source) or []).get(subject, subject)


def evidence(scope: Scope, key: str, today: date) -> dict[str, Any]:
    """A standard as it stands now, for a finding that is raised on it.

    `key` is the standard's code, or 'code:unit:period' with the id of the unit where it is looked at and the key of
    a period; without them it is measured where it holds for the reader, over the last 90 days.

    Gives `standard`, `name` ({"zh", "en"}), `unit`, `status`, `sure`, `value`, `low`, `high`, `n`, `target`,
    `tolerance`, `better`, `measure`, `since`, `until` and `url`.

    :raises ServiceStandard.DoesNotExist: also for one out of sight, or in a unit where it does not hold.
    """
    code, _colon, rest = key.partition(":")
    row = standard(scope, code)
    pk, _colon, wanted = rest.partition(":")
    place = home(scope, row)
    if pk:
        unit = units(scope).filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 15 else None
        place = where(row.touchpoint.unit, unit) if unit is not None else None
    if place is None:
        raise ServiceStandard.DoesNotExist(key)
    chosen = period(wanted, today)
    found = measure(scope, row, place, chosen.since, chosen.until, today)
    return {
        "standard": row.code, "name": row.name, "unit": place, "status": str(found.verdict.status),
        "sure": found.verdict.sure, "value": found.reading.value, "low": found.reading.low,
        "high": found.reading.high, "n": found.reading.n, "target": row.target, "tolerance": row.tolerance,
        "better": row.better, "measure": row.measure, "since": chosen.since.isoformat(),
        "until": chosen.until.isoformat(),
        "url": f"{reverse('service-standard', args=[row.code])}?unit={place.pk}&period={chosen.key}",
    }  # fmt: skip


def changes(standard: ServiceStandard) -> list[tuple[Event, str]]:
    """Each time it was set, newest first, with who did it; its payload holds target and tolerance from then on. The
    caller found the standard in sight.
    """
    rows = Event.objects.filter(subject_type="standard", subject_id=standard.code).order_by("-pk")[:20]
    people = User.objects.in_bulk({row.actor_id for row in rows if row.actor_id})
    return [(row, people[row.actor_id].get_full_name() if row.actor_id in people else "") for row in rows]


def home(scope: Scope, standard: ServiceStandard) -> OrgUnit | None:
    """Where the standard holds for the reader: its touchpoint's unit, or the reader's topmost unit below it."""
    for unit in units(scope):
        place = where(standard.touchpoint.unit, unit)
        if place is not None:
            return place
    return None
