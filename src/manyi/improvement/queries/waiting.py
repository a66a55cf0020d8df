"""What waits for one person: tasks and actions due soon or overdue, and new processes to be trained in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from manyi.improvement.models import Acknowledgement, Action, Task
from manyi.scope import Scope

AHEAD = 3  # days before the due date on which one is reminded
RUNNING = (Action.State.PLANNED, Action.State.DOING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do; `since` is the day from which it waits."""

    text: str
    url: str
    since: date


def open_tasks() -> QuerySet[Task]:
    return Task.objects.filter(done_at=None, action__state__in=RUNNING).select_related("action", "assignee")


def open_actions() -> QuerySet[Action]:
    return Action.objects.filter(state__in=RUNNING).select_related("owner")


def acknowledgements(scope: Scope) -> QuerySet[Acknowledgement]:
    """New processes the reader has not yet acknowledged."""
    return (
        Acknowledgement.objects.filter(user=scope.user_id, done_at=None)
        .exclude(action__state=Action.State.CANCELLED)
        .select_related("action")
    )


def waiting(scope: Scope, today: date) -> list[Waiting]:
    """For the page Today: due within AHEAD days or overdue, and training to be acknowledged."""
    if scope.user_id is None:
        return []
    by = today + timedelta(days=AHEAD)

    def said(title: str, due: date) -> str:
        known = {"title": title, "day": due.isoformat()}
        if due < today:
            return _("“%(title)s” was due on %(day)s") % known
        return _("“%(title)s” is due on %(day)s") % known

    found = [
        Waiting(said(row.title, row.due_on), reverse("action", args=[row.action_id]), row.starts_on)
        for row in open_tasks().filter(assignee=scope.user_id, due_on__lte=by).order_by("due_on")[:10]
    ]
    found += [
        Waiting(said(row.title, row.due_on), reverse("action", args=[row.pk]), row.starts_on)
        for row in open_actions().filter(owner=scope.user_id, due_on__lte=by).order_by("due_on")[:10]
    ]
    found += [
        Waiting(
            _("Read how “%(title)s” is done from now on, and say that you have")
            % {"title": row.action.title},
            reverse("training", args=[row.pk]),
            row.asked_at.date(),
        )
        for row in acknowledgements(scope)[:10]
    ]
    return found
