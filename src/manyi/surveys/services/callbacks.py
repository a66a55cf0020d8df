"""Wishes to be called back: noting that somebody called."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.scope import Scope
from manyi.surveys.models import CallbackWish


@transaction.atomic
def finish_callback(scope: Scope, *, wish: CallbackWish, at: datetime) -> None:
    """Note that the customer was called. Doing it twice changes nothing."""
    scope.require("responses.read", wish.unit_id)
    if CallbackWish.objects.filter(pk=wish.pk, done_at=None).update(done_at=at):
        event = catalogue.CallbackDone(subject_id=str(wish.wave_id), unit_id=wish.unit_id, wish_id=wish.pk)
        publish(scope, event, at=at)
