"""The authority limits every deployment starts with."""

from __future__ import annotations

from manyi.customers.models import AuthorityLimit
from manyi.people.models import OrgUnit
from manyi.people.rights import Role

#: (role, most per case, budget a month) in CNY at the top unit, until the organisation sets its own.
SHIPPED = (
    (Role.AGENT, 200, 2_000),
    (Role.HANDLER, 200, 2_000),
    (Role.SATISFACTION_MANAGER, 5_000, 50_000),
    (Role.EXECUTIVE, 100_000, None),
)


def shipped_limits() -> None:
    """Make them when there are none at all."""
    top = OrgUnit.objects.filter(parent=None).first()
    if top is not None and not AuthorityLimit.objects.exists():
        AuthorityLimit.objects.bulk_create(
            [
                AuthorityLimit(unit=top, role=role, currency="CNY", per_case=case, per_month=month)
                for role, case, month in SHIPPED
            ],
            ignore_conflicts=True,
        )
