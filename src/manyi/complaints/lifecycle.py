"""The states of a complaint and which follow which (ISO 10002 clause 7). Pure; the picture in the docs is
drawn from TRANSITIONS.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    RECEIVED = "received", _("Received")
    WORKING = "working", _("In progress")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", pgettext_lazy("complaint", "Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MERGED = "merged", _("Merged")


#: (from, to) → what is recorded. A reopened complaint is one that is being worked on again.
TRANSITIONS: dict[tuple[State, State], str] = {
    (State.RECEIVED, State.WORKING): "started",
    (State.RECEIVED, State.RESOLVED): "resolved",
    (State.WORKING, State.RESOLVED): "resolved",
    (State.RESOLVED, State.WORKING): "not_accepted",
    (State.RESOLVED, State.CLOSED): "closed",
    (State.CLOSED, State.WORKING): "reopened",
    (State.RECEIVED, State.WITHDRAWN): "withdrawn",
    (State.WORKING, State.WITHDRAWN): "withdrawn",
    (State.RESOLVED, State.WITHDRAWN): "withdrawn",
    (State.WITHDRAWN, State.WORKING): "reopened",
    (State.RECEIVED, State.MERGED): "merged",
    (State.WORKING, State.MERGED): "merged",
    (State.RESOLVED, State.MERGED): "merged",
}

OPEN = frozenset({State.RECEIVED, State.WORKING, State.RESOLVED})


def change(before: str, after: str) -> str | None:
    """What the step from one state to another is called, None where it is not allowed."""
    return TRANSITIONS.get((State(before), State(after)))


def next_states(state: str) -> list[State]:
    return [after for before, after in TRANSITIONS if before == state]
