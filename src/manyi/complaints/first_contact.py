"""When a complaint counts as resolved at first contact (FCR). Pure."""

from __future__ import annotations

from datetime import timedelta


def at_first_contact(
    *,
    by_owner: bool,
    work_orders: int,
    contacts_since: int,
    reopened: int,
    took: timedelta,
    within: timedelta,
) -> bool:
    """Whoever first heard it settled it, without a work order to others, before the customer had to get in touch
    again, never opened again, and within the time the organisation has set.

    `contacts_since` counts what the customer wrote after the complaint came in.
    """
    return by_owner and not (work_orders or contacts_since or reopened) and took <= within
