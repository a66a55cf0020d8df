"""Background jobs of answers."""

from __future__ import annotations

from django.utils.timezone import now  # noqa: TID251

from manyi.surveys.services import answer_files


def discard_unused_files() -> None:
    """Delete uploads that no answer names."""
    answer_files.discard_unused(at=now())
