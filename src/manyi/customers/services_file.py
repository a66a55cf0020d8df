"""Changes to what the customer file holds besides the customer: products in use, orders, the timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.customers.models import Customer, Interaction, Order, OwnedProduct
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.scope import Scope
from manyi.web.errors import Refused

PRODUCT_FIELDS = frozenset({"model", "serial", "batch", "bought_on", "warranty_until"})
ORDER_FIELDS = frozenset({"number", "kind", "at", "product", "quantity", "amount", "currency"})


def _changed(scope: Scope, customer: Customer, change: str, at: datetime) -> None:
    event = catalogue.CustomerChanged(subject_id=str(customer.pk), unit_id=customer.unit_id, change=change)
    publish(scope, event, at=at)


def _set(row: Any, fields: dict[str, Any], known: frozenset[str]) -> None:
    unknown = set(fields) - known
    if unknown:
        raise TypeError(f"unknown fields {sorted(unknown)}")
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()


def _check_dates(product: OwnedProduct) -> None:
    if product.bought_on and product.warranty_until and product.warranty_until < product.bought_on:
        raise Refused(_("The warranty would end before the product was bought. Correct one of the dates."))


@transaction.atomic
def add_product(scope: Scope, *, customer: Customer, at: datetime, **fields: Any) -> OwnedProduct:
    """A product the customer has; `fields` of PRODUCT_FIELDS. Raises ValidationError, Refused, NotAllowed."""
    scope.require("customers.edit", customer.unit_id)
    product = OwnedProduct(customer=customer)
    _set(product, fields, PRODUCT_FIELDS)
    _check_dates(product)
    product.save()
    _changed(scope, customer, "product_added", at)
    return product


@transaction.atomic
def change_product(scope: Scope, *, product: OwnedProduct, at: datetime, **fields: Any) -> OwnedProduct:
    scope.require("customers.edit", product.customer.unit_id)
    _set(product, fields, PRODUCT_FIELDS)
    _check_dates(product)
    product.save()
    _changed(scope, product.customer, "product_changed", at)
    return product


@transaction.atomic
def remove_product(scope: Scope, *, product: OwnedProduct, at: datetime) -> None:
    """It is no longer in use there. Complaints keep its serial number as text."""
    scope.require("customers.edit", product.customer.unit_id)
    product.delete()
    _changed(scope, product.customer, "product_removed", at)


@transaction.atomic
def add_order(scope: Scope, *, customer: Customer, now: datetime, **fields: Any) -> Order:
    """An order or a return; `fields` of ORDER_FIELDS, where `at` is its date. Raises as `add_product` does."""
    scope.require("customers.edit", customer.unit_id)
    order = Order(customer=customer)
    _set(order, fields, ORDER_FIELDS)
    order.save()
    _changed(scope, customer, "order_added", now)
    return order


@transaction.atomic
def add_interaction(
    scope: Scope, *, customer: Customer, kind: str, text: str, happened_at: datetime, at: datetime
) -> Interaction:
    """Write into the timeline what was done with the customer. Raises Refused when empty or in the future."""
    scope.require("customers.edit", customer.unit_id)
    if not text.strip():
        raise Refused(_("Say in a sentence what happened."))
    if happened_at > at:
        raise Refused(_("This lies in the future. Enter when it happened."))
    row = Interaction(customer=customer, kind=kind, text=text.strip(), at=happened_at, by_id=scope.user_id)
    row.full_clean()
    row.save()
    _changed(scope, customer, "interaction", at)
    return row
