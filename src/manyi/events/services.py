"""Writing the log and delivering its events."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from manyi.events import catalogue, models, queue
from manyi.scope import Scope

log = logging.getLogger(__name__)
Reaction = Callable[[models.Event], None]
_reactions: dict[str, dict[str, Reaction]] = {}
MAX_ATTEMPTS = 5


def react(event: type[catalogue.Event]) -> Callable[[Reaction], Reaction]:
    """Decorator of a `reactions.py` function: call it after each event of this kind, at least once."""

    def register(function: Reaction) -> Reaction:
        _reactions.setdefault(event.kind, {})[f"{function.__module__}.{function.__name__}"] = function
        return function

    return register


def publish(scope: Scope, event: catalogue.Event, *, at: datetime) -> models.Event:
    """Record an event inside the transaction that made it true, and queue its deliveries.

    Raises RuntimeError outside a transaction: an event must not outlive a change that was rolled back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{event.kind} published outside a transaction")
    payload: dict[str, Any] = asdict(event)
    subject_id, unit_id = payload.pop("subject_id"), payload.pop("unit_id")
    row = models.Event.objects.create(
        kind=event.kind,
        version=event.version,
        at=at,
        actor_id=scope.user_id,
        reason=scope.reason,
        unit_id=unit_id,
        subject_type=event.subject_type,
        subject_id=subject_id,
        payload=payload,
    )
    subscribers = _reactions.get(event.kind, {})
    if subscribers:
        models.Delivery.objects.bulk_create(
            models.Delivery(event=row, subscriber=name) for name in subscribers
        )
        queue.enqueue("manyi.events.services.deliver", row.pk)
    return row


def deliver(event_id: int) -> None:
    """Run the reactions that still wait for this event; each in its own transaction.

    Raises RuntimeError when a reaction failed and may be tried again, so that the queue retries.
    """
    event = models.Event.objects.get(pk=event_id)
    failed: list[str] = []
    for delivery in event.deliveries.filter(state=models.Delivery.State.WAITING):
        try:
            with transaction.atomic():
                claimed = models.Delivery.objects.filter(
                    pk=delivery.pk, state=models.Delivery.State.WAITING
                ).update(state=models.Delivery.State.DONE, attempts=F("attempts") + 1)
                if claimed:
                    _reactions[event.kind][delivery.subscriber](event)
        except Exception as error:
            log.exception("reaction %s to event %s failed", delivery.subscriber, event_id)
            attempts = delivery.attempts + 1
            over = attempts >= MAX_ATTEMPTS
            models.Delivery.objects.filter(pk=delivery.pk).update(
                attempts=attempts,
                error=f"{type(error).__name__}: {error}"[:2000],
                state=models.Delivery.State.FAILED if over else models.Delivery.State.WAITING,
            )
            if not over:
                failed.append(delivery.subscriber)
    if failed:
        raise RuntimeError(f"event {event_id}: {', '.join(failed)} will be tried again")


def start_job(
    scope: Scope, *, kind: str, function: str, label: dict[str, str], at: datetime, arguments: dict[str, Any]
) -> models.Job:
    """Queue a job whose progress a person can watch at `/jobs/<key>/`.

    `function` is the dotted name of a function `(job: Job) -> None` of some `jobs.py`.
    """
    job = models.Job.objects.create(
        kind=kind, label=label, owner_id=scope.user_id, created_at=at, arguments=arguments
    )
    queue.enqueue("manyi.events.jobs.run", function, str(job.key))
    return job


def advance(job: models.Job, *, done: int, total: int | None = None) -> None:
    """Note how far a job is; written outside the job's own transaction where it has none."""
    job.done = done
    job.total = job.total if total is None else total
    models.Job.objects.filter(pk=job.pk).update(done=job.done, total=job.total)
