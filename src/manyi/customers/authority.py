"""Which authority limit applies to somebody at a unit."""

from __future__ import annotations

from django.db.models import Q

from manyi.customers.models.authority import AuthorityLimit
from manyi.people.models import OrgUnit, User


def limit_of(user: User, unit: OrgUnit, currency: str) -> AuthorityLimit | None:
    """The limit for what this person gives at this unit in this currency; None where none is set.

    A role's limit counts where the person holds that role at the unit or above it.
    """
    lineage = unit.lineage_ids
    held = set(user.memberships.filter(unit__in=lineage).values_list("role", flat=True))
    rows = AuthorityLimit.objects.filter(
        Q(user=user) | Q(role__in=held), unit__in=lineage, currency=currency
    ).select_related("unit")
    return max(rows, key=lambda row: (row.user_id is not None, row.unit.depth, row.per_case), default=None)
