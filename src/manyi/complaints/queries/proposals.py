"""Proposals of settlement, who may decide on them, what has been given away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet, Sum

from manyi.complaints.models import Complaint, Proposal
from manyi.customers.authority import limit_of, who_may
from manyi.customers.models import AuthorityLimit
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope

#: States in which the money is given, or as good as given.
GIVEN = (Proposal.State.APPROVED, Proposal.State.OFFERED, Proposal.State.ACCEPTED)
RELATED = ("complaint", "unit", "proposed_by", "decided_by")


def of_complaint(complaint: Complaint) -> list[Proposal]:
    """All proposals of a complaint the caller found through `cases.visible`, in order."""
    return list(complaint.proposals.select_related("unit", "proposed_by", "decided_by"))


def compensation(complaint: Complaint) -> dict[str, Decimal]:
    """What the customer has been given: the accepted amounts by currency."""
    rows = complaint.proposals.filter(state=Proposal.State.ACCEPTED, amount__gt=0)
    sums = rows.order_by().values_list("currency").annotate(total=Sum("amount"))
    return dict(sums)


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """First instant of the local calendar month and of the next one."""
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    start = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
    return start, start.replace(year=year, month=month)


def own_authority(scope: Scope, proposal: Proposal, *, at: datetime, lock: bool = False) -> bool:
    """Whether the proposer may give this alone: with what the complaint has had already within the limit per
    case, and with what they gave alone this month within their budget.

    With `lock` two proposals of one person at the same time are counted one after the other.
    """
    if not proposal.amount:
        return True
    user = User.objects.filter(pk=scope.user_id or 0).first()
    if user is None:
        return False
    limit = limit_of(user, proposal.unit, proposal.currency)
    if limit is None:
        return False
    if lock:
        User.objects.select_for_update().get(pk=user.pk)
    given = Proposal.objects.filter(state__in=GIVEN, currency=proposal.currency)
    case = given.filter(complaint=proposal.complaint).aggregate(total=Sum("amount"))["total"] or Decimal(0)
    if case + proposal.amount > limit.per_case:
        return False
    return (
        limit.per_month is None
        or used_alone(user, proposal.currency, at=at) + proposal.amount <= limit.per_month
    )


def used_alone(user: User, currency: str, *, at: datetime) -> Decimal:
    """What a person has given without approval in the calendar month of `at`."""
    start, end = month_of(at)
    rows = Proposal.objects.filter(
        proposed_by=user, decided_by=None, state__in=GIVEN, currency=currency, decided_at__gte=start, decided_at__lt=end
    )  # fmt: skip
    return rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def may_decide(scope: Scope, proposal: Proposal) -> bool:
    """Whether the reader may approve or refuse it: holds the right there, did not propose it, and has a limit
    that reaches it.
    """
    if not scope.may("complaints.approve", proposal.unit_id) or proposal.proposed_by_id == scope.user_id:
        return False
    user = User.objects.filter(pk=scope.user_id or 0).first()
    limit = limit_of(user, proposal.unit, proposal.currency) if user else None
    return limit is not None and proposal.amount <= limit.per_case


def to_approve(scope: Scope) -> QuerySet[Proposal]:
    """Proposals of the reader's units that wait for approval by somebody else than the proposer, oldest first."""
    rows: QuerySet[Proposal] = scope.limit(Proposal.objects.select_related(*RELATED), "complaints.approve")
    return (
        rows.filter(state=Proposal.State.WAITING)
        .exclude(proposed_by_id=scope.user_id)
        .order_by("proposed_at")
    )  # type: ignore[no-any-return]


def approvable(scope: Scope, rows: list[Proposal]) -> frozenset[int]:
    """Ids of those the reader may decide on now."""
    waiting = [row for row in rows if row.state == Proposal.State.WAITING]
    return frozenset(row.pk for row in waiting if may_decide(scope, row))


def approvers(proposal: Proposal, most: int = 3) -> list[User]:
    """Who could approve it: holds the right there, has a limit that reaches it, did not propose it. Those with
    the smallest sufficient limit come first; at most `most`.
    """
    able = who_may(proposal.unit, proposal.amount, proposal.currency)
    found = (
        user
        for user in able
        if user.pk != proposal.proposed_by_id and scope_of(user).may("complaints.approve", proposal.unit_id)
    )
    return list(islice(found, most))


@dataclass(frozen=True)
class Use:
    """What a unit gave in a month: `cases` complaints, `alone` of it without approval."""

    unit: OrgUnit
    currency: str
    cases: int
    total: Decimal
    alone: Decimal


def budget_use(scope: Scope, *, at: datetime, right: str = "complaints.read") -> list[Use]:
    """What each unit the reader sees gave in the calendar month of `at`, largest first."""
    start, end = month_of(at)
    rows = scope.limit(Proposal.objects.all(), right).filter(
        state__in=GIVEN, amount__gt=0, decided_at__gte=start, decided_at__lt=end
    )
    found: dict[tuple[int, str], list[Proposal]] = {}
    for row in rows.select_related("unit"):
        found.setdefault((row.unit_id, row.currency), []).append(row)
    uses = [
        Use(
            unit=group[0].unit,
            currency=currency,
            cases=len({row.complaint_id for row in group}),
            total=sum((row.amount for row in group), Decimal(0)),
            alone=sum((row.amount for row in group if row.decided_by_id is None), Decimal(0)),
        )
        for (_unit, currency), group in found.items()
    ]
    return sorted(uses, key=lambda use: use.total, reverse=True)


def limits(scope: Scope) -> QuerySet[AuthorityLimit]:
    """Authority limits set at units the reader manages complaints for."""
    return scope.limit(AuthorityLimit.objects.select_related("unit", "user"), "complaints.manage")  # type: ignore[no-any-return]
