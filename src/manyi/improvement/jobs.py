"""Background work: reminding people of what they have to do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, now  # noqa: TID251
from django.utils.translation import gettext as _

from manyi.improvement.models import Action, Task
from manyi.improvement.queries.waiting import AHEAD, open_actions, open_tasks
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import queue_mail
from manyi.people.models import User
from manyi.people.services import first_moment
from manyi.scope import Scope

LATE = 14  # days after which nobody is told of what is overdue any more


def remind() -> int:
    """Clock: one mail before a task or an action is due, one when it is overdue; the owner of the action hears of an
    overdue task too. The reference holds the due date, so that each goes once and again when the date moves.
    Returns how many mails were queued.
    """
    at = now()
    today = localdate(at)
    span = {"due_on__gte": today - timedelta(days=LATE), "due_on__lte": today + timedelta(days=AHEAD)}
    queued = 0
    for task in open_tasks().select_related("action__owner").filter(**span, starts_on__lte=today):
        late = task.due_on < today
        people = {task.assignee or task.action.owner, *([task.action.owner] if late else [])}
        queued += sum(_mail(person, task, task.action_id, late, at) for person in people)
    for action in open_actions().filter(**span, starts_on__lte=today):
        queued += _mail(action.owner, action, action.pk, action.due_on < today, at)
    return queued


def _mail(person: User, row: Action | Task, action: int, late: bool, at: datetime) -> int:
    if not person.is_active or not person.email:
        return 0
    kind = "action" if isinstance(row, Action) else "task"
    reference = f"{kind}:{row.pk}:{'overdue' if late else 'due'}:{_stamp(row.due_on)}:{person.pk}"
    if OutgoingMail.objects.filter(reference=reference).exists():
        return 0
    with translation.override(person.language):
        known = {"title": row.title, "day": row.due_on.isoformat()}
        subject = _("Overdue: %(title)s") % known if late else _("Due soon: %(title)s") % known
        text = (
            _("“%(title)s” was due on %(day)s") % known
            if late
            else _("“%(title)s” is due on %(day)s") % known
        )
        link = settings.BASE_URL + reverse("action", args=[action])
        text += "\n\n" + _("Tick it off there, or move its date:\n%(link)s") % {"link": link}
    queue_mail(
        Scope.system("reminder of an action"), reference=reference, to=person.email,
        subject=" ".join(subject.split())[:300], text=text, not_before=first_moment(at), at=at,
    )  # fmt: skip
    return 1


def _stamp(day: date) -> str:
    return day.strftime("%Y%m%d")
