"""Background work on promises: reminding those who have to keep them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.timezone import now  # noqa: TID251
from django.utils.translation import gettext as _

from manyi.customers.models import Promise
from manyi.messaging.services import queue_mail
from manyi.people.models import User
from manyi.people.services import first_moment
from manyi.scope import Scope

BATCH = 500


def remind_promises() -> int:
    """Clock: remind before a promise is due, and tell owner and maker once it is over. Returns how many mails."""
    at = now()
    waiting = Promise.objects.filter(state=Promise.State.OPEN).select_related("owner", "made_by", "customer")
    sent = 0
    for row in waiting.filter(reminded_at=None, remind_at__lte=at, due_at__gt=at)[:BATCH]:
        sent += _remind(row, "reminded_at", [row.owner], at)
    for row in waiting.filter(overdue_told_at=None, due_at__lte=at)[:BATCH]:
        people = [row.owner] if row.made_by is None else list({row.owner, row.made_by})
        sent += _remind(row, "overdue_told_at", people, at)
    return sent


@transaction.atomic
def _remind(row: Promise, mark: str, people: list[User], at: datetime) -> int:
    """Claim the reminder by its mark, then queue the mails: a crash between the two undoes both."""
    claimed = Promise.objects.filter(pk=row.pk, state=Promise.State.OPEN, **{mark: None}).update(**{mark: at})
    if not claimed:
        return 0
    people = [person for person in people if person.email and person.is_active]
    for person in people:
        with translation.override(person.language):
            values = {
                "text": row.text, "customer": row.customer.name if row.customer else "–",
                "due": f"{timezone.localtime(row.due_at):%Y-%m-%d %H:%M}",
                "link": settings.BASE_URL + reverse("promise", args=[row.pk]),
            }  # fmt: skip
            if mark == "reminded_at":
                subject = _("Promise due soon: %(text)s") % values
                text = _("What we promised to %(customer)s is due on %(due)s:\n\n%(text)s") % values
            else:
                subject = _("Promise overdue: %(text)s") % values
                text = (
                    _("What we promised to %(customer)s was due on %(due)s and is not done yet:\n\n%(text)s")
                    % values
                )
            text += "\n\n" + _("Say there what became of it:\n%(link)s") % values
        queue_mail(
            Scope.system("reminder of a promise"), reference=f"promise:{row.pk}:{mark}:{person.pk}", to=person.email,
            subject=" ".join(subject.split())[:300], text=text, not_before=first_moment(at), at=at,
        )  # fmt: skip
    return len(people)
