"""Who measures a standard. The app that owns a measure registers how to read it; this app, lower, only asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards.models import ServiceStandard


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A figure with its interval: `value`, `low`, `high` in the standard's unit of measure, `n` cases it rests on.

    `value` is None where nothing was measured or too little may be shown. `url` leads to the evidence.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    url: str = ""


#: (scope, subject of the standard, unit and those below it, from, to before) → reading
Reader = Callable[[Scope, str, OrgUnit, date, date], Reading]
_readers: dict[str, Reader] = {}


def register(source: str, reader: Reader) -> None:
    """`reader` measures standards of this source. Called from an app's `ready`."""
    _readers[source] = reader


def reading(scope: Scope, standard: ServiceStandard, unit: OrgUnit, since: date, until: date) -> Reading:
    """What the standard's source says of a unit and period; an empty reading where nobody measures it."""
    reader = _readers.get(standard.source)
    return reader(scope, standard.subject, unit, since, until) if reader else Reading(value=None)
