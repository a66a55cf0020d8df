"""Clocks follow changes of calendars and policies."""

from __future__ import annotations

from manyi.events import catalogue
from manyi.events.models import Event
from manyi.events.queue import enqueue
from manyi.events.services import react


@react(catalogue.CalendarChanged)
def count_anew_by_the_calendar(event: Event) -> None:
    enqueue("manyi.complaints.jobs_clocks.count_anew", 0, False)


@react(catalogue.ClockPolicyChanged)
def count_anew_under_the_policies(event: Event) -> None:
    enqueue("manyi.complaints.jobs_clocks.count_anew", 0, True)
