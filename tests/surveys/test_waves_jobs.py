"""The clock's work on waves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils.timezone import now  # noqa: TID251

from manyi.events.models import Event
from manyi.surveys.jobs import close_due
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast


def answers(wave: Wave, number: int) -> None:
    Response.objects.bulk_create(
        Response(wave=wave, channel="open", submitted_at=now()) for _ in range(number)
    )


@pytest.fixture
def waves(cast: Cast, at: datetime) -> dict[str, Wave]:
    soon = now() + timedelta(hours=1)
    made = {
        "due": factories.wave(cast.group, at, code="due", closes_at=now() - timedelta(minutes=1)),
        "later": factories.wave(cast.group, at, code="later", closes_at=soon, target=3),
        "full": factories.wave(cast.group, at, code="full", closes_at=soon, target=2),
        "endless": factories.wave(cast.group, at, code="endless"),
        "imported": factories.wave(cast.group, at, code="imported", source="imported", target=1),
    }
    for name in ("later", "full", "imported"):
        answers(made[name], 2)
    return made


def test_waves_close_on_their_date_or_with_the_wanted_answers_and_no_others(waves: dict[str, Wave]) -> None:
    assert close_due() == 2
    closed = dict(Wave.objects.filter(state="closed").values_list("code", "close_reason"))
    assert closed == {"due": "date", "full": "target"}
    assert close_due() == 0
    assert Event.objects.filter(kind="wave.closed").count() == 2


def test_the_answer_that_was_missing_closes_the_wave(waves: dict[str, Wave]) -> None:
    close_due()
    answers(waves["later"], 1)
    assert close_due() == 1
    assert Wave.objects.get(code="later").close_reason == "target"
