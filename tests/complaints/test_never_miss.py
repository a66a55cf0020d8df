"""Four never-miss, and what is fed back to those who can change the product."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from manyi.complaints.models import CaseCause, Complaint, FollowUp, ImprovementRequest
from manyi.complaints.queries import improvement_requests as request_queries
from manyi.complaints.queries import never_miss as queries
from manyi.complaints.services import cases, problems
from manyi.complaints.services import improvement_requests as services
from manyi.customers.models import Interaction
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

SYSTEM = Scope.system("test")
Drain = Callable[[], int]


def call(cast: Cast, at: datetime, number: int = 1) -> Interaction:
    return Interaction.objects.create(
        customer=factories.customer(cast.east, number, at),
        at=at,
        kind="call",
        text="The pump is loud",
        by=cast.agent,
    )


def closed(cast: Cast, at: datetime) -> Complaint:
    row = factories.complaint(cast.east, cast.agent, at)
    cases.resolve(SYSTEM, complaint=row, resolution="Replaced", at=at)
    cases.close(SYSTEM, complaint=row, at=at)
    return row


def request(cast: Cast, at: datetime, row: Complaint) -> ImprovementRequest:
    return services.send(
        cast.scope("agent"), unit=cast.east, to_unit=cast.west, audience="design", title="Oil the bearing",
        text="Bearings run dry", complaints=[row], at=at,
    )  # fmt: skip


def test_a_call_without_complaint_is_missed_until_there_is_one_or_a_reason(cast: Cast, at: datetime) -> None:
    first, second = call(cast, at), call(cast, at, 2)
    later, scope = at + timedelta(hours=3), cast.scope("agent")
    assert [miss.source for miss in queries.recorded(scope, later)] == [
        f"interaction:{first.pk}", f"interaction:{second.pk}",
    ]  # fmt: skip
    factories.complaint(cast.east, cast.agent, later, customer=first.customer)
    services.set_aside(scope, source=f"interaction:{second.pk}", reason="Asked for a price list", at=later)
    assert queries.recorded(scope, later) == []


def test_setting_aside_needs_a_reason_and_sight(cast: Cast, at: datetime) -> None:
    source, later = f"interaction:{call(cast, at).pk}", at + timedelta(hours=3)
    with pytest.raises(Refused, match="why it is not a complaint"):
        services.set_aside(cast.scope("agent"), source=source, reason=" ", at=later)
    with pytest.raises(Refused, match="not waiting any more"):
        services.set_aside(cast.scope("outsider"), source=source, reason="Not mine", at=later)


def test_a_fresh_call_is_given_time(cast: Cast, at: datetime) -> None:
    call(cast, at)
    assert queries.recorded(cast.scope("agent"), at + timedelta(minutes=30)) == []


def test_a_low_score_that_became_no_complaint_is_missed(cast: Cast, at: datetime) -> None:
    who = factories.customer(cast.east, 1, at)
    event = catalogue.LowScore(
        subject_id="1", unit_id=cast.east.pk, response_id="r1", customer_id=who.pk, score=21.4
    )
    row = publish(SYSTEM, event, at=at)
    later = at + timedelta(hours=3)
    (miss,) = queries.recorded(cast.scope("agent"), later)
    assert (miss.source, miss.kind, miss.who) == (f"event:{row.pk}", "score", who.name)
    assert queries.recorded(cast.scope("outsider"), later) == []
    factories.complaint(cast.east, cast.agent, later, source="survey", external_id="r1")
    assert queries.recorded(cast.scope("agent"), later) == []


def test_a_complaint_past_its_limit_is_unhandled(cast: Cast, at: datetime) -> None:
    late, fine = (factories.complaint(cast.east, cast.agent, at) for _ in range(2))
    Complaint.objects.filter(pk=late.pk).update(next_due_at=at + timedelta(hours=1))
    Complaint.objects.filter(pk=fine.pk).update(next_due_at=at + timedelta(hours=9))
    assert list(queries.unhandled(cast.scope("agent"), at + timedelta(hours=2))) == [late]


def test_a_closing_without_follow_up_or_with_an_overdue_one_is_unchecked(
    cast: Cast, at: datetime, run_jobs: Drain
) -> None:
    planned, none = closed(cast, at), closed(cast, at)
    run_jobs()
    scope, soon, late = cast.scope("agent"), at + timedelta(hours=3), at + timedelta(days=10)
    assert list(queries.unchecked(scope, soon)) == []
    FollowUp.objects.filter(complaint=none).delete()
    assert list(queries.unchecked(scope, soon)) == [none]
    assert list(queries.unchecked(scope, late)) == [planned, none]


def test_a_process_cause_without_request_is_not_fed_back(cast: Cast, at: datetime) -> None:
    product, person = closed(cast, at), closed(cast, at)
    CaseCause.objects.create(complaint=product, link="value", at=at)
    CaseCause.objects.create(complaint=person, link="person", at=at)
    scope = cast.scope("agent")
    assert [miss.number for miss in queries.fed_back(scope, at)] == [product.number]
    request(cast, at, product)
    assert queries.fed_back(scope, at) == []


def test_the_counts_are_by_unit_and_of_ones_own_units(cast: Cast, at: datetime) -> None:
    call(cast, at)
    row = factories.complaint(cast.west, cast.outsider, at)
    Complaint.objects.filter(pk=row.pk).update(next_due_at=at)
    later = at + timedelta(hours=3)
    found = queries.counts(cast.scope("manager"), later)
    assert (found["recorded"], found["handled"]) == ({cast.east.pk: 1}, {cast.west.pk: 1})
    assert sum(sum(count.values()) for count in queries.counts(cast.scope("agent"), later).values()) == 1
    assert queries.misses(cast.scope("manager"), "handled", later, unit=cast.east) == []


def test_a_request_is_numbered_and_both_units_see_it(cast: Cast, at: datetime) -> None:
    row = request(cast, at, closed(cast, at))
    assert (row.number, row.state) == ("R-EAST-20260302-0001", "sent")
    assert list(request_queries.listed(cast.scope("agent"), way="out")) == [row]
    assert list(request_queries.listed(cast.scope("outsider"), way="in")) == [row]


def test_only_the_unit_asked_answers(cast: Cast, at: datetime) -> None:
    row = request(cast, at, closed(cast, at))
    with pytest.raises(NotAllowed):
        services.answer(cast.scope("agent"), request=row, state="accepted", at=at)


@pytest.mark.parametrize(
    ("state", "message"), [("rejected", "why the request is rejected"), ("shipped", "in which version")]
)
def test_an_answer_says_why_or_where(cast: Cast, at: datetime, state: str, message: str) -> None:
    row = request(cast, at, closed(cast, at))
    with pytest.raises(Refused, match=message):
        services.answer(cast.scope("outsider"), request=row, state=state, at=at)


def test_accepted_then_shipped_and_no_further(cast: Cast, at: datetime) -> None:
    row, scope = request(cast, at, closed(cast, at)), cast.scope("outsider")
    services.answer(scope, request=row, state="accepted", text="Planned for spring", at=at)
    row = services.answer(scope, request=row, state="shipped", version="2.4", at=at + timedelta(days=9))
    assert (row.state, row.version, row.answer) == ("shipped", "2.4", "Planned for spring")
    with pytest.raises(Refused, match="“Shipped”"):
        services.answer(scope, request=row, state="rejected", text="No", at=at)


def test_a_request_comes_from_something(cast: Cast, at: datetime) -> None:
    with pytest.raises(Refused, match="Name the problem or the complaints"):
        services.send(
            cast.scope("agent"),
            unit=cast.east,
            to_unit=cast.west,
            audience="design",
            title="X",
            text="Y",
            at=at,
        )


def test_the_cause_of_a_single_complaint_is_recorded(cast: Cast, at: datetime) -> None:
    row = closed(cast, at)
    problems.set_cause(cast.scope("agent"), complaint=row, link="system", text="No check", at=at)
    problems.set_cause(cast.scope("agent"), complaint=row, link="person", text="Not trained", at=at)
    assert CaseCause.objects.get().link == "person"
