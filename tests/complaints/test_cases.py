"""The life of a complaint through its services."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from manyi.complaints.lifecycle import State
from manyi.complaints.models import CaseRole
from manyi.complaints.queries import cases as queries
from manyi.complaints.services import cases
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast


def test_numbers_run_per_unit_and_day(cast: Cast, at: datetime) -> None:
    first = factories.complaint(cast.east, cast.agent, at)
    second = factories.complaint(cast.east, cast.agent, at)
    elsewhere = factories.complaint(cast.west, cast.outsider, at)
    next_day = factories.complaint(cast.east, cast.agent, at + timedelta(days=1))
    assert [c.number for c in (first, second, elsewhere, next_day)] == [
        "EAST-20260302-0001",
        "EAST-20260302-0002",
        "WEST-20260302-0001",
        "EAST-20260303-0001",
    ]


def test_who_hears_it_owns_and_handles_it(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    held = {(a.role, a.user_id, a.unit_id) for a in row.assignments.all()}
    assert held == {
        (CaseRole.FIRST_CONTACT_OWNER, cast.agent.pk, cast.east.pk),
        (CaseRole.HANDLER, cast.agent.pk, cast.east.pk),
    }


def test_receiving_the_same_thing_twice_gives_the_same_complaint(cast: Cast, at: datetime) -> None:
    first = factories.complaint(cast.east, cast.agent, at, source="crm", external_id="77")
    assert factories.complaint(cast.east, cast.agent, at, source="crm", external_id="77") == first


def test_from_received_to_reopened(cast: Cast, at: datetime) -> None:
    scope, row = cast.scope("agent"), factories.complaint(cast.east, cast.agent, at)
    cases.start(scope, complaint=row, at=at)
    cases.resolve(scope, complaint=row, resolution="Bearing replaced", at=at)
    assert row.responded_at == row.acknowledged_at == at
    cases.close(scope, complaint=row, at=at)
    assert (row.state, row.closings) == (State.CLOSED, 1)
    cases.reopen(scope, complaint=row, reason="Noisy again", at=at)
    assert (row.state, row.reopened, row.closed_at) == (State.WORKING, 1, None)


def test_a_step_out_of_order_is_refused_and_changes_nothing(cast: Cast, at: datetime) -> None:
    scope, row = cast.scope("agent"), factories.complaint(cast.east, cast.agent, at)
    with pytest.raises(Refused, match=r"EAST-20260302-0001 is “Received” and cannot become “Closed”"):
        cases.close(scope, complaint=row, at=at)
    row.refresh_from_db()
    assert (row.state, row.closings) == (State.RECEIVED, 0)


def test_another_branch_neither_sees_nor_touches_it(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    assert not queries.visible(cast.scope("outsider")).exists()
    with pytest.raises(NotAllowed):
        cases.start(cast.scope("outsider"), complaint=row, at=at)


def test_a_unit_that_is_given_the_work_sees_it(cast: Cast, at: datetime) -> None:
    scope, row = cast.scope("manager"), factories.complaint(cast.east, cast.agent, at)
    cases.assign(scope, complaint=row, role=CaseRole.HANDLER, unit=cast.west, user=None, at=at)
    assert queries.visible(cast.scope("outsider")).get() == row
    assert queries.visible(cast.scope("agent")).get() == row
    held = row.assignments.filter(role=CaseRole.HANDLER).values_list("unit", "until")
    assert list(held) == [(cast.east.pk, at), (cast.west.pk, None)]
