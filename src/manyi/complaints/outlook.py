"""What a complainant is told: where it stands, what comes next and by when, in plain words. Pure.

Only what is said here, the title, the messages and the settlement reach the complainant: no person's name, no
internal word, no reason of a pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manyi.complaints.lifecycle import State

#: The way of a complaint as the complainant sees it.
STEPS = (
    (State.RECEIVED, gettext_lazy("We have it")),
    (State.WORKING, gettext_lazy("We work on it")),
    (State.RESOLVED, gettext_lazy("Outcome")),
    (State.CLOSED, gettext_lazy("Done")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """`stage` is 'done', 'now' or 'later'."""

    label: str
    stage: str


@dataclass(frozen=True, slots=True)
class Case:
    """What the outlook depends on. `due_kind` is a target of `clock`, '' when nothing is due."""

    state: str
    responded: bool = False
    due_kind: str = ""
    due_at: datetime | None = None


def steps(state: str) -> list[Step]:
    """The way with its present step; empty for a withdrawn or merged complaint, which left it."""
    order = [name for name, _label in STEPS]
    if state not in order:
        return []
    here = order.index(State(state))
    ended = state == State.CLOSED
    return [
        Step(str(label), "done" if n < here or ended else "now" if n == here else "later")
        for n, (_name, label) in enumerate(STEPS)
    ]


def moment(value: datetime) -> str:
    """A local date and time as people write it in the active language."""
    # Translators: a date format of Django, with the day of the week.
    return dateformat.format(timezone.localtime(value), _("l, j F Y, H:i"))


def what_next(case: Case, *, at: datetime) -> str:
    """One or two sentences in the active language: what happens next, and by when where that is known."""
    if case.state == State.RESOLVED:
        return _("Tell us whether this settles the matter. If it does not, write to us and we go on.")
    if case.state == State.CLOSED:
        return _("It is closed. If something is still not right, write to us.")
    if case.state == State.WITHDRAWN:
        return _("It was withdrawn. If that was a mistake, write to us.")
    if case.state == State.MERGED:
        return _("We handle it together with another complaint about the same matter.")
    if case.due_at is None:
        return (
            _("We look into it and write to you.")
            if not case.responded
            else _("We work on it and write to you.")
        )
    when = {"time": moment(case.due_at)}
    if case.due_at < at:
        return (
            _(
                "You should have heard from us by %(time)s. We are late, and we are sorry. Those in charge know about it."
            )
            % when
        )
    if case.due_kind == "resolve":
        return _("We mean to have it settled by %(time)s.") % when
    if case.due_kind == "next_contact":
        return _("You will hear from us again by %(time)s.") % when
    return _("You will have a first answer from us by %(time)s.") % when
