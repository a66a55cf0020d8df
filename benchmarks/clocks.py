"""How long reading the clocks of 100,000 open clocks takes on one core.

    python benchmarks/clocks.py [CLOCKS]

Every complaint has four clocks and up to four later events (answers, contacts, pauses with a cap, a change of
policy); they are read at one instant under a calendar with two windows a day, Chinese holidays and make-up days.
Only clocks that are open count. Time is that of the processor; the best of five readings counts, as other work on the
machine can only make it longer.
"""

from __future__ import annotations

import os
import random
import sys
from datetime import UTC, datetime, timedelta
from time import process_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "manyi.config.settings")

from manyi.complaints.clock import Event, Kind, Limit, Target, Terms, read
from manyi.people.business_time import Calendar, windows_of

LIMIT = 1.0
OFFICE = windows_of("08:30-12:00, 13:30-17:30")
CHINA = Calendar("Asia/Shanghai", (OFFICE,) * 5 + ((), ()), country="CN")
FIRST, AT = datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 3, 6, 3, tzinfo=UTC)


def terms(days: int) -> Terms:
    limits = {
        Target.ACKNOWLEDGE: Limit(240), Target.RESPOND: Limit(1440, business=False),
        Target.RESOLVE: Limit(450 * days), Target.NEXT_CONTACT: Limit(900),
    }  # fmt: skip
    return Terms(CHINA, limits, (80, 100, 150, 200))


def complaint(chance: random.Random, policies: list[Terms]) -> list[Event]:
    now = FIRST + timedelta(seconds=chance.randrange(30 * 86400))
    events = [Event(now, Kind.START, chance.choice(policies))]
    for kind in chance.sample([Kind.CONTACTED, Kind.PAUSED, Kind.RESUMED, Kind.POLICY], chance.randrange(5)):
        now += timedelta(minutes=chance.randrange(1, 900))
        events.append(
            Event(
                now, kind, chance.choice(policies) if kind is Kind.POLICY else None, "customer", Limit(2250)
            )
        )
    return events


def main(wanted: int) -> None:
    chance, policies = random.Random(7), [terms(3), terms(5)]
    complaints, clocks = [], 0
    while clocks < wanted:
        events = complaint(chance, policies)
        complaints.append(events)
        clocks += sum(reading.open for reading in read(events, AT))
    best = min(seconds for _ in range(5) if (seconds := timed(complaints)))
    events = sum(map(len, complaints))
    print(f"{clocks:,} open clocks of {len(complaints):,} complaints, {events:,} events")
    print(
        f"{best:.2f} s of one core, {best / clocks * 1e6:.1f} µs per clock; limit {LIMIT:.0f} s, ratio {best / LIMIT:.2f}"
    )


def timed(complaints: list[list[Event]]) -> float:
    began = process_time()
    for events in complaints:
        read(events, AT)
    return process_time() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
