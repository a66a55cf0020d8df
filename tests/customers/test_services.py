"""Creating and changing customers and their contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from manyi.customers import queries, services
from manyi.customers.models import Contact, Customer
from manyi.events.models import Event
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast


def create(cast: Cast, at: datetime, who: str = "agent", **fields: Any) -> Customer:
    given = {"code": "C1", "name": "甲公司", "unit": cast.east, **fields}
    return services.create_customer(cast.scope(who), at=at, **given)


def test_a_new_customer_stands_in_the_log(cast: Cast, at: datetime) -> None:
    row = create(cast, at, tier="A")
    event = Event.objects.get(kind="customer.changed")
    assert (event.subject_id, event.unit_id, event.payload, event.actor_id) == (
        str(row.pk), cast.east.pk, {"change": "created"}, cast.agent.pk,
    )  # fmt: skip


def test_a_number_is_given_once(cast: Cast, at: datetime) -> None:
    create(cast, at)
    with pytest.raises(Refused, match="C1"):
        create(cast, at)
    other = create(cast, at, code="C2")
    with pytest.raises(Refused, match="C1"):
        services.change_customer(cast.scope("agent"), customer=other, at=at, code="C1")


def test_bad_values_are_refused_by_field(cast: Cast, at: datetime) -> None:
    with pytest.raises(ValidationError) as caught:
        create(cast, at, tier="Z", name="")
    assert set(caught.value.message_dict) == {"tier", "name"}
    assert not Customer.objects.exists()


def test_units_out_of_reach_cannot_be_written_to(cast: Cast, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        create(cast, at, who="outsider")
    with pytest.raises(NotAllowed):
        create(cast, at, who="executive")
    row = create(cast, at)
    with pytest.raises(NotAllowed):
        services.change_customer(cast.scope("outsider"), customer=row, at=at, unit=cast.west)
    with pytest.raises(NotAllowed):
        services.change_customer(cast.scope("agent"), customer=row, at=at, unit=cast.west)
    services.change_customer(cast.scope("manager"), customer=row, at=at, unit=cast.west)
    row.refresh_from_db()
    assert row.unit == cast.west


def test_one_contact_is_the_main_one(cast: Cast, at: datetime) -> None:
    row, scope = create(cast, at), cast.scope("agent")
    first = services.add_contact(scope, customer=row, name="一", at=at)
    second = services.add_contact(scope, customer=row, name="二", at=at, is_primary=True)
    assert [c.is_primary for c in Contact.objects.order_by("pk")] == [False, True]
    services.change_contact(scope, contact=first, at=at, is_primary=True)
    second.refresh_from_db()
    assert not second.is_primary


def test_a_new_address_has_not_bounced(cast: Cast, at: datetime) -> None:
    row = factories.customer(cast.east, 1, at)
    contact = row.contacts.get()
    Contact.objects.update(bounced_at=at)
    contact.refresh_from_db()
    services.change_contact(cast.scope("agent"), contact=contact, at=at, phone="1")
    assert Contact.objects.get().bounced_at == at
    services.change_contact(cast.scope("agent"), contact=contact, at=at, email="new@example.org")
    assert Contact.objects.get().bounced_at is None


def test_opting_out_twice_is_one_event(cast: Cast, at: datetime) -> None:
    contact = factories.customer(cast.east, 1, at).contacts.get()
    for _ in range(2):
        services.opt_out(cast.scope("agent"), contact=contact, at=at)
    assert Contact.objects.get().opted_out_at == at
    assert Event.objects.filter(kind="contact.opted_out").count() == 1
    services.opt_in(cast.scope("agent"), contact=contact, at=at)
    assert Contact.objects.get().opted_out_at is None


def test_search_looks_in_every_address_and_stays_in_scope(cast: Cast, at: datetime) -> None:
    for number in range(3):
        factories.customer(cast.east, number, at)
    factories.customer(cast.west, 1, at)

    def found(who: str, search: str) -> list[str]:
        return [c.code for c in queries.customers(cast.scope(who), search=search)]

    assert found("manager", "客户 0001") == ["east-0001", "west-0001"]
    assert found("agent", "联系人 0001") == ["east-0001"]
    assert found("agent", "c2.EAST@") == ["east-0002"]
    assert found("agent", "13800000000") == ["east-0000"]
    assert found("agent", "east-0002") == ["east-0002"]
    assert found("agent", "west-0001") == []
    assert found("executive", "") == []


def test_filters_narrow_the_list(cast: Cast, at: datetime) -> None:
    for number in range(4):
        factories.customer(cast.east, number, at)
    factories.customer(cast.west, 0, at)
    scope = cast.scope("manager")
    assert queries.customers(scope, unit=cast.group).count() == 5
    assert queries.customers(scope, unit=cast.east, tier="A").get().code == "east-0000"
    assert queries.customers(scope, segment="price").count() == 3
    assert queries.segments(scope) == ["price", "service"]


def test_the_timeline_is_the_customers_own(cast: Cast, at: datetime) -> None:
    row, other = create(cast, at), create(cast, at, code="C2")
    services.change_customer(cast.scope("agent"), customer=row, at=at, name="乙公司")
    told = [e.payload["change"] for e in queries.timeline(cast.scope("agent"), row)]
    assert told == ["changed", "created"]
    with pytest.raises(NotAllowed):
        queries.timeline(cast.scope("outsider"), other)
