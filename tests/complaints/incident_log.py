"""A help desk's log of 24,918 incidents as clock events, and the clock's verdicts beside the log's own.

    python -m tests.complaints.incident_log FOLDER

prints the numbers of docs/explanation/time-limits.md.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from manyi.complaints.clock import Event, Kind, Limit, State, Target, Terms, read
from manyi.people.business_time import Calendar, windows_of

#: What the log's own verdict fits best: Monday to Friday around the clock, from opening to *closing*.
WEEKDAYS = Calendar("UTC", (windows_of("0-24"),) * 5 + ((), ()))
LIMIT_MINUTES = {"1": 384, "2": 7, "3": 9203, "4": 20735}
TERMS = {
    priority: Terms(WEEKDAYS, {Target.RESOLVE: Limit(minutes)}, (80, 100))
    for priority, minutes in LIMIT_MINUTES.items()
}
NEAR = timedelta(days=2)


@dataclass(frozen=True)
class Incident:
    number: str
    priority: str
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime
    waits: tuple[tuple[datetime, datetime], ...]  # 'Awaiting …' from, until
    made_sla: bool


def incidents(path: Path) -> Iterator[Incident]:
    """Incidents of the log, each from all its events in order."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, group in groupby(csv.DictReader(file), key=lambda row: row["number"]):
            rows = sorted(group, key=lambda row: (_time(row["sys_updated_at"]), int(row["sys_mod_count"])))
            last = max(rows, key=lambda row: int(row["sys_mod_count"]))
            waits, since = [], None
            for row in rows:
                waiting, now = row["incident_state"].startswith("Awaiting"), _time(row["sys_updated_at"])
                if waiting and since is None:
                    since = now
                elif not waiting and since is not None:
                    waits.append((since, now))
                    since = None
            resolved = None if last["resolved_at"] == "?" else _time(last["resolved_at"])
            yield Incident(
                number,
                last["priority"][0],
                _time(last["opened_at"]),
                resolved,
                _time(last["closed_at"]),
                tuple(waits),
                last["made_sla"] == "true",
            )


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def met(incident: Incident, *, until_resolved: bool, pauses: bool) -> bool:
    """The clock's verdict: its end is the resolution or the closing, and waits pause it or not."""
    end = incident.closed_at
    if until_resolved and incident.resolved_at is not None:
        end = incident.resolved_at
    events = [Event(incident.opened_at, Kind.START, TERMS[incident.priority])]
    if pauses:
        for since, until in incident.waits:
            events += [Event(since, Kind.PAUSED, reason="waiting"), Event(until, Kind.RESUMED)]
    events = [event for event in events if event.at <= end] + [Event(end, Kind.RESOLVED)]
    (reading,) = (r for r in read(events, end) if r.target is Target.RESOLVE)
    return reading.state is State.MET


def compare(found: list[Incident]) -> dict[str, int]:
    """How many verdicts differ at each step from the log's rule to ours, by direction and cause."""
    numbers: Counter[str] = Counter(incidents=len(found), log_met=sum(i.made_sla for i in found))
    for incident in found:
        same = met(incident, until_resolved=False, pauses=False)
        resolved = met(incident, until_resolved=True, pauses=False)
        ours = met(incident, until_resolved=True, pauses=True)
        numbers["same_rule_met"] += same
        numbers["ours_met"] += ours
        if same != incident.made_sla:
            limit = timedelta(minutes=LIMIT_MINUTES[incident.priority])
            over = WEEKDAYS.between(incident.opened_at, incident.closed_at) - limit
            if incident.made_sla:
                numbers["over_by_two_days_at_most" if over <= NEAR else "over_by_more"] += 1
            else:
                numbers["log_missed_we_met"] += 1
        numbers["resolved_in_time_closed_late"] += resolved and not same
        numbers["resolved_later_than_closed"] += same and not resolved
        numbers["waited_for_others"] += ours and not resolved
        numbers["paused_yet_missed"] += resolved and not ours
    return dict(numbers)


if __name__ == "__main__":
    rows = list(incidents(Path(sys.argv[1]) / "incident_sla" / "incident_event_log.csv.gz"))
    for name, number in compare(rows).items():
        print(f"{name:32}{number:8,}")
