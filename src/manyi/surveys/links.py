"""The public addresses that go into mails and onto posters."""

from __future__ import annotations

from django.conf import settings


def personal(token: str) -> str:
    """Where one invited person answers."""
    return f"{settings.BASE_URL}/s/{token}/"


def open_to_all(token: str) -> str:
    """Where anybody who sees the poster answers."""
    return f"{settings.BASE_URL}/o/{token}/"


def opt_out(token: str) -> str:
    """Where an invited person says: no more invitations."""
    return f"{settings.BASE_URL}/u/{token}/"
