"""What the clocks of a complaint say, whom to tell, and what the reader was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from manyi.complaints import clock, clock_terms
from manyi.complaints.clock import Kind, Reading, State, Target
from manyi.complaints.clock_terms import amount_of
from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import (
    ClockEvent,
    ClockPolicy,
    Complaint,
    Escalation,
    EscalationNotice,
    PauseReason,
)
from manyi.complaints.queries.cases import visible
from manyi.people.models import Membership, OrgUnit, User
from manyi.people.queries_calendars import counting
from manyi.people.rights import Role
from manyi.scope import Scope

Step = Escalation.Step


@dataclass(frozen=True)
class Round:
    """One round of a complaint's clocks; `readings` as they stood at its end, or stand now."""

    number: int
    began_at: datetime
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Line:
    """One clock as the panel shows it: `left` until due (of open time where the limit counts that), negative never;
    `percent` of the limit used up, `bar` the same at most 100; `tone` names its colour, `late` by how much."""

    reading: Reading
    left: timedelta
    percent: int
    bar: int
    tone: str
    late: timedelta | None


def line_of(reading: Reading, at: datetime) -> Line:
    percent = int(reading.share * 100)
    tone = {State.MET: "success", State.BREACHED: "danger", State.RUNNING: "primary"}.get(
        reading.state, "secondary"
    )
    if reading.state is State.RUNNING and reading.reached:
        tone = "warning"
    late = None
    if reading.breached_at is not None:
        late = (reading.stopped_at or at) - reading.breached_at
    left = max(timedelta(minutes=reading.limit.minutes) - reading.elapsed, timedelta(0))
    return Line(reading, left, percent, min(percent, 100), tone, late)


def panel(scope: Scope, complaint: Complaint, at: datetime) -> dict[str, Any]:
    """What `complaints/clocks/_panel.html` shows."""
    found = rounds(complaint, at)
    reasons = {reason.code: reason for reason in PauseReason.objects.all()}
    events = [(event, reasons.get(event.reason)) for event in history(complaint)]
    lines = [line_of(reading, at) for reading in found[0].readings] if found else []
    paused = any(line.reading.stands for line in lines)
    pause = pause_of(complaint) if paused else None
    return {
        "clock_lines": lines,
        "clock_earlier": [(r, [line_of(x, r.began_at) for x in r.readings]) for r in found[1:]],
        "clock_pause": pause,
        "clock_pause_reason": reasons.get(pause.reason) if pause else None,
        "clock_can_pause": any(
            line.reading.target in clock.PAUSABLE and line.reading.open and not paused for line in lines
        ),
        "clock_events": events,
        "clock_notices": notices(scope).filter(escalation__complaint=complaint),
        "pause_reasons": [reason for reason in reasons.values() if reason.active],
    }


def readings(complaint: Complaint, at: datetime) -> tuple[Reading, ...]:
    """The clocks of the complaint's last round. The caller has checked that it is visible."""
    return clock.read(clock_terms.events_of(complaint.clock_events.all()), at)


def rounds(complaint: Complaint, at: datetime) -> list[Round]:
    """Every round, the last one first; none for a complaint without time limits, such as an imported one."""
    found = clock.rounds(clock_terms.events_of(complaint.clock_events.all()))
    if not found:
        return []
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


@dataclass(frozen=True)
class ShownLimit:
    """A limit of a policy as one writes it: '3 workdays'."""

    target: Target
    amount: str
    unit: str


def shown_policies(scope: Scope) -> list[tuple[ClockPolicy, list[ShownLimit]]]:
    """Every policy with its limits in words."""
    return [(policy, _limits(policy)) for policy in policies(scope)]


def _limits(policy: ClockPolicy) -> list[ShownLimit]:
    workday = int(counting(policy.calendar).workday.total_seconds()) // 60
    found = []
    for target in Target:
        if minutes := getattr(policy, f"{target}_minutes"):
            amount, unit = amount_of(minutes, getattr(policy, f"{target}_business"), workday)
            found.append(ShownLimit(target, f"{amount.normalize():f}", unit))
    return found


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
        return sorted(active, key=lambda p: p.pk) or posts(complaint.handler_unit, Step.LEADER)
    return posts(complaint.handler_unit, step)


def posts(unit: OrgUnit, step: str) -> Sequence[User]:
    """The leaders, managers or executives of a unit as `recipients` counts them."""
    role = Role.EXECUTIVE if step == Step.EXECUTIVE else Role.SATISFACTION_MANAGER
    held = Membership.objects.filter(
        role__in=[role, Role.ADMINISTRATOR], unit__in=unit.lineage_ids, user__is_active=True
    ).select_related("user", "unit")
    levels: dict[int, list[User]] = {}
    administrators: list[User] = []
    for post in held.order_by("user_id"):
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
    """What the reader was told and has not put aside, of complaints they may see that are still open, newest first."""
    rows = EscalationNotice.objects.filter(
        user=scope.user_id,
        seen_at=None,
        escalation__in=escalations(scope),
        escalation__complaint__state__in=OPEN,
    )
    return rows.select_related("escalation__complaint").order_by("-escalation__fired_at", "-pk")
