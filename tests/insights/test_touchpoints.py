"""What touchpoints and standards are told of surveys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from manyi.insights import touchpoints
from manyi.insights.queries import result_of
from manyi.insights.selection import Selection
from manyi.surveys.models import Wave
from tests.conftest import Cast

SINCE, UNTIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def waves(filled: Callable[..., Wave], at: datetime) -> list[Wave]:
    """Two finished ones and a newer one that runs."""
    old = filled(
        shift=-0.8,
        code="old",
        state="closed",
        opened_at=at - timedelta(days=60),
        closed_at=at - timedelta(days=40),
    )
    new = filled(code="new", tree_version=old.tree_version, state="closed", closed_at=at + timedelta(days=12))
    filled(shift=0.9, code="running", tree_version=old.tree_version, opened_at=at + timedelta(days=13))
    return [old, new]


def test_the_newest_finished_wave_tells_with_interval_and_n(cast: Cast, waves: list[Wave]) -> None:
    scope = cast.scope("manager")
    found = touchpoints.satisfaction(scope, cast.group, ["on_time", "service", "nothing"])
    assert set(found) == {"on_time", "service"}
    node = result_of(scope, waves[1]).node("on_time")
    assert node is not None
    told = found["on_time"]
    assert (told.value, told.low, told.high, told.n) == (node.score, node.ci_low, node.ci_high, node.n)
    assert told.url == "/results/new/?node=delivery"
    assert found["service"].url == "/results/new/?node=service"
    # By hand: the mean of the answers 1–5, put on 0–100.
    given = [r.answers["on_time"] for r in waves[1].responses.all() if "on_time" in r.answers]
    assert told.value == pytest.approx((sum(given) / len(given) - 1) / 4 * 100)
    assert told.n == len(given)


def test_of_a_unit_only_its_own_answers_count(cast: Cast, waves: list[Wave]) -> None:
    scope = cast.scope("manager")
    east = touchpoints.satisfaction(scope, cast.east, ["on_time"])["on_time"]
    node = result_of(scope, waves[1], Selection(unit=cast.east.pk)).node("on_time")
    assert node is not None
    assert east.value == node.score
    assert f"unit={cast.east.pk}" in east.url
    own = touchpoints.satisfaction(cast.scope("east_manager"), cast.east, ["on_time"])["on_time"]
    assert own.value == east.value


def test_another_branch_and_somebody_without_the_right_are_told_nothing(
    cast: Cast, waves: list[Wave]
) -> None:
    assert touchpoints.satisfaction(cast.scope("outsider"), cast.east, ["on_time"]) == {}
    assert touchpoints.satisfaction(cast.scope("agent"), cast.east, ["on_time"]) == {}
    assert touchpoints.read(cast.scope("agent"), "on_time", cast.east, SINCE, UNTIL).hidden
    assert touchpoints.read(cast.scope("outsider"), "on_time", cast.east, SINCE, UNTIL).value is None


def test_a_standard_is_measured_by_the_wave_that_ended_in_the_period(cast: Cast, waves: list[Wave]) -> None:
    scope = cast.scope("manager")
    now = touchpoints.read(scope, "on_time", cast.group, SINCE, UNTIL)
    before = touchpoints.read(scope, "on_time", cast.group, date(2026, 1, 1), SINCE)
    node = result_of(scope, waves[0]).node("on_time")
    assert node is not None
    assert before.value == node.score
    assert now.value is not None
    assert before.value is not None
    assert now.value > before.value
    assert touchpoints.read(scope, "on_time", cast.group, date(2025, 1, 1), date(2026, 1, 1)).value is None
    assert touchpoints.read(scope, "nothing", cast.group, SINCE, UNTIL).value is None


def test_what_is_too_little_to_show_is_not_told(cast: Cast, at: datetime, answers: object) -> None:
    from tests import factories

    wave = factories.wave(cast.group, at, state="closed", closed_at=at + timedelta(days=1))
    answers.put(wave, cast.west, 40)  # type: ignore[attr-defined]
    answers.put(wave, cast.east, 2)  # type: ignore[attr-defined]
    assert touchpoints.satisfaction(cast.scope("manager"), cast.east, ["on_time"]) == {}
    assert touchpoints.read(cast.scope("manager"), "on_time", cast.east, SINCE, UNTIL).value is None


def test_nodes_are_those_of_the_newest_published_trees(cast: Cast, waves: list[Wave]) -> None:
    found = dict(touchpoints.nodes(cast.scope("manager")))
    assert found["on_time"].endswith("› On time")
    assert touchpoints.nodes(cast.scope("agent")) == []
