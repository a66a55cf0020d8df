"""Products in use, orders and the timeline of a customer: services, pages, API."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from manyi.customers import queries_file, services_file
from manyi.customers.models import Customer, Interaction, OwnedProduct
from manyi.people.models import User
from manyi.people.services import create_token
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def customer(cast: Cast, at: datetime) -> Customer:
    return factories.customer(cast.east, 1, at)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_timeline_merges_what_was_written_ordered_complained_and_changed(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    scope = cast.scope("agent")
    services_file.add_order(scope, customer=customer, number="PO-1", at=at - timedelta(days=9), now=at)
    services_file.add_interaction(
        scope, customer=customer, kind="visit", text="Saw the line", happened_at=at - timedelta(days=3), at=at
    )
    services_file.add_product(scope, customer=customer, model="BX", serial="1", at=at - timedelta(days=1))
    complaint = factories.complaint(cast.east, cast.agent, at, customer=customer, title="Noisy")
    entries = queries_file.timeline(scope, customer)
    assert [(e.label, e.text) for e in entries] == [
        ("Complaint received", f"{complaint.number} Noisy"),
        ("", "Product in use added"),
        ("Visit", "Saw the line"),
        ("Order", "PO-1"),
    ]
    assert entries[0].url == f"/complaints/{complaint.number}/"


def test_complaints_out_of_sight_are_not_in_the_timeline(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    factories.complaint(cast.west, cast.outsider, at, customer=customer)
    assert queries_file.timeline(cast.scope("agent"), customer) == []


def test_a_serial_number_stands_once_and_dates_must_fit(cast: Cast, customer: Customer, at: datetime) -> None:
    scope = cast.scope("agent")
    services_file.add_product(scope, customer=customer, model="BX", serial="1", at=at)
    with pytest.raises(ValidationError):
        services_file.add_product(scope, customer=customer, model="BX", serial="1", at=at)
    with pytest.raises(Refused, match="before the product was bought"):
        services_file.add_product(
            scope,
            customer=customer,
            model="BX",
            bought_on=date(2026, 1, 2),
            warranty_until=date(2026, 1, 1),
            at=at,
        )
    assert OwnedProduct.objects.count() == 1


def test_nothing_is_written_about_the_future_or_without_words(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    for text, when in ((" ", at), ("x", at + timedelta(minutes=1))):
        with pytest.raises(Refused):
            services_file.add_interaction(
                cast.scope("agent"), customer=customer, kind="call", text=text, happened_at=when, at=at
            )
    assert not Interaction.objects.exists()


def test_another_branch_changes_nothing(cast: Cast, customer: Customer, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        services_file.add_product(cast.scope("outsider"), customer=customer, model="BX", at=at)
    assert (
        as_(cast.outsider).post(f"/customers/{customer.pk}/products/new/", {"model": "BX"}).status_code == 404
    )
    assert not queries_file.products(cast.scope("outsider")).exists()


def test_by_the_pages(cast: Cast, customer: Customer) -> None:
    client, page = as_(cast.agent), f"/customers/{customer.pk}/"
    assert client.post(f"{page}products/new/", {"model": "BX", "serial": "77"}).status_code == 302
    assert client.post(f"{page}products/new/", {"model": "BX", "serial": "77"}).status_code == 422
    order = {"kind": "return", "number": "R-1", "at": "2026-01-05", "currency": "CNY", "amount": "12.50"}
    assert client.post(f"{page}orders/new/", order).status_code == 302
    assert client.post(f"{page}orders/new/", order).status_code == 422
    said = {"kind": "call", "at": "2026-01-05T10:00", "text": "Asked for a catalogue"}
    assert client.post(f"{page}timeline/new/", said).status_code == 302
    assert client.post(f"{page}timeline/new/", {**said, "at": "2099-01-01T10:00"}).status_code == 422
    shown = client.get(page).content.decode()
    for text in ("BX", "77", "R-1", "12.50 CNY", "Asked for a catalogue"):
        assert text in shown
    product = OwnedProduct.objects.get()
    client.post(f"{page}products/{product.pk}/", {"model": "BX-2", "serial": "77"})
    client.post(f"{page}products/{product.pk}/remove/")
    assert not OwnedProduct.objects.exists()


def test_by_the_api(cast: Cast, customer: Customer, at: datetime) -> None:
    token = create_token(Scope.system("test"), user=cast.agent, name="t", at=at)
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def post(name: str, **body: object) -> int:
        data = json.dumps({"customer_id": customer.pk, **body})
        return client.post(f"/api/v1/{name}", data, content_type="application/json").status_code

    assert post("products", model="BX", serial="77") == 201
    assert post("orders", number="PO-1", at="2026-01-05T00:00:00Z", amount="10.00") == 201
    assert post("orders", number="PO-2", at="2026-01-05T00:00:00", amount="-1") == 422
    assert post("interactions", text="Called", kind="call") == 201
    assert post("interactions", text="Later", at="2099-01-01T00:00:00Z") == 409
    listed = {name: client.get(f"/api/v1/{name}?customer_id={customer.pk}").json()["items"] for name in ("products", "orders", "interactions")}  # fmt: skip
    assert [len(rows) for rows in listed.values()] == [1, 1, 1]
    assert Decimal(listed["orders"][0]["amount"]) == 10
    assert customer.orders.get().at == datetime(2026, 1, 5, tzinfo=UTC)
