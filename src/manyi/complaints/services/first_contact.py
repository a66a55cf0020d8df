"""Recording, by rule, that a complaint was resolved at first contact."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from manyi.complaints.first_contact import at_first_contact
from manyi.complaints.models import Complaint, Message, ResolvingRules
from manyi.scope import Scope


def rules() -> ResolvingRules:
    """The one row of rules, made with defaults on first use."""
    return ResolvingRules.objects.get_or_create(pk=1)[0]


def judge(complaint: Complaint, *, by_id: int | None, at: datetime) -> bool:
    """Whether a complaint that this person settles now counts."""
    return at_first_contact(
        by_owner=by_id is not None and by_id == complaint.first_contact_owner_id,
        work_orders=complaint.work_orders.exclude(state="cancelled").count(),
        contacts_since=complaint.messages.filter(
            direction=Message.Direction.IN, at__gt=complaint.received_at
        ).count(),
        reopened=complaint.reopened,
        took=at - complaint.received_at,
        within=timedelta(hours=rules().first_contact_hours),
    )


@transaction.atomic
def change_rules(scope: Scope, *, first_contact_hours: int) -> ResolvingRules:
    """Raises ValidationError naming the field, NotAllowed."""
    scope.require("complaints.manage")
    row = rules()
    row.first_contact_hours = first_contact_hours
    row.full_clean()
    row.save()
    return row
