"""Changes to customers and their contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.customers.models import Contact, Customer
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.errors import Refused

CUSTOMER_FIELDS = frozenset(
    {"code", "kind", "name", "unit", "owner", "tier", "segment", "industry", "region", "attributes", "active"}
)
CONTACT_FIELDS = frozenset({"name", "email", "phone", "language", "is_primary"})


def _changed(scope: Scope, customer: Customer, change: str, at: datetime) -> None:
    publish(
        scope,
        catalogue.CustomerChanged(subject_id=str(customer.pk), unit_id=customer.unit_id, change=change),
        at=at,
    )


def _assign(row: Any, fields: dict[str, Any], known: frozenset[str]) -> None:
    for name, value in fields.items():
        if name not in known:
            raise TypeError(f"unknown field {name!r}")
        setattr(row, name, value)
    row.full_clean()  # raises ValidationError naming the field


def _check_code_is_free(code: str, own: int | None) -> None:
    others = Customer.objects.filter(code=code)
    if (others if own is None else others.exclude(pk=own)).exists():
        raise Refused(
            _("Customer number “%(code)s” is taken. Choose another, or open that customer.") % {"code": code}
        )


@transaction.atomic
def create_customer(
    scope: Scope, *, code: str, name: str, unit: OrgUnit, at: datetime, **fields: Any
) -> Customer:
    """A new customer; `fields` are others of CUSTOMER_FIELDS. Raises Refused, ValidationError, NotAllowed."""
    scope.require("customers.edit", unit.pk)
    _check_code_is_free(code, None)
    customer = Customer(created_at=at)
    _assign(customer, {"code": code, "name": name, "unit": unit, **fields}, CUSTOMER_FIELDS)
    customer.save()
    _changed(scope, customer, "created", at)
    return customer


@transaction.atomic
def change_customer(scope: Scope, *, customer: Customer, at: datetime, **fields: Any) -> Customer:
    """Change fields of CUSTOMER_FIELDS; moving to another unit needs the right for both."""
    scope.require("customers.edit", Customer.objects.values_list("unit_id", flat=True).get(pk=customer.pk))
    scope.require("customers.edit", fields["unit"].pk if "unit" in fields else customer.unit_id)
    _check_code_is_free(fields.get("code", customer.code), customer.pk)
    _assign(customer, fields, CUSTOMER_FIELDS)
    customer.save()
    _changed(scope, customer, "changed", at)
    return customer


@transaction.atomic
def add_contact(scope: Scope, *, customer: Customer, name: str, at: datetime, **fields: Any) -> Contact:
    """A new contact; the first one, or one with `is_primary`, becomes the one who is asked."""
    scope.require("customers.edit", customer.unit_id)
    contact = Contact(customer=customer)
    fields["is_primary"] = fields.get("is_primary", False) or not customer.contacts.exists()
    _assign(contact, {"name": name, **fields}, CONTACT_FIELDS)
    contact.save()
    _keep_one_primary(contact)
    _changed(scope, customer, "contact_added", at)
    return contact


@transaction.atomic
def change_contact(scope: Scope, *, contact: Contact, at: datetime, **fields: Any) -> Contact:
    """Change fields of CONTACT_FIELDS. A new address has not bounced yet."""
    scope.require("customers.edit", contact.customer.unit_id)
    before = Contact.objects.values_list("email", flat=True).get(pk=contact.pk)
    _assign(contact, fields, CONTACT_FIELDS)
    if contact.email != before:
        contact.bounced_at = None
    contact.save()
    _keep_one_primary(contact)
    _changed(scope, contact.customer, "contact_changed", at)
    return contact


def _keep_one_primary(contact: Contact) -> None:
    if contact.is_primary:
        Contact.objects.filter(customer=contact.customer_id).exclude(pk=contact.pk).update(is_primary=False)


@transaction.atomic
def remove_contact(scope: Scope, *, contact: Contact, at: datetime) -> None:
    """Delete a contact's personal data; invitations stay, without the link to the person."""
    customer = contact.customer
    scope.require("customers.edit", customer.unit_id)
    contact.delete()
    _changed(scope, customer, "contact_removed", at)


@transaction.atomic
def opt_out(scope: Scope, *, contact: Contact, at: datetime) -> None:
    """Never ask this contact again. Repeating it changes nothing."""
    scope.require("customers.edit", contact.customer.unit_id)
    if Contact.objects.filter(pk=contact.pk, opted_out_at=None).update(opted_out_at=at):
        contact.opted_out_at = at
        publish(
            scope,
            catalogue.ContactOptedOut(
                subject_id=str(contact.customer_id), unit_id=contact.customer.unit_id, contact_id=contact.pk
            ),
            at=at,
        )


@transaction.atomic
def opt_in(scope: Scope, *, contact: Contact, at: datetime) -> None:
    """The contact wishes to be asked again."""
    scope.require("customers.edit", contact.customer.unit_id)
    if Contact.objects.filter(pk=contact.pk).exclude(opted_out_at=None).update(opted_out_at=None):
        contact.opted_out_at = None
        _changed(scope, contact.customer, "contact_opted_in", at)


@transaction.atomic
def note_export(scope: Scope, *, rows: int, at: datetime) -> None:
    """Personal data left the house: say so in the log."""
    scope.require("customers.read")
    publish(scope, catalogue.DataExported(subject_id="", what="customers", rows=rows), at=at)
