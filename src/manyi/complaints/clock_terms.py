"""From a policy to the terms the clocks replay, and from rows to events.

The stored form is JSON: {"calendar": id, "limits": {"respond": [1440, false]}, "steps": [[80, "owner"], …]}.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from manyi.complaints.clock import Event, Kind, Limit, Target, Terms
from manyi.complaints.models.clocks import ClockEvent, ClockPolicy, Escalation
from manyi.people.business_time import Calendar
from manyi.people.queries_calendars import counting_of

Step = Escalation.Step
_SHARES = {
    Step.OWNER: "warn_share",
    Step.LEADER: "leader_share",
    Step.MANAGER: "manager_share",
    Step.EXECUTIVE: "executive_share",
}


def stored(policy: ClockPolicy) -> dict[str, Any]:
    """The terms of the policy as they are now."""
    limits = {
        target.value: [minutes, getattr(policy, f"{target}_business")]
        for target in Target
        if (minutes := getattr(policy, f"{target}_minutes"))
    }
    steps = [[share, step.value] for step, name in _SHARES.items() if (share := getattr(policy, name))]
    return {"calendar": policy.calendar_id, "limits": limits, "steps": sorted(steps, key=lambda s: s[0])}


def steps(terms: dict[str, Any]) -> list[tuple[int, str]]:
    """(share in per cent, who is told), rising."""
    return [(share, step) for share, step in terms["steps"]]


def terms_of(value: dict[str, Any], calendars: dict[int, Calendar]) -> Terms:
    return Terms(
        calendar=calendars[value["calendar"]],
        limits={
            Target(name): Limit(minutes, business) for name, (minutes, business) in value["limits"].items()
        },
        steps=tuple(share for share, _step in value["steps"]),
    )


def events_of(rows: Iterable[ClockEvent]) -> list[Event]:
    """The events in the form the replay takes; rows are in order. One query for calendars not yet known."""
    known = list(rows)
    calendars = counting_of(row.terms["calendar"] for row in known if row.terms)
    return [event_of(row, calendars) for row in known]


def event_of(row: ClockEvent, calendars: dict[int, Calendar]) -> Event:
    return Event(
        at=row.at,
        kind=Kind(row.kind),
        terms=terms_of(row.terms, calendars) if row.terms else None,
        reason=row.reason,
        cap=Limit(row.cap_minutes, row.cap_business) if row.cap_minutes else None,
    )


def last_terms(rows: Sequence[ClockEvent]) -> dict[str, Any] | None:
    """The stored terms in force after the events."""
    return next((row.terms for row in reversed(rows) if row.terms), None)


def best(
    policies: Iterable[ClockPolicy], *, severity: str, tier: str, categories: Sequence[int]
) -> ClockPolicy | None:
    """The policy with most conditions of those that all hold; among equals the one on the nearer category, then
    the first. `categories` are the complaint's own and those above it, nearest first.
    """

    def conditions(policy: ClockPolicy) -> tuple[int, int]:
        named = bool(policy.severity) + bool(policy.tier) + (policy.category_id is not None)
        near = -categories.index(policy.category_id) if policy.category_id is not None else 0
        return named, near

    holding = [
        policy
        for policy in policies
        if policy.severity in ("", severity)
        and policy.tier in ("", tier)
        and (policy.category_id is None or policy.category_id in categories)
    ]
    return max(holding, key=conditions, default=None)


def amount_of(minutes: int, business: bool, workday: int) -> tuple[Decimal, str]:
    """An amount as one writes it: whole workdays of `workday` minutes, else hours, else minutes."""
    if business:
        if minutes % workday == 0:
            return Decimal(minutes // workday), "workdays"
        return Decimal(minutes) / 60, "open_hours"
    return (Decimal(minutes) / 60, "hours") if minutes % 30 == 0 else (Decimal(minutes), "minutes")
