"""A wave with a known pattern: delivery is weak in the east and for price customers, attitude is strong."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from manyi.people.models import OrgUnit
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast

MEANS = {"on_time": 2.6, "complete": 3.8, "attitude": 4.4, "speed": 3.6}


@pytest.fixture(autouse=True)
def _own_warehouse(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A request in Chinese leaves its language behind for the next test of the process."""
    with translation.override("en"):
        yield


@dataclass
class Answers:
    """Puts responses of a pattern into a wave."""

    at: datetime

    def put(
        self, wave: Wave, unit: OrgUnit | None, count: int, seed: int = 1, **fields: Any
    ) -> list[Response]:
        chance = random.Random(seed)
        shift = fields.pop("shift", 0.0)
        found = []
        for number in range(count):
            mood = chance.gauss(0, 0.5) + shift
            answers: dict[str, Any] = {
                column: min(5, max(1, round(chance.gauss(mean + mood, 0.6))))
                for column, mean in MEANS.items()
                if chance.random() > 0.05
            }
            answers["nps"] = min(10, max(0, round(chance.gauss(7 + 2 * mood, 1.5))))
            if number % 3 == 0:
                answers["comment"] = (
                    f"交付太慢 late {number}"
                    if answers.get("on_time", 3) < 3
                    else f"态度很好 friendly {number}"
                )
            found.append(
                Response(
                    wave=wave, unit=unit, answers=answers, channel="email",
                    submitted_at=self.at + timedelta(days=number % 10, minutes=number),
                    **{"tier": "AB"[number % 2], "segment": ("price", "service")[number % 3 % 2],
                       "language": ("zh-hans", "en")[number % 4 % 2], **fields},
                )
            )  # fmt: skip
        return Response.objects.bulk_create(found)


@pytest.fixture
def answers(at: datetime) -> Answers:
    return Answers(at)


@pytest.fixture
def filled(cast: Cast, at: datetime, answers: Answers) -> Callable[..., Wave]:
    """Makes a wave of the group with 120 answers in the east, 100 in the west and 40 at the group itself."""

    def make(shift: float = 0.0, seed: int = 1, **fields: Any) -> Wave:
        wave = factories.wave(fields.pop("unit", cast.group), at, **fields)
        answers.put(wave, cast.east, 120, seed, shift=shift - 0.3)
        answers.put(wave, cast.west, 100, seed + 1, shift=shift + 0.2)
        answers.put(wave, cast.group, 40, seed + 2, shift=shift)
        return wave

    return make
