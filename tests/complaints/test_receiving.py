"""A complaint told to somebody at a keyboard: the look-up, the form, duplicates and repeats."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from manyi.complaints.models import CaseLink, CaseRole, Category, Channel, Complaint, Message
from manyi.complaints.queries.similar import similar
from manyi.complaints.services import cases, receiving
from manyi.customers.models import Customer, OwnedProduct
from manyi.people import services as people
from manyi.people.access import scope_of
from manyi.people.models import User
from manyi.scope import NotAllowed, Scope
from tests import factories
from tests.conftest import Cast

URL = "/complaints/receive/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def customer(cast: Cast, at: datetime) -> Customer:
    row = factories.customer(cast.east, 1, at, name="Eastern Gears")
    OwnedProduct.objects.create(customer=row, model="BX-200", serial="SN-77", batch="2409A")
    return row


def told(**changes: Any) -> dict[str, Any]:
    return {
        "key": str(uuid4()), "unit": "", "channel": "phone", "title": "Bearing noisy after two weeks", "severity": "major",
        "language": "en", "happened_on": "2026-02-27", **changes,
    }  # fmt: skip


def test_saved_with_the_number_to_read_out(cast: Cast, customer: Customer) -> None:
    Category.objects.create(code="noise", name={"zh": "异响", "en": "Noise"})
    client = as_(cast.agent)
    given = told(
        unit=cast.east.pk,
        customer=customer.pk,
        contact=customer.contacts.get().pk,
        category="noise",
        serial="SN-77",
    )
    answer = client.post(URL, given)
    row = Complaint.objects.get()
    assert answer.headers["Location"] == reverse("complaint-received", args=[row.number])
    assert row.number in client.get(answer.headers["Location"]).content.decode()
    assert (row.customer, row.severity, row.category, row.serial) == (
        customer,
        "major",
        Category.objects.get(),
        "SN-77",
    )
    assert row.first_contact_owner == row.handler == cast.agent
    assert row.acknowledged_at is not None


def test_sending_the_form_twice_makes_one_complaint(cast: Cast, customer: Customer) -> None:
    given = told(unit=cast.east.pk)
    answers = [as_(cast.agent).post(URL, given).headers["Location"] for _ in range(2)]
    assert len(set(answers)) == 1
    assert Complaint.objects.count() == 1


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(cast: Cast) -> None:
    answer = as_(cast.agent).post(
        URL, told(unit=cast.east.pk, title=" ", category="nonsense", complainant="Ms Li")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“nonsense” is no category" in page
    assert 'value="Ms Li"' in page
    assert not Complaint.objects.exists()


def test_units_and_customers_out_of_sight_are_no_choice(cast: Cast, customer: Customer, at: datetime) -> None:
    elsewhere = factories.customer(cast.west, 2, at)
    for changes in ({"unit": cast.west.pk}, {"unit": cast.east.pk, "customer": elsewhere.pk}):
        assert as_(cast.agent).post(URL, told(**changes)).status_code == 422
    assert not Complaint.objects.exists()


def test_without_scripts_a_result_of_the_look_up_is_a_link_that_fills_the_form(
    cast: Cast, customer: Customer
) -> None:
    client = as_(cast.agent)
    page = client.get(URL, {"q": "sn77"}).content.decode()
    (link,) = set(re.findall(r'href="([^"]*\?customer=[^"]*)"', page))
    filled = client.get(link.replace("&amp;", "&")).content.decode()
    for value in ("BX-200", "SN-77", "2409A", "联系人 1", "13800000001"):
        assert f'value="{value}"' in filled
    assert "Products in use" in filled


def test_the_look_up_says_what_choosing_fills_in(cast: Cast, customer: Customer) -> None:
    page = as_(cast.agent).get("/complaints/receive/lookup/", {"q": "13800000001"}).content.decode()
    (fill,) = re.findall(r'data-fill="([^"]*)"', page)
    values = json.loads(fill.replace("&quot;", '"'))
    assert (values["customer"], values["phone"]) == (customer.pk, "13800000001")


@pytest.mark.parametrize(
    "query", ["customer=x", "customer=²", f"customer={'9' * 30}", "customer=1&product=zz&q=%00"]
)
def test_strange_addresses_are_no_error(cast: Cast, query: str) -> None:
    for url in (
        URL,
        "/complaints/receive/file/",
        "/complaints/receive/similar/",
        "/complaints/receive/lookup/",
    ):
        assert as_(cast.agent).get(f"{url}?{query}").status_code == 200


def test_those_who_may_not_receive_see_nothing(cast: Cast) -> None:
    assert as_(cast.handler).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302


def test_a_duplicate_takes_the_new_words_and_stays_one_complaint(cast: Cast, customer: Customer) -> None:
    row = factories.complaint(cast.east, cast.east_manager, timezone.now(), customer=customer)  # noqa: TID251
    answer = as_(cast.agent).post(URL, told(title="Now it leaks too", add_to=row.number))
    assert answer.headers["Location"] == reverse("complaint", args=[row.number])
    message = Message.objects.get()
    assert (message.complaint, message.direction, message.text) == (row, "in", "Now it leaks too")
    assert Complaint.objects.get().first_contact_owner == cast.east_manager


def test_a_repeat_is_linked_to_the_earlier_one(cast: Cast, customer: Customer, at: datetime) -> None:
    earlier = factories.complaint(cast.east, cast.agent, at, customer=customer)
    given = told(unit=cast.east.pk, customer=customer.pk, repeat_of=earlier.number)
    for _ in range(2):
        as_(cast.agent).post(URL, given)
    link = CaseLink.objects.get()
    assert (link.first, link.kind) == (earlier, CaseLink.Kind.REPEAT)
    assert link.second == Complaint.objects.exclude(pk=earlier.pk).get()


def test_a_complaint_out_of_sight_can_be_neither_added_to_nor_repeated(cast: Cast, at: datetime) -> None:
    hidden = factories.complaint(cast.west, cast.outsider, at)
    for button in ("add_to", "repeat_of"):
        answer = as_(cast.agent).post(URL, told(unit=cast.east.pk, **{button: hidden.number}))
        assert answer.status_code == 404
    assert not CaseLink.objects.exists()
    assert not Message.objects.exists()


def test_similar_ones_by_phone_serial_order_and_customer(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    scope = cast.scope("agent")
    mine = factories.complaint(
        cast.east,
        cast.agent,
        at,
        customer=customer,
        phone="138 0000 9999",
        serial="SN-77",
        order_number="PO-1",
    )
    factories.complaint(cast.west, cast.outsider, at, phone="13800009999", serial="SN-77")
    ways: list[dict[str, Any]] = [
        {"customer": customer}, {"phone": "+86 13800009999"}, {"serial": "sn-77"}, {"order_number": "po-1"},
    ]  # fmt: skip
    for given in ways:
        assert [s.complaint for s in similar(scope, at=at, **given)] == [mine], given
    assert similar(scope, at=at, phone="13900009999", title=mine.title) == []


def test_what_was_settled_long_ago_or_withdrawn_is_not_similar(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    scope = cast.scope("agent")
    old, lately = (factories.complaint(cast.east, cast.agent, at, customer=customer) for _ in range(2))
    for row in (old, lately):
        cases.resolve(scope, complaint=row, resolution="done", at=at)
        cases.close(scope, complaint=row, at=at)
    Complaint.objects.filter(pk=old.pk).update(received_at=at - timedelta(days=91))
    gone = factories.complaint(cast.east, cast.agent, at, customer=customer)
    cases.withdraw(scope, complaint=gone, reason="", at=at)
    assert [s.complaint for s in similar(scope, at=at, customer=customer)] == [lately]


def test_what_is_about_the_same_thing_comes_first(cast: Cast, customer: Customer, at: datetime) -> None:
    alike = factories.complaint(cast.east, cast.agent, at, customer=customer, title="Bearing very noisy")
    factories.complaint(
        cast.east, cast.agent, at + timedelta(hours=1), customer=customer, title="Invoice wrong"
    )
    found = similar(cast.scope("agent"), at=at, customer=customer, title="bearing noisy")
    assert [s.alike for s in found] == [True, False]
    assert found[0].complaint == alike


def test_a_dealer_keeps_the_ownership_and_somebody_on_duty_handles_it(cast: Cast, at: datetime) -> None:
    dealer = people.create_user(
        Scope.system("test"), username="dealer", email="d@example.org", name="Dealer", language="en",
        password="secret-words", roles=[("dealer", cast.east)], at=at,
    )  # fmt: skip
    row = receiving.log(
        scope_of(dealer), unit=cast.east, channel=Channel.DEALER, title="Customer is angry", key="1", at=at
    )
    assert (row.first_contact_owner, row.handler) == (dealer, cast.agent)
    assert row.assignments.filter(role=CaseRole.HANDLER, until=None).get().user == cast.agent
    assert row.acknowledged_at is None
    assert as_(dealer).get(reverse("complaint-received", args=[row.number])).status_code == 200


def test_jobs_have_no_keyboard(cast: Cast, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        receiving.log(Scope.system("job"), unit=cast.east, channel="phone", title="x", key="1", at=at)
