"""Reads about customers; right `customers.read`, narrowed to the reader's org units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from manyi.customers.models import Contact, Customer, CustomerImport, FileImport
from manyi.customers.queries_promises import kept_rate as kept_rate
from manyi.events.models import Event
from manyi.people.models import OrgUnit
from manyi.people.queries import org_units, subtree
from manyi.scope import Scope

EXPORT_HEADER = (
    "code", "name", "kind", "unit", "tier", "segment", "industry", "region", "active",
    "contact", "email", "phone", "language", "opted_out",
)  # fmt: skip


def customers(
    scope: Scope,
    *,
    search: str = "",
    unit: OrgUnit | None = None,
    tier: str = "",
    segment: str = "",
    right: str = "customers.read",
) -> QuerySet[Customer]:
    """Customers by name. `search` looks in name, number, and the contacts' names, phones and e-mails."""
    found: QuerySet[Customer] = scope.limit(Customer.objects.select_related("unit", "owner"), right)
    for word in search.split()[:5]:
        contact = Contact.objects.filter(customer=OuterRef("pk")).filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(phone__contains=word)
        )
        found = found.filter(Q(name__icontains=word) | Q(code__icontains=word) | Exists(contact))
    if unit is not None:
        found = found.filter(unit__in=subtree(unit))
    if tier:
        found = found.filter(tier=tier)
    if segment:
        found = found.filter(segment=segment)
    return found.order_by("name", "pk")


def customer(scope: Scope, pk: int, right: str = "customers.read") -> Customer:
    """Raises Customer.DoesNotExist, also for a customer of a unit out of sight."""
    return customers(scope, right=right).get(pk=pk)


def contacts(scope: Scope, right: str = "customers.read") -> QuerySet[Contact]:
    rows: QuerySet[Contact] = scope.limit(
        Contact.objects.select_related("customer", "customer__unit"), right, field="customer__unit_id"
    )
    return rows.order_by("pk")


def segments(scope: Scope) -> list[str]:
    """The segments in use, by name."""
    rows = scope.limit(Customer.objects.exclude(segment=""), "customers.read")
    return sorted(set(rows.order_by().values_list("segment", flat=True).distinct()))


def units(scope: Scope, right: str = "customers.read") -> QuerySet[OrgUnit]:
    return org_units(scope, right)


def timeline(scope: Scope, customer: Customer) -> QuerySet[Event]:
    """What happened to a customer the reader may see, newest first."""
    scope.require("customers.read", customer.unit_id)
    return Event.objects.filter(subject_type="customer", subject_id=str(customer.pk)).order_by("-pk")


def imports(scope: Scope) -> QuerySet[CustomerImport]:
    """Uploaded lists for units where the reader may edit customers."""
    rows: QuerySet[CustomerImport] = scope.limit(CustomerImport.objects.all(), "customers.edit")
    return rows.order_by("-created_at", "-pk")


def file_imports(scope: Scope) -> QuerySet[FileImport]:
    """Uploaded lists of products and orders for units where the reader may edit customers."""
    rows: QuerySet[FileImport] = scope.limit(FileImport.objects.all(), "customers.edit")
    return rows.order_by("-created_at", "-pk")


def export_rows(rows: QuerySet[Customer]) -> Iterator[tuple[Any, ...]]:
    """One row per contact (a customer without one gets one row), in the order of EXPORT_HEADER."""
    for c in rows.prefetch_related("contacts").iterator(chunk_size=2000):
        own = (c.code, c.name, c.kind, c.unit.code, c.tier, c.segment, c.industry, c.region)
        for contact in c.contacts.all() or [Contact(language="")]:
            yield (
                *own, "yes" if c.active else "no", contact.name, contact.email, contact.phone, contact.language,
                contact.opted_out_at.date().isoformat() if contact.opted_out_at else "",
            )  # fmt: skip
