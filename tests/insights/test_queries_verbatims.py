"""Texts of respondents: who may read them, and from how many people on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from manyi.insights.queries import result_of
from manyi.insights.queries_verbatims import Verbatims, verbatims
from manyi.insights.selection import Selection
from manyi.scope import NotAllowed
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db


def read(cast: Cast, wave: Wave, selection: Selection | None = None, **fields: object) -> Verbatims:
    return verbatims(result_of(cast.scope("manager"), wave, selection), **fields)  # type: ignore[arg-type]


def test_texts_carry_who_wrote_them(cast: Cast, filled: Callable[..., Wave]) -> None:
    found = read(cast, filled(), Selection(unit=cast.east.pk))
    assert found.total == 40
    assert len(found.items) == 20
    assert {(item.unit, item.question) for item in found.items} == {("East", "Anything else?")}
    assert all(item.score is None or 0 <= item.score <= 100 for item in found.items)


def test_the_band_is_that_of_the_respondents_index(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    found = {band: read(cast, wave, band=band, limit=1000) for band in ("low", "middle", "high")}
    for band, (low, high) in {"low": (0, 60), "middle": (60, 80), "high": (80, 101)}.items():
        assert found[band].items
        for item in found[band].items:
            assert (band == "middle") if item.score is None else (low <= item.score < high)
    assert sum(part.total for part in found.values()) == read(cast, wave).total


def test_pages_follow_each_other_without_gap(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    every = [item.text for item in read(cast, wave, limit=1000).items]
    first, second = (read(cast, wave, page=page) for page in (1, 2))
    assert [item.text for item in (*first.items, *second.items)] == every[:40]
    assert first.pages == -(-len(every) // 20)


def test_an_anonymous_wave_shows_the_text_alone(cast: Cast, filled: Callable[..., Wave]) -> None:
    found = read(cast, filled(anonymous=True))
    assert found.items
    assert {(item.unit, item.day, item.language, item.score) for item in found.items} == {
        ("", None, "", None)
    }


def test_an_anonymous_wave_takes_ten(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at, anonymous=True)
    answers.put(wave, cast.east, 9)
    assert (read(cast, wave).refusal, read(cast, wave).items) == ("too few", [])
    assert result_of(cast.scope("manager"), wave).n == 9  # figures take five
    answers.put(wave, cast.east, 1, seed=8)
    assert read(cast, wave).refusal is None


def test_in_an_anonymous_wave_a_band_goes_with_no_other_filter(
    cast: Cast, filled: Callable[..., Wave]
) -> None:
    wave = filled(anonymous=True)
    assert read(cast, wave, band="low").refusal is None
    assert read(cast, wave, Selection(tier="A"), band="low").refusal == "too many filters"


def test_a_band_of_a_few_is_hidden(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    good = dict.fromkeys(("on_time", "complete", "attitude", "speed"), 5)
    bad = dict.fromkeys(("on_time", "complete", "attitude", "speed"), 1)
    for number in range(23):
        given = bad if number < 3 else good
        Response.objects.create(
            wave=wave,
            unit=cast.east,
            answers={**given, "comment": f"text {number}"},
            channel="email",
            submitted_at=at,
        )
    assert read(cast, wave, band="low").refusal == "too few"
    # All minus the high ones would be the three.
    assert read(cast, wave, band="high").refusal == "too few"
    assert read(cast, wave).total == 23


def test_without_the_right_there_are_no_texts(cast: Cast, filled: Callable[..., Wave]) -> None:
    with pytest.raises(NotAllowed):
        verbatims(result_of(cast.scope("executive"), filled()))
