"""The three roles change hands, and never are nobody's."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import OPEN_ORDERS, CaseRole, Complaint, HandOver, WorkOrder
from manyi.complaints.queries import roles
from manyi.complaints.queries.duty import on_duty
from manyi.complaints.services import cases
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused


def _publish(scope: Scope, row: HandOver, change: str, at: datetime) -> None:
    publish(
        scope,
        catalogue.HandOverChanged(
            subject_id=str(row.complaint_id), unit_id=row.complaint.unit_id, change=change, user_id=row.to_id
        ),
        at=at,
    )


@transaction.atomic
def ask_hand_over(scope: Scope, *, complaint: Complaint, to: User, reason: str, at: datetime) -> HandOver:
    """Ask somebody to answer for a complaint from now on. It stays with the present owner until they accept.

    The owner may ask, and whoever dispatches. Raises Refused, NotAllowed.
    """
    if scope.user_id != complaint.first_contact_owner_id:
        cases.require_work_on(scope, complaint, "complaints.dispatch")
    if not complaint.is_open:
        raise Refused(_("Only an open complaint is handed over."))
    if not reason.strip():
        raise Refused(_("Say why it is handed over."))
    if to.pk == complaint.first_contact_owner_id:
        raise Refused(_("%(person)s is the first-contact owner already.") % {"person": to.get_full_name()})
    if not roles.workers(complaint.unit).filter(pk=to.pk).exists():
        raise Refused(
            _("%(person)s does not work on complaints of “%(unit)s”.")
            % {"person": to.get_full_name(), "unit": complaint.unit}
        )
    if roles.asked(complaint) is not None:
        raise Refused(_("Somebody has been asked already; take that back first."))
    row = complaint.hand_overs.create(
        owner_id=complaint.first_contact_owner_id,
        to=to,
        reason=reason.strip()[:300],
        asked_by_id=scope.user_id,
        asked_at=at,
    )
    _publish(scope, row, "asked", at)
    return row


def _answer(row: HandOver, state: str, answer: str, at: datetime) -> None:
    claimed = HandOver.objects.filter(pk=row.pk, state=HandOver.State.ASKED).update(
        state=state, answer=answer.strip()[:300], answered_at=at
    )
    if not claimed:
        raise Refused(_("This request has been answered already."))
    row.refresh_from_db()


@transaction.atomic
def accept_hand_over(scope: Scope, *, hand_over: HandOver, at: datetime) -> None:
    """Whoever was asked answers for the complaint from now on."""
    if scope.user_id != hand_over.to_id:
        raise NotAllowed("complaints.handle")
    complaint = hand_over.complaint
    if not complaint.is_open:
        raise Refused(_("Only an open complaint is handed over."))
    _answer(hand_over, HandOver.State.ACCEPTED, "", at)
    _publish(scope, hand_over, "accepted", at)
    cases.assign(
        scope,
        complaint=complaint,
        role=CaseRole.FIRST_CONTACT_OWNER,
        unit=complaint.unit,
        user=hand_over.to,
        at=at,
        reason=hand_over.reason,
    )


@transaction.atomic
def decline_hand_over(scope: Scope, *, hand_over: HandOver, answer: str, at: datetime) -> None:
    """It stays with the present owner. Raises Refused without a reason."""
    if scope.user_id != hand_over.to_id:
        raise NotAllowed("complaints.handle")
    if not answer.strip():
        raise Refused(_("Say why you decline."))
    _answer(hand_over, HandOver.State.DECLINED, answer, at)
    _publish(scope, hand_over, "declined", at)


@transaction.atomic
def take_back_hand_over(scope: Scope, *, hand_over: HandOver, at: datetime) -> None:
    """Whoever asked, the owner, or whoever dispatches takes the request back."""
    if scope.user_id not in (hand_over.asked_by_id, hand_over.owner_id):
        cases.require_work_on(scope, hand_over.complaint, "complaints.dispatch")
    _answer(hand_over, HandOver.State.TAKEN_BACK, "", at)
    _publish(scope, hand_over, "taken_back", at)


@transaction.atomic
def reassign(
    scope: Scope,
    *,
    complaint: Complaint,
    unit: OrgUnit,
    user: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Give the handling to a unit and perhaps a person of it. Raises Refused, NotAllowed.

    Nothing happens when they have it already.
    """
    cases.require_work_on(scope, complaint, "complaints.dispatch")
    if not complaint.is_open:
        raise Refused(_("Complaint %(number)s is not open.") % {"number": complaint.number})
    if not unit.active:
        raise Refused(_("Org unit “%(unit)s” is not active.") % {"unit": unit})
    if user is not None and not roles.workers(unit).filter(pk=user.pk).exists():
        raise Refused(
            _("%(person)s does not work on complaints of “%(unit)s”.")
            % {"person": user.get_full_name(), "unit": unit}
        )
    if (complaint.handler_unit_id, complaint.handler_id) == (unit.pk, user.pk if user else None):
        return
    cases.assign(
        scope, complaint=complaint, role=CaseRole.HANDLER, unit=unit, user=user, at=at, reason=reason[:300]
    )


