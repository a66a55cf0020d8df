"""Asking one contact about one thing that happened, such as the closing of a complaint.

The wave is an ordinary open one; only the invitation knows what it is about. Its answer goes out with
`response.submitted`, for whoever asked.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from manyi.customers.models import Contact
from manyi.measures import index
from manyi.measures.errors import MeasureError
from manyi.measures.tree import Tree
from manyi.scope import Scope
from manyi.surveys.audience import Audience, judge
from manyi.surveys.models import Invitation, Response, Wave
from manyi.surveys.queries.samples import Chosen, candidates
from manyi.surveys.services.invitations import queue_invitations
from manyi.surveys.services.waves import answer_languages, new_invitation


@transaction.atomic
def invite_about(
    scope: Scope, *, wave_code: str, customer_id: int, contact_id: int | None, about: str, at: datetime
) -> Invitation | None:
    """Invite a contact of a customer to answer about one thing; idempotent by (wave, customer, about).

    Audience and fatigue do not stand in the way of asking about something that just happened; opt-out and dead
    addresses do. Returns None where nobody can be asked: no such open wave, an anonymous one (its answer could
    not be told apart), no contact who may be written to.
    """
    wave = Wave.objects.filter(code=wave_code, state=Wave.State.OPEN, anonymous=False).first()
    if wave is None or wave.questionnaire_version is None:
        return None
    known = wave.invitations.filter(customer=customer_id, about=about).first()
    if known is not None:
        return known
    found = next((c for c in candidates(wave.unit, only=customer_id)), None)
    if found is None:
        return None
    verdict = judge(found, Audience(), asked_since=None)
    if verdict.contact is None:
        return None
    named = [
        c for c in found.contacts if c.id == contact_id and c.email and not c.opted_out and not c.bounced
    ]
    contact = named[0] if named else verdict.contact
    invitation = new_invitation(wave, Chosen(found, contact, 1.0), answer_languages(wave), at)
    invitation.about = about
    invitation.save()
    Contact.objects.filter(pk=contact.id).update(last_invited_at=at)
    queue_invitations(scope, wave=wave, after=invitation.pk - 1, limit=1, at=at)
    return invitation


def index_of(response: Response) -> float | None:
    """The response's own index (0–100) on its wave's tree; None without an answer that counts."""
    tree = response.wave.tree_version.definition
    columns = Tree.of(tree).columns()
    values = {name: response.answers.get(name) for name in columns}
    numbers = {
        name: [float(v) if isinstance(v, int | float) and not isinstance(v, bool) else float("nan")]
        for name, v in values.items()
    }
    try:
        return index.score(tree, numbers).index
    except MeasureError:
        return None
