"""What whoever answers the phone wants to know about a customer at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import Complaint
from manyi.complaints.queries.cases import visible
from manyi.customers.models import Customer, Order, OwnedProduct, Promise
from manyi.customers.queries_file import Entry
from manyi.customers.queries_promises import promises
from manyi.scope import Scope


@dataclass(frozen=True)
class Summary:
    """The file at the side of the phone screen; each list is short, newest first."""

    customer: Customer
    products: list[OwnedProduct]
    orders: list[Order]
    open: list[Complaint]
    promises: list[Promise]
    earlier: int


def summary(scope: Scope, customer: Customer, *, at: datetime) -> Summary:
    """The caller found `customer` among those in sight; complaints are those the reader may see."""
    complaints = visible(scope).filter(customer=customer)
    return Summary(
        customer=customer,
        products=list(customer.products.all()[:6]),
        orders=list(customer.orders.all()[:3]),
        open=list(complaints.filter(state__in=OPEN).order_by("-received_at")[:5]),
        promises=list(promises(scope, view="open", at=at).filter(customer=customer)[:5]),
        earlier=complaints.exclude(state__in=OPEN).count(),
    )


def entries(scope: Scope, customer: Customer, limit: int) -> Iterable[Entry]:
    """A customer's complaints as entries of their timeline: received, settled, closed, opened again."""
    for row in visible(scope).filter(customer=customer).order_by("-received_at", "-pk")[:limit]:
        url = reverse("complaint", args=[row.number])
        steps: list[tuple[datetime | None, Any]] = [
            (row.received_at, _("Complaint received")),
            (row.resolved_at, _("Complaint resolved")),
            (row.closed_at, _("Complaint closed")),
        ]
        for at, label in steps:
            if at is not None:
                yield Entry(
                    at, "message-report", f"{row.number} {row.title}", label=str(label), url=url,
                    by=row.first_contact_owner.get_full_name() if at == row.received_at else "",
                )  # fmt: skip
