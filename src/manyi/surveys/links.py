"""The public addresses that go into mails and onto posters."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse


def _address(page: str, token: str) -> str:
    return f"{settings.BASE_URL}{reverse(page, args=[token])}"


def personal(token: str) -> str:
    """Where one invited person answers."""
    return _address("respond", token)


def open_to_all(token: str) -> str:
    """Where anybody who sees the poster answers."""
    return _address("respond-open", token)


def opt_out(token: str) -> str:
    """Where an invited person says: no more invitations."""
    return _address("opt-out", token)
