"""Reads about units and users."""

from __future__ import annotations

from django.db.models import QuerySet

from manyi.people.models import ApiToken, OrgUnit, User
from manyi.scope import Scope


def org_units(scope: Scope, right: str = "waves.read") -> QuerySet[OrgUnit]:
    """Units for which the scope holds the right, in tree order."""
    return scope.limit(OrgUnit.objects.order_by("path"), right, field="pk")  # type: ignore[no-any-return]


def users(scope: Scope) -> QuerySet[User]:
    """Users with a role at a unit the scope manages (right `people.manage`)."""
    limited = scope.limit(User.objects.order_by("username"), "people.manage", field="memberships__unit_id")
    return limited.distinct()  # type: ignore[no-any-return]


def subtree(unit: OrgUnit) -> QuerySet[OrgUnit]:
    return OrgUnit.objects.filter(path__startswith=unit.path)


def tokens(user: User) -> QuerySet[ApiToken]:
    """A user's tokens that still work, newest first."""
    return user.tokens.filter(revoked_at=None).order_by("-pk")
