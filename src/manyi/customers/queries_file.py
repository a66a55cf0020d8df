"""Reads of what the customer file holds: products in use, orders, and one merged timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manyi.customers.models import Customer, Interaction, Order, OwnedProduct
from manyi.customers.queries import timeline as events
from manyi.scope import Scope

LENGTH = 50
CHANGES = {
    "created": gettext_lazy("Customer created"),
    "changed": gettext_lazy("Particulars changed"),
    "contact_added": gettext_lazy("Contact added"),
    "contact_changed": gettext_lazy("Contact changed"),
    "contact_removed": gettext_lazy("Contact removed"),
    "contact_opted_in": gettext_lazy("Contact wishes to be asked again"),
    "product_added": gettext_lazy("Product in use added"),
    "product_changed": gettext_lazy("Product in use changed"),
    "product_removed": gettext_lazy("Product in use removed"),
}
INTERACTION_ICONS = {
    Interaction.Kind.CALL: "phone",
    Interaction.Kind.VISIT: "map-pin",
    Interaction.Kind.MAIL: "mail",
    Interaction.Kind.MEETING: "users",
    Interaction.Kind.NOTE: "note",
}
#: Changes that show in the timeline as themselves, not as an event.
_SHOWN_OTHERWISE = ["interaction", "order_added"]


@dataclass(frozen=True)
class Entry:
    """One entry of a customer's timeline. `icon` is one of the sprite, `url` where it leads ('' nowhere)."""

    at: datetime
    icon: str
    text: str
    label: str = ""
    by: str = ""
    url: str = ""


Source = Callable[[Scope, Customer, int], Iterable[Entry]]
_sources: dict[str, Source] = {}


def add_source(name: str, source: Source) -> None:
    """Let an app above bring its entries: `source(scope, customer, limit)` gives the newest ones in sight."""
    _sources[name] = source


def timeline(scope: Scope, customer: Customer, *, limit: int = LENGTH) -> list[Entry]:
    """Everything that happened with a customer the reader may see, from every app, newest first."""
    scope.require("customers.read", customer.unit_id)
    found = [
        Entry(e.at, "history", _told(e.kind, e.payload))
        for e in events(scope, customer).exclude(payload__change__in=_SHOWN_OTHERWISE)[:limit]
    ]
    found += [
        Entry(
            row.at,
            INTERACTION_ICONS[Interaction.Kind(row.kind)],
            row.text,
            label=row.get_kind_display(),
            by=row.by.get_full_name() if row.by else "",
        )
        for row in customer.interactions.select_related("by")[:limit]
    ]
    found += [
        Entry(
            order.at,
            "package",
            " · ".join(filter(None, (order.number, order.product))),
            label=order.get_kind_display(),
        )
        for order in customer.orders.all()[:limit]
    ]
    for source in _sources.values():
        found += source(scope, customer, limit)
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:limit]


def _told(kind: str, payload: dict[str, Any]) -> str:
    if kind == "contact.opted_out":
        return _("Contact opted out of surveys")
    return str(CHANGES.get(payload.get("change", ""), kind))


def products(scope: Scope, right: str = "customers.read") -> QuerySet[OwnedProduct]:
    return _of_customers(scope, OwnedProduct, right)


def orders(scope: Scope, right: str = "customers.read") -> QuerySet[Order]:
    return _of_customers(scope, Order, right)


def interactions(scope: Scope, right: str = "customers.read") -> QuerySet[Interaction]:
    return _of_customers(scope, Interaction, right)


def _of_customers(scope: Scope, model: Any, right: str) -> QuerySet[Any]:
    rows = model.objects.select_related("customer", "customer__unit")
    found: QuerySet[Any] = scope.limit(rows, right, field="customer__unit_id")
    return found.order_by("pk")
