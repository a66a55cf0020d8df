"""What every page of a complaint begins with: the complaint of its address, and the time."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404
from django.utils import timezone

from manyi.complaints.models import Complaint
from manyi.complaints.queries import cases as queries
from manyi.scope import Scope


def now() -> datetime:
    return timezone.now()  # noqa: TID251


def found(scope: Scope, number: str, right: str = "complaints.read") -> Complaint:
    """The complaint of an address, or 404, also for one out of sight."""
    try:
        return queries.complaint(scope, number, right)
    except Complaint.DoesNotExist as error:
        raise Http404 from error
