"""Customers and contacts over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from manyi.customers.models import Contact, Customer
from manyi.people.services import create_token
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def call(cast: Cast, at: datetime) -> Any:
    def request(who: str, method: str, path: str, body: Any = None) -> Any:
        token = create_token(Scope.system("test"), user=getattr(cast, who), name="t", at=at)
        return Client().generic(
            method, f"/api/v1{path}", data=__import__("json").dumps(body) if body is not None else "",
            content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT_LANGUAGE="en",
        )  # fmt: skip

    return request


def test_customers_are_listed_in_pages_and_in_scope(cast: Cast, at: datetime, call: Any) -> None:
    for number in range(3):
        factories.customer(cast.east, number, at)
    factories.customer(cast.west, 1, at)
    found = call("agent", "GET", "/customers?limit=2").json()
    assert [c["code"] for c in found["items"]] == ["east-0000", "east-0001"]
    assert "after=2" in found["next"]
    assert call("agent", "GET", "/customers?search=0002").json()["items"][0]["code"] == "east-0002"
    assert call("executive", "GET", "/customers").status_code == 403
    assert [c["name"] for c in call("outsider", "GET", "/contacts").json()["items"]] == ["联系人 1"]


def test_a_customer_is_created_changed_and_read(cast: Cast, at: datetime, call: Any) -> None:
    made = call(
        "agent", "POST", "/customers", {"code": "C1", "name": "甲", "unit_id": cast.east.pk, "tier": "A"}
    )
    assert made.status_code == 201
    path = f"/customers/{made.json()['id']}"
    assert call("agent", "PATCH", path, {"name": "乙"}).json()["name"] == "乙"
    assert call("outsider", "GET", path).status_code == 404
    assert call("outsider", "PATCH", path, {"name": "x"}).status_code == 404
    again = call("agent", "POST", "/customers", {"code": "C1", "name": "甲", "unit_id": cast.east.pk})
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")
    for body in ({"name": "x"}, {"code": "C2", "name": "甲", "unit_id": cast.east.pk, "tier": "Z"}):
        assert call("agent", "POST", "/customers", body).status_code == 422
    body = {"code": "C2", "name": "甲", "unit_id": cast.west.pk}
    assert call("agent", "POST", "/customers", body).status_code == 404
    assert Customer.objects.count() == 1


def test_contacts_opt_out_over_the_api(cast: Cast, at: datetime, call: Any) -> None:
    row = factories.customer(cast.east, 1, at)
    made = call("agent", "POST", "/contacts", {"customer_id": row.pk, "name": "二", "email": "b@example.org"})
    assert made.status_code == 201
    path = f"/contacts/{made.json()['id']}"
    assert call("agent", "PATCH", path, {"opted_out": True}).json()["opted_out_at"]
    assert Contact.objects.filter(opted_out_at=None).count() == 1
    bad = call("agent", "PATCH", path, {"email": "nonsense"})
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["where"] == "email"
    assert call("outsider", "PATCH", path, {"opted_out": False}).status_code == 404
    assert len(call("agent", "GET", f"/contacts?customer_id={row.pk}").json()["items"]) == 2
