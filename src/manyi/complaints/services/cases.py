"""A complaint is received, worked on, resolved, closed, reopened, withdrawn.

A state changes by compare-and-set on `lifecycle.TRANSITIONS`, with its event, its clock event and its stamp in
one transaction.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from manyi.complaints import lifecycle, search
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Assignment, CaseRole, Channel, Complaint, NumberSeries
from manyi.complaints.queries.cases import may_note, may_work_on
from manyi.complaints.services import clocks, first_contact
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

PARTICULARS = frozenset(
    {
        "language", "severity", "category", "customer", "contact", "complainant", "phone", "email", "title",
        "description", "happened_on", "place", "product", "serial", "batch", "order_number", "wanted_remedy",
    }
)  # fmt: skip


def require_work_on(scope: Scope, complaint: Complaint, right: str = "complaints.handle") -> None:
    """Raise NotAllowed unless the right is held at the complaint's unit or at the one that works on it."""
    if not may_work_on(scope, complaint, right):
        raise NotAllowed(right)


def next_of_series(key: str) -> int:
    """The next whole number of a series, from 1; the row stays locked until the transaction ends."""
    NumberSeries.objects.get_or_create(key=key)
    NumberSeries.objects.filter(key=key).update(last=F("last") + 1)
    return NumberSeries.objects.get(key=key).last


def next_number(unit: OrgUnit, at: datetime, series: str = "") -> str:
    """'EAST-20261124-0007': unit, local day, running number of that day. Gapless within the transaction.

    `series` ('P-') starts a numbering of its own for other things than complaints.
    """
    day = at.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y%m%d")
    key = f"{series}{unit.code.upper()}-{day}"
    return f"{key}-{next_of_series(key):04d}"


@transaction.atomic
def receive(
    scope: Scope,
    *,
    unit: OrgUnit,
    channel: str,
    title: str,
    first_contact_owner: User,
    at: datetime,
    source: str = "",
    external_id: str = "",
    **particulars: Any,
) -> Complaint:
    """Open a complaint. Whoever heard it first owns it from this moment (首问负责制) and handles it until it is
    handed over; `particulars` are others of PARTICULARS.

    With `source` and `external_id` it is idempotent: the complaint that came from there before is returned.
    Raises NotAllowed, ValidationError naming the field.
    """
    scope.require("complaints.receive", unit.pk)
    unknown = set(particulars) - PARTICULARS
    if unknown:
        raise TypeError(f"unknown fields {sorted(unknown)}")
    if external_id:
        known = Complaint.objects.filter(source=source, external_id=external_id).first()
        if known is not None:
            return known
    row = Complaint(
        unit=unit,
        channel=Channel(channel),
        title=title.strip(),
        secret=secrets.token_urlsafe(16),
        first_contact_owner=first_contact_owner,
        handler=first_contact_owner,
        handler_unit=unit,
        received_at=at,
        source=source,
        external_id=external_id,
        **particulars,
    )
    row.full_clean(exclude=["number"])
    row.number = next_number(unit, at)
    row.save()
    Assignment.objects.bulk_create(
        Assignment(complaint=row, role=role, unit=unit, user=first_contact_owner, since=at)
        for role in (CaseRole.FIRST_CONTACT_OWNER, CaseRole.HANDLER)
    )
    publish(
        scope,
        catalogue.ComplaintReceived(
            subject_id=str(row.pk),
            unit_id=unit.pk,
            channel=row.channel,
            severity=row.severity,
            customer_id=row.customer_id,
        ),
        at=at,
    )
    search.put(row)
    clocks.record(scope, complaint=row, kind="start", at=at)
    return row


def note_change(scope: Scope, complaint: Complaint, change: str, *, at: datetime, detail: str = "") -> None:
    """Publish 'complaint.changed' for any change that has no event of its own."""
    publish(
        scope,
        catalogue.ComplaintChanged(
            subject_id=str(complaint.pk),
            unit_id=complaint.unit_id,
            change=change,
            detail=detail,
            customer_id=complaint.customer_id,
        ),
        at=at,
    )


