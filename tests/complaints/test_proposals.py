"""Proposals: within one's own authority at once, above it by somebody else with enough of a limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, Proposal
from manyi.complaints.queries import proposals as queries
from manyi.complaints.services import cases
from manyi.complaints.services import proposals as services
from manyi.customers.models import AuthorityLimit
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

States = Proposal.State


@pytest.fixture
def complaint(cast: Cast, at: datetime) -> Complaint:
    return factories.complaint(cast.east, cast.agent, at)


def propose(cast: Cast, complaint: Complaint, at: datetime, amount: int, by: str = "agent") -> Proposal:
    return services.propose(
        cast.scope(by), complaint=complaint, kind="refund", remedy="Money back", amount=Decimal(amount), at=at
    )


def test_within_the_limit_it_is_approved_at_once(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = propose(cast, complaint, at, 200)
    assert (row.state, row.decided_by, row.decided_at) == (States.APPROVED, None, at)
    complaint.refresh_from_db()
    assert complaint.state == State.WORKING


def test_several_small_amounts_do_not_get_round_the_limit_per_case(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    propose(cast, complaint, at, 150)
    assert propose(cast, complaint, at, 51).state == States.WAITING
    assert propose(cast, complaint, at, 50).state == States.APPROVED


def test_the_budget_of_the_month_is_counted_and_begins_anew(cast: Cast, at: datetime) -> None:
    AuthorityLimit.objects.create(
        unit=cast.east, user=cast.agent, currency="CNY", per_case=Decimal(100), per_month=Decimal(150)
    )
    first, second, third = (factories.complaint(cast.east, cast.agent, at) for _ in range(3))
    assert propose(cast, first, at, 100).state == States.APPROVED
    assert propose(cast, second, at, 60).state == States.WAITING
    assert propose(cast, third, at + timedelta(days=31), 60).state == States.APPROVED


def test_above_it_somebody_else_with_a_limit_that_reaches_decides(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    row = propose(cast, complaint, at, 8_000)
    assert row.state == States.WAITING
    assert list(queries.to_approve(cast.scope("executive"))) == [row]
    with pytest.raises(Refused, match=r"8,000\.00 CNY is above your own limit"):
        services.approve(cast.scope("east_manager"), proposal=row, at=at)
    with pytest.raises(NotAllowed):
        services.approve(cast.scope("handler"), proposal=row, at=at)
    services.approve(cast.scope("executive"), proposal=row, at=at)
    assert (row.state, row.decided_by) == (States.APPROVED, cast.executive)
    with pytest.raises(Refused, match="The proposal is “Approved”"):
        services.refuse(cast.scope("executive"), proposal=row, reason="Too late", at=at)


def test_it_says_who_could_approve(cast: Cast, complaint: Complaint, at: datetime) -> None:
    assert queries.approvers(propose(cast, complaint, at, 300)) == [
        cast.manager,
        cast.east_manager,
        cast.executive,
    ]
    assert queries.approvers(propose(cast, complaint, at, 8_000)) == [cast.executive]
    assert queries.approvers(propose(cast, complaint, at, 800_000)) == []


def test_nobody_approves_their_own(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = propose(cast, complaint, at, 5_001, by="east_manager")
    AuthorityLimit.objects.filter(role="satisfaction_manager").update(per_case=Decimal(9_000))
    assert not queries.to_approve(cast.scope("east_manager")).exists()
    with pytest.raises(Refused, match="Nobody approves their own proposal"):
        services.approve(cast.scope("east_manager"), proposal=row, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=row.pk).update(decided_by=cast.east_manager)


def test_another_branch_neither_sees_nor_approves(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = propose(cast, complaint, at, 300)
    assert not queries.to_approve(cast.scope("outsider")).exists()
    with pytest.raises(NotAllowed):
        services.approve(cast.scope("outsider"), proposal=row, at=at)
    assert queries.budget_use(cast.scope("outsider"), at=at) == []


def test_refused_with_the_reason(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = propose(cast, complaint, at, 300)
    with pytest.raises(Refused, match="Say why"):
        services.refuse(cast.scope("manager"), proposal=row, reason="", at=at)
    services.refuse(cast.scope("manager"), proposal=row, reason="Out of warranty", at=at)
    assert (row.state, row.decision) == (States.REFUSED, "Out of warranty")


def test_offered_by_message_and_accepted(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = propose(cast, complaint, at, 200)
    services.offer(cast.scope("agent"), proposal=row, message="We give you 200 CNY back.", at=at)
    assert complaint.messages.get().text == "We give you 200 CNY back."
    assert queries.compensation(complaint) == {}
    services.record_answer(cast.scope("agent"), proposal=row, accepted=True, answer="Fine", at=at)
    assert queries.compensation(complaint) == {"CNY": Decimal(200)}
    complaint.refresh_from_db()
    assert complaint.responded_at == at
    with pytest.raises(Refused, match="Accepted by the customer"):
        services.take_back(cast.scope("agent"), proposal=row, at=at)


def test_an_offer_waits_for_approval(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = propose(cast, complaint, at, 300)
    with pytest.raises(Refused, match="Waits for approval"):
        services.offer(cast.scope("agent"), proposal=row, at=at)


def test_the_use_of_the_month_by_unit(cast: Cast, at: datetime) -> None:
    for number in (200, 200, 300):
        propose(cast, factories.complaint(cast.east, cast.agent, at), at, number)
    services.approve(cast.scope("manager"), proposal=Proposal.objects.get(state="waiting"), at=at)
    use = queries.budget_use(cast.scope("manager"), at=at)
    assert [(u.unit, u.cases, u.total, u.alone) for u in use] == [(cast.east, 3, Decimal(700), Decimal(400))]


def test_a_currency_without_limits_always_waits(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = services.propose(
        cast.scope("agent"), complaint=complaint, kind="refund", remedy="x", amount=Decimal(1), currency="usd", at=at
    )  # fmt: skip
    assert (row.currency, row.state) == ("USD", States.WAITING)
    assert not queries.may_decide(cast.scope("executive"), row)


def test_nonsense_is_refused_with_its_place(cast: Cast, complaint: Complaint, at: datetime) -> None:
    with pytest.raises(ValidationError) as error:
        propose(cast, complaint, at, -1)
    assert "amount" in error.value.message_dict
    assert not Proposal.objects.exists()


def test_resolved_at_first_contact_by_rule(cast: Cast, complaint: Complaint, at: datetime) -> None:
    cases.resolve(
        cast.scope("agent"), complaint=complaint, resolution="Explained", at=at + timedelta(hours=24)
    )
    assert complaint.first_contact_resolved
    cases.reopen(cast.scope("agent"), complaint=complaint, reason="Not so", at=at + timedelta(hours=25))
    assert not complaint.first_contact_resolved


@pytest.mark.parametrize("spoiled", ["late", "other person", "work order", "second contact"])
def test_not_resolved_at_first_contact(cast: Cast, complaint: Complaint, at: datetime, spoiled: str) -> None:
    from manyi.complaints.services import work_orders

    when, who = at + timedelta(hours=1), "agent"
    if spoiled == "late":
        when = at + timedelta(hours=25)
    elif spoiled == "other person":
        who = "handler"
    elif spoiled == "work order":
        work_orders.send(cast.scope("agent"), complaint=complaint, unit=cast.west, instruction="Check", at=at)
    else:
        complaint.messages.create(direction="in", channel="mail", at=when, text="And now?")
    cases.resolve(cast.scope(who), complaint=complaint, resolution="Explained", at=when)
    assert not complaint.first_contact_resolved
