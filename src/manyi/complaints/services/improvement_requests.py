"""Requests to design, production, service and management: sent, accepted, rejected with reason, shipped.

And setting aside what was heard but is no complaint, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.models import Complaint, ImprovementRequest, Problem, SetAside
from manyi.complaints.queries import improvement_requests as queries
from manyi.complaints.queries import never_miss
from manyi.complaints.services.cases import next_number
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

State = ImprovementRequest.State
#: state → the answers that may follow
ANSWERS: dict[str, tuple[str, ...]] = {
    State.SENT: (State.ACCEPTED, State.REJECTED, State.SHIPPED),
    State.ACCEPTED: (State.REJECTED, State.SHIPPED),
}


def _publish(scope: Scope, row: ImprovementRequest, at: datetime) -> None:
    publish(
        scope,
        catalogue.ImprovementRequestChanged(
            subject_id=str(row.pk),
            unit_id=row.unit_id,
            change=row.state,
            to_unit_id=row.to_unit_id,
            problem_id=row.problem_id,
        ),
        at=at,
    )


@transaction.atomic
def send(
    scope: Scope,
    *,
    unit: OrgUnit,
    to_unit: OrgUnit,
    audience: str,
    title: str,
    text: str,
    problem: Problem | None = None,
    complaints: Iterable[Complaint] = (),
    at: datetime,
) -> ImprovementRequest:
    """Send a request about a problem, complaints, or both. Raises NotAllowed, ValidationError, Refused."""
    scope.require("complaints.handle", unit.pk)
    found = list(complaints)
    if problem is None and not found:
        raise Refused(_("Name the problem or the complaints that the request comes from."))
    row = ImprovementRequest(
        unit=unit, to_unit=to_unit, audience=audience, title=title.strip(), text=text.strip(), problem=problem,
        sent_at=at, sent_by_id=scope.user_id,
    )  # fmt: skip
    row.full_clean(exclude=["number"])
    row.number = next_number(unit, at, "R-")
    row.save()
    row.complaints.set(found)
    _publish(scope, row, at)
    return row


@transaction.atomic
def answer(
    scope: Scope,
    *,
    request: ImprovementRequest,
    state: str,
    text: str = "",
    version: str = "",
    at: datetime,
) -> ImprovementRequest:
    """The unit asked says what becomes of it. Raises NotAllowed, Refused without the reason or the version."""
    row = ImprovementRequest.objects.select_for_update().get(pk=request.pk)
    if not queries.may_answer(scope, row):
        raise NotAllowed("complaints.handle")
    if state not in ANSWERS.get(row.state, ()):
        raise Refused(
            _("Request %(number)s is “%(state)s”; this answer is not possible now.")
            % {"number": row.number, "state": row.get_state_display()}
        )
    if state == State.REJECTED and not text.strip():
        raise Refused(_("Say why the request is rejected."))
    if state == State.SHIPPED and not version.strip():
        raise Refused(_("Say in which version or from which date it is shipped."))
    stamps: dict[str, Any] = {"shipped_at": at} if state == State.SHIPPED else {}
    row.state, row.answer = state, text.strip() or row.answer
    row.version, row.answered_at = version.strip(), row.answered_at or at
    for name, value in stamps.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    _publish(scope, row, at)
    return row


@transaction.atomic
def set_aside(scope: Scope, *, source: str, reason: str, at: datetime) -> SetAside:
    """What was heard is no complaint, because … Idempotent by source. Raises NotAllowed, Refused."""
    scope.require("complaints.receive")
    if not reason.strip():
        raise Refused(_("Say why it is not a complaint."))
    known = SetAside.objects.filter(source=source).first()
    if known is not None:
        return known
    miss = never_miss.unrecorded(scope, source, at)
    if miss is None:
        raise Refused(_("This is not waiting any more. Reload the page."))
    scope.require("complaints.receive", miss.unit_id)
    return SetAside.objects.create(
        source=source, unit_id=miss.unit_id, reason=reason.strip()[:300], at=at, by_id=scope.user_id
    )
