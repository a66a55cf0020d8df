"""Work orders: sent, accepted, returned and sent again, done with evidence, one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.base import ContentFile

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, WorkOrder
from manyi.complaints.queries import cases as case_queries
from manyi.complaints.queries import work_orders as queries
from manyi.complaints.services import cases as case_services
from manyi.complaints.services import work_orders as services
from manyi.events.models import Event
from manyi.people.models import User
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def complaint(cast: Cast, at: datetime) -> Complaint:
    return factories.complaint(cast.east, cast.agent, at)


def send(cast: Cast, complaint: Complaint, at: datetime, **fields: object) -> WorkOrder:
    defaults = {"unit": cast.west, "instruction": "Check the bearing", "due_at": at + timedelta(hours=8)}
    return services.send(cast.scope("agent"), complaint=complaint, at=at, **{**defaults, **fields})


def test_the_unit_it_is_sent_to_sees_the_complaint_from_then(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    assert not case_queries.visible(cast.scope("outsider")).exists()
    order = send(cast, complaint, at)
    assert case_queries.visible(cast.scope("outsider")).get() == complaint
    assert list(queries.to_do(cast.scope("outsider"))) == [order]
    assert not queries.to_do(cast.scope("handler")).exists()
    complaint.refresh_from_db()
    assert complaint.state == State.WORKING


def test_accepted_and_done_with_evidence(cast: Cast, complaint: Complaint, at: datetime) -> None:
    order, west = send(cast, complaint, at), cast.scope("outsider")
    services.accept(west, order=order, at=at)
    assert (order.state, order.user) == (WorkOrder.State.ACCEPTED, cast.outsider)
    photo = ContentFile(b"\xff\xd8\xff\xe0 picture", name="bearing.jpg")
    services.finish(west, order=order, result="Cage broken", evidence=[photo], at=at + timedelta(hours=1))
    assert order.result is not None
    assert order.result.text == "Cage broken"
    assert [a.name for a in order.result.attachments.all()] == ["bearing.jpg"]
    assert order.result.attachments.get().message is None
    changes = Event.objects.filter(kind="work_order.changed").values_list("payload__change", flat=True)
    assert list(changes) == ["sent", "accepted", "done"]


def test_evidence_of_a_refused_kind_leaves_the_order_open(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    order = send(cast, complaint, at)
    with pytest.raises(Refused, match=r"virus\.exe"):
        services.finish(
            cast.scope("outsider"), order=order, result="Look", evidence=[ContentFile(b"MZ", name="virus.exe")], at=at
        )  # fmt: skip
    order = WorkOrder.objects.get(pk=order.pk)
    assert (order.state, order.result) == (WorkOrder.State.SENT, None)


def test_returned_with_the_reason_it_waits_for_the_dispatcher(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    order = send(cast, complaint, at)
    with pytest.raises(Refused, match="Say why"):
        services.send_back(cast.scope("outsider"), order=order, reason=" ", at=at)
    services.send_back(cast.scope("outsider"), order=order, reason="Not our product", at=at)
    assert list(queries.returned(cast.scope("agent"))) == [order]
    assert not queries.returned(cast.scope("outsider")).exists()
    again = send(cast, complaint, at, unit=cast.east, replaces=order)
    assert not queries.returned(cast.scope("agent")).exists()
    assert again.position == 2
    # Whoever once had the work keeps seeing how it went on.
    assert case_queries.visible(cast.scope("outsider")).get() == complaint


def test_one_after_the_other(cast: Cast, complaint: Complaint, at: datetime) -> None:
    first = send(cast, complaint, at, unit=cast.east)
    second = send(cast, complaint, at, after=first)
    assert second.state == WorkOrder.State.WAITING
    assert not case_queries.visible(cast.scope("outsider")).exists()
    services.send_back(cast.scope("handler"), order=first, reason="No time", at=at)
    again = send(cast, complaint, at, unit=cast.east, replaces=first)
    services.finish(cast.scope("handler"), order=again, result="Measured", at=at)
    second.refresh_from_db()
    assert (second.state, second.sent_at) == (WorkOrder.State.SENT, at)
    assert case_queries.visible(cast.scope("outsider")).get() == complaint


def test_several_at_the_same_time(cast: Cast, complaint: Complaint, at: datetime) -> None:
    one, two = send(cast, complaint, at, unit=cast.east), send(cast, complaint, at)
    assert {one.state, two.state} == {WorkOrder.State.SENT}


def test_a_cancelled_order_takes_those_that_wait_for_it_along(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    first = send(cast, complaint, at)
    second = send(cast, complaint, at, after=first)
    services.cancel(cast.scope("agent"), order=first, reason="Customer has withdrawn", at=at)
    second.refresh_from_db()
    assert first.state == second.state == WorkOrder.State.CANCELLED
    with pytest.raises(Refused, match="Work order 1 is “Cancelled”"):
        services.accept(cast.scope("outsider"), order=first, at=at)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"instruction": " "}, "Say what is to be done"),
        ({"due_at": datetime.fromisoformat("2026-03-02T02:00+00:00")}, "must lie in the future"),
    ],
)
def test_an_order_that_makes_no_sense_is_not_sent(
    cast: Cast, complaint: Complaint, at: datetime, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        send(cast, complaint, at, **fields)
    assert not WorkOrder.objects.exists()


def test_only_somebody_of_the_unit_is_named(cast: Cast, complaint: Complaint, at: datetime) -> None:
    with pytest.raises(Refused, match="Agent does not work on complaints of"):
        send(cast, complaint, at, user=cast.agent)
    User.objects.filter(pk=cast.outsider.pk).update(is_active=False)
    with pytest.raises(Refused, match="Outsider"):
        send(cast, complaint, at, user=cast.outsider)


def test_who_may_what(cast: Cast, complaint: Complaint, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        services.send(cast.scope("outsider"), complaint=complaint, unit=cast.west, instruction="x", at=at)
    order = send(cast, complaint, at)
    with pytest.raises(NotAllowed):
        services.accept(cast.scope("handler"), order=order, at=at)
    with pytest.raises(NotAllowed):
        services.cancel(cast.scope("outsider"), order=order, reason="", at=at)


def test_whoever_has_an_order_may_note_what_they_find_until_it_is_done(
    cast: Cast, complaint: Complaint, at: datetime
) -> None:
    west = cast.scope("outsider")
    with pytest.raises(NotAllowed):
        case_services.add_note(west, complaint=complaint, text="Looking into it", at=at)
    order = send(cast, complaint, at)
    case_services.add_note(west, complaint=complaint, text="Looking into it", at=at)
    services.finish(west, order=order, result="Cage broken", at=at)
    with pytest.raises(NotAllowed):
        case_services.add_note(west, complaint=complaint, text="One more", at=at)
    with pytest.raises(NotAllowed):
        case_services.resolve(west, complaint=complaint, resolution="Not theirs to settle", at=at)
