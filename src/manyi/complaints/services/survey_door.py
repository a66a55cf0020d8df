"""A survey as a door for complaints: a low score, or the wish to be called.

The answers themselves stay with surveys: the complaint says only what the event told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manyi.complaints.models import Channel, Complaint
from manyi.complaints.queries.duty import on_duty
from manyi.complaints.services import cases
from manyi.customers.models import Customer
from manyi.people.models import OrgUnit
from manyi.scope import Scope

SOURCE = "survey"


@transaction.atomic
def from_low_score(
    scope: Scope, *, response_id: str, customer_id: int, unit_id: int | None, score: float, at: datetime
) -> Complaint | None:
    """Open a complaint about a score (0–100) under the wave's threshold; one per response, also with a callback.

    Returns None where nobody could own it.
    """
    return _open(
        scope, key=response_id, customer_id=customer_id, unit_id=unit_id, at=at,
        title=gettext_lazy("Dissatisfied in a survey: %(score)s of 100"), score=round(score),
    )  # fmt: skip


@transaction.atomic
def from_callback(
    scope: Scope,
    *,
    wish_id: int,
    response_id: str,
    customer_id: int | None,
    unit_id: int | None,
    at: datetime,
) -> Complaint | None:
    """Open a complaint for somebody who asked in a survey to be called; a low score's complaint takes the wish."""
    complaint = _open(
        scope, key=response_id or f"wish-{wish_id}", customer_id=customer_id, unit_id=unit_id, at=at,
        title=gettext_lazy("Asked in a survey to be called back"),
    )  # fmt: skip
    if complaint is not None:
        with translation.override(complaint.first_contact_owner.language):
            text = _("The respondent asked to be called back: name and phone are under Listen → Callbacks.")
        if not complaint.notes.filter(text=text).exists():
            complaint.notes.create(author=None, at=at, text=text)
            cases.note_change(scope, complaint, "note", at=at)
    return complaint


def _open(
    scope: Scope,
    *,
    key: str,
    customer_id: int | None,
    unit_id: int | None,
    at: datetime,
    title: Any,
    **values: int,
) -> Complaint | None:
    known = Complaint.objects.filter(source=SOURCE, external_id=key).first()
    if known is not None:
        return known
    customer = Customer.objects.select_related("unit").filter(pk=customer_id or 0).first()
    unit = customer.unit if customer else OrgUnit.objects.filter(pk=unit_id or 0).first()
    owner = on_duty(unit) if unit else None
    if unit is None or owner is None:
        return None
    contact = customer.contacts.first() if customer else None
    language = contact.language if contact else settings.LANGUAGE_CODE
    with translation.override(owner.language):
        words = str(title) % values if values else str(title)
    return cases.receive(
        scope,
        unit=unit,
        channel=Channel.SURVEY,
        title=words,
        first_contact_owner=owner,
        at=at,
        source=SOURCE,
        external_id=key,
        customer=customer,
        contact=contact,
        complainant=contact.name if contact else "",
        phone=contact.phone if contact else "",
        email=contact.email if contact else "",
        language=language,
    )
