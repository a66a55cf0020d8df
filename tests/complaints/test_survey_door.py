"""Low scores and callback wishes of surveys become complaints; anonymous waves stay silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from manyi.complaints.models import Channel, Complaint
from manyi.surveys.models import Response, Wave
from manyi.surveys.services import responses
from tests import factories
from tests.conftest import Cast

LOW = {"on_time": 1, "complete": 1, "attitude": 1, "speed": 1, "nps": 3}
FINE = {"on_time": 5, "complete": 4, "attitude": 5, "speed": 5, "nps": 9}
Answer = Callable[..., Response]


@pytest.fixture
def wave(cast: Cast, at: datetime) -> Wave:
    return factories.wave(cast.group, at, complaint_below=50)


@pytest.fixture
def answer(cast: Cast, at: datetime, wave: Wave) -> Answer:
    def given(answers: dict[str, Any], number: int = 1) -> Response:
        invitation = factories.invitation(wave, factories.customer(cast.east, number, at), at)
        return responses.submit_response(
            wave=wave,
            invitation=invitation,
            answers=answers,
            language="en",
            channel="email",
            started_at=at,
            at=at,
        )

    return given


def test_a_low_score_opens_one_complaint_for_who_is_on_duty(
    cast: Cast, answer: Answer, run_jobs: Callable[[], int]
) -> None:
    response = answer(LOW)
    run_jobs()
    row = Complaint.objects.get()
    assert (row.channel, row.customer, row.unit) == (Channel.SURVEY, response.customer, cast.east)
    assert (row.first_contact_owner, row.title) == (cast.agent, "Dissatisfied in a survey: 0 of 100")
    assert row.phone == "13800000001"


def test_a_good_score_or_a_wave_without_threshold_opens_none(
    answer: Answer, wave: Wave, run_jobs: Callable[[], int]
) -> None:
    answer(FINE, 1)
    Wave.objects.update(complaint_below=None)
    answer(LOW, 2)
    run_jobs()
    assert not Complaint.objects.exists()


def test_an_anonymous_wave_opens_none(answer: Answer, run_jobs: Callable[[], int]) -> None:
    Wave.objects.update(anonymous=True)
    response = answer(LOW)
    response.wave.refresh_from_db()
    responses.wish_callback(
        wave=response.wave, response=response, name="Li", phone="1", wish="", at=response.submitted_at
    )
    run_jobs()
    assert not Complaint.objects.exists()


def test_a_callback_wish_after_a_low_score_is_the_same_complaint(
    answer: Answer, at: datetime, run_jobs: Callable[[], int]
) -> None:
    response = answer(LOW)
    for _ in range(2):
        responses.wish_callback(wave=response.wave, response=response, name="Li", phone="1", wish="", at=at)
    run_jobs()
    assert Complaint.objects.get().notes.count() == 1


def test_a_callback_wish_alone_opens_one(
    cast: Cast, wave: Wave, answer: Answer, at: datetime, run_jobs: Callable[[], int]
) -> None:
    response = answer(FINE)
    responses.wish_callback(wave=wave, response=response, name="Li", phone="1", wish="", at=at)
    responses.wish_callback(wave=wave, response=None, name="Stranger", phone="2", wish="", at=at)
    run_jobs()
    assert list(Complaint.objects.order_by("pk").values_list("customer", "unit")) == [
        (response.customer_id, cast.east.pk),
        (None, cast.group.pk),
    ]
