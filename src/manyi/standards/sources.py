"""Who measures a standard. The app that owns a measure registers how to read it; this app, lower, only asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from scipy.special import betaincinv

from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards.models import ServiceStandard


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A figure with its interval: `value`, `low`, `high` in the standard's unit of measure, `n` cases it rests on.

    `value` is None where nothing was measured or too little may be shown; `hidden` where the reader lacks the
    right to the measure itself. `url` leads to the evidence.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    url: str = ""
    hidden: bool = False


def share(kept: int, n: int, url: str = "") -> Reading:
    """`kept` of `n` cases in per cent, with the exact 95% interval of a binomial share. Standards lie near 100 per
    cent, where shorter intervals leave out the target too often when there are few cases.

    Source: Clopper & Pearson (1934), The use of confidence or fiducial limits.

    >>> found = share(10, 11)
    >>> round(found.value, 1), round(found.low, 1), round(found.high, 1)
    (90.9, 58.7, 99.8)
    """
    if n == 0:
        return Reading(value=None, url=url)
    low = 0.0 if kept == 0 else float(betaincinv(kept, n - kept + 1, 0.025))
    high = 1.0 if kept == n else float(betaincinv(kept + 1, n - kept, 0.975))
    return Reading(value=100 * kept / n, low=100 * low, high=100 * high, n=n, url=url)


#: (scope, subject of the standard, unit and those below it, from, to before) → reading
Reader = Callable[[Scope, str, OrgUnit, date, date], Reading]
#: What a source can measure, as (subject, what it is called in the active language).
Subjects = Callable[[Scope], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class _Source:
    reader: Reader
    subjects: Subjects | None
    full_days: bool


_sources: dict[str, _Source] = {}


def register(
    source: str, reader: Reader, *, subjects: Subjects | None = None, full_days: bool = False
) -> None:
    """`reader` measures standards of this source. Called from an app's `ready`.

    :param subjects: what may be chosen; without it any subject is taken.
    :param full_days: the measure counts what runs out, so a day counts when it is over.
    """
    _sources[source] = _Source(reader, subjects, full_days)


def subjects(scope: Scope, source: str) -> list[tuple[str, str]] | None:
    """What the source can measure, None where it takes any subject or nobody registered it."""
    known = _sources.get(source)
    return known.subjects(scope) if known and known.subjects else None


def reading(
    scope: Scope, standard: ServiceStandard, unit: OrgUnit, since: date, until: date, today: date
) -> Reading:
    """What the standard's source says of a unit and of the days from `since` to before `until`; an empty reading
    where nobody measures it or the time has not come.
    """
    known = _sources.get(standard.source)
    if known is None:
        return Reading(value=None)
    until = min(until, today) if known.full_days else until
    # Audits and visits look at the standard itself: there is nothing to choose, and its code says which.
    subject = standard.subject or standard.code
    return known.reader(scope, subject, unit, since, until) if since < until else Reading(value=None)
