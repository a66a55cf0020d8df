"""Background work on work orders: telling who has to know that one is late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now  # noqa: TID251
from django.utils.translation import gettext as _

from manyi.complaints.models import WorkOrder
from manyi.complaints.queries.clocks import Step, posts
from manyi.complaints.queries.roles import colleagues
from manyi.complaints.services import escalations
from manyi.messaging.services import Mail
from manyi.people.models import User
from manyi.scope import Scope

BATCH = 500
LEADER_AFTER = timedelta(days=1)
_RUNNING = [WorkOrder.State.SENT, WorkOrder.State.ACCEPTED]


def tell_late() -> int:
    """Clock: once its time is over, tell who has the work order, who sent it and the first-contact owner; a day
    later the leaders of the unit that has it. Each once; returns how many steps were told.
    """
    at = now()
    rows = WorkOrder.objects.filter(state__in=_RUNNING).select_related(
        "complaint__first_contact_owner", "unit", "user", "created_by"
    )
    told = 0
    for row in rows.filter(late_told_at=None, due_at__lte=at)[:BATCH]:
        doers = [row.user] if row.user else colleagues(row.unit)[0]
        told += _tell(row, "late_told_at", [*doers, row.created_by, row.complaint.first_contact_owner], at)
    for row in rows.filter(leader_told_at=None, due_at__lte=at - LEADER_AFTER)[:BATCH]:
        told += _tell(row, "leader_told_at", posts(row.unit, Step.LEADER), at)
    return told


@transaction.atomic
def _tell(row: WorkOrder, mark: str, people: Iterable[User | None], at: datetime) -> int:
    """Claim the step by its mark, then queue the mails: a crash between the two undoes both."""
    if not WorkOrder.objects.filter(pk=row.pk, state__in=_RUNNING, **{mark: None}).update(**{mark: at}):
        return 0
    told = {p.pk: p for p in people if p is not None and p.is_active and p.email}.values()
    mails = [_mail(row, mark, person) for person in told]
    escalations.queue(Scope.system("late work order"), complaint=row.complaint, mails=mails, at=at)
    return 1


def _mail(row: WorkOrder, mark: str, person: User) -> Mail:
    with translation.override(person.language):
        subject = _("%(number)s: work order %(position)d is late") % {
            "number": row.complaint.number, "position": row.position,
        }  # fmt: skip
        text = render_to_string(
            "complaints/work_orders/late.txt",
            {
                "order": row,
                "due": row.due_at.astimezone(ZoneInfo(settings.TIME_ZONE)) if row.due_at else None,
                "url": settings.BASE_URL + reverse("complaint", args=[row.complaint.number]),
            },
        )
    return Mail(f"work-order:{row.pk}:{mark}:{person.pk}", person.email, subject, text)
