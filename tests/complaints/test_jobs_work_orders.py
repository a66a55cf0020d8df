"""A late work order is told about once to those who have it, then once to their leaders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from manyi.complaints import jobs_work_orders as jobs
from manyi.complaints.services import work_orders as services
from manyi.messaging.models import OutgoingMail
from manyi.people.models import User
from tests import factories
from tests.conftest import Cast

HOUR = timedelta(hours=1)


def told(monkeypatch: pytest.MonkeyPatch, at: datetime) -> set[str]:
    """Who is told at a moment."""
    before = set(OutgoingMail.objects.values_list("pk", flat=True))
    monkeypatch.setattr(jobs, "now", lambda: at)
    jobs.tell_late()
    return {mail.to.split("@")[0] for mail in OutgoingMail.objects.exclude(pk__in=before)}


def test_a_late_order_is_told_once_and_a_day_later_to_the_leaders(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    User.objects.filter(pk=cast.handler.pk).update(language="zh-hans")
    services.send(
        cast.scope("east_manager"), complaint=row, unit=cast.east, user=cast.handler, instruction="查轴承",
        due_at=at + 8 * HOUR, at=at,
    )  # fmt: skip
    assert told(monkeypatch, at + 7 * HOUR) == set()
    assert told(monkeypatch, at + 8 * HOUR) == {"handler", "east_manager", "agent"}
    assert told(monkeypatch, at + 9 * HOUR) == set()
    subjects = {mail.to: mail.subject for mail in OutgoingMail.objects.all()}
    assert subjects["handler@example.org"] == f"{row.number}：工单 1 已超时"
    assert subjects["agent@example.org"] == f"{row.number}: work order 1 is late"
    assert told(monkeypatch, at + 33 * HOUR) == {"east_manager"}
    assert told(monkeypatch, at + 90 * HOUR) == set()


def test_nobody_is_told_of_a_done_order_or_one_that_waits_for_its_turn(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, scope = factories.complaint(cast.east, cast.agent, at), cast.scope("agent")
    first = services.send(
        scope, complaint=row, unit=cast.east, instruction="One", due_at=at + 8 * HOUR, at=at
    )
    services.send(
        scope, complaint=row, unit=cast.west, instruction="Two", due_at=at + 9 * HOUR, after=first, at=at
    )
    services.accept(cast.scope("handler"), order=first, at=at)
    assert told(monkeypatch, at + 10 * HOUR) == {"handler", "agent"}
    services.finish(cast.scope("handler"), order=first, result="Done", at=at + 11 * HOUR)
    assert told(monkeypatch, at + 12 * HOUR) == {"outsider", "agent"}
    assert told(monkeypatch, at + 80 * HOUR) == {"outsider"}
