"""Clock events of a complaint, and what they make due."""

from __future__ import annotations

from datetime import datetime

from manyi.complaints.models import Complaint
from manyi.scope import Scope


def record(scope: Scope, *, complaint: Complaint, kind: str, at: datetime, reason: str = "") -> None:
    """Append a clock event and recompute what is due next."""
