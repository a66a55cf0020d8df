"""How a complaint is to be settled: proposed, approved by somebody with enough authority, offered, answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, Proposal
from manyi.complaints.queries import proposals as queries
from manyi.complaints.services import cases, messages
from manyi.customers.models import AuthorityLimit
from manyi.customers.services_authority import shipped_limits
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.scope import Scope
from manyi.web.errors import Refused

Proposals = Proposal.State


def _publish(scope: Scope, row: Proposal, at: datetime) -> None:
    publish(
        scope,
        catalogue.ProposalChanged(
            subject_id=str(row.complaint_id), unit_id=row.unit_id, change=row.state, proposal_id=row.pk
        ),
        at=at,
    )


def _move(
    scope: Scope, row: Proposal, before: Iterable[str], after: str, at: datetime, **fields: Any
) -> None:
    """Compare-and-set. Raises Refused when the proposal is not in one of the states `before`."""
    if not Proposal.objects.filter(pk=row.pk, state__in=list(before)).update(state=after, **fields):
        row.refresh_from_db()
        raise Refused(
            _("The proposal is “%(state)s”; this cannot be done with it now.")
            % {"state": row.get_state_display()}
        )
    row.refresh_from_db()
    _publish(scope, row, at)


@transaction.atomic
def propose(
    scope: Scope,
    *,
    complaint: Complaint,
    kind: str,
    remedy: str,
    at: datetime,
    amount: Decimal = Decimal(0),
    currency: str = "CNY",
) -> Proposal:
    """Propose a settlement. What is within the person's own authority is approved at once; the rest waits for
    somebody whose limit reaches it. Raises Refused, ValidationError naming the field, NotAllowed.
    """
    cases.require_work_on(scope, complaint)
    if complaint.state not in (State.RECEIVED, State.WORKING):
        raise Refused(
            _("Complaint %(number)s is “%(state)s”: open it again before you propose something.")
            % {"number": complaint.number, "state": complaint.get_state_display()}
        )
    if not remedy.strip():
        raise ValidationError({"remedy": _("Say what we offer.")})
    row = Proposal(
        complaint=complaint,
        unit=complaint.unit,
        kind=Proposal.Kind(kind),
        remedy=remedy.strip(),
        amount=amount,
        currency=currency.strip().upper(),
        proposed_by_id=scope.user_id,
        proposed_at=at,
    )
    shipped_limits()
    own = queries.own_authority(scope, row, at=at, lock=True)
    row.state = Proposals.APPROVED if own else Proposals.WAITING
    row.decided_at = at if own else None
    row.full_clean()
    row.save()
    if complaint.state == State.RECEIVED:
        cases.move(scope, complaint, State.WORKING, at=at)
    _publish(scope, row, at)
    return row


def require_approval(scope: Scope, proposal: Proposal) -> None:
    """Raise NotAllowed without the right, Refused for one's own proposal or beyond one's own limit."""
    scope.require("complaints.approve", proposal.unit_id)
    if proposal.proposed_by_id == scope.user_id:
        raise Refused(_("Nobody approves their own proposal."))
    if not queries.may_decide(scope, proposal):
        raise Refused(
            _("%(amount)s is above your own limit.")
            % {"amount": f"{proposal.amount:,.2f} {proposal.currency}"}
        )


@transaction.atomic
def approve(scope: Scope, *, proposal: Proposal, at: datetime, reason: str = "") -> None:
    """Somebody else, with a limit that reaches it, agrees."""
    require_approval(scope, proposal)
    _move(
        scope, proposal, [Proposals.WAITING], Proposals.APPROVED, at,
        decided_by_id=scope.user_id, decided_at=at, decision=reason.strip()[:300],
    )  # fmt: skip


@transaction.atomic
def refuse(scope: Scope, *, proposal: Proposal, reason: str, at: datetime) -> None:
    """Not approved, with the reason. Raises Refused without one."""
    require_approval(scope, proposal)
    if not reason.strip():
        raise Refused(_("Say why it is not approved."))
    _move(
        scope, proposal, [Proposals.WAITING], Proposals.REFUSED, at,
        decided_by_id=scope.user_id, decided_at=at, decision=reason.strip()[:300],
    )  # fmt: skip


@transaction.atomic
def offer(scope: Scope, *, proposal: Proposal, at: datetime, message: str = "") -> None:
    """Offer it to the customer: by this message, or without one by word of mouth."""
    cases.require_work_on(scope, proposal.complaint)
    _move(scope, proposal, [Proposals.APPROVED], Proposals.OFFERED, at, offered_at=at)
    if message.strip():
        messages.send(scope, complaint=proposal.complaint, text=message, at=at)
    else:
        cases.respond(scope, complaint=proposal.complaint, at=at)


@transaction.atomic
def record_answer(
    scope: Scope, *, proposal: Proposal, accepted: bool, at: datetime, answer: str = ""
) -> None:
    """What the customer says to the offer."""
    cases.require_work_on(scope, proposal.complaint)
    after = Proposals.ACCEPTED if accepted else Proposals.DECLINED
    _move(scope, proposal, [Proposals.OFFERED], after, at, answered_at=at, answer=answer.strip()[:300])


@transaction.atomic
def take_back(scope: Scope, *, proposal: Proposal, at: datetime) -> None:
    """Before the customer has accepted it."""
    cases.require_work_on(scope, proposal.complaint)
    before = [Proposals.WAITING, Proposals.APPROVED, Proposals.OFFERED]
    _move(scope, proposal, before, Proposals.WITHDRAWN, at)


@transaction.atomic
def set_limit(scope: Scope, *, limit: AuthorityLimit) -> AuthorityLimit:
    """Store an authority limit. Raises ValidationError naming the field, NotAllowed."""
    scope.require("complaints.manage", limit.unit_id)
    limit.currency = limit.currency.upper()
    limit.full_clean()
    limit.save()
    return limit


@transaction.atomic
def drop_limit(scope: Scope, *, limit: AuthorityLimit) -> None:
    scope.require("complaints.manage", limit.unit_id)
    limit.delete()
