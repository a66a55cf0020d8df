"""Which authority limit applies to somebody at a unit."""

from __future__ import annotations

from decimal import Decimal

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


def who_may(unit: OrgUnit, amount: Decimal, currency: str, kind: str = "") -> list[User]:
    """People whose own limit at this unit reaches the amount and does not forbid the kind; those
    with the smallest sufficient limit first, since they are to be asked first."""
    lineage = unit.lineage_ids
    rows = AuthorityLimit.objects.filter(unit__in=lineage, currency=currency, per_case__gte=amount)
    roles = [row.role for row in rows if row.role]
    people = User.objects.filter(
        Q(memberships__unit__in=lineage, memberships__role__in=roles)
        | Q(pk__in=[row.user_id for row in rows if row.user_id]),
        is_active=True,
    ).distinct()
    able = [
        (limit.per_case, user.pk, user)
        for user in people
        if (limit := limit_of(user, unit, currency))
        and limit.per_case >= amount
        and kind not in limit.forbidden
    ]
    return [user for _limit, _pk, user in sorted(able)]
