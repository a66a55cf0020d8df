"""What the clocks of a complaint say, whom to tell, and what the reader was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from manyi.complaints import clock, clock_terms
from manyi.complaints.clock import Kind, Reading
from manyi.complaints.models import (
    ClockEvent,
    ClockPolicy,
    Complaint,
    Escalation,
    EscalationNotice,
    PauseReason,
)
from manyi.complaints.queries.cases import visible
from manyi.people.models import Membership, User
from manyi.people.rights import Role
from manyi.scope import Scope

Step = Escalation.Step


@dataclass(frozen=True)
class Round:
    """One round of a complaint's clocks; `readings` as they stood at its end, or stand now."""

    number: int
    began_at: datetime
    readings: tuple[Reading, ...]


def readings(complaint: Complaint, at: datetime) -> tuple[Reading, ...]:
    """The clocks of the complaint's last round. The caller has checked that it is visible."""
    return clock.read(clock_terms.events_of(complaint.clock_events.all()), at)


def rounds(complaint: Complaint, at: datetime) -> list[Round]:
    """Every round, the last one first."""
    found = clock.rounds(clock_terms.events_of(complaint.clock_events.all()))
    ends = [events[0].at for events in found[1:]] + [at]
    return [
        Round(number, events[0].at, clock.read(events, end))
        for number, (events, end) in enumerate(zip(found, ends, strict=True), start=1)
    ][::-1]


def history(complaint: Complaint) -> QuerySet[ClockEvent]:
    """The events the clocks replay, newest first."""
    return complaint.clock_events.select_related("by", "policy").order_by("-at", "-pk")


def pause_of(complaint: Complaint) -> ClockEvent | None:
    """The pause there is, if the clocks have not been set going since."""
    ends = [Kind.PAUSED, Kind.RESUMED, Kind.RESOLVED, Kind.CLOSED, Kind.REOPENED]
    last = complaint.clock_events.filter(kind__in=ends).select_related("by").order_by("at", "pk").last()
    return last if last is not None and last.kind == Kind.PAUSED else None


def pause_reasons() -> QuerySet[PauseReason]:
    return PauseReason.objects.filter(active=True)


def policies(scope: Scope) -> QuerySet[ClockPolicy]:
    """All policies, for whoever may see complaints."""
    rows = ClockPolicy.objects.select_related("calendar", "category")
    return rows if scope.may("complaints.read") else rows.none()


def recipients(complaint: Complaint, step: str) -> Sequence[User]:
    """Whom a step tells. Somebody is always told: where nobody holds the post, the next above, in the end the
    administrators of the top unit.

    - owner: who answers for the complaint and who works on it;
    - leader: the satisfaction managers of the handling unit, or of the nearest unit above that has any;
    - manager: those of the next unit above the leader's;
    - executive: the executives of the handling unit or of the nearest unit above.
    """
    if step == Step.OWNER:
        people = {complaint.first_contact_owner, complaint.handler}
        active = [person for person in people if person is not None and person.is_active]
        return sorted(active, key=lambda p: p.pk) or recipients(complaint, Step.LEADER)
    role = Role.EXECUTIVE if step == Step.EXECUTIVE else Role.SATISFACTION_MANAGER
    posts = Membership.objects.filter(
        role__in=[role, Role.ADMINISTRATOR], unit__in=complaint.handler_unit.lineage_ids, user__is_active=True
    ).select_related("user", "unit")
    levels: dict[int, list[User]] = {}
    administrators: list[User] = []
    for post in posts.order_by("user_id"):
        if post.role == role:
            levels.setdefault(post.unit.depth, []).append(post.user)
        elif post.unit.parent_id is None:
            administrators.append(post.user)
    ranked = [levels[depth] for depth in sorted(levels, reverse=True)]
    if step == Step.MANAGER and len(ranked) > 1:
        return ranked[1]
    return ranked[0] if ranked else administrators


def escalations(scope: Scope) -> QuerySet[Escalation]:
    """Escalations of the complaints the reader may see, newest first."""
    return Escalation.objects.filter(complaint__in=visible(scope).order_by().values("pk")).select_related(
        "complaint"
    )


def notices(scope: Scope) -> QuerySet[EscalationNotice]:
    """What the reader was told and has not put aside, of complaints they may see, newest first."""
    rows = EscalationNotice.objects.filter(
        user=scope.user_id, seen_at=None, escalation__in=escalations(scope)
    )
    return rows.select_related("escalation__complaint").order_by("-escalation__fired_at", "-pk")
