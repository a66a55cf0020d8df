"""Reading the log and watching jobs."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from manyi.events.models import Event, Job
from manyi.scope import Scope


def log_of(scope: Scope, *, subject_type: str = "", subject_id: str = "") -> QuerySet[Event]:
    """Events the scope may see (right `events.read`), newest first, of one subject when it is named."""
    events: QuerySet[Event] = scope.limit(Event.objects.order_by("-pk"), "events.read")
    if subject_type:
        events = events.filter(subject_type=subject_type)
    if subject_id:
        events = events.filter(subject_id=subject_id)
    return events


def job(scope: Scope, key: UUID) -> Job:
    """A job of the reader's own. Raises Job.DoesNotExist for another's."""
    return Job.objects.get(key=key, owner_id=scope.user_id)
