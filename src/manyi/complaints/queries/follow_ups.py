"""Which follow-ups are due, for whom, and what came of those that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from manyi.complaints import follow_up_plan as plan
from manyi.complaints.models import Complaint, FollowUp, FollowUpPolicy
from manyi.complaints.queries import cases
from manyi.measures.estimates import Estimate
from manyi.measures.shares import wilson
from manyi.people.models import OrgUnit
from manyi.people.services import organisation
from manyi.scope import Scope

REACHED = (FollowUp.Result.SATISFIED, FollowUp.Result.DISSATISFIED)


@dataclass(frozen=True)
class Outcome:
    """`done` ended of those that were due; `reached` answered of those that ended; `satisfied` of those reached.

    Each is a share with n and 95 % interval (Wilson); `score` is the mean of 1–5 over `scored`.
    """

    done: Estimate
    reached: Estimate
    satisfied: Estimate
    score: float | None
    scored: int
    overdue: int


def policy_for(unit: OrgUnit) -> FollowUpPolicy:
    """The policy of the unit or of the nearest one above; the shipped one, unsaved, where there is none."""
    rows = {row.unit_id: row for row in FollowUpPolicy.objects.filter(unit__in=unit.lineage_ids)}
    for pk in reversed(unit.lineage_ids):
        if pk in rows:
            return rows[pk]
    return FollowUpPolicy(unit=unit)


def visible(scope: Scope) -> QuerySet[FollowUp]:
    """Follow-ups of complaints in sight, and those the reader or a unit of theirs has to call."""
    rows = FollowUp.objects.select_related(
        "complaint__customer", "complaint__contact", "unit", "caller", "team"
    )
    mine = Q(caller=scope.user_id) if scope.user_id else Q(pk=None)
    if not scope.may("complaints.read"):
        return rows.filter(mine)
    units = scope.units_for("complaints.read")
    if units is None:
        return rows
    return rows.filter(
        mine | Q(team__in=units) | Q(unit__in=units) | Q(complaint__in=cases.visible(scope).values("pk"))
    )


def may_call(scope: Scope, row: FollowUp) -> bool:
    """The named caller, people who work on complaints in the team or for the complaint, and jobs."""
    if scope.user_id is not None and row.caller_id == scope.user_id:
        return True
    places = [row.unit_id, row.complaint.handler_unit_id] + ([row.team_id] if row.team_id else [])
    return any(scope.may("complaints.handle", unit) for unit in places)


def listed(scope: Scope, *, show: str = "open", mine: bool = False, at: datetime) -> QuerySet[FollowUp]:
    """`show`: 'open' (earliest due first), 'overdue', 'done' (newest first) or 'dissatisfied'."""
    rows = visible(scope).annotate(unanswered=Count("attempts", filter=Q(attempts__answered=False)))
    if mine:
        rows = rows.filter(caller=scope.user_id)
    match show:
        case "overdue":
            return rows.filter(result="", due_at__lt=at).order_by("due_at", "pk")
        case "done":
            return rows.exclude(result="").order_by("-ended_at", "-pk")
        case "dissatisfied":
            return rows.filter(result=FollowUp.Result.DISSATISFIED).order_by("-ended_at", "-pk")
        case _:
            return rows.filter(result="").order_by("due_at", "pk")


def of_complaint(complaint: Complaint) -> QuerySet[FollowUp]:
    """The follow-ups of a complaint the caller found through `cases.visible`, newest closing first."""
    return (
        complaint.follow_ups.select_related("caller", "team", "ended_by")
        .prefetch_related("attempts__by")
        .order_by("-closing", "due_at")
    )


def why_no_survey(row: FollowUp) -> str:
    """Why the questionnaire cannot be sent for this follow-up; '' when it can."""
    if row.survey_wished_at is not None:
        return _("The questionnaire has been sent already.")
    if not policy_for(row.unit).wave_code:
        return _("The rules of follow-ups name no open wave.")
    if row.complaint.customer_id is None:
        return _("No customer file belongs to this complaint.")
    return ""


def script(row: FollowUp) -> str:
    """What to say, in the complainant's language."""
    complaint = row.complaint
    language = "en" if complaint.language == "en" else "zh"
    policy = policy_for(row.unit)
    text = policy.script.get(language) or plan.SCRIPT[language]
    names = organisation().name
    with override(complaint.language):
        closed = f"{complaint.closed_at:%Y-%m-%d}" if complaint.closed_at else ""
        return plan.filled(
            text,
            {
                "name": complaint.complainant or (complaint.contact.name if complaint.contact else ""),
                "organisation": names.get(language) or str(organisation()),
                "title": complaint.title,
                "number": complaint.number,
                "closed": closed,
                "resolution": complaint.resolution,
            },
        )


def last_answers(complaints: list[Complaint]) -> dict[tuple[int, str], FollowUp]:
    """The follow-up of each complaint's last closing, by complaint and kind; the caller found them in sight."""
    found = FollowUp.objects.filter(complaint__in=[row.pk for row in complaints]).order_by("closing")
    return {(row.complaint_id, row.kind): row for row in found}


def outcome(scope: Scope, *, since: datetime, until: datetime, at: datetime) -> Outcome:
    """What came of the follow-ups that were due from `since` to before `until`; cancelled ones do not count."""
    due = (
        visible(scope)
        .filter(promised_at__gte=since, promised_at__lt=until)
        .exclude(result=FollowUp.Result.CANCELLED)
    )
    figures = due.order_by().aggregate(
        n=Count("pk"),
        done=Count("pk", filter=~Q(result="")),
        reached=Count("pk", filter=Q(result__in=REACHED)),
        satisfied=Count("pk", filter=Q(result=FollowUp.Result.SATISFIED)),
        mean=Avg("score"),
        scored=Count("score"),
        overdue=Count("pk", filter=Q(result="", due_at__lt=at)),
    )
    return Outcome(
        done=wilson(figures["done"], figures["n"]),
        reached=wilson(figures["reached"], figures["done"]),
        satisfied=wilson(figures["satisfied"], figures["reached"]),
        score=figures["mean"],
        scored=figures["scored"],
        overdue=figures["overdue"],
    )
