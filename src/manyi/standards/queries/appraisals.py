"""Appraisal sheets somebody may see: one's own once shared, and those of one's people."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.standards.models import AppraisalSheet

EDIT = "standards.edit"
SEEN = (AppraisalSheet.State.SHARED, AppraisalSheet.State.ACKNOWLEDGED)


def sheets(scope: Scope) -> QuerySet[AppraisalSheet]:
    """Of others only those of units for which the reader sets standards; never a draft about oneself."""
    rows = AppraisalSheet.objects.select_related("person", "unit", "made_by", "shared_by")
    me = scope.user_id or 0
    own = Q(person=me, state__in=SEEN)
    if not scope.may(EDIT):
        return rows.filter(own)
    units = scope.units_for(EDIT)
    others = ~Q(person=me) if units is None else ~Q(person=me) & Q(unit__in=units)
    return rows.filter(own | others)


def may_manage(scope: Scope, sheet: AppraisalSheet) -> bool:
    """Whether the reader writes this sheet: sets standards for its unit and is not the person."""
    return scope.may(EDIT, sheet.unit_id) and sheet.person_id != scope.user_id


def units(scope: Scope) -> QuerySet[OrgUnit]:
    return org_units(scope, EDIT)


def people(scope: Scope) -> QuerySet[User]:
    """Whom the reader may write a sheet about: people of the reader's units, but not oneself."""
    rows = User.objects.filter(is_active=True).exclude(pk=scope.user_id or 0)
    allowed = units(scope)
    return rows.filter(memberships__unit__in=allowed).distinct().order_by("name", "username")
