"""Finding the right customer file from whatever somebody says on the phone.

Every look-up begins at an index: the columns `*_key` hold phones, numbers and names in one comparable form
(`customers.keys`). Names are searched in their middle last, where there is still room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Q, QuerySet

from manyi.customers import keys
from manyi.customers.fields import begins
from manyi.customers.models import Contact, Customer, Order, OwnedProduct
from manyi.scope import Scope

RIGHT = "customers.read"
MOST = 8
#: Fewer digits of a phone or characters of a number would fit half the file.
FEWEST = 3


@dataclass(frozen=True)
class Hit:
    """One way to a customer. `why`: 'phone', 'email', 'contact', 'name', 'code', 'serial' or 'order'.

    The row that fitted is there besides the customer: a contact, a product, or an order.
    """

    customer: Customer
    why: str
    contact: Contact | None = None
    product: OwnedProduct | None = None
    order: Order | None = None


def find(scope: Scope, text: str, *, limit: int = MOST) -> list[Hit]:
    """Customers in sight that a phone (last digits suffice), serial, order or customer number, e-mail or
    name begins to name, the surest first; each customer once. At most `limit`.
    """
    text = text.replace("\0", "").strip()[:100]
    if not text or not scope.may(RIGHT):
        return []
    folded = keys.folded(text)
    kept: dict[int, Hit] = {}
    for hit in chain(_hits(scope, text, folded, limit), _inside_names(scope, folded, limit)):
        kept.setdefault(hit.customer.pk, hit)
        if len(kept) == limit:
            break
    return list(kept.values())


def _inside_names(scope: Scope, folded: str, limit: int) -> Iterator[Hit]:
    """Names that hold the text anywhere: a scan, some 0.1 s for 200,000 customers. Not for what is a number."""
    if len(folded) < 2 or any(sign.isdigit() for sign in folded) or not any(map(str.isalpha, folded)):
        return
    yield from _by_name(scope, folded, lambda field, part: Q(**{f"{field}__contains": part}), limit)


def _hits(scope: Scope, text: str, folded: str, limit: int) -> Iterator[Hit]:
    phone, number = keys.phone(text), keys.number(text)
    if len(phone) >= FEWEST and not any(sign.isalpha() for sign in text):
        yield from _by_phone(scope, phone, limit)
    if "@" in text:
        for contact in _contacts(scope).filter(begins("email_key", folded))[:limit]:
            yield Hit(contact.customer, "email", contact=contact)
    if len(number) >= FEWEST:
        yield from _by_number(scope, number, limit)
    yield from _by_name(scope, folded, begins, limit)


def _by_phone(scope: Scope, phone: str, limit: int) -> Iterator[Hit]:
    whole = len(phone) > keys.WHOLE
    rows = _contacts(scope).filter(begins("phone_key", phone[: keys.WHOLE]))[: limit * 4 if whole else limit]
    for contact in rows:
        if not whole or keys.same_phone(contact.phone_key, phone):
            yield Hit(contact.customer, "phone", contact=contact)


def _by_number(scope: Scope, number: str, limit: int) -> Iterator[Hit]:
    for customer in _customers(scope).filter(begins("code_key", number)).order_by("code_key")[:limit]:
        yield Hit(customer, "code")
    products = _limited(scope, OwnedProduct).filter(begins("serial_key", number)).order_by("serial_key")
    for product in products[:limit]:
        yield Hit(product.customer, "serial", product=product)
    orders = _limited(scope, Order).filter(begins("number_key", number)).order_by("number_key")
    for order in orders[:limit]:
        yield Hit(order.customer, "order", order=order)


def _by_name(scope: Scope, text: str, fits: Any, limit: int) -> Iterator[Hit]:
    for customer in _customers(scope).filter(fits("name_key", text)).order_by("name_key")[:limit]:
        yield Hit(customer, "name")
    for contact in _contacts(scope).filter(fits("name_key", text)).order_by("name_key")[:limit]:
        yield Hit(contact.customer, "contact", contact=contact)


def _customers(scope: Scope) -> QuerySet[Customer]:
    rows: QuerySet[Customer] = scope.limit(Customer.objects.select_related("unit"), RIGHT)
    return rows.filter(active=True)


def _limited(scope: Scope, model: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = scope.limit(
        model.objects.select_related("customer", "customer__unit"), RIGHT, field="customer__unit_id"
    )
    return rows.filter(customer__active=True)


def _contacts(scope: Scope) -> QuerySet[Contact]:
    return _limited(scope, Contact).order_by("pk")
