"""Appraisal sheets: figures frozen, commented by the manager, answered and acknowledged by the person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed, Scope
from manyi.standards import persons
from manyi.standards.models import AppraisalSheet
from manyi.standards.queries import appraisals as queries
from manyi.standards.queries import standards
from manyi.web.errors import Refused

State = AppraisalSheet.State
LONGEST = timedelta(days=731)


def _said(scope: Scope, row: AppraisalSheet, change: str, at: datetime) -> None:
    publish(
        scope, catalogue.AppraisalChanged(subject_id=str(row.pk), unit_id=row.unit_id, change=change), at=at
    )


@transaction.atomic
def make(
    scope: Scope, *, person: User, unit: OrgUnit, since: date, until: date, at: datetime
) -> AppraisalSheet:
    """A sheet about a person of the unit with the figures of the days from `since` to `until`, as they are now.

    :raises NotAllowed: also about oneself. :raises Refused: for somebody of another unit, a period that ends before it
        begins, has not ended or is longer than two years, and one there is a sheet for.
    """
    scope.require(queries.EDIT, unit.pk)
    if person.pk == scope.user_id:
        raise NotAllowed(queries.EDIT)
    if not person.memberships.filter(unit=unit).exists():
        raise Refused(_("%(name)s does not belong to this unit.") % {"name": person.get_full_name()})
    today = timezone.localtime(at).date()
    if not since <= until <= today or until - since > LONGEST:
        raise Refused(
            _("The period must have begun before it ended, ended by today, and last two years at most.")
        )
    if AppraisalSheet.objects.filter(person=person, unit=unit, since=since, until=until).exists():
        raise Refused(_("There is a sheet for this person and period."))
    row = AppraisalSheet.objects.create(
        person=person, unit=unit, since=since, until=until, made_by_id=scope.user_id, made_at=at,
        figures=_figures(scope, person, unit, since, until + timedelta(days=1), today),
    )  # fmt: skip
    _said(scope, row, "made", at)
    return row


def _figures(
    scope: Scope, person: User, unit: OrgUnit, since: date, until: date, today: date
) -> list[dict[str, Any]]:
    """First the person's own figures, then the unit's for each standard in use that was measured."""
    found: list[dict[str, Any]] = [
        {
            "own": True, "name": dict(figure.name), "value": figure.value, "low": figure.low, "high": figure.high,
            "n": figure.n, "measure": figure.measure, "status": "",
        }
        for figure in persons.figures(scope, person, since, min(until, today))
    ]  # fmt: skip
    rows = standards.standards(scope).filter(is_active=True, touchpoint__is_active=True)
    for each in standards.measured(scope, rows, unit, since, until, today):
        if each.reading.value is None:
            continue
        found.append(
            {
                "own": False, "code": each.standard.code, "name": each.standard.name,
                "touchpoint": each.standard.touchpoint.name, "unit": each.unit.name, "value": each.reading.value,
                "low": each.reading.low, "high": each.reading.high, "n": each.reading.n,
                "measure": each.standard.measure, "target": each.standard.target, "better": each.standard.better,
                "status": str(each.verdict.status), "sure": each.verdict.sure,
            }
        )  # fmt: skip
    return found


def _managed(scope: Scope, sheet: AppraisalSheet) -> AppraisalSheet:
    row = AppraisalSheet.objects.select_for_update().get(pk=sheet.pk)
    if not queries.may_manage(scope, row):
        raise NotAllowed(queries.EDIT)
    if row.state != State.DRAFT:
        raise Refused(_("The sheet was shared; it stays as it is."))
    return row


@transaction.atomic
def comment(scope: Scope, *, sheet: AppraisalSheet, text: str) -> None:
    """The manager's words, until the sheet is shared. Raises NotAllowed, Refused."""
    row = _managed(scope, sheet)
    row.comment = text.strip()[:5000]
    row.save(update_fields=["comment"])


@transaction.atomic
def share(scope: Scope, *, sheet: AppraisalSheet, at: datetime) -> None:
    """Let the person see it. Raises NotAllowed, Refused without a comment."""
    row = _managed(scope, sheet)
    if not row.comment:
        raise Refused(_("Write your comment first: figures alone are no appraisal."))
    row.state, row.shared_at, row.shared_by_id = State.SHARED, at, scope.user_id
    row.save(update_fields=["state", "shared_at", "shared_by"])
    _said(scope, row, "shared", at)


def _own(scope: Scope, sheet: AppraisalSheet) -> AppraisalSheet:
    row = AppraisalSheet.objects.select_for_update().get(pk=sheet.pk)
    if scope.user_id is None or row.person_id != scope.user_id or row.state == State.DRAFT:
        raise NotAllowed(queries.EDIT)
    return row


@transaction.atomic
def reply(scope: Scope, *, sheet: AppraisalSheet, text: str, at: datetime) -> None:
    """The person's answer, given once; it stays, with its time. Raises NotAllowed, Refused."""
    row = _own(scope, sheet)
    if row.replied_at is not None or row.state == State.ACKNOWLEDGED:
        raise Refused(_("You replied or acknowledged already; that stays as it is."))
    if not text.strip():
        raise Refused(_("Write your reply first."))
    row.reply, row.replied_at = text.strip()[:5000], at
    row.save(update_fields=["reply", "replied_at"])
    _said(scope, row, "replied", at)


@transaction.atomic
def acknowledge(scope: Scope, *, sheet: AppraisalSheet, at: datetime) -> None:
    """The person has read it; that is no agreement. Raises NotAllowed, Refused."""
    row = _own(scope, sheet)
    if row.state == State.ACKNOWLEDGED:
        raise Refused(_("You replied or acknowledged already; that stays as it is."))
    row.state, row.acknowledged_at = State.ACKNOWLEDGED, at
    row.save(update_fields=["state", "acknowledged_at"])
    _said(scope, row, "acknowledged", at)
