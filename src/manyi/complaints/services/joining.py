"""Complaints are linked, merged, split."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from manyi.complaints import search
from manyi.complaints.lifecycle import State
from manyi.complaints.models import CaseLink, CaseRole, Complaint, Proposal
from manyi.complaints.services import cases, clocks, messages, work_orders
from manyi.people.models import User
from manyi.scope import Scope
from manyi.web.errors import Refused

#: What a complaint split off takes along.
_SHARED = (
    "language", "severity", "category", "customer", "contact", "complainant", "phone", "email", "happened_on",
    "place", "product", "serial", "batch", "order_number",
)  # fmt: skip


def _pair(one: Complaint, other: Complaint) -> dict[str, Complaint]:
    first, second = sorted((one, other), key=lambda row: row.pk)
    return {"first": first, "second": second}


@transaction.atomic
def link(scope: Scope, *, complaint: Complaint, other: Complaint, kind: str, at: datetime) -> CaseLink:
    """Say that two complaints belong together; a second time changes the kind. Both must be within sight."""
    cases.require_work_on(scope, complaint)
    if complaint.pk == other.pk:
        raise Refused(_("A complaint is not linked with itself."))
    row, made = CaseLink.objects.update_or_create(
        **_pair(complaint, other),
        defaults={"kind": CaseLink.Kind(kind)},
        create_defaults={"kind": CaseLink.Kind(kind), "at": at, "by_id": scope.user_id},
    )
    if made:
        cases.note_change(scope, complaint, "linked", at=at, detail=other.number)
        cases.note_change(scope, other, "linked", at=at, detail=complaint.number)
    return row


@transaction.atomic
def unlink(scope: Scope, *, complaint: Complaint, other: Complaint, at: datetime) -> None:
    """Undo a link; nothing happens when there is none."""
    cases.require_work_on(scope, complaint)
    if CaseLink.objects.filter(**_pair(complaint, other)).delete()[0]:
        cases.note_change(scope, complaint, "unlinked", at=at, detail=other.number)
        cases.note_change(scope, other, "unlinked", at=at, detail=complaint.number)


@transaction.atomic
def merge(scope: Scope, *, complaint: Complaint, into: Complaint, at: datetime) -> None:
    """End `complaint`: it goes on as part of `into`, from whose page its notes, messages and files are read.

    Its clocks stop, its open work orders and proposals are taken back, and the complainant is told. Raises
    Refused, NotAllowed for either of the two.
    """
    cases.require_work_on(scope, complaint)
    cases.require_work_on(scope, into)
    if complaint.pk == into.pk:
        raise Refused(_("A complaint is not merged into itself."))
    if not into.is_open:
        raise Refused(
            _("Complaint %(number)s is “%(state)s”: merge into one that is open.")
            % {"number": into.number, "state": into.get_state_display()}
        )
    cases.move(scope, complaint, State.MERGED, at=at, detail=into.number, merged_into=into, closed_at=at)
    clocks.record(scope, complaint=complaint, kind="closed", at=at)
    work_orders.end_all(scope, complaint=complaint, reason=into.number, at=at)
    complaint.proposals.filter(state__in=["waiting", "approved", "offered"]).update(
        state=Proposal.State.WITHDRAWN
    )
    # Whoever works on the survivor reads this one too.
    for unit in {into.unit_id: into.unit, into.handler_unit_id: into.handler_unit}.values():
        complaint.assignments.create(role=CaseRole.WORKER, unit=unit, since=at, until=at, reason=into.number)
    search.put(complaint)
    link(scope, complaint=into, other=complaint, kind=CaseLink.Kind.DUPLICATE, at=at)
    cases.note_change(scope, into, "absorbed", at=at, detail=complaint.number)
    with translation.override(complaint.language):
        text = _("We handle your complaint together with %(number)s; you will hear from us there.") % {
            "number": into.number
        }
    messages.send(scope, complaint=complaint, text=text, at=at, answers=False)


@transaction.atomic
def split(
    scope: Scope,
    *,
    complaint: Complaint,
    title: str,
    at: datetime,
    description: str = "",
    **changes: Any,
) -> Complaint:
    """Open a complaint of its own for another matter in the same words; the two are linked.

    It shares customer, complainant and product (`changes` overrides them) and the first-contact owner.
    """
    cases.require_work_on(scope, complaint)
    if not title.strip():
        raise Refused(_("Say what the new complaint is about."))
    shared = {name: getattr(complaint, name) for name in _SHARED} | changes
    row = cases.receive(
        # The right was checked: to split is to work on it, not to receive from outside.
        Scope(scope.user_id, Scope.system("split off").grants, "split off"),
        unit=complaint.unit,
        channel=complaint.channel,
        title=title,
        description=description.strip(),
        first_contact_owner=complaint.first_contact_owner
        if complaint.first_contact_owner.is_active
        else User.objects.get(pk=scope.user_id or 0),
        at=at,
        **shared,
    )
    CaseLink.objects.create(**_pair(complaint, row), kind=CaseLink.Kind.SPLIT, at=at, by_id=scope.user_id)
    cases.note_change(scope, complaint, "split", at=at, detail=row.number)
    cases.note_change(scope, row, "split_from", at=at, detail=complaint.number)
    return row
