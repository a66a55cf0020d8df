"""The page of one complaint, its edit page, the work orders of a unit, the page of ownership."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from manyi.complaints import lifecycle, next_step, wording
from manyi.complaints.models import Complaint, WorkOrder
from manyi.complaints.queries import timeline
from manyi.complaints.services import cases, roles, work_orders
from manyi.events import catalogue
from manyi.people.models import User
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def complaint(cast: Cast, at: datetime) -> Complaint:
    return factories.complaint(cast.east, cast.agent, at)


def as_user(client: Client, user: User) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, user: User, complaint: Complaint) -> str:
    return as_user(client, user).get(reverse("complaint", args=[complaint.number])).content.decode()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_page_says_what_comes_next_and_what_happened(
    client: Client, cast: Cast, complaint: Complaint
) -> None:
    html = page(client, cast.agent, complaint)
    assert "Tell the customer that we have it, and begin." in html
    assert "Received: Phone" in html
    assert html.count('aria-current="step"') == 1


def test_another_branch_gets_nowhere(client: Client, cast: Cast, complaint: Complaint, at: datetime) -> None:
    order = work_orders.send(cast.scope("agent"), complaint=complaint, unit=cast.east, instruction="x", at=at)
    as_user(client, cast.outsider)
    for name in ("complaint", "complaint-edit", "send-work-order"):
        assert client.get(reverse(name, args=[complaint.number])).status_code == 404
    for name in ("complaint-act", "complaint-change-role", "send-work-order"):
        assert client.post(reverse(name, args=[complaint.number]), {"action": "start"}).status_code == 404
    assert client.post(reverse("work-order-act", args=[order.pk]), {"action": "accept"}).status_code == 404
    for name in ("work-orders", "complaint-roles"):
        assert complaint.number not in client.get(reverse(name)).content.decode()


def test_a_work_order_is_sent_accepted_returned_and_sent_again_on_the_pages(
    client: Client, cast: Cast, complaint: Complaint
) -> None:
    send = reverse("send-work-order", args=[complaint.number])
    data = {"unit": cast.west.pk, "user": "", "instruction": "Check the bearing", "limit": "d1"}
    as_user(client, cast.agent).post(send, data)
    order = WorkOrder.objects.get()
    assert order.due_at is not None
    listed = as_user(client, cast.outsider).get(reverse("work-orders")).content.decode()
    assert complaint.number in listed
    act = reverse("work-order-act", args=[order.pk])
    client.post(act, {"action": "return", "text": "Not made here"})
    assert "Work order 1 came back from West: Not made here. Send it to somebody else." in page(
        client, cast.agent, complaint
    )
    client.post(send, {**data, "unit": cast.east.pk, "replaces": order.pk})
    assert WorkOrder.objects.get(position=2).replaces == order
    assert "Work order 2 waits for you to accept or return it." in page(client, cast.handler, complaint)


def test_a_work_order_without_its_time_comes_back_with_the_error(
    client: Client, cast: Cast, complaint: Complaint
) -> None:
    send = reverse("send-work-order", args=[complaint.number])
    data = {"unit": cast.east.pk, "instruction": "Check", "limit": "at", "due_at": ""}
    answer = as_user(client, cast.agent).post(send, data)
    assert answer.status_code == 422
    assert "Say when it is due." in answer.content.decode()
    assert not WorkOrder.objects.exists()


def test_particulars_are_corrected_and_the_timeline_names_them(
    client: Client, cast: Cast, complaint: Complaint, at: datetime
) -> None:
    customer = factories.customer(cast.east, 7, at)
    url = reverse("complaint-edit", args=[complaint.number])
    as_user(client, cast.agent)
    data = {
        "title": "Bearing broken", "severity": "major", "language": "en", "customer_number": customer.code,
        "description": "", "wanted_remedy": "", "complainant": "Wang", "phone": "", "email": "", "product": "",
        "serial": "", "batch": "", "order_number": "", "place": "", "happened_on": "", "category": "",
    }  # fmt: skip
    assert client.post(url, data).status_code == 302
    complaint.refresh_from_db()
    assert (complaint.title, complaint.customer, complaint.severity) == ("Bearing broken", customer, "major")
    assert "Corrected:" in page(client, cast.agent, complaint)
    answer = client.post(url, {**data, "customer_number": "nobody-9"})
    assert "There is no customer “nobody-9”." in answer.content.decode()
    hidden = factories.customer(cast.west, 8, at)
    answer = client.post(url, {**data, "customer_number": hidden.code})
    assert f"There is no customer “{hidden.code}”." in answer.content.decode()


def test_a_hand_over_is_asked_and_declined_on_the_pages(
    client: Client, cast: Cast, complaint: Complaint
) -> None:
    url = reverse("complaint-change-role", args=[complaint.number])
    as_user(client, cast.agent)
    client.post(url, {"action": "hand_over", "to": cast.handler.pk, "reason": "On leave"})
    assert "Agent asks you to answer for this complaint from now on." in page(client, cast.handler, complaint)
    assert complaint.number in client.get(reverse("complaint-roles")).content.decode()
    client.post(url, {"action": "decline", "text": "Too much"})
    html = text_of(page(client, cast.agent, complaint))
    assert "Handler declined to answer for it" in html


def test_people_of_a_unit_are_offered(client: Client, cast: Cast) -> None:
    answer = as_user(client, cast.agent).get(reverse("people-of-unit"), {"unit": cast.west.pk})
    html = answer.content.decode()
    assert "Outsider" in html
    assert ">Agent<" not in html
    assert client.get(reverse("people-of-unit"), {"unit": "x"}).status_code == 404


def test_internal_words_are_marked(client: Client, cast: Cast, complaint: Complaint, at: datetime) -> None:
    cases.add_note(cast.scope("agent"), complaint=complaint, text="Bad batch, do not say so", at=at)
    entry = next(e for e in timeline.entries(cast.scope("agent"), complaint) if e.kind == "note")
    assert entry.by == "Agent"
    assert "Internal" in page(client, cast.agent, complaint)


def test_every_event_of_a_complaint_has_its_sentence() -> None:
    kinds = {k for k, e in catalogue.kinds().items() if e.subject_type == "complaint"}
    known = {kind for kind, _change in wording.SENTENCES} | wording.SAID_ALREADY
    assert kinds <= known
    changes = set(lifecycle.TRANSITIONS.values()) | {"edited", "acknowledged", "responded"}
    assert changes <= {change for kind, change in wording.SENTENCES if kind == "complaint.changed"}


def test_an_event_without_a_sentence_is_shown_all_the_same() -> None:
    assert (
        wording.sentence("complaint.changed", {"change": "painted"})[0]
        == "Recorded: complaint.changed painted"
    )


def test_silence_is_shown(client: Client, cast: Cast, complaint: Complaint) -> None:
    # Received in March; by now everybody has been silent for long.
    assert "silent for" in page(client, cast.agent, complaint)
    assert complaint.number in client.get(reverse("complaint-roles")).content.decode()


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (next_step.Situation("received", may_handle=True), "begin"),
        (next_step.Situation("working", may_handle=True), "settle"),
        (next_step.Situation("working", may_handle=True, handled_by_nobody=True), "take"),
        (next_step.Situation("working", may_handle=True, asked_by="Li"), "hand_over"),
        (next_step.Situation("working", may_handle=True, orders=[next_step.Order(1, "sent", "West")]), "wait_order"),
        (next_step.Situation("working", orders=[next_step.Order(1, "sent", "West", mine=True)]), "accept_order"),
        (next_step.Situation("working", orders=[next_step.Order(1, "accepted", "W", mine=True)]), "finish_order"),
        (
            next_step.Situation("working", may_dispatch=True, orders=[next_step.Order(1, "returned", "W", reason="No")]),
            "send_again",
        ),
        (next_step.Situation("working", offers=[next_step.Offer("waiting", "9 CNY", may_approve=True)]), "approve"),
        (next_step.Situation("working", may_handle=True, offers=[next_step.Offer("approved")]), "offer"),
        (next_step.Situation("working", may_handle=True, offers=[next_step.Offer("offered")]), "answer"),
        (next_step.Situation("working", may_handle=True, offers=[next_step.Offer("waiting", "9 CNY")]), "wait_approval"),
        (next_step.Situation("working", may_dispatch=True, suggested="West"), "suggestion"),
        (next_step.Situation("working", may_handle=True, unanswered=True), "reply"),
        (next_step.Situation("working"), "wait"),
        (next_step.Situation("resolved", may_handle=True), "close"),
        (next_step.Situation("resolved"), "wait"),
        (next_step.Situation("closed", may_handle=True), "ended"),
        (next_step.Situation("withdrawn"), "ended"),
        (next_step.Situation("merged", survivor="A-1"), "survivor"),
    ],
)  # fmt: skip
def test_the_one_next_step(now: next_step.Situation, code: str) -> None:
    assert next_step.steps(now)[0].code == code


def test_the_page_takes_a_bounded_number_of_queries(
    client: Client, cast: Cast, complaint: Complaint, at: datetime, django_assert_max_num_queries: object
) -> None:
    roles.reassign(cast.scope("agent"), complaint=complaint, unit=cast.west, user=None, at=at)
    for hour in range(12):
        cases.add_note(Scope.system("test"), complaint=complaint, text="x", at=at + timedelta(hours=hour))
        work_orders.send(cast.scope("manager"), complaint=complaint, unit=cast.east, instruction="x", at=at)
    as_user(client, cast.agent)
    with django_assert_max_num_queries(70):  # type: ignore[operator]
        client.get(reverse("complaint", args=[complaint.number]))
