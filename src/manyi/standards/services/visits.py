"""Mystery visits: assigned, made, handed in, published, appealed against, decided.

Until it is published, an event of a visit names no unit, and only the visitor gets a mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish as publish_event
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed, Scope
from manyi.standards import letters_visits
from manyi.standards.models import Checklist, MysteryVisit, VisitMark
from manyi.standards.queries import visits as queries
from manyi.standards.services import marking
from manyi.standards.services.checklists import copy_checks
from manyi.web.errors import Refused

State = MysteryVisit.State
APPEAL_DAYS = 7


def _said(scope: Scope, row: MysteryVisit, change: str, at: datetime) -> None:
    unit = row.unit_id if row.is_known else None
    publish_event(scope, catalogue.VisitChanged(subject_id=str(row.key), unit_id=unit, change=change), at=at)


def _planner(scope: Scope, visit: MysteryVisit) -> MysteryVisit:
    """The row, locked, for one who plans visits to the unit. Raises NotAllowed."""
    if not queries.may_plan(scope, visit.unit):
        raise NotAllowed("standards.edit")
    return MysteryVisit.objects.select_for_update().select_related("unit", "checklist").get(pk=visit.pk)


@transaction.atomic
def assign(
    scope: Scope,
    *,
    checklist: Checklist,
    unit: OrgUnit,
    visitor: User,
    starts_on: date,
    ends_on: date,
    at: datetime,
    appeal_days: int = APPEAL_DAYS,
) -> MysteryVisit:
    """Send a visitor to a unit, some day from `starts_on` to `ends_on`; only the visitor is written to.

    :raises NotAllowed: without the right for the unit above. :raises Refused: for a visitor whom the unit knows as
        its own, a window that ends before it begins, or a list that is no scenario.
    """
    if not queries.may_plan(scope, unit):
        raise NotAllowed("standards.edit")
    if checklist.kind != Checklist.Kind.VISIT:
        raise Refused(_("This is a checklist of audits, not a scenario."))
    if not queries.candidates(unit).filter(pk=visitor.pk).exists():
        raise Refused(
            _("%(name)s belongs to this unit or may not visit.") % {"name": visitor.get_full_name()}
        )
    if ends_on < starts_on:
        raise Refused(_("The last day lies before the first."))
    if not 1 <= appeal_days <= 90:
        raise Refused(_("Give the unit 1 to 90 days to appeal."))
    row = MysteryVisit(
        checklist=checklist, unit=unit, visitor=visitor, starts_on=starts_on, ends_on=ends_on,
        appeal_days=appeal_days, planned_by_id=scope.user_id, planned_at=at,
    )  # fmt: skip
    row.save()
    copy_checks(checklist, row)
    letters_visits.assigned(scope, row, at=at)
    _said(scope, row, "planned", at)
    return row


@transaction.atomic
def mark(
    scope: Scope, *, visit: MysteryVisit, mark: VisitMark, value: float | None, at: datetime,
    not_applicable: bool = False, note: str = "",
) -> None:  # fmt: skip
    """Keep one answer of the visitor's. Raises NotAllowed, Refused."""
    row = marking.claim(scope, visit)
    marking.write(scope, row=row, mark=mark, value=value, not_applicable=not_applicable, note=note)
    if marking.begin(row, at):
        _said(scope, row, "started", at)


@transaction.atomic
def submit(
    scope: Scope, *, visit: MysteryVisit, visited_at: datetime, at: datetime, remarks: str = ""
) -> MysteryVisit:
    """Hand it in: scored, and frozen; the unit does not see it yet.

    :raises Refused: while answers are missing, or for a time of the visit outside its window or still to come.
    """
    row = marking.claim(scope, visit)
    day = letters_visits.local_day(visited_at)
    if not row.starts_on <= day <= row.ends_on:
        raise Refused(
            _("The visit was to be made from %(first)s to %(last)s.")
            % {"first": row.starts_on, "last": row.ends_on}
        )
    if visited_at > at:
        raise Refused(_("The time of the visit has not come yet."))
    marking.hand_in(row, at)
    row.state, row.visited_at, row.remarks = State.SUBMITTED, visited_at, remarks.strip()[:5000]
    row.save()
    _said(scope, row, "submitted", at)
    return row


