"""When a promise is due and when to remind of it, counted in business time. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from manyi.people.business_time import Calendar, windows_of

#: Quick picks: open hours ('h') and working days ('d').
PICKS = ("1h", "2h", "4h", "1d", "2d", "3d", "5d", "10d")
_PICK = re.compile(r"^(\d{1,3})([hd])$")
_OFFICE = windows_of("08:30-12:00, 13:30-17:30")
REMIND_AFTER = 3 / 4


def office_hours(timezone: str) -> Calendar:
    """What counts while no calendar is set: Monday to Friday, eight hours a day."""
    return Calendar(timezone, (_OFFICE,) * 5 + ((), ()))


def due_of(pick: str, start: datetime, calendar: Calendar) -> datetime:
    """The end of '4h' (open hours) or '3d' (working days) from `start`. Raises ValueError for another text.

    >>> from datetime import UTC
    >>> friday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    >>> str(due_of("2h", friday, office_hours("UTC")))
    '2026-03-09 09:30:00+00:00'
    """
    found = _PICK.match(pick)
    if found is None:
        raise ValueError(pick)
    count, unit = int(found[1]), found[2]
    return calendar.add(start, timedelta(hours=count) if unit == "h" else calendar.workday * count)


def remind_of(start: datetime, due: datetime, calendar: Calendar) -> datetime:
    """When three quarters of the open time are over; of the plain time when none of it is open."""
    open_time = calendar.between(start, due)
    if open_time <= timedelta(0):
        return start + (due - start) * REMIND_AFTER
    return calendar.add(start, open_time * REMIND_AFTER)
