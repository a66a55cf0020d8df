"""What a complainant is told about what comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from manyi.complaints.lifecycle import State
from manyi.complaints.outlook import Case, steps, what_next

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SOON = AT + timedelta(hours=5)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("respond", "You will have a first answer from us by Monday, 2 March 2026, 15:00."),
        ("resolve", "We mean to have it settled by Monday, 2 March 2026, 15:00."),
        ("next_contact", "You will hear from us again by Monday, 2 March 2026, 15:00."),
    ],
)
def test_what_is_due_is_said_with_its_local_time(kind: str, sentence: str) -> None:
    with translation.override("en"):
        assert what_next(Case(State.WORKING, True, kind, SOON), at=AT) == sentence
    with translation.override("zh-hans"):
        assert "2026年3月2日（星期一）15:00" in what_next(Case(State.WORKING, True, kind, SOON), at=AT)


def test_being_late_is_admitted() -> None:
    with translation.override("en"):
        assert "We are late, and we are sorry" in what_next(
            Case(State.WORKING, False, "respond", AT), at=SOON
        )


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_sentence(state: State) -> None:
    assert what_next(Case(state), at=AT)


def test_the_way_of_a_complaint() -> None:
    assert [s.stage for s in steps(State.WORKING)] == ["done", "now", "later", "later"]
    assert [s.stage for s in steps(State.CLOSED)] == ["done"] * 4
    assert steps(State.WITHDRAWN) == []
