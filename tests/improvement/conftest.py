"""A wave in which customers rate the punctuality of deliveries low."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast


def answered(wave: Wave, cast: Cast, at: datetime, ratings: list[int], first: int) -> None:
    """One customer per rating of 'on_time'; the other items are 4, and the low ones say why."""
    for n, rating in enumerate(ratings, start=first):
        customer = factories.customer(cast.east, n, at)
        invitation = factories.invitation(wave, customer, at)
        Response.objects.create(
            wave=wave, invitation=invitation, customer=customer, unit=cast.east, channel="email", language="en",
            answers={"on_time": rating, "complete": 4, "attitude": 4, "speed": 4,
                     "why_low": "Two weeks late." if rating <= 2 else ""},
            submitted_at=at,
        )  # fmt: skip


@pytest.fixture
def before(cast: Cast, at: datetime) -> Wave:
    wave = factories.wave(cast.east, at - timedelta(days=120), code="spring")
    answered(wave, cast, at - timedelta(days=110), [1, 2, 2, 3, 1, 2, 3, 2, 2, 1] * 4, 1000)
    return wave
