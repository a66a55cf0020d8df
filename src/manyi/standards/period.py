"""The days a standard is looked at: the last so many, or a month. Pure; today is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

USUAL = "90"
LENGTHS = ("30", "90", "365")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `since` to before `until`; `key` stands for it in addresses."""

    key: str
    since: date
    until: date


def month(first: date) -> Period:
    """The month that begins on `first`."""
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Period(first.strftime("%Y-%m"), first, following)


def months(today: date, count: int = 12) -> list[Period]:
    """The month of today and those before it, oldest first."""
    found = [month(today.replace(day=1))]
    while len(found) < count:
        found.insert(0, month((found[0].since - timedelta(days=1)).replace(day=1)))
    return found


def period(key: str, today: date) -> Period:
    """'30', '90', '365' are that many days up to and with today, '2026-03' is a month; anything else is USUAL."""
    if len(key) == 7 and key[4] == "-":
        try:
            first = date.fromisoformat(f"{key}-01")
        except ValueError:
            first = date.max
        if date(2000, 1, 1) <= first <= today:
            return month(first)
    key = key if key in LENGTHS else USUAL
    tomorrow = today + timedelta(days=1)
    return Period(key, tomorrow - timedelta(days=int(key)), tomorrow)
