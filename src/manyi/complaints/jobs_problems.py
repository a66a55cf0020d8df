"""Background work of problems: the evidence of closed ones is looked at again every day."""

from __future__ import annotations

from django.utils import timezone

from manyi.complaints.models import Problem
from manyi.complaints.queries.problems import WATCH
from manyi.complaints.services import problems
from manyi.scope import Scope


def recheck_closed() -> None:
    """Open each closed problem whose evidence does not hold any more. Idempotent."""
    at = timezone.now()  # noqa: TID251
    scope = Scope.system("daily check of closed problems")
    for row in Problem.objects.filter(state=Problem.State.CLOSED, closed_at__gt=at - WATCH).iterator():
        problems.recheck(scope, problem=row, at=at)
