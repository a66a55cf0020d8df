"""Audits: planned, filled in, handed in. What is handed in stays as it is."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.standards.models import Audit, AuditMark, Checklist
from manyi.standards.queries import audits as queries
from manyi.standards.services import marking
from manyi.standards.services.checklists import copy_checks
from manyi.web.errors import Refused

State = Audit.State


def _said(scope: Scope, row: Audit, change: str, at: datetime) -> None:
    publish(scope, catalogue.AuditChanged(subject_id=str(row.pk), unit_id=row.unit_id, change=change), at=at)


@transaction.atomic
def plan(
    scope: Scope, *, checklist: Checklist, unit: OrgUnit, auditor: User, due_on: date, at: datetime
) -> Audit:
    """Somebody is to audit the unit by a day. Raises NotAllowed, Refused."""
    scope.require("standards.edit", unit.pk)
    if checklist.kind != Checklist.Kind.AUDIT:
        raise Refused(_("This is a scenario of mystery visits, not a checklist."))
    if not queries.candidates(unit).filter(pk=auditor.pk).exists():
        raise Refused(_("%(name)s may not audit this unit.") % {"name": auditor.get_full_name()})
    row = Audit(
        checklist=checklist, unit=unit, auditor=auditor, due_on=due_on, planned_by_id=scope.user_id,
        planned_at=at,
    )  # fmt: skip
    row.save()
    copy_checks(checklist, row)
    _said(scope, row, "planned", at)
    return row


@transaction.atomic
def mark(
    scope: Scope, *, audit: Audit, mark: AuditMark, value: float | None, at: datetime,
    not_applicable: bool = False, note: str = "",
) -> None:  # fmt: skip
    """Keep one answer of the auditor's. Raises NotAllowed, Refused."""
    row = marking.claim(scope, audit)
    marking.write(scope, row=row, mark=mark, value=value, not_applicable=not_applicable, note=note)
    if marking.begin(row, at):
        _said(scope, row, "started", at)


@transaction.atomic
def submit(scope: Scope, *, audit: Audit, at: datetime, remarks: str = "") -> Audit:
    """Hand it in: scored, and frozen. Raises NotAllowed, Refused while answers are missing."""
    row = marking.claim(scope, audit)
    marking.hand_in(row, at)
    row.state, row.remarks = State.SUBMITTED, remarks.strip()[:5000]
    row.save()
    _said(scope, row, "submitted", at)
    return row


@transaction.atomic
def cancel(scope: Scope, *, audit: Audit, at: datetime) -> None:
    """Call off an audit that was not handed in. Raises NotAllowed, Refused."""
    scope.require("standards.edit", audit.unit_id)
    open_ = Audit.objects.filter(pk=audit.pk, state__in=[State.PLANNED, State.DOING])
    if not open_.update(state=State.CANCELLED, cancelled_at=at):
        raise Refused(_("This sheet was handed in or called off; it stays as it is."))
    _said(scope, audit, "cancelled", at)
