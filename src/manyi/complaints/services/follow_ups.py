"""Follow-ups are planned when a complaint closes, called, answered; who is dissatisfied opens it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints import follow_up_plan as plan
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, FollowUp, FollowUpAttempt, FollowUpPolicy
from manyi.complaints.queries import follow_ups as queries
from manyi.complaints.services import cases
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.business_time import Calendar
from manyi.people.models import BusinessCalendar, OrgUnit, User
from manyi.people.queries_calendars import counting
from manyi.people.services_calendars import shipped
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

Result = FollowUp.Result


def _calendar() -> Calendar:
    """The organisation's usual calendar; its oldest one where that is gone."""
    rows = {row.code: row for row in shipped()}
    return counting(rows["standard"] if "standard" in rows else BusinessCalendar.objects.order_by("pk")[0])


def _after(policy: FollowUpPolicy, start: datetime, days: int) -> datetime:
    if not policy.business_days:
        return start + timedelta(days=days)
    calendar = _calendar()
    return calendar.add(start, days * calendar.workday)


@transaction.atomic
def plan_follow_ups(scope: Scope, *, complaint: Complaint, closing: int, at: datetime) -> list[FollowUp]:
    """The first follow-up of a closing, and the second when the sample draws it. Idempotent.

    `at` is when it was closed. Returns those that are new.
    """
    policy = queries.policy_for(complaint.unit)
    tier = complaint.customer.tier if complaint.customer else ""
    wanted = {FollowUp.Kind.FIRST: int(policy.first_days.get(complaint.severity, 3))}
    if plan.drawn(policy.seed, complaint.number, closing, float(policy.second_share.get(tier, 0.0))):
        wanted[FollowUp.Kind.SECOND] = policy.second_days
    caller, team = _who_calls(policy, complaint)
    made = []
    for kind, days in wanted.items():
        due = _after(policy, at, days)
        row, new = FollowUp.objects.get_or_create(
            complaint=complaint,
            closing=closing,
            kind=kind,
            defaults={
                "unit": complaint.unit, "caller": caller, "team": team, "created_at": at, "promised_at": due,
                "due_at": due,
            },
        )  # fmt: skip
        if new:
            made.append(row)
    return made


@transaction.atomic
def plan_now(scope: Scope, *, complaint: Complaint, at: datetime) -> list[FollowUp]:
    """Plan what the closing of an earlier system or an import never got. Raises NotAllowed, Refused."""
    cases.require_work_on(scope, complaint)
    if complaint.state != State.CLOSED:
        raise Refused(_("Only a closed complaint is followed up."))
    return plan_follow_ups(scope, complaint=complaint, closing=complaint.closings, at=at)


def _who_calls(policy: FollowUpPolicy, complaint: Complaint) -> tuple[User | None, OrgUnit | None]:
    if policy.caller == FollowUpPolicy.Caller.TEAM and policy.team is not None:
        return None, policy.team
    owner = complaint.first_contact_owner
    # Somebody who has left cannot call: then it is everybody's of the unit, never nobody's.
    return (owner, None) if owner.is_active else (None, complaint.unit)


def _claimed(scope: Scope, follow_up: FollowUp) -> FollowUp:
    """The row, locked, for whoever may call. Raises NotAllowed, Refused when it has ended."""
    row = FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    if not queries.may_call(scope, row):
        raise NotAllowed("complaints.handle")
    if row.result:
        raise Refused(
            _("This follow-up has ended already with “%(result)s”. Reload the page.")
            % {"result": row.get_result_display()}
        )
    return row


@transaction.atomic
def note_attempt(
    scope: Scope, *, follow_up: FollowUp, answered: bool, note: str = "", at: datetime
) -> FollowUp:
    """Somebody called. Without an answer it is tried again a working day later, and after as many attempts as the
    policy allows the customer counts as not reached.
    """
    row = _claimed(scope, follow_up)
    FollowUpAttempt.objects.create(
        follow_up=row, at=at, by_id=scope.user_id, answered=answered, note=note.strip()
    )
    if answered:
        return row
    policy = queries.policy_for(row.unit)
    if row.attempts.filter(answered=False).count() >= policy.max_attempts:
        return _end(scope, row, result=Result.UNREACHABLE, via=FollowUp.Via.CALL, at=at)
    row.due_at = _after(policy, at, 1)
    row.save(update_fields=["due_at"])
    return row


