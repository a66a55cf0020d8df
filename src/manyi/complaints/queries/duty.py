"""Who takes a complaint that came in without anybody picking up a phone (mail, web form, survey)."""

from __future__ import annotations

from django.db.models import Count, Q

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint
from manyi.people.models import Membership, OrgUnit, User
from manyi.people.rights import ROLES

_ALL_THREE = {"complaints.receive", "complaints.handle", "complaints.read"}
_TAKES = [role for role, rights in ROLES.items() if rights >= _ALL_THREE]
_LEADS = frozenset(role for role in _TAKES if "complaints.manage" in ROLES[role])


def on_duty(unit: OrgUnit) -> User | None:
    """Who receives and handles complaints for the unit, with the fewest open ones in hand.

    People at the unit come before those of the units above it; within one unit those who take complaints every
    day come before managers and administrators; then the lowest open load decides, and the older account. None
    when nobody up to the top holds the rights.
    """
    found = Membership.objects.filter(
        role__in=_TAKES, unit__in=unit.lineage_ids, user__is_active=True
    ).select_related("unit")
    ranked: dict[int, tuple[int, bool]] = {}
    for row in found:
        rank = (-row.unit.depth, row.role in _LEADS)
        ranked[row.user_id] = min(rank, ranked.get(row.user_id, rank))
    if not ranked:
        return None
    best = min(ranked.values())
    load = Count("pk", filter=Q(state__in=[State.RECEIVED, State.WORKING]))
    candidates = [pk for pk, rank in ranked.items() if rank == best]
    in_hand = dict(
        Complaint.objects.filter(handler__in=candidates).order_by().values_list("handler").annotate(load=load)
    )
    return User.objects.get(pk=min(candidates, key=lambda pk: (in_hand.get(pk, 0), pk)))
