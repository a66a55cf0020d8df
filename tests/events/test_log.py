"""The event log can be added to and nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, transaction

from manyi.events import catalogue
from manyi.events.models import Event
from manyi.events.services import publish
from manyi.scope import Scope

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system("test")


def test_an_event_can_be_neither_changed_nor_deleted(at: datetime) -> None:
    row = publish(SYSTEM, catalogue.TokenChanged(subject_id="7", change="created", token_id=1), at=at)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(pk=row.pk).update(kind="other")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(pk=row.pk).delete()
    assert Event.objects.get(pk=row.pk).kind == "token.changed"


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused(at: datetime) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        publish(SYSTEM, catalogue.UserChanged(subject_id="7", change="created"), at=at)


def test_every_event_class_has_its_own_kind() -> None:
    kinds = [cls.kind for cls in catalogue.Event.__subclasses__()]
    assert len(kinds) == len(set(kinds))
