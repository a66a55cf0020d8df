"""What a promise or an answer can be about: 'complaint:12', 'customer:5'.

The app that owns a kind of thing registers how to find one; this app, which lies lower, only asks. A finder
gives None for what the reader may not see, so that nothing can be attached to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from manyi.customers.models.customers import Contact, Customer
from manyi.people.models import OrgUnit
from manyi.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`unit` answers for it here and now; name, e-mail and language are those of the person to be told."""

    key: str
    label: str
    url: str
    unit: OrgUnit
    customer: Customer | None = None
    contact: Contact | None = None
    name: str = ""
    email: str = ""
    language: str = "zh-hans"


Finder = Callable[[Scope, int], Subject | None]
_finders: dict[str, Finder] = {}


class UnknownSubject(LookupError):
    """Nothing of that name, or nothing the reader may see."""


def register(kind: str, finder: Finder) -> None:
    """`finder` looks up things of this kind by key. Called from an app's `ready`."""
    _finders[kind] = finder


def find(scope: Scope, key: str) -> Subject:
    """The subject 'kind:id' within the scope. Raises UnknownSubject."""
    kind, _colon, number = key.partition(":")
    finder = _finders.get(kind)
    if finder is None or not number.isdecimal() or len(number) > 15:
        raise UnknownSubject(key)
    found = finder(scope, int(number))
    if found is None:
        raise UnknownSubject(key)
    return found


def of_customer(scope: Scope, pk: int) -> Subject | None:
    """A customer as a subject; the main contact is told."""
    row = scope.limit(Customer.objects.select_related("unit"), "customers.read").filter(pk=pk).first()
    if row is None:
        return None
    contact = row.contacts.order_by("-is_primary", "pk").first()
    return Subject(
        key=f"customer:{pk}", label=row.name, url=reverse("customer", args=[pk]), unit=row.unit, customer=row,
        contact=contact, name=contact.name if contact else row.name, email=contact.email if contact else "",
        language=contact.language if contact else "zh-hans",
    )  # fmt: skip


register("customer", of_customer)
