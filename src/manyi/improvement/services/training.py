"""The new way of working is published to those who work by it, and each says to have been trained in it (E3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.improvement.models import Acknowledgement, Action
from manyi.messaging.services import queue_mail
from manyi.people.models import User
from manyi.people.services import first_moment
from manyi.scope import NotAllowed, Scope
from manyi.standards.models import ServiceStandard
from manyi.web.errors import Refused


@transaction.atomic
def publish_process(
    scope: Scope, *, action: Action, people: Iterable[User], standard: ServiceStandard | None, at: datetime
) -> int:
    """Publish the new steps of an action's redesign sheet, with the service standard they serve, to `people`.

    Each is asked once and written to; publishing again adds whom it adds. Returns how many are new.

    :raises Refused: without new steps, to nobody, or of an action that was given up.
    """
    scope.require("improvement.edit", action.unit_id)
    if action.state == Action.State.CANCELLED:
        raise Refused(_("This action was given up."))
    if not action.redesign.get("new"):
        raise Refused(_("Write down the new steps first."))
    known = set(action.acknowledgements.values_list("user", flat=True))
    chosen = list({person.pk: person for person in people}.values())
    if not chosen:
        raise Refused(_("Choose who works by it."))
    new = [person for person in chosen if person.pk not in known]
    Acknowledgement.objects.bulk_create(
        Acknowledgement(action=action, user=person, asked_at=at) for person in new
    )
    action.standard, action.published_at = standard, at
    action.save(update_fields=["standard", "published_at"])
    for row in action.acknowledgements.filter(user__in=new).select_related("user"):
        _tell(row, at)
    publish(
        scope,
        catalogue.ActionChanged(
            subject_id=str(action.pk),
            unit_id=action.unit_id,
            change="published",
            finding_id=action.finding_id,
        ),
        at=at,
    )
    return len(new)


def _tell(row: Acknowledgement, at: datetime) -> None:
    person = row.user
    if not person.email or not person.is_active:
        return
    with translation.override(person.language):
        subject = _("New way of working: %(title)s") % {"title": row.action.title}
        text = _("Please read how “%(title)s” is done from now on, and say that you have:\n%(link)s") % {
            "title": row.action.title, "link": settings.BASE_URL + reverse("training", args=[row.pk]),
        }  # fmt: skip
    queue_mail(
        Scope.system("a new process was published"), reference=f"training:{row.pk}", to=person.email,
        subject=" ".join(subject.split())[:300], text=text, not_before=first_moment(at), at=at,
    )  # fmt: skip


@transaction.atomic
def acknowledge(scope: Scope, *, row: Acknowledgement, at: datetime) -> None:
    """Say to have been trained; only for oneself. Doing it again changes nothing."""
    if row.user_id != scope.user_id:
        raise NotAllowed("improvement.edit")
    if Acknowledgement.objects.filter(pk=row.pk, done_at=None).update(done_at=at):
        action = row.action
        publish(
            scope,
            catalogue.ActionChanged(
                subject_id=str(action.pk),
                unit_id=action.unit_id,
                change="trained",
                finding_id=action.finding_id,
            ),
            at=at,
        )
