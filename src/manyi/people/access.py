"""From a user to a Scope: which rights hold for which org units."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from manyi.people.models import OrgUnit, User
from manyi.people.rights import ROLES
from manyi.scope import Grant, Scope


def scope_of(user: User | AnonymousUser) -> Scope:
    """The scope of a signed-in user; nobody's scope for anonymous or inactive users."""
    if not isinstance(user, User) or not user.is_active:
        return Scope.nobody()
    if user.is_superuser:
        return Scope(user_id=user.pk, grants=(Grant(frozenset({"*"}), None),))
    grants = []
    memberships = list(user.memberships.select_related("unit"))
    paths = dict(OrgUnit.objects.values_list("pk", "path")) if memberships else {}
    for membership in memberships:
        unit = membership.unit
        below = frozenset(pk for pk, path in paths.items() if path.startswith(unit.path))
        at_root = unit.parent_id is None
        grants.append(
            Grant(
                rights=ROLES[membership.role],
                units=None if at_root else below,
                lineage=None if at_root else frozenset(unit.lineage_ids),
            )
        )
    return Scope(user_id=user.pk, grants=tuple(grants))
