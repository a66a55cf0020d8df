"""The three roles: handed over by acceptance only, never nobody's, and how long each has been silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from manyi.complaints.models import CaseRole, Complaint, HandOver
from manyi.complaints.queries import roles as queries
from manyi.complaints.services import cases, work_orders
from manyi.complaints.services import roles as services
from manyi.people import services as people
from manyi.people.models import User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def complaint(cast: Cast, at: datetime) -> Complaint:
    return factories.complaint(cast.east, cast.agent, at)


def ask(cast: Cast, complaint: Complaint, at: datetime, to: User | None = None) -> HandOver:
    return services.ask_hand_over(
        cast.scope("agent"), complaint=complaint, to=to or cast.handler, reason="On leave", at=at
    )


def test_until_accepted_it_stays_with_the_owner(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = ask(cast, complaint, at)
    complaint.refresh_from_db()
    assert complaint.first_contact_owner == cast.agent
    services.accept_hand_over(cast.scope("handler"), hand_over=row, at=at + timedelta(hours=1))
    complaint.refresh_from_db()
    assert complaint.first_contact_owner == cast.handler
    held = complaint.assignments.filter(role=CaseRole.FIRST_CONTACT_OWNER).values_list("user", "until")
    assert list(held) == [(cast.agent.pk, at + timedelta(hours=1)), (cast.handler.pk, None)]


def test_declined_it_stays_and_the_reason_is_kept(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = ask(cast, complaint, at)
    services.decline_hand_over(cast.scope("handler"), hand_over=row, answer="Not my product", at=at)
    complaint.refresh_from_db()
    assert (complaint.first_contact_owner, row.answer) == (cast.agent, "Not my product")
    with pytest.raises(Refused, match="answered already"):
        services.accept_hand_over(cast.scope("handler"), hand_over=row, at=at)
    ask(cast, complaint, at)


def test_one_request_at_a_time(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = ask(cast, complaint, at)
    with pytest.raises(Refused, match="asked already"):
        ask(cast, complaint, at, cast.east_manager)
    services.take_back_hand_over(cast.scope("agent"), hand_over=row, at=at)
    assert queries.asked(complaint) is None


def test_only_the_one_who_was_asked_answers(cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = ask(cast, complaint, at)
    with pytest.raises(NotAllowed):
        services.accept_hand_over(cast.scope("east_manager"), hand_over=row, at=at)
    with pytest.raises(Refused, match="Outsider does not work on complaints of"):
        ask(cast, factories.complaint(cast.east, cast.agent, at), at, cast.outsider)


def test_reassigning_needs_the_right_to_dispatch(cast: Cast, complaint: Complaint, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        services.reassign(cast.scope("handler"), complaint=complaint, unit=cast.west, user=None, at=at)
    services.reassign(
        cast.scope("agent"), complaint=complaint, unit=cast.west, user=None, at=at, reason="West"
    )
    complaint.refresh_from_db()
    assert (complaint.handler, complaint.handler_unit) == (None, cast.west)
    services.take(cast.scope("outsider"), complaint=complaint, at=at)
    assert complaint.handler == cast.outsider
    with pytest.raises(Refused, match="Outsider works on it already"):
        services.take(cast.scope("manager"), complaint=complaint, at=at)


def test_who_can_no_longer_sign_in_owns_nothing(
    cast: Cast, complaint: Complaint, at: datetime, run_jobs: Callable[[], int]
) -> None:
    asked = ask(cast, complaint, at)
    order = work_orders.send(
        cast.scope("agent"),
        complaint=complaint,
        unit=cast.east,
        user=cast.handler,
        instruction="Check",
        at=at,
    )
    for user in (cast.handler, cast.agent):
        people.change_user(
            Scope.system("test"), user=user, name=user.name, email=user.email, language="en", is_active=False,
            roles=[(m.role, m.unit) for m in user.memberships.all()], at=at,
        )  # fmt: skip
    run_jobs()
    complaint.refresh_from_db()
    assert complaint.first_contact_owner == complaint.handler == cast.east_manager
    asked.refresh_from_db()
    assert asked.state == HandOver.State.DECLINED
    order.refresh_from_db()
    assert (order.user, order.unit) == (None, cast.east)
    assert not queries.without_owner(cast.scope("manager")).exists()


def test_without_anybody_on_duty_it_is_listed(cast: Cast, complaint: Complaint, at: datetime) -> None:
    User.objects.exclude(pk=cast.handler.pk).update(is_active=False)
    assert list(queries.without_owner(Scope.system("test"))) == [complaint]
    services.pass_on(Scope.system("test"), user=cast.agent, at=at)
    complaint.refresh_from_db()
    assert (complaint.handler, complaint.handler_unit) == (None, cast.east)
    assert list(queries.without_owner(Scope.system("test"))) == [complaint]


def test_silent_time_runs_from_the_last_thing_a_role_did(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    services.reassign(cast.scope("agent"), complaint=complaint, unit=cast.east, user=cast.handler, at=at)
    services.name_cause(cast.scope("agent"), complaint=complaint, unit=cast.west, at=at + timedelta(hours=2))
    cases.add_note(cast.scope("handler"), complaint=complaint, text="Called", at=at + timedelta(hours=5))
    now = at + timedelta(hours=10)
    found = {s.role: s.silent for s in queries.silences([complaint], at=now)}
    assert found == {
        CaseRole.FIRST_CONTACT_OWNER: timedelta(hours=8),
        CaseRole.HANDLER: timedelta(hours=5),
        CaseRole.CAUSE_OWNER: timedelta(hours=8),
    }
    long = queries.silent(cast.scope("agent"), at=now, longer_than=timedelta(hours=6))
    assert {s.role for s in long} == {CaseRole.FIRST_CONTACT_OWNER, CaseRole.CAUSE_OWNER}
    assert not queries.silent(cast.scope("outsider"), at=at, longer_than=timedelta(hours=6))
