"""Complaints that may be the one just being told: duplicates (still open) and repeats (settled lately)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from manyi.complaints.lifecycle import OPEN, State
from manyi.complaints.models import Complaint
from manyi.complaints.queries.cases import visible
from manyi.complaints.similarity import likeness
from manyi.customers import keys
from manyi.customers.fields import begins
from manyi.customers.models import Customer
from manyi.scope import Scope

LATELY = timedelta(days=90)
#: Newest rows looked at per way of being the same.
LOOKED_AT = 20
MOST = 3
ALIKE = 0.4


@dataclass(frozen=True)
class Similar:
    """`same` holds what both share: 'serial', 'order', 'phone', 'customer'; `likeness` (0–1) is of the titles."""

    complaint: Complaint
    same: tuple[str, ...]
    likeness: float

    @property
    def alike(self) -> bool:
        """Probably about the same thing, not only from the same customer."""
        return self.likeness >= ALIKE or "serial" in self.same or "order" in self.same


def similar(
    scope: Scope,
    *,
    at: datetime,
    title: str = "",
    customer: Customer | None = None,
    phone: str = "",
    serial: str = "",
    order_number: str = "",
) -> list[Similar]:
    """Complaints in sight, open or received within LATELY, of the same customer, phone, serial or order
    number; those that are probably about the same thing first, at most MOST.
    """
    phone_key = keys.phone(phone)
    ways: dict[str, Q] = {}
    if serial.strip():
        ways["serial"] = Q(serial__in={serial.strip(), serial.strip().upper()})
    if order_number.strip():
        ways["order"] = Q(order_number__in={order_number.strip(), order_number.strip().upper()})
    if len(phone_key) >= keys.WHOLE:
        ways["phone"] = begins("phone_key", phone_key[: keys.WHOLE])
    if customer is not None:
        ways["customer"] = Q(customer=customer)
    same: dict[int, list[str]] = {}
    for way, condition in ways.items():
        rows = Complaint.objects.filter(condition).exclude(state__in=[State.MERGED, State.WITHDRAWN])
        rows = rows.filter(Q(state__in=OPEN) | Q(received_at__gte=at - LATELY)).order_by(
            "-received_at", "-pk"
        )
        for pk, key in rows.values_list("pk", "phone_key")[:LOOKED_AT]:
            if way != "phone" or keys.same_phone(key, phone_key):
                same.setdefault(pk, []).append(way)
    found = [
        Similar(row, tuple(same[row.pk]), likeness(title, row.title))
        for row in visible(scope).filter(pk__in=same)
    ]
    found.sort(
        key=lambda s: (s.alike, s.complaint.is_open, s.likeness, s.complaint.received_at), reverse=True
    )
    return found[:MOST]
