"""Clocks follow changes of calendars and policies."""

from __future__ import annotations

from manyi.complaints.clock import Kind
from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import Complaint
from manyi.complaints.services import clocks
from manyi.events import catalogue
from manyi.events.models import Event
from manyi.events.queue import enqueue
from manyi.events.services import react
from manyi.scope import Scope


@react(catalogue.CalendarChanged)
def count_anew_by_the_calendar(event: Event) -> None:
    enqueue("manyi.complaints.jobs_clocks.count_anew", 0, False)


@react(catalogue.CustomerChanged)
def follow_the_customers_tier(event: Event) -> None:
    """Another tier may mean other limits for what is open."""
    scope = Scope.system("customer changed")
    for complaint in Complaint.objects.filter(customer_id=int(event.subject_id), state__in=OPEN):
        clocks.record(scope, complaint=complaint, kind=Kind.POLICY, at=event.at)


@react(catalogue.ClockPolicyChanged)
def count_anew_under_the_policies(event: Event) -> None:
    enqueue("manyi.complaints.jobs_clocks.count_anew", 0, True)
