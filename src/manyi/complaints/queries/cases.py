"""Which complaints somebody may see, and what belongs to one."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from manyi.complaints.models import Assignment, CaseLink, CaseRole, Category, Complaint
from manyi.people.models import User
from manyi.scope import Scope

RELATED = (
    "unit",
    "category",
    "customer",
    "first_contact_owner",
    "handler",
    "handler_unit",
    "cause_unit",
)


def visible(scope: Scope, right: str = "complaints.read") -> QuerySet[Complaint]:
    """Complaints of the reader's units, those a unit of theirs works on or has a role in, and their own.

    Whoever received a complaint stays answerable for it and keeps seeing it. Everything that reads
    complaints starts here.
    """
    rows = Complaint.objects.select_related(*RELATED)
    if not scope.may(right):
        return rows.filter(first_contact_owner=scope.user_id) if scope.user_id else rows.none()
    units = scope.units_for(right)
    if units is None:
        return rows
    return rows.filter(Exists(_held(scope, units)))


def _held(scope: Scope, units: frozenset[int]) -> QuerySet[Assignment]:
    """Roles, of now or of before, that bring a complaint into sight.

    `receive` and `assign` write a role for the unit that answers for a complaint, for the one that works on it and
    for every person: that one table holds all that decides, so that the database joins by its indexes instead of
    trying alternatives row by row.
    """
    mine = Q(user=scope.user_id, role=CaseRole.FIRST_CONTACT_OWNER, until=None)
    return Assignment.objects.filter(Q(unit__in=units) | mine, complaint=OuterRef("pk"))


def complaint(scope: Scope, number: str, right: str = "complaints.read") -> Complaint:
    """Raises Complaint.DoesNotExist, also for one out of sight."""
    return visible(scope, right).get(number=number)


def may_work_on(scope: Scope, row: Complaint, right: str = "complaints.handle") -> bool:
    """Whether the right is held for the unit that answers for the complaint or for the one that works on it."""
    return scope.may(right, row.unit_id) or scope.may(right, row.handler_unit_id)


def may_note(scope: Scope, row: Complaint) -> bool:
    """Whether an internal note may be added: by whoever works on it, and by the units that have a work order."""
    if may_work_on(scope, row):
        return True
    present = row.assignments.filter(until=None).values_list("unit_id", flat=True)
    return any(scope.may("complaints.handle", unit_id) for unit_id in present)


def links(scope: Scope, row: Complaint) -> list[tuple[CaseLink, Complaint]]:
    """The complaints linked to this one that the reader sees too, newest link first."""
    found = CaseLink.objects.filter(Q(first=row) | Q(second=row)).order_by("-pk")
    ids = {link.pk: link.second_id if link.first_id == row.pk else link.first_id for link in found}
    seen = visible(scope).in_bulk(set(ids.values()))
    return [(link, seen[ids[link.pk]]) for link in found if ids[link.pk] in seen]


def categories() -> QuerySet[Category]:
    """Active categories, parents before their children."""
    return Category.objects.filter(active=True).select_related("parent")


def open_load(user: User) -> int:
    """How many open complaints somebody works on."""
    return Complaint.objects.filter(handler=user, state__in=["received", "working"]).count()