def move(
    scope: Scope, complaint: Complaint, to: State, *, at: datetime, detail: str = "", **stamps: Any
) -> None:
    """Compare-and-set the state and `stamps` (fields), and publish it. Call inside a transaction.

    Raises Refused when the step is not one of the lifecycle, or somebody else was quicker.
    """
    before = complaint.state
    change = lifecycle.change(before, to)
    changed = change and Complaint.objects.filter(pk=complaint.pk, state=before).update(state=to, **stamps)
    if not change or not changed:
        complaint.refresh_from_db()
        raise Refused(
            _("Complaint %(number)s is “%(state)s” and cannot become “%(to)s”. Reload the page.")
            % {"number": complaint.number, "state": complaint.get_state_display(), "to": to.label}
        )
    complaint.refresh_from_db()
    if (before in lifecycle.OPEN) != (to in lifecycle.OPEN):
        search.put(complaint)
    note_change(scope, complaint, change, at=at, detail=detail)


@transaction.atomic
def edit(scope: Scope, *, complaint: Complaint, at: datetime, **particulars: Any) -> Complaint:
    """Correct the particulars (fields of PARTICULARS). Raises ValidationError, NotAllowed, Refused."""
    require_work_on(scope, complaint)
    changed = [name for name, value in particulars.items() if getattr(complaint, name) != value]
    if not changed:
        return complaint
    unknown = set(particulars) - PARTICULARS
    if unknown:
        raise TypeError(f"unknown fields {sorted(unknown)}")
    for name in changed:
        setattr(complaint, name, particulars[name])
    complaint.full_clean()
    complaint.save(update_fields=changed)
    search.put(complaint)
    note_change(scope, complaint, "edited", at=at, detail=",".join(sorted(changed)))
    if {"severity", "category", "customer"} & set(changed):
        clocks.record(scope, complaint=complaint, kind="policy", at=at)
    return complaint


