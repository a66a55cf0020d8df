"""Schedules of reports: reading them, setting them up, and claiming what is due.

The right to set one up is `improvement.decide` at its unit: who decides on improvements calls the review. Whoever
gets it needs `results.read` there, when it is set up and again each time it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.models import Job
from manyi.events.services import publish, start_job
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.people.rights import ROLES
from manyi.reports import files, periods, services
from manyi.reports.models import ReportSchedule, ReportSending
from manyi.reports.periods import Due
from manyi.reports.review import RIGHT, Choice
from manyi.scope import Scope
from manyi.web.errors import Refused

EDIT = "improvement.decide"
FIELDS = frozenset({"what", "unit", "language", "format", "rhythm", "day", "hour", "active"})
MOST_RECIPIENTS = 200


def schedules(scope: Scope) -> QuerySet[ReportSchedule]:
    """Those of units whose results the reader sees."""
    rows = ReportSchedule.objects.select_related("unit").prefetch_related("recipients")
    return scope.limit(rows, RIGHT)  # type: ignore[no-any-return]


def editable(scope: Scope) -> QuerySet[ReportSchedule]:
    return scope.limit(ReportSchedule.objects.select_related("unit"), EDIT)  # type: ignore[no-any-return]


def possible_recipients(scope: Scope) -> QuerySet[User]:
    """Active people with an address whose role sees results at a unit of the reader's, or above one."""
    roles = [role for role, rights in ROLES.items() if RIGHT in rights]
    places = Q(memberships__role__in=roles)
    lineage = scope.lineage_for(EDIT)
    if lineage is not None:
        places &= Q(memberships__unit__in=lineage)
    return (
        User.objects.filter(places, is_active=True).exclude(email="").distinct().order_by("name", "username")
    )


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def due_of(row: ReportSchedule, at: datetime) -> Due | None:
    """What the schedule is to have sent by now; None while its first time has not come."""
    found = periods.latest_due(row.rhythm, day=row.day, hour=row.hour, now=at, zone=zone())  # type: ignore[arg-type]
    return found if row.active and found.at >= row.since else None


def next_sending(row: ReportSchedule, at: datetime) -> datetime:
    return periods.next_due(row.rhythm, day=row.day, hour=row.hour, now=at, zone=zone())  # type: ignore[arg-type]


@transaction.atomic
def create(
    scope: Scope, *, unit: OrgUnit, recipients: Sequence[User], at: datetime, **fields: Any
) -> ReportSchedule:
    """A new schedule; `fields` are of FIELDS. Raises NotAllowed, Refused, ValidationError."""
    scope.require(EDIT, unit.pk)
    row = ReportSchedule(created_by_id=scope.user_id, created_at=at, since=at)
    return _save(scope, row, {**fields, "unit": unit}, recipients, change="created", at=at)


@transaction.atomic
def change(
    scope: Scope, *, row: ReportSchedule, recipients: Sequence[User], at: datetime, **fields: Any
) -> ReportSchedule:
    """Change a schedule. What it missed while it was switched off, or before a new time, is not made up for.

    Raises NotAllowed, Refused, ValidationError.
    """
    scope.require(EDIT, row.unit_id)
    if "unit" in fields:
        scope.require(EDIT, fields["unit"].pk)
    row.since = at
    return _save(scope, row, fields, recipients, change="changed", at=at)


def _save(
    scope: Scope,
    row: ReportSchedule,
    fields: dict[str, Any],
    recipients: Sequence[User],
    *,
    change: str,
    at: datetime,
) -> ReportSchedule:
    if set(fields) - FIELDS:
        raise TypeError(f"unknown fields {sorted(set(fields) - FIELDS)}")
    for name, value in fields.items():
        setattr(row, name, value)
    if row.rhythm == ReportSchedule.Rhythm.WEEKLY and not 1 <= row.day <= 7:
        raise Refused(_("The day of a week is 1 (Monday) to 7 (Sunday)."))
    if row.format not in files.FORMATS.get(row.what, ()):
        raise Refused(_("This report does not come in this format or language."))
    row.full_clean(exclude=["created_by", "recipients"])
    _check(row.unit, recipients)
    row.save()
    row.recipients.set(recipients)
    publish(
        scope,
        catalogue.ReportScheduleChanged(
            subject_id=str(row.pk), unit_id=row.unit_id, change=change, people=len(recipients)
        ),
        at=at,
    )
    return row


def _check(unit: OrgUnit, recipients: Iterable[User]) -> None:
    people = list(recipients)
    if not people:
        raise Refused(_("Name at least one recipient."))
    if len(people) > MOST_RECIPIENTS:
        raise Refused(_("A report goes to at most %(n)d people.") % {"n": MOST_RECIPIENTS})
    if refused := [user.get_full_name() for user in people if not able(user, unit)]:
        raise Refused(unable(refused))


def unable(names: Iterable[str]) -> str:
    return _("These may not see the results of this unit, or have no address: %(names)s") % {
        "names": ", ".join(names)
    }


def able(user: User, unit: OrgUnit) -> bool:
    """Whether a report about the unit may be sent to this person today."""
    return user.is_active and bool(user.email) and scope_of(user).may(RIGHT, unit.pk)


@transaction.atomic
def delete(scope: Scope, *, row: ReportSchedule, at: datetime) -> None:
    scope.require(EDIT, row.unit_id)
    publish(
        scope,
        catalogue.ReportScheduleChanged(subject_id=str(row.pk), unit_id=row.unit_id, change="deleted"),
        at=at,
    )
    row.delete()


@transaction.atomic
def leave(scope: Scope, *, row: ReportSchedule, at: datetime) -> None:
    """The reader does not want it any more; a schedule without recipients sends nothing."""
    if not row.recipients.filter(pk=scope.user_id or 0).exists():
        return
    row.recipients.remove(scope.user_id or 0)
    left = row.recipients.count()
    publish(
        scope,
        catalogue.ReportScheduleChanged(
            subject_id=str(row.pk), unit_id=row.unit_id, change="changed", people=left
        ),
        at=at,
    )


def order_due(*, at: datetime) -> int:
    """Order what is due and not ordered yet; returns how many reports.

    The claim is a row that can exist once, made in the transaction that queues the job: of two workers one makes it.
    Who has lost the right or the address is left out.
    """
    ordered = 0
    for row in (
        ReportSchedule.objects.filter(active=True).select_related("unit").prefetch_related("recipients")
    ):
        due = due_of(row, at)
        if due is None:
            continue
        known = set(row.sendings.filter(period=due.period.key).values_list("user_id", flat=True))
        for user in row.recipients.all():
            if user.pk not in known and able(user, row.unit):
                ordered += _claim(row, due, user, at)
    return ordered


@transaction.atomic
def _claim(row: ReportSchedule, due: Due, user: User, at: datetime) -> bool:
    sending, new = ReportSending.objects.get_or_create(
        schedule=row, period=due.period.key, user=user, defaults={"created_at": at}
    )
    if not new:
        return False
    order = services.order_of(
        what=row.what, choice=Choice(due.period, row.unit), format=row.format, language=row.language
    )
    job: Job = start_job(
        Scope(user_id=user.pk), kind=services.KIND, function="manyi.reports.jobs_schedules.make_scheduled",
        label=services.label_of(order), at=at, arguments={**order, "sending": sending.pk},
    )  # fmt: skip
    sending.job = job.key
    sending.save(update_fields=["job"])
    return True
