"""Finding a customer's file from what somebody says on the phone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from manyi.customers import keys
from manyi.customers.models import Contact, Customer, Order, OwnedProduct
from manyi.customers.queries_lookup import find
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def bearing_works(cast: Cast, at: datetime) -> Customer:
    row = factories.customer(cast.east, 1, at, code="K-2041", name="上海华东轴承有限公司")
    Contact.objects.filter(customer=row).delete()
    Contact.objects.create(
        customer=row, name="王小明", phone="+86 138-1234 5678", email="Wang@Bearing.example"
    )
    OwnedProduct.objects.create(customer=row, model="BX-200", serial="SN 77-1203", batch="2409A")
    Order.objects.create(customer=row, number="PO-2026/0815", at=datetime(2026, 2, 1, tzinfo=UTC))
    factories.customer(cast.east, 2, at, code="K-9", name="Northern Gears")
    return row


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("13812345678", "phone"),
        ("138 1234 5678", "phone"),
        ("0086 138 1234 5678", "phone"),
        ("5678", "phone"),
        ("sn771203", "serial"),
        ("SN 77", "serial"),
        ("po2026 08", "order"),
        ("k-2041", "code"),
        ("wang@bear", "email"),
        ("上海华东", "name"),
        ("轴承", "name"),
        ("王小", "contact"),
    ],
)
def test_the_file_is_found_by(cast: Cast, bearing_works: Customer, text: str, why: str) -> None:
    hits = find(cast.scope("agent"), text)
    assert [(hit.customer, hit.why) for hit in hits] == [(bearing_works, why)]


def test_the_hit_names_the_product_that_fitted(cast: Cast, bearing_works: Customer) -> None:
    (hit,) = find(cast.scope("agent"), "SN771203")
    assert hit.product is not None
    assert (hit.product.model, hit.product.batch) == ("BX-200", "2409A")


def test_names_that_begin_with_it_come_before_those_that_hold_it(
    cast: Cast, bearing_works: Customer, at: datetime
) -> None:
    motors = factories.customer(cast.east, 3, at, name="华东电机厂")
    assert [hit.customer for hit in find(cast.scope("agent"), "华东")] == [motors, bearing_works]


@pytest.mark.parametrize("text", ["", "   ", "\0", "zzz", "13912345678", "％＿", "%", "12"])
def test_nothing_is_found_for(cast: Cast, bearing_works: Customer, text: str) -> None:
    assert find(cast.scope("agent"), text) == []


def test_another_branch_and_those_without_the_right_find_nothing(cast: Cast, bearing_works: Customer) -> None:
    for scope in (cast.scope("outsider"), cast.scope("executive"), Scope.nobody()):
        assert find(scope, "13812345678") == []


def test_a_number_of_another_city_with_the_same_ending_is_not_taken(cast: Cast, at: datetime) -> None:
    for number, phone in ((1, "021-61234567"), (2, "010-61234567")):
        row = factories.customer(cast.east, number, at)
        contact = row.contacts.get()
        contact.phone = phone
        contact.save()
    found = [hit.customer.code for hit in find(cast.scope("agent"), "+86 21 6123 4567")]
    assert found == ["east-0001"]
    assert len(find(cast.scope("agent"), "61234567")) == 2


def test_keys_forget_how_a_number_was_written() -> None:
    assert keys.phone("＋８６（０２１）6123-4567") == keys.phone("02161234567") == "7654321612"
    assert keys.phone("+49 30 123456") == keys.phone("0049 30 123456") == "6543210394"
    assert keys.phone("0001") == "1000"
    assert keys.number("sn-77/1203") == "SN771203"
    assert not keys.same_phone(keys.phone("5678"), keys.phone("13812345678"))


def test_looking_up_uses_the_indexes(cast: Cast, bearing_works: Customer) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's query plan")
    scope = cast.scope("manager")
    for text in ("13812345678", "SN771203"):
        with CaptureQueriesContext(connection) as queries:
            find(scope, text)
        for query in queries.captured_queries:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
                plan = " ".join(str(row[3]) for row in cursor.fetchall())
            assert "SCAN" not in plan, f"{plan}: {query['sql']}"
