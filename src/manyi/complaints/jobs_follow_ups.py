"""Background work of follow-ups: questionnaires of those that are due."""

from __future__ import annotations

from django.utils import timezone

from manyi.complaints.models import FollowUp
from manyi.complaints.queries import follow_ups as queries
from manyi.complaints.services import follow_ups
from manyi.scope import Scope
from manyi.web.errors import Refused


def ask_due() -> None:
    """Wish for the questionnaire of each follow-up that is due, where the rules say so. Idempotent."""
    at = timezone.now()  # noqa: TID251
    scope = Scope.system("follow-up is due")
    due = FollowUp.objects.filter(result="", due_at__lte=at, survey_wished_at=None)
    for row in due.select_related("unit", "complaint"):
        if queries.policy_for(row.unit).ask_first and not queries.why_no_survey(row):
            try:
                follow_ups.wish_survey(scope, follow_up=row, at=at)
            except Refused:  # it ended, or was asked, in the meantime
                continue