@transaction.atomic
def acknowledge(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """The complainant has been told that we have it. Idempotent."""
    if Complaint.objects.filter(pk=complaint.pk, acknowledged_at=None).update(acknowledged_at=at):
        complaint.refresh_from_db()
        note_change(scope, complaint, "acknowledged", at=at)
        clocks.record(scope, complaint=complaint, kind="acknowledged", at=at)


@transaction.atomic
def respond(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """The complainant has had a first answer on the matter; also counts as a contact. Acknowledges if need be."""
    acknowledge(scope, complaint=complaint, at=at)
    if Complaint.objects.filter(pk=complaint.pk, responded_at=None).update(responded_at=at):
        complaint.refresh_from_db()
        note_change(scope, complaint, "responded", at=at)
        clocks.record(scope, complaint=complaint, kind="responded", at=at)
    else:  # an answer in a later round stops that round's clocks
        clocks.record(scope, complaint=complaint, kind="responded", at=at)


@transaction.atomic
def start(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """Work on it begins. Nothing happens when it has begun already."""
    require_work_on(scope, complaint)
    if complaint.state == State.RECEIVED:
        move(scope, complaint, State.WORKING, at=at)


@transaction.atomic
def resolve(scope: Scope, *, complaint: Complaint, resolution: str, at: datetime) -> None:
    """We have told the complainant how it is settled. Raises Refused without a resolution."""
    require_work_on(scope, complaint)
    if not resolution.strip():
        raise Refused(_("Say how the complaint was settled."))
    first = first_contact.judge(complaint, by_id=scope.user_id, at=at)
    move(
        scope, complaint, State.RESOLVED, at=at,
        resolved_at=at, resolution=resolution.strip(), first_contact_resolved=first,
    )  # fmt: skip
    if first:
        note_change(scope, complaint, "first_contact_resolved", at=at)
    respond(scope, complaint=complaint, at=at)
    clocks.record(scope, complaint=complaint, kind="resolved", at=at)


@transaction.atomic
def close(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """Close a resolved complaint; follow-ups start from here."""
    require_work_on(scope, complaint)
    move(scope, complaint, State.CLOSED, at=at, closed_at=at, closings=F("closings") + 1)
    clocks.record(scope, complaint=complaint, kind="closed", at=at)
    publish(
        scope,
        catalogue.ComplaintClosed(
            subject_id=str(complaint.pk),
            unit_id=complaint.unit_id,
            closing=complaint.closings,
            customer_id=complaint.customer_id,
        ),
        at=at,
    )


@transaction.atomic
def reopen(scope: Scope, *, complaint: Complaint, reason: str, at: datetime) -> None:
    """Work on it again, with the reason. From 'resolved' it is simply not accepted yet."""
    require_work_on(scope, complaint)
    if not reason.strip():
        raise Refused(_("Say why the complaint is opened again."))
    stamps: dict[str, Any] = {"resolved_at": None, "closed_at": None, "first_contact_resolved": False}
    if complaint.state != State.RESOLVED:
        stamps["reopened"] = F("reopened") + 1
    move(scope, complaint, State.WORKING, at=at, **stamps)
    complaint.notes.create(author_id=scope.user_id, at=at, text=reason.strip())
    clocks.record(scope, complaint=complaint, kind="reopened", at=at)
    publish(
        scope,
        catalogue.ComplaintReopened(
            subject_id=str(complaint.pk),
            unit_id=complaint.unit_id,
            closing=complaint.closings,
            customer_id=complaint.customer_id,
        ),
        at=at,
    )


@transaction.atomic
def withdraw(scope: Scope, *, complaint: Complaint, reason: str, at: datetime) -> None:
    """The complainant takes it back. The caller may be the complainant, acting by a system scope."""
    require_work_on(scope, complaint)
    move(scope, complaint, State.WITHDRAWN, at=at, closed_at=at)
    if reason.strip():
        complaint.notes.create(author_id=scope.user_id, at=at, text=reason.strip())
    clocks.record(scope, complaint=complaint, kind="closed", at=at)


@transaction.atomic
def add_note(scope: Scope, *, complaint: Complaint, text: str, at: datetime) -> Any:
    """An internal word. Raises Refused when empty."""
    if not may_note(scope, complaint):
        raise NotAllowed("complaints.handle")
    if not text.strip():
        raise Refused(_("The note is empty."))
    note = complaint.notes.create(author_id=scope.user_id, at=at, text=text.strip())
    note_change(scope, complaint, "note", at=at)
    return note


def assign(
    scope: Scope,
    *,
    complaint: Complaint,
    role: CaseRole,
    unit: OrgUnit,
    user: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Give a role to a unit and perhaps a person, and keep who held it before. Call inside a transaction;
    whether it may be done is the caller's to check.
    """
    complaint.assignments.filter(role=role, until=None).update(until=at)
    complaint.assignments.create(role=role, unit=unit, user=user, since=at, reason=reason)
    search.put(complaint)
    if role == CaseRole.HANDLER:
        complaint.handler, complaint.handler_unit = user, unit
        complaint.save(update_fields=["handler", "handler_unit"])
    elif role == CaseRole.FIRST_CONTACT_OWNER:
        if user is None:
            raise Refused(_("The first-contact owner must be a person."))
        complaint.first_contact_owner = user
        complaint.save(update_fields=["first_contact_owner"])
    else:
        complaint.cause_unit = unit
        complaint.save(update_fields=["cause_unit"])
    publish(
        scope,
        catalogue.ComplaintAssigned(
            subject_id=str(complaint.pk),
            unit_id=complaint.unit_id,
            role=role,
            user_id=user.pk if user else None,
            to_unit_id=unit.pk,
        ),
        at=at,
    )
