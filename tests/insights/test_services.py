"""What happens by itself when a wave ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import transaction

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.insights import jobs, rows
from manyi.insights.models import Result
from manyi.scope import NotAllowed, Scope
from manyi.surveys.models import Wave
from manyi.warehouse import store
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("event", [catalogue.WaveClosed, catalogue.WaveImported])
def test_the_end_of_a_wave_stores_answers_and_result(
    cast: Cast,
    at: datetime,
    filled: Callable[..., Wave],
    run_jobs: Callable[[], int],
    event: type[catalogue.Event],
) -> None:
    wave = filled()
    fields = {"responses": 260} | ({"reason": "date"} if event is catalogue.WaveClosed else {})
    with transaction.atomic():
        publish(Scope.system("test"), event(subject_id=str(wave.pk), **fields), at=at)
    run_jobs()
    stored = store.snapshot_of(rows.folder(), wave.pk)
    assert stored is not None
    assert stored.rows == 260
    (result,) = Result.objects.filter(wave=wave)
    assert (result.n, result.method, result.computed_at) == (260, "csi-1", at)
    assert result.figures["index"] == pytest.approx(60, abs=10)
    assert set(result.figures["groups"]["unit"]) == {str(u.pk) for u in (cast.group, cast.east, cast.west)}
    # The queue may deliver twice.
    jobs.keep_result(wave.pk, at.isoformat())
    assert Result.objects.filter(wave=wave).count() == 1


def test_a_wave_without_answers_leaves_an_empty_result(
    cast: Cast, at: datetime, filled: Callable[..., Wave]
) -> None:
    wave = filled()
    wave.responses.all().delete()
    jobs.keep_result(wave.pk, at.isoformat())
    assert Result.objects.get(wave=wave).figures["index"] is None


def test_open_waves_are_stored_when_many_answers_are_new(
    cast: Cast, at: datetime, filled: Callable[..., Wave], answers: Answers
) -> None:
    wave = filled()
    jobs.refresh_open_waves()
    assert store.snapshot_of(rows.folder(), wave.pk) is None
    answers.put(wave, cast.east, 300, seed=5)
    jobs.refresh_open_waves()
    stored = store.snapshot_of(rows.folder(), wave.pk)
    assert stored is not None
    assert stored.rows == 560


def test_storing_takes_the_right_for_the_waves_unit(
    cast: Cast, at: datetime, filled: Callable[..., Wave]
) -> None:
    from manyi.insights.services import store_result

    with pytest.raises(NotAllowed):
        store_result(cast.scope("east_manager"), wave=filled(), at=at)
