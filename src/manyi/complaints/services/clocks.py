"""Clock events of a complaint, what they make due, and who is told when it runs out.

Everything goes through `record`: it adds the event, and `settle` replays all of them. What has been reached is
told exactly once, because the complaint is locked, the rows are unique and mails have references.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints import clock, clock_terms
from manyi.complaints.clock import Kind, Reading, State, Target
from manyi.complaints.models import (
    Channel,
    ClockAlarm,
    ClockEvent,
    ClockVerdict,
    Complaint,
    Escalation,
    EscalationNotice,
    PauseReason,
)
from manyi.complaints.queries import clocks as queries
from manyi.complaints.services.clock_policies import policy_for
from manyi.complaints.services.escalations import tell
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

log = logging.getLogger(__name__)
#: These kinds begin a round or change its terms, so they carry the terms of the policy that now fits.
_WITH_TERMS = frozenset({Kind.START, Kind.REOPENED, Kind.POLICY})


@transaction.atomic
def record(
    scope: Scope,
    *,
    complaint: Complaint,
    kind: str,
    at: datetime,
    reason: str = "",
    note: str = "",
    cap: clock.Limit | None = None,
) -> bool:
    """Append a clock event (`clock.Kind`) and settle what is due. The caller has checked the right to do what the
    event is about.

    A reopening before the complaint was closed is recorded as 'not accepted'; a change of policy that changes
    nothing, and anything before the clocks started, is not recorded. Returns whether an event was added.
    """
    event = Kind(kind)
    _lock(complaint.pk)
    rows = list(complaint.clock_events.all())
    if (event is Kind.START and rows) or (event is not Kind.START and not rows):
        return False
    if event is Kind.REOPENED and _held(rows):
        event = Kind.NOT_ACCEPTED
    policy = policy_for(complaint) if event in _WITH_TERMS else None
    terms = clock_terms.stored(policy) if policy else None
    if event is Kind.POLICY and terms == clock_terms.last_terms(rows):
        return False
    row = complaint.clock_events.create(
        kind=event,
        at=at,
        by_id=scope.user_id,
        reason=reason,
        note=note.strip()[:300],
        cap_minutes=cap.minutes if cap else None,
        cap_business=cap.business if cap else True,
        policy=policy,
        terms=terms,
    )
    rows = sorted([*rows, row], key=lambda r: (r.at, r.pk))
    settle(scope, complaint=complaint, rows=rows, at=at)
    return True


def _held(rows: Sequence[ClockEvent]) -> bool:
    """Whether a resolution waits to be accepted."""
    for row in reversed(rows):
        if row.kind in (Kind.RESOLVED, Kind.NOT_ACCEPTED, Kind.START, Kind.REOPENED, Kind.CLOSED):
            return row.kind == Kind.RESOLVED
    return False


def _lock(complaint_id: int) -> None:
    """Nobody else records for this complaint until the transaction ends (SQLite has one writer anyway)."""
    list(Complaint.objects.select_for_update().filter(pk=complaint_id).order_by().values_list("pk"))


@transaction.atomic
def pause(scope: Scope, *, complaint: Complaint, reason: PauseReason, note: str = "", at: datetime) -> None:
    """Let respond and resolve stand still. Raises Refused, NotAllowed."""
    _require(scope, complaint)
    if not reason.active:
        raise Refused(_("This reason is not used any more."))
    readings = queries.readings(complaint, at)
    if not any(r.open and not r.stands for r in readings if r.target in clock.PAUSABLE):
        raise Refused(_("There is nothing to pause."))
    cap = clock.Limit(reason.cap_minutes, reason.cap_business) if reason.cap_minutes else None
    record(scope, complaint=complaint, kind=Kind.PAUSED, at=at, reason=reason.code, note=note, cap=cap)
    if not any(reading.stands for reading in queries.readings(complaint, at)):
        raise Refused(_("The longest time to pause for this reason is used up."))
    _published(scope, complaint, "paused", reason.code, at)


@transaction.atomic
def resume(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """Let the clocks run again. Raises Refused when none is paused, NotAllowed."""
    _require(scope, complaint)
    if not any(reading.stands for reading in queries.readings(complaint, at)):
        raise Refused(_("The clocks are not paused."))
    record(scope, complaint=complaint, kind=Kind.RESUMED, at=at)
    _published(scope, complaint, "resumed", "", at)


def _require(scope: Scope, complaint: Complaint) -> None:
    if not (
        scope.may("complaints.handle", complaint.unit_id)
        or scope.may("complaints.handle", complaint.handler_unit_id)
    ):
        raise NotAllowed("complaints.handle")


def _published(scope: Scope, complaint: Complaint, change: str, detail: str, at: datetime) -> None:
    publish(
        scope,
        catalogue.ComplaintChanged(
            subject_id=str(complaint.pk), unit_id=complaint.unit_id, change=change, detail=detail,
            customer_id=complaint.customer_id,
        ),
        at=at,
    )  # fmt: skip


def retime(complaint: Complaint, at: datetime) -> None:
    """Replay the clocks and bring 'next due' and the alarm up to date; for changes outside the complaint."""
    with transaction.atomic():
        _lock(complaint.pk)
        rows = list(complaint.clock_events.all())
        settle(Scope.system("clocks counted anew"), complaint=complaint, rows=rows, at=at)


def settle(scope: Scope, *, complaint: Complaint, rows: list[ClockEvent], at: datetime) -> int:
    """Tell what has been reached and was not told, then note what comes next. Returns how many steps were told.

    Call with the complaint locked. Nobody is told about complaints that were imported: their past is not news.
    """
    readings = clock.read(clock_terms.events_of(rows), at)
    told = 0
    if complaint.channel != Channel.IMPORT:
        told = _tell_reached(scope, complaint, rows, readings, at)
    due = clock.next_due(readings)
    complaint.next_due_at, complaint.next_due_kind = due if due else (None, "")
    Complaint.objects.filter(pk=complaint.pk).update(
        next_due_at=complaint.next_due_at, next_due_kind=complaint.next_due_kind
    )
    _note_verdicts(complaint, rows, readings)
    change = clock.next_change(readings) if complaint.channel != Channel.IMPORT else None
    if not ClockAlarm.objects.filter(complaint=complaint).update(at=change):
        ClockAlarm.objects.create(complaint=complaint, at=change)
    return told


_VERDICT = ("state", "limit_minutes", "business", "elapsed_minutes", "paused_minutes", "due_at", "reached_at")


def _note_verdicts(complaint: Complaint, rows: list[ClockEvent], readings: Sequence[Reading]) -> None:
    """Keep what the replay says of the last round, for those who add up many complaints."""
    number = _round(rows)
    minute = timedelta(minutes=1)
    noted = [
        ClockVerdict(
            complaint=complaint, round=number, target=r.target, state=r.state, limit_minutes=r.limit.minutes,
            business=r.limit.business, elapsed_minutes=r.elapsed // minute, paused_minutes=r.paused // minute,
            due_at=r.due, reached_at=r.stopped_at,
        )
        for r in readings
        if r.target != Target.NEXT_CONTACT
    ]  # fmt: skip
    if len(noted) < 3:  # a change of policy may have taken a limit away
        gone = ClockVerdict.objects.filter(complaint=complaint, round=number)
        gone.exclude(target__in=[row.target for row in noted]).delete()
    ClockVerdict.objects.bulk_create(
        noted, update_conflicts=True, unique_fields=["complaint", "round", "target"], update_fields=_VERDICT
    )


def _round(rows: Sequence[ClockEvent]) -> int:
    return sum(row.kind in (Kind.START, Kind.REOPENED) for row in rows)


def _tell_reached(
    scope: Scope, complaint: Complaint, rows: list[ClockEvent], readings: Sequence[Reading], at: datetime
) -> int:
    due = [r for r in readings if r.reached and (r.open or r.state is State.BREACHED)]
    terms = clock_terms.last_terms(rows)
    if not due or terms is None:
        return 0
    number = _round(rows)
    before = set(
        Escalation.objects.filter(complaint=complaint, round=number).values_list("target", "lap", "step")
    )
    told = 0
    for reading in due:
        for share, step in clock_terms.steps(terms)[: reading.reached]:
            if (reading.target, reading.lap, step) in before:
                continue
            row = Escalation.objects.create(
                complaint=complaint, round=number, target=reading.target, lap=reading.lap, step=step,
                share=share, due_at=reading.due, fired_at=at,
            )  # fmt: skip
            people = queries.recipients(complaint, step)
            EscalationNotice.objects.bulk_create(EscalationNotice(escalation=row, user=p) for p in people)
            tell(scope, escalation=row, reading=reading, people=people, at=at)
            publish(
                scope,
                catalogue.ComplaintEscalated(
                    subject_id=str(complaint.pk), unit_id=complaint.unit_id, target=row.target, step=step,
                    share=share,
                ),
                at=at,
            )  # fmt: skip
            told += 1
    return told


@transaction.atomic
def fire(scope: Scope, *, complaint_id: int, alarm_at: datetime | None, at: datetime) -> int:
    """Tell what one due alarm is about; 0 when somebody else had it. Returns how many steps were told.

    The claim, the escalations, their mails and the next alarm are one transaction: after a crash either all of
    it is there, or the alarm still is.
    """
    _lock(complaint_id)  # before the alarm, in the order in which `record` takes them
    if not ClockAlarm.objects.filter(complaint=complaint_id, at=alarm_at).update(at=None):
        return 0
    complaint = Complaint.objects.select_related("handler_unit", "unit").get(pk=complaint_id)
    return settle(scope, complaint=complaint, rows=list(complaint.clock_events.all()), at=at)


def put_aside(scope: Scope, *, escalation: Escalation, at: datetime) -> None:
    """The reader has seen a notice of theirs."""
    escalation.notices.filter(user=scope.user_id, seen_at=None).update(seen_at=at)


def put_all_aside(scope: Scope, *, complaint: Complaint, at: datetime) -> None:
    """The reader has seen their notices about a complaint."""
    mine = EscalationNotice.objects.filter(escalation__complaint=complaint, user=scope.user_id)
    mine.filter(seen_at=None).update(seen_at=at)
