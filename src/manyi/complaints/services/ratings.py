"""The complainant says how well the complaint was settled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, Rating
from manyi.complaints.services.cases import require_work_on
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.messaging.letters import clean
from manyi.scope import Scope
from manyi.web.errors import Refused

MOST_COMMENT = 2000


@transaction.atomic
def rate(scope: Scope, *, complaint: Complaint, score: int, comment: str, at: datetime) -> Rating:
    """1 (very dissatisfied) to 5 (very satisfied), for the present closing; a later one replaces it.

    Raises Refused while the complaint is not settled, or for another number.
    """
    require_work_on(scope, complaint)
    if complaint.state not in (State.RESOLVED, State.CLOSED):
        raise Refused(_("This can be rated when it is settled."))
    if not 1 <= score <= 5:
        raise Refused(_("Please choose one of the five."))
    if len(comment) > MOST_COMMENT:
        raise Refused(_("The comment is too long: at most %(most)s characters.") % {"most": MOST_COMMENT})
    row, _created = Rating.objects.update_or_create(
        complaint=complaint,
        closing=complaint.closings,
        defaults={"score": score, "comment": clean(comment).strip(), "at": at},
    )
    publish(
        scope,
        catalogue.ComplaintRated(
            subject_id=str(complaint.pk),
            unit_id=complaint.unit_id,
            closing=complaint.closings,
            score=score,
            customer_id=complaint.customer_id,
        ),
        at=at,
    )
    return row
