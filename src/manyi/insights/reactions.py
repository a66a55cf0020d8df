"""What results do when a wave ends or comes in whole."""

from __future__ import annotations

from manyi.events import catalogue
from manyi.events.models import Event
from manyi.events.queue import enqueue
from manyi.events.services import react


@react(catalogue.WaveClosed)
def keep_closed(event: Event) -> None:
    enqueue("manyi.insights.jobs.keep_result", int(event.subject_id), event.at.isoformat())


@react(catalogue.WaveImported)
def keep_imported(event: Event) -> None:
    enqueue("manyi.insights.jobs.keep_result", int(event.subject_id), event.at.isoformat())
