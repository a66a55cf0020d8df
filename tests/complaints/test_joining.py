"""Complaints are linked, merged and split."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from manyi.complaints.lifecycle import State
from manyi.complaints.models import CaseLink, Complaint
from manyi.complaints.queries import cases as queries
from manyi.complaints.queries import timeline
from manyi.complaints.services import cases, work_orders
from manyi.complaints.services import joining as services
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def pair(cast: Cast, at: datetime) -> tuple[Complaint, Complaint]:
    made = [
        factories.complaint(cast.east, cast.agent, at, language="en", email="w@example.org") for _ in range(2)
    ]
    return made[0], made[1]


def test_linked_and_undone(cast: Cast, pair: tuple[Complaint, Complaint], at: datetime) -> None:
    one, other = pair
    services.link(cast.scope("agent"), complaint=other, other=one, kind="related", at=at)
    services.link(cast.scope("agent"), complaint=one, other=other, kind="repeat", at=at)
    assert [(link.kind, c) for link, c in queries.links(cast.scope("agent"), one)] == [("repeat", other)]
    services.unlink(cast.scope("agent"), complaint=one, other=other, at=at)
    assert not CaseLink.objects.exists()
    with pytest.raises(Refused, match="linked with itself"):
        services.link(cast.scope("agent"), complaint=one, other=one, kind="related", at=at)


def test_merged_it_is_read_from_the_survivor(
    cast: Cast, pair: tuple[Complaint, Complaint], at: datetime
) -> None:
    one, other = pair
    cases.add_note(cast.scope("agent"), complaint=one, text="Photo from the customer", at=at)
    order = work_orders.send(cast.scope("agent"), complaint=one, unit=cast.west, instruction="Check", at=at)
    services.merge(cast.scope("agent"), complaint=one, into=other, at=at)
    one.refresh_from_db()
    order.refresh_from_db()
    assert (one.state, one.merged_into, order.state) == (State.MERGED, other, "cancelled")
    told = timeline.entries(cast.scope("agent"), other)
    assert [e.text for e in told if e.kind == "note"] == ["Photo from the customer"]
    assert {e.number for e in told} == {"", one.number}
    assert other.number in one.messages.get().text
    with pytest.raises(Refused, match="is “Merged”"):
        services.merge(cast.scope("agent"), complaint=other, into=one, at=at)
    with pytest.raises(Refused, match="is “Merged” and cannot become"):
        cases.resolve(cast.scope("agent"), complaint=one, resolution="x", at=at)


def test_whoever_works_on_the_survivor_reads_the_merged_one(cast: Cast, at: datetime) -> None:
    west = factories.complaint(cast.west, cast.outsider, at)
    east = factories.complaint(cast.east, cast.agent, at)
    with pytest.raises(NotAllowed):
        services.merge(cast.scope("agent"), complaint=east, into=west, at=at)
    services.merge(cast.scope("manager"), complaint=east, into=west, at=at)
    assert east in queries.visible(cast.scope("outsider"))


def test_split_off_with_its_own_matter(cast: Cast, pair: tuple[Complaint, Complaint], at: datetime) -> None:
    one, _other = pair
    made = services.split(
        cast.scope("handler"),
        complaint=one,
        title="Invoice is wrong",
        at=at,
        product="",
        description="Paid twice",
    )
    assert (made.state, made.email, made.first_contact_owner) == (State.RECEIVED, "w@example.org", cast.agent)
    assert [(link.kind, c) for link, c in queries.links(cast.scope("agent"), one)] == [("split", made)]
    with pytest.raises(NotAllowed):
        services.split(cast.scope("outsider"), complaint=one, title="x", at=at)


def test_work_orders_of_a_withdrawn_complaint_end(
    cast: Cast, pair: tuple[Complaint, Complaint], at: datetime, run_jobs: Callable[[], int]
) -> None:
    one, _other = pair
    order = work_orders.send(cast.scope("agent"), complaint=one, unit=cast.west, instruction="Check", at=at)
    one.refresh_from_db()
    cases.withdraw(cast.scope("agent"), complaint=one, reason="", at=at)
    run_jobs()
    order.refresh_from_db()
    assert order.state == "cancelled"
