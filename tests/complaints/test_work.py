"""My work in the order to do it in, its card on the page of today, and the board."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from manyi.complaints.lifecycle import State
from manyi.complaints.models import CaseRole, Complaint, Escalation, FollowUp, HandOver
from manyi.complaints.queries import board, my_work
from manyi.complaints.queries.listing import Selection
from manyi.complaints.services import cases, work_orders
from tests import factories
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"


def received(cast: Cast, at: datetime, title: str, due: datetime | None = None, **fields: Any) -> Complaint:
    row = factories.complaint(cast.east, fields.pop("owner", cast.agent), at, title=title, **fields)
    Complaint.objects.filter(pk=row.pk).update(next_due_at=due)
    return row


def test_overdue_comes_before_today_and_the_severe_before_the_ordinary(cast: Cast, at: datetime) -> None:
    hour = timedelta(hours=1)
    received(cast, at, "later", at + timedelta(days=30))
    received(cast, at, "today ordinary", at + hour)
    received(cast, at, "today urgent", at + 5 * hour, severity="urgent")
    received(cast, at, "overdue", at - hour)
    received(cast, at, "in three days", at + timedelta(days=3))
    tasks = my_work.tasks(cast.scope("agent"), at=at)
    assert [t.title for t in tasks] == ["overdue", "today urgent", "today ordinary", "in three days", "later"]
    found = my_work.buckets(tasks, at=at)
    assert [(b.name, len(b.tasks)) for b in found] == [
        ("overdue", 1),
        ("today", 2),
        ("week", 1),
        ("later", 1),
    ]


def test_what_one_only_answers_for_is_told_apart_from_what_one_works_on(cast: Cast, at: datetime) -> None:
    received(cast, at, "mine")
    given = received(cast, at, "given away")
    unit_only = received(cast, at, "nobody's")
    scope = cast.scope("agent")
    cases.assign(scope, complaint=given, role=CaseRole.HANDLER, unit=cast.east, user=cast.handler, at=at)
    cases.assign(scope, complaint=unit_only, role=CaseRole.HANDLER, unit=cast.east, user=None, at=at)
    kinds = {(t.title, t.kind) for t in my_work.tasks(scope, at=at)}
    assert kinds == {
        ("mine", "handler"), ("given away", "owner"), ("nobody's", "owner"), ("nobody's", "untaken"),
    }  # fmt: skip
    assert {t.title for t in my_work.tasks(cast.scope("handler"), at=at)} == {"given away", "nobody's"}
    assert my_work.tasks(cast.scope("outsider"), at=at) == []


def test_what_is_over_waits_for_nobody(cast: Cast, at: datetime) -> None:
    row = received(cast, at, "over")
    cases.withdraw(cast.scope("agent"), complaint=row, reason="", at=at)
    assert my_work.tasks(cast.scope("agent"), at=at) == []


def test_the_pages_show_the_work_with_few_statements(
    cast: Cast, at: datetime, client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        received(cast, at, f"case {n}")
    client.force_login(cast.agent, backend=BACKEND)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("my-work"))
    assert page.content.count(b"case ") == 20
    card = client.get(reverse("my-work-card"))
    assert card.content.count(b"case ") == 5
    assert "All 20" in card.content.decode()
    assert reverse("my-work-card") in client.get(reverse("today")).content.decode()


def test_the_card_is_empty_for_those_without_complaints(cast: Cast, client: Client) -> None:
    cast.agent.memberships.update(role="interviewer")
    client.force_login(cast.agent, backend=BACKEND)
    assert client.get(reverse("my-work-card")).content == b""
    assert client.get(reverse("my-work")).status_code == 403


def test_columns_hold_the_first_due_and_count_the_rest(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "CARDS", 2)
    for n in range(3):
        received(cast, at, f"case {n}", at + timedelta(hours=5 - n))
    old = received(cast, at, "closed long ago")
    Complaint.objects.filter(pk=old.pk).update(state="closed", closed_at=at - timedelta(days=30))
    first, working, resolved, closed = board.columns(cast.scope("agent"), Selection(), at=at)
    assert ([c.row.title for c in first.cards], first.count, first.more) == (["case 2", "case 1"], 3, True)
    assert [c.count for c in (working, resolved, closed)] == [0, 0, 0]
    assert first.cards[0].steps == [State.WORKING, State.RESOLVED, State.WITHDRAWN]
    assert all(not c.cards for c in board.columns(cast.scope("outsider"), Selection(), at=at))


def test_cards_move_along_legal_steps_only(cast: Cast, at: datetime, client: Client) -> None:
    row = received(cast, timezone.now(), "case")  # noqa: TID251 - the page reads the clock
    client.force_login(cast.agent, backend=BACKEND)
    address = reverse("complaint-move", args=[row.number])
    for to, text, state in (
        ("closed", "", "received"), ("merged", "", "received"), ("nonsense", "", "received"),
        ("working", "", "working"), ("resolved", "", "working"), ("resolved", "Replaced", "resolved"),
        ("closed", "", "closed"), ("working", "", "closed"), ("working", "Again", "working"),
    ):  # fmt: skip
        answer = client.post(address, {"to": to, "text": text, "query": "unit=1"})
        assert answer["Location"] == "/complaints/board/?unit=1"
        row.refresh_from_db()
        assert row.state == state, (to, text)
    assert "Resolved" in client.get(reverse("complaint-move-form", args=[row.number])).content.decode()


def test_an_outsider_finds_no_steps(cast: Cast, at: datetime, client: Client) -> None:
    row = received(cast, at, "case")
    client.force_login(cast.outsider, backend=BACKEND)
    assert client.get(reverse("complaint-move-form", args=[row.number])).status_code == 404
    assert client.post(reverse("complaint-move", args=[row.number]), {"to": "working"}).status_code == 404


def test_the_board_takes_few_statements(
    cast: Cast, at: datetime, client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        received(cast, at, f"case {n}")
    client.force_login(cast.agent, backend=BACKEND)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("complaint-board"))
    assert page.content.count(b"data-card") >= 12


def test_work_of_every_noun_is_on_the_list(cast: Cast, at: datetime) -> None:
    row = received(cast, at, "case", owner=cast.east_manager)
    work_orders.send(
        cast.scope("east_manager"), complaint=row, unit=cast.east, user=cast.agent, instruction="Look at it", at=at
    )  # fmt: skip
    FollowUp.objects.create(
        complaint=row, closing=1, kind="first", unit=cast.east, caller=cast.agent, created_at=at, promised_at=at,
        due_at=at,
    )  # fmt: skip
    HandOver.objects.create(
        complaint=row, owner=cast.east_manager, to=cast.agent, reason="Leave", asked_at=at
    )
    kinds = {task.kind for task in my_work.tasks(cast.scope("agent"), at=at)}
    assert kinds == {"order", "follow_up", "hand_over"}
    assert my_work.tasks(cast.scope("outsider"), at=at) == []


def test_one_warning_per_complaint_of_others(cast: Cast, at: datetime) -> None:
    row, own = received(cast, at, "case"), received(cast, at, "own", owner=cast.east_manager)
    for case in (row, own):
        for target in ("respond", "resolve"):
            told = Escalation.objects.create(
                complaint=case, round=1, target=target, step="leader", share=100, due_at=at, fired_at=at
            )
            told.notices.create(user=cast.east_manager)
    tasks = my_work.tasks(cast.scope("east_manager"), at=at)
    assert [(t.kind, t.title) for t in tasks if t.kind == "warning"] == [("warning", "case")]
