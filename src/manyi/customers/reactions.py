"""What the customer file does when something happens elsewhere."""

from __future__ import annotations

from manyi.customers.services_authority import shipped_limits
from manyi.events.catalogue import OrgUnitChanged
from manyi.events.models import Event
from manyi.events.services import react


@react(OrgUnitChanged)
def ship_authority_limits(event: Event) -> None:
    """A new organisation starts with the limits that ship; a page that is only looked at writes nothing."""
    if event.payload["change"] == "created":
        shipped_limits()
