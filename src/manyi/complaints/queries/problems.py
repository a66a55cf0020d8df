"""Problems in sight, their facts, their evidence, and what recurs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from manyi.complaints import eight_d, evidence, sameness
from manyi.complaints.lifecycle import State
from manyi.complaints.models import (
    Cause,
    Complaint,
    DetectionRule,
    FollowUp,
    Problem,
    ProblemAction,
    SignOff,
    Step,
)
from manyi.complaints.queries import cases
from manyi.customers.models import Promise
from manyi.people.models import OrgUnit
from manyi.scope import Scope

#: How long a closed problem is watched for complaints that are the same.
WATCH = timedelta(days=365)


def visible(scope: Scope, right: str = "complaints.read") -> QuerySet[Problem]:
    """Problems of the reader's units, those with a complaint of theirs, and those they lead, champion or
    have something to do for."""
    rows = Problem.objects.select_related("unit", "leader", "champion", "customer", "category")
    mine = Q(pk=None)
    if scope.user_id:
        owned = ProblemAction.objects.filter(owner=scope.user_id).values("problem")
        mine = Q(leader=scope.user_id) | Q(champion=scope.user_id) | Q(pk__in=owned)
    if not scope.may(right):
        return rows.filter(mine)
    units = scope.units_for(right)
    if units is None:
        return rows
    shared = Problem.objects.filter(cases__complaint__unit__in=units).values("pk")
    return rows.filter(Q(unit__in=units) | Q(pk__in=shared) | mine)


def problem(scope: Scope, number: str) -> Problem:
    """Raises Problem.DoesNotExist, also for one out of sight."""
    return visible(scope).get(number=number)


def may_work_on(scope: Scope, row: Problem) -> bool:
    """The leader, and whoever works on complaints of its unit."""
    leads = scope.user_id is not None and scope.user_id in (row.leader_id, row.champion_id)
    return leads or scope.may("complaints.handle", row.unit_id)


def listed(scope: Scope, *, state: str = "open", text: str = "") -> QuerySet[Problem]:
    """Newest first, each with `n_complaints`, `last_complaint_at`, `n_signed`; `state` 'open', 'closed' or 'all'."""
    rows = visible(scope)
    if state in Problem.State.values:
        rows = rows.filter(state=state)
    if text.strip():
        asked = text.strip()
        rows = rows.filter(
            Q(number__icontains=asked)
            | Q(title__icontains=asked)
            | Q(part_number__icontains=asked)
            | Q(batch__icontains=asked)
            | Q(customer_reference__icontains=asked)
        )
    signed = (
        Step.objects.filter(problem=OuterRef("pk"), signed_at__isnull=False)
        .order_by()
        .values("problem")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return rows.annotate(
        n_complaints=Count("cases"),
        last_complaint_at=Max("cases__complaint__received_at"),
        n_signed=Subquery(signed),
    ).order_by("-opened_at", "-pk")


def complaints(scope: Scope, row: Problem) -> QuerySet[Complaint]:
    """Those of its complaints that the reader may see, newest first."""
    return cases.visible(scope).filter(problem_case__problem=row).order_by("-received_at")


def steps(row: Problem) -> list[Step]:
    """The eight steps in order, also those nobody has written in yet (unsaved)."""
    known = {step.code: step for step in row.steps.select_related("signed_by")}
    return [known.get(code) or Step(problem=row, code=code) for code in eight_d.CODES]


def sign_offs(row: Problem) -> QuerySet[SignOff]:
    return SignOff.objects.filter(step__problem=row).select_related("step", "by").order_by("at", "pk")


def causes(row: Problem) -> list[Cause]:
    return list(row.causes.order_by("pk"))


def actions(row: Problem, kind: str = "") -> QuerySet[ProblemAction]:
    rows = row.actions.select_related("owner").order_by("due_on", "pk")
    return rows.filter(kind=kind) if kind else rows


def my_actions(scope: Scope) -> QuerySet[ProblemAction]:
    """Actions the reader has to do, earliest due first."""
    return (
        ProblemAction.objects.filter(owner=scope.user_id, done_at=None)
        .select_related("problem")
        .order_by("due_on", "pk")
    )


def facts(row: Problem) -> eight_d.Facts:
    """What is recorded, as far as the disciplines ask for it."""
    counted: dict[str, Any] = {
        found["kind"]: found
        for found in row.actions.order_by()
        .values("kind")
        .annotate(n=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)))
    }

    def count(kind: str, what: str) -> int:
        return int(counted.get(kind, {}).get(what, 0))

    return eight_d.Facts(
        leader=row.leader_id is not None,
        members=row.team.count(),
        containment=count("containment", "n"),
        containment_done=count("containment", "done"),
        roots=frozenset(row.causes.filter(is_root=True).values_list("question", flat=True)),
        corrective=count("corrective", "n"),
        corrective_done=count("corrective", "done"),
        preventive=count("preventive", "n"),
        preventive_done=count("preventive", "done"),
    )


def corrected_at(row: Problem) -> datetime | None:
    """When the last corrective action was done; None while there is none or one is open."""
    found = row.actions.filter(kind=ProblemAction.Kind.CORRECTIVE).aggregate(
        n=Count("pk"), open=Count("pk", filter=Q(done_at=None)), last=Max("done_at")
    )
    return found["last"] if found["n"] and not found["open"] else None


def recurrences(row: Problem, since: datetime) -> list[str]:
    """Numbers of complaints that are the same or were put to it, received after `since`."""
    same = Q(problem_case__problem=row)
    if row.key:
        same |= Q(**sameness.filters(row.key)) & Q(received_at__lte=since + WATCH)
    found = (
        Complaint.objects.filter(same, received_at__gt=since)
        .exclude(state__in=[State.MERGED, State.WITHDRAWN])
        .order_by("received_at")
    )
    return list(found.values_list("number", flat=True)[:20])


def figures(row: Problem) -> evidence.Figures:
    """Everything the gates judge by."""
    signed = set(row.steps.filter(signed_at__isnull=False).values_list("code", flat=True))
    ids = list(row.cases.values_list("complaint", flat=True))
    latest = (
        FollowUp.objects.filter(complaint=OuterRef("pk"), score__isnull=False)
        .order_by("-ended_at", "-pk")
        .values("score")[:1]
    )
    scored = (
        Complaint.objects.filter(pk__in=ids)
        .annotate(latest=Subquery(latest))
        .order_by()
        .aggregate(mean=Avg("latest"), n=Count("latest"))
    )
    open_promises, broken = _promises(row, ids)
    since = corrected_at(row)
    return evidence.Figures(
        signed=tuple(code for code in eight_d.CODES if code in signed),
        unsigned=tuple(code for code in eight_d.CODES if code not in signed),
        corrected_at=since,
        quiet_days=row.quiet_days,
        recurrences=tuple(recurrences(row, since)) if since else (),
        score=scored["mean"],
        scored=scored["n"],
        complaints=len(ids),
        target=float(row.target_score),
        actions_open=row.actions.filter(done_at=None).count(),
        promises_open=open_promises,
        promises_broken=broken,
    )


def _promises(row: Problem, complaint_ids: list[int]) -> tuple[int, int]:
    """Open promises about the problem and its complaints, and broken ones not made good."""
    subjects = [f"complaint:{pk}" for pk in complaint_ids] + [f"problem:{row.pk}"]
    found = list(
        Promise.objects.filter(subject__in=subjects).values_list("subject", "state", "done_at", "settled_at")
    )
    kept: dict[str, Any] = {}
    for subject, state, done_at, _settled in found:
        if state == Promise.State.KEPT and done_at is not None:
            kept[subject] = max(done_at, kept.get(subject, done_at))
    waiting = sum(state == Promise.State.OPEN for _subject, state, _done, _settled in found)
    broken = sum(
        state == Promise.State.BROKEN and not (subject in kept and kept[subject] >= settled)
        for subject, state, _done, settled in found
    )
    return waiting, broken


def gates(row: Problem, at: datetime) -> list[evidence.Gate]:
    return evidence.gates(figures(row), timezone.localtime(at))


def rules(scope: Scope, right: str = "complaints.read") -> QuerySet[DetectionRule]:
    return scope.limit(DetectionRule.objects.select_related("unit", "leader"), right).order_by("pk")  # type: ignore[no-any-return]


def rules_for(unit: OrgUnit) -> QuerySet[DetectionRule]:
    """Active rules that look at complaints of the unit, those of the nearest unit first."""
    return (
        DetectionRule.objects.filter(active=True, unit__in=unit.lineage_ids)
        .select_related("unit", "leader")
        .order_by("-unit__path", "pk")
    )


def same_complaints(rule: DetectionRule, key: str, at: datetime) -> QuerySet[Complaint]:
    """Complaints of the rule's units with the key in its time, that belong to no problem yet."""
    return Complaint.objects.filter(
        unit__path__startswith=rule.unit.path,
        received_at__gt=at - timedelta(days=rule.days),
        received_at__lte=at,
        problem_case=None,
        **sameness.filters(key),
    ).exclude(state__in=[State.MERGED, State.WITHDRAWN])