@transaction.atomic
def finish(
    scope: Scope, *, follow_up: FollowUp, result: str, score: int | None, words: str, at: datetime
) -> FollowUp:
    """Record what the customer said on the phone; dissatisfied opens the complaint again with these words.

    Raises Refused without a score, or without words of somebody dissatisfied.
    """
    row = _claimed(scope, follow_up)
    if result not in (Result.SATISFIED, Result.DISSATISFIED):
        raise Refused(_("Say whether the customer is satisfied or dissatisfied."))
    if score is None or not 1 <= score <= 5:
        raise Refused(_("Give the customer’s score from 1 to 5."))
    if result == Result.DISSATISFIED and not words.strip():
        raise Refused(
            _("Say what the customer is dissatisfied with; the complaint opens again with these words.")
        )
    FollowUpAttempt.objects.create(follow_up=row, at=at, by_id=scope.user_id, answered=True)
    return _end(scope, row, result=result, via=FollowUp.Via.CALL, score=score, words=words.strip(), at=at)


@transaction.atomic
def take_answer(scope: Scope, *, about: str, index: float, response_id: str, at: datetime) -> FollowUp | None:
    """A questionnaire about a closing came back: it ends the open follow-up that asked for it. Idempotent.

    `index` is 0–100. None when there is nothing to end.
    """
    _kind, complaint_id, closing = about.split(":")
    row = (
        FollowUp.objects.select_for_update()
        .filter(complaint=int(complaint_id), closing=int(closing), result="", survey_wished_at__isnull=False)
        .order_by("due_at")
        .first()
    )
    if row is None:
        return None
    score = plan.score_of(index)
    policy = queries.policy_for(row.unit)
    result = Result.SATISFIED if score >= policy.satisfied_from else Result.DISSATISFIED
    words = _("Questionnaire answered: score %(score)s of 5.") % {"score": score}
    return _end(
        scope, row, result=result, via=FollowUp.Via.SURVEY, score=score, words=words, at=at,
        response_id=response_id,
    )  # fmt: skip


def _end(scope: Scope, row: FollowUp, *, result: str, at: datetime, **fields: Any) -> FollowUp:
    row.result, row.ended_at, row.ended_by_id = result, at, scope.user_id
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean(exclude=["complaint", "unit", "caller", "team", "ended_by"])
    row.save()
    publish(
        scope,
        catalogue.FollowUpEnded(
            subject_id=str(row.complaint_id),
            unit_id=row.unit_id,
            follow_up_id=row.pk,
            closing=row.closing,
            result=result,
            score=row.score,
            customer_id=row.complaint.customer_id,
        ),
        at=at,
    )
    if result == Result.DISSATISFIED and row.complaint.state == State.CLOSED:
        # Whoever calls may open the case again, also a team of another unit: the customer has said so.
        reopening = replace(Scope.system("dissatisfied follow-up"), user_id=scope.user_id)
        cases.reopen(reopening, complaint=row.complaint, reason=row.words, at=at)
    return row


@transaction.atomic
def cancel_open(scope: Scope, *, complaint: Complaint, at: datetime) -> int:
    """The complaint is being worked on again: follow-ups of its closings have nothing to ask. Returns how many."""
    rows = list(FollowUp.objects.filter(complaint=complaint, result=""))
    for row in rows:
        _end(scope, row, result=Result.CANCELLED, at=at)
    return len(rows)


@transaction.atomic
def wish_survey(scope: Scope, *, follow_up: FollowUp, at: datetime) -> None:
    """Ask by the questionnaire of the policy's wave. Raises Refused where that is impossible or was done."""
    row = _claimed(scope, follow_up)
    why_not = queries.why_no_survey(row)
    if why_not:
        raise Refused(why_not)
    row.survey_wished_at = at
    row.save(update_fields=["survey_wished_at"])
    customer_id = row.complaint.customer_id
    assert customer_id is not None  # noqa: S101 - why_no_survey has said so
    publish(
        scope,
        catalogue.FollowUpSurveyWished(
            subject_id=str(row.complaint_id),
            unit_id=row.unit_id,
            follow_up_id=row.pk,
            about=f"complaint:{row.complaint_id}:{row.closing}",
            wave_code=queries.policy_for(row.unit).wave_code,
            customer_id=customer_id,
            contact_id=row.complaint.contact_id,
        ),
        at=at,
    )


@transaction.atomic
def set_policy(scope: Scope, *, unit: OrgUnit, at: datetime, **rules: Any) -> FollowUpPolicy:
    """Set a unit's rules of follow-ups (fields of FollowUpPolicy). Open follow-ups keep their dates.

    Raises ValidationError, NotAllowed.
    """
    scope.require("complaints.manage", unit.pk)
    row = FollowUpPolicy.objects.filter(unit=unit).first() or FollowUpPolicy(unit=unit)
    for name, value in rules.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row
