"""Who may hold which role, who holds it in silence, and what a person answers for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from manyi.complaints.lifecycle import OPEN, State
from manyi.complaints.models import Assignment, CaseRole, Complaint, HandOver
from manyi.complaints.queries.cases import visible
from manyi.events.models import Event
from manyi.people.models import Membership, OrgUnit, User
from manyi.people.rights import ROLES
from manyi.scope import Scope

_HANDLES = [role for role, rights in ROLES.items() if "complaints.handle" in rights]


def workers(unit: OrgUnit) -> QuerySet[User]:
    """Active people who may work on complaints of the unit; those of the unit itself come first."""
    rows = User.objects.filter(
        is_active=True, memberships__role__in=_HANDLES, memberships__unit__in=unit.lineage_ids
    )
    return rows.distinct().order_by("name", "username")


def colleagues(unit: OrgUnit) -> tuple[list[User], list[User]]:
    """People who work on the unit's complaints: those with a role at the unit itself, then those above it."""
    here = set(Membership.objects.filter(unit=unit, role__in=_HANDLES).values_list("user_id", flat=True))
    people = list(workers(unit))
    return [u for u in people if u.pk in here], [u for u in people if u.pk not in here]


def held_by(user: User) -> QuerySet[Complaint]:
    """Open complaints a person answers for or works on."""
    return Complaint.objects.filter(Q(first_contact_owner=user) | Q(handler=user), state__in=OPEN).order_by(
        "received_at"
    )


def hand_overs_for(scope: Scope) -> QuerySet[HandOver]:
    """Requests that wait for the reader's answer, oldest first."""
    return (
        HandOver.objects.filter(to_id=scope.user_id, state=HandOver.State.ASKED)
        .select_related("complaint", "owner", "to", "asked_by")
        .order_by("asked_at")
    )


def asked(complaint: Complaint) -> HandOver | None:
    """The request that waits for an answer."""
    return complaint.hand_overs.filter(state=HandOver.State.ASKED).select_related("owner", "to").first()


@dataclass(frozen=True)
class Silence:
    """How long the holder of a role has done nothing with a complaint: `last` is when they last did anything."""

    complaint: Complaint
    role: CaseRole
    user: User | None
    unit: OrgUnit
    last: datetime
    silent: timedelta


def silences(complaints: Iterable[Complaint], *, at: datetime) -> list[Silence]:
    """The silent time of each role of these complaints, longest first.

    A role's time runs from the last thing its holder did with the complaint, any event of theirs counts; before
    the first, from when the role came to them. A role held by a unit is kept alive by anybody with a role there.
    """
    by_id = {c.pk: c for c in complaints}
    held = (
        Assignment.objects.filter(complaint__in=list(by_id), until=None)
        .exclude(role=CaseRole.WORKER)
        .select_related("user", "unit")
    )
    rows = list(held)
    acts: dict[int, dict[int, datetime]] = {}
    events = (
        Event.objects.filter(
            subject_type="complaint", subject_id__in=[str(pk) for pk in by_id], actor_id__isnull=False
        )
        .order_by("at")
        .values_list("subject_id", "actor_id", "at")
    )
    for subject, actor, when in events:
        if when <= at and actor is not None:
            acts.setdefault(int(subject), {})[actor] = when
    units = {row.unit_id for row in rows if row.user_id is None}
    members: dict[int, set[int]] = {}
    for unit_id, user_id in Membership.objects.filter(unit__in=units).values_list("unit_id", "user_id"):
        members.setdefault(unit_id, set()).add(user_id)
    found = []
    for row in rows:
        actors = {row.user_id} if row.user_id else members.get(row.unit_id, set())
        mine = [when for actor, when in acts.get(row.complaint_id, {}).items() if actor in actors]
        last = max([row.since, *mine])
        found.append(
            Silence(by_id[row.complaint_id], CaseRole(row.role), row.user, row.unit, last, at - last)
        )
    return sorted(found, key=lambda s: s.silent, reverse=True)


def silent(scope: Scope, *, at: datetime, longer_than: timedelta, limit: int = 200) -> list[Silence]:
    """Roles of open complaints the reader sees that have been silent for longer, longest first.

    At most `limit` complaints are looked at, those received first.
    """
    rows = visible(scope).filter(state__in=[State.RECEIVED, State.WORKING]).order_by("received_at")[:limit]
    return [s for s in silences(rows, at=at) if s.silent > longer_than]


def without_owner(scope: Scope) -> QuerySet[Complaint]:
    """Open complaints the reader sees whose first-contact owner or handler can no longer sign in."""
    return visible(scope).filter(
        Q(first_contact_owner__is_active=False) | Q(handler__is_active=False), state__in=OPEN
    )
