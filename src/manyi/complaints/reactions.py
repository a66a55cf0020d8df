"""What complaints do when something happens elsewhere."""

from __future__ import annotations

from manyi.complaints.services import roles
from manyi.events.catalogue import UserChanged
from manyi.events.models import Event
from manyi.events.services import react
from manyi.people.models import User
from manyi.scope import Scope


@react(UserChanged)
def pass_on_what_a_departed_user_held(event: Event) -> None:
    """So that no complaint stays with somebody who can no longer sign in."""
    user = User.objects.filter(pk=event.subject_id, is_active=False).first()
    if user is not None:
        roles.pass_on(Scope.system("user can no longer sign in"), user=user, at=event.at)