@transaction.atomic
def take(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """Handle it oneself: for whoever works on complaints of the handling unit, when nobody there has it yet."""
    if not scope.may("complaints.handle", complaint.handler_unit_id) or scope.user_id is None:
        raise NotAllowed("complaints.handle")
    if complaint.handler_id is not None:
        raise Refused(
            _("%(person)s works on it already.") % {"person": complaint.handler.get_full_name()}  # type: ignore[union-attr]
        )
    cases.assign(
        scope,
        complaint=complaint,
        role=CaseRole.HANDLER,
        unit=complaint.handler_unit,
        user=User.objects.get(pk=scope.user_id),
        at=at,
    )


@transaction.atomic
def name_cause(scope: Scope, *, complaint: Complaint, unit: OrgUnit, at: datetime, reason: str = "") -> None:
    """Say whose process caused it. Nothing happens when that is known already."""
    cases.require_work_on(scope, complaint)
    if complaint.cause_unit_id != unit.pk:
        cases.assign(
            scope,
            complaint=complaint,
            role=CaseRole.CAUSE_OWNER,
            unit=unit,
            user=None,
            at=at,
            reason=reason.strip()[:300],
        )


def pass_on(scope: Scope, *, user: User, at: datetime) -> int:
    """Give what a person answered for or worked on to whoever is on duty; returns of how many complaints.

    For somebody who can no longer sign in. Each complaint is a transaction of its own; what has been passed on
    already is left alone, so it may run again. Where nobody is on duty the handling goes to the unit as such,
    and the ownership stays where it is and is listed (`queries.roles.without_owner`).
    """
    passed = 0
    for pk in list(roles.held_by(user).values_list("pk", flat=True)):
        with transaction.atomic():
            complaint = Complaint.objects.select_for_update(of=("self",)).get(pk=pk)
            if complaint.state not in OPEN:
                continue
            reason = _("%(person)s can no longer sign in.") % {"person": user.get_full_name()}
            if complaint.handler_id == user.pk:
                unit = complaint.handler_unit
                cases.assign(
                    scope, complaint=complaint, role=CaseRole.HANDLER, unit=unit, user=on_duty(unit), at=at,
                    reason=reason,
                )  # fmt: skip
            heir = on_duty(complaint.unit)
            if complaint.first_contact_owner_id == user.pk and heir is not None:
                cases.assign(
                    scope, complaint=complaint, role=CaseRole.FIRST_CONTACT_OWNER, unit=complaint.unit,
                    user=heir, at=at, reason=reason,
                )  # fmt: skip
            passed += 1
    with transaction.atomic():
        for row in HandOver.objects.filter(to=user, state=HandOver.State.ASKED):
            _answer(row, HandOver.State.DECLINED, _("The person can no longer sign in."), at)
            _publish(scope, row, "declined", at)
        # Work orders stay with the unit, for a colleague to take up.
        WorkOrder.objects.filter(user=user, state__in=OPEN_ORDERS).update(user=None)
    return passed
