"""Everything that happened to one complaint, in one line of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from manyi.complaints.models import Complaint, Message, Note
from manyi.events.models import Event
from manyi.people.models import User
from manyi.scope import Scope


@dataclass(frozen=True)
class Entry:
    """`kind` is 'note', 'message' or 'event'; `row` the note, message or event; `by` who did it."""

    at: datetime
    kind: str
    row: Note | Message | Event
    by: str = ""


def entries(scope: Scope, complaint: Complaint) -> list[Entry]:
    """Notes, messages and events, newest first. The caller found `complaint` through `cases.visible`."""
    events = Event.objects.filter(subject_type="complaint", subject_id=str(complaint.pk)).exclude(
        payload__change__in=["note", "message"]
    )
    found: list[Any] = list(events)
    names = dict(
        User.objects.filter(pk__in={e.actor_id for e in found if e.actor_id}).values_list("pk", "name")
    )
    told = [Entry(e.at, "event", e, names.get(e.actor_id, "")) for e in found]
    told += [
        Entry(n.at, "note", n, n.author.get_full_name() if n.author else "")
        for n in complaint.notes.select_related("author").prefetch_related("attachments")
    ]
    told += [
        Entry(m.at, "message", m, m.author.get_full_name() if m.author else "")
        for m in complaint.messages.select_related("author").prefetch_related("attachments")
    ]
    return sorted(told, key=lambda entry: entry.at, reverse=True)
