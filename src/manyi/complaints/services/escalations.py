"""The mail that tells somebody a time limit runs out or has run out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from manyi.complaints.clock import Reading, State
from manyi.complaints.models import Complaint, Escalation, Severity
from manyi.messaging.services import Mail, MailRefused, queue_mails
from manyi.people.models import User
from manyi.people.services import first_moment
from manyi.scope import Scope

log = logging.getLogger(__name__)


def tell(
    scope: Scope, *, escalation: Escalation, reading: Reading, people: Sequence[User], at: datetime
) -> None:
    """Queue one mail per person who has an address."""
    mails = [mail(escalation, reading, person) for person in people if person.email]
    queue(scope, complaint=escalation.complaint, mails=mails, at=at)


def queue(scope: Scope, *, complaint: Complaint, mails: Sequence[Mail], at: datetime) -> None:
    """Queue mails to colleagues about a time limit; in quiet hours they wait, unless the complaint is urgent.

    An address that cannot be written to does not keep the others from being told.
    """
    not_before = at if complaint.severity == Severity.URGENT else first_moment(at)
    for one in mails:
        try:
            queue_mails(scope, mails=[one], not_before=not_before, at=at)
        except MailRefused as error:
            log.warning("%s cannot be mailed: %s", one.reference, error)


def mail(escalation: Escalation, reading: Reading, person: User) -> Mail:
    """In the person's language; the time is that of the organisation."""
    complaint = escalation.complaint
    with translation.override(person.language):
        late = reading.state is State.BREACHED
        words = {"number": complaint.number, "target": escalation.get_target_display()}
        subject = (
            _("%(number)s: time limit missed (%(target)s)")
            if late
            else _("%(number)s: due soon (%(target)s)")
        ) % words
        text = render_to_string(
            "complaints/clocks/mail.txt",
            {
                "complaint": complaint,
                "escalation": escalation,
                "late": late,
                "due": reading.due.astimezone(ZoneInfo(settings.TIME_ZONE)) if reading.due else None,
                "url": settings.BASE_URL + reverse("complaint", args=[complaint.number]),
                "person": person,
            },
        )
    return Mail(f"escalation:{escalation.pk}:{person.pk}", person.email, subject, text)
