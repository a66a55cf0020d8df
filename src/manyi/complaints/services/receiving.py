"""Receiving a complaint from somebody who is on the phone, at the counter, or who told a colleague."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.models import CaseLink, CaseRole, Channel, Complaint, Message
from manyi.complaints.queries.cases import may_work_on
from manyi.complaints.queries.duty import on_duty
from manyi.complaints.services import cases, messages
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

SOURCE = "receive"
#: The complainant hears the number at once: that is the acknowledgement.
HEARD_AT_ONCE = frozenset({Channel.PHONE, Channel.COUNTER})
BY_PEOPLE = (Channel.PHONE, Channel.COUNTER, Channel.STAFF, Channel.DEALER)


@transaction.atomic
def log(
    scope: Scope,
    *,
    unit: OrgUnit,
    channel: str,
    title: str,
    key: str,
    at: datetime,
    repeat_of: Complaint | None = None,
    **particulars: Any,
) -> Complaint:
    """Open a complaint that the person at the keyboard heard; they own it from now on (首问负责制).

    `key` is the form's own: sending it twice gives the complaint that is there. With `repeat_of` both are linked
    as a repeat. Whoever may receive but not handle (a dealer) hands the work to who is on duty. Raises
    NotAllowed, ValidationError, Refused.
    """
    owner = User.objects.filter(pk=scope.user_id or 0).first()
    if owner is None:
        raise NotAllowed("complaints.receive")
    complaint = cases.receive(
        scope,
        unit=unit,
        channel=channel,
        title=title,
        first_contact_owner=owner,
        at=at,
        source=SOURCE,
        external_id=key,
        **particulars,
    )
    if channel in HEARD_AT_ONCE:
        cases.acknowledge(scope, complaint=complaint, at=at)
    if complaint.handler_id == owner.pk and not may_work_on(scope, complaint):
        handler = on_duty(unit)
        cases.assign(
            scope, complaint=complaint, role=CaseRole.HANDLER, unit=unit, user=handler, at=at,
            reason=_("Received by somebody who does not handle complaints"),
        )  # fmt: skip
    if repeat_of is not None:
        link_repeat(scope, complaint=complaint, repeats=repeat_of, at=at)
    return complaint


def link_repeat(scope: Scope, *, complaint: Complaint, repeats: Complaint, at: datetime) -> None:
    """Note that a complaint repeats an earlier one. Call inside a transaction; safe to repeat."""
    first, second = sorted((complaint, repeats), key=lambda row: row.pk)
    _link, made = CaseLink.objects.get_or_create(
        first=first, second=second,
        defaults={"kind": CaseLink.Kind.REPEAT, "at": at, "by_id": scope.user_id},
    )  # fmt: skip
    if made:
        for row, other in ((complaint, repeats), (repeats, complaint)):
            cases.note_change(scope, row, "linked", at=at, detail=f"repeat:{other.number}")


@transaction.atomic
def add_word(scope: Scope, *, complaint: Complaint, channel: str, text: str, at: datetime) -> Message:
    """The complainant called again about a complaint that is there: keep what they said with it.

    The first-contact owner stays; whoever may receive or handle at its unit may write it down.
    """
    if not (may_work_on(scope, complaint) or may_work_on(scope, complaint, "complaints.receive")):
        raise NotAllowed("complaints.receive")
    if not text.strip():
        raise Refused(_("Say what the complainant told you."))
    return messages.receive(scope, complaint=complaint, text=text, channel=channel, at=at)