@transaction.atomic
def publish(scope: Scope, *, visit: MysteryVisit, at: datetime) -> MysteryVisit:
    """Let the unit see the result; the days to appeal begin. Raises NotAllowed, Refused."""
    row = _planner(scope, visit)
    if row.state != State.SUBMITTED:
        raise Refused(_("Only a visit that was handed in can be published."))
    row.state, row.published_at, row.published_by_id = State.PUBLISHED, at, scope.user_id
    row.save(update_fields=["state", "published_at", "published_by"])
    letters_visits.published(scope, row, at=at)
    _said(scope, row, "published", at)
    return row


@transaction.atomic
def cancel(scope: Scope, *, visit: MysteryVisit, at: datetime) -> None:
    """Call off a visit that was not handed in; the unit never hears of it. Raises NotAllowed, Refused."""
    row = _planner(scope, visit)
    if not row.is_open:
        raise Refused(_("This sheet was handed in or called off; it stays as it is."))
    row.state, row.cancelled_at = State.CANCELLED, at
    row.save(update_fields=["state", "cancelled_at"])
    _said(scope, row, "cancelled", at)


@transaction.atomic
def appeal(
    scope: Scope, *, visit: MysteryVisit, reason: str, objections: Mapping[int, str], at: datetime
) -> MysteryVisit:
    """The unit disagrees: `objections` gives for each contested check (its id) why. Once, in time.

    :raises NotAllowed: for others than the unit's people. :raises Refused: too late, twice, without objection.
    """
    row = MysteryVisit.objects.select_for_update().select_related("unit", "checklist").get(pk=visit.pk)
    if not queries.is_of_unit(scope, row):
        raise NotAllowed("standards.read")
    until = row.appeal_until
    if row.state != State.PUBLISHED or until is None:
        raise Refused(_("This visit was appealed against already."))
    if at > until:
        raise Refused(
            _("The time to appeal ended on %(day)s.") % {"day": letters_visits.local_day(until).isoformat()}
        )
    given = {pk: text.strip() for pk, text in objections.items() if text.strip()}
    marks = {mark.pk: mark for mark in row.marks.filter(pk__in=given)}
    if not marks or len(marks) != len(given):
        raise Refused(_("Say for at least one check why it was marked wrongly."))
    for pk, mark in marks.items():
        mark.objection = given[pk][:1000]
        mark.save(update_fields=["objection"])
    row.state, row.appeal, row.appealed_at, row.appealed_by_id = State.APPEALED, reason.strip()[:5000], at, scope.user_id  # fmt: skip
    row.save(update_fields=["state", "appeal", "appealed_at", "appealed_by"])
    _said(scope, row, "appealed", at)
    return row


@transaction.atomic
def rule(
    scope: Scope,
    *,
    visit: MysteryVisit,
    reason: str,
    rulings: Mapping[int, tuple[bool, float | None, str]],
    at: datetime,
) -> MysteryVisit:
    """Decide an appeal. `rulings`: contested check → (changed?, new value or None for not applicable, why).

    The visitor's values and score stay beside the new ones.

    :raises NotAllowed: also for who appealed. :raises Refused: unless every objection is answered with a reason.
    """
    row = _planner(scope, visit)
    if row.appealed_by_id == scope.user_id:
        raise NotAllowed("standards.edit")
    if row.state != State.APPEALED:
        raise Refused(_("There is no appeal to decide."))
    contested = list(row.marks.exclude(objection=""))
    if not reason.strip() or any(not rulings.get(m.pk, (False, None, ""))[2].strip() for m in contested):
        raise Refused(_("Give a reason for the decision, and one for each check that is contested."))
    for mark in contested:
        changed, value, why = rulings[mark.pk]
        if changed:
            marking.checked(mark, value)
        mark.changed, mark.ruling = changed, why.strip()[:1000]
        mark.ruled_value, mark.ruled_not_applicable = (value, value is None) if changed else (None, False)
        mark.save(update_fields=["changed", "ruling", "ruled_value", "ruled_not_applicable"])
    found = marking.scored(row.marks.all(), final=True)
    if found.value is None:
        raise Refused(_("A visit without a check that applies has no score; leave at least one."))
    row.state, row.ruling, row.ruled_at, row.ruled_by_id = State.DECIDED, reason.strip()[:5000], at, scope.user_id  # fmt: skip
    row.ruled_score, row.ruled_low, row.ruled_high = found.value, found.low, found.high
    row.ruled_checks, row.ruled_worth = found.n, found.worth
    row.save()
    _said(scope, row, "decided", at)
    return row


def window(at: datetime, days: int = 14) -> tuple[date, date]:
    """The window a form proposes: from tomorrow, for so many days."""
    first = letters_visits.local_day(at) + timedelta(days=1)
    return first, first + timedelta(days=days - 1)
