"""Priorities of a wave: what its people would say oneself, within what may be shown."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from manyi.insights import pictures_analysis as pictures
from manyi.insights import queries
from manyi.insights.priorities import INDEX, Choice, Found, priorities, targets
from manyi.insights.selection import Selection
from manyi.measures.index import respondent_scores
from manyi.measures.priorities import expected_gain
from manyi.measures.tree import Tree
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def found(cast: Cast, wave: Wave, who: str = "manager", selection: Selection | None = None, **query: str) -> Found:  # fmt: skip
    result = queries.result_of(cast.scope(who), wave, selection)
    made = priorities(result, Choice.of(query))
    assert made is not None
    return made


@pytest.fixture
def driven(cast: Cast, at: datetime) -> Wave:
    """Recommendation follows from being on time (strongly) and speed (weakly); the rest does not matter."""
    wave = factories.wave(cast.group, at)
    chance = random.Random(7)
    made = []
    for number in range(300):
        answers: dict[str, Any] = {
            name: chance.randint(1, 5) for name in ("on_time", "complete", "attitude", "speed")
        }
        answers["nps"] = min(
            10, max(0, round(1.5 * answers["on_time"] + 0.6 * answers["speed"] + chance.gauss(0, 0.8)))
        )
        unit = (cast.east, cast.west)[number % 2]
        made.append(Response(wave=wave, unit=unit, answers=answers, channel="email", submitted_at=at))
    Response.objects.bulk_create(made)
    return wave


def test_the_drivers_that_were_put_in_come_out(cast: Cast, driven: Wave) -> None:
    made = found(cast, driven)
    assert made.choice.importance == "derived"
    assert made.choice.target == "nps"
    by_code = {row.node.code: row for row in made.rows}
    order = sorted(by_code, key=lambda code: -by_code[code].importance)
    assert order[:2] == ["on_time", "speed"]
    assert by_code["on_time"].importance > 70
    assert sum(row.importance for row in made.rows) == pytest.approx(100)
    assert made.drivers is not None
    assert made.drivers.method == "shapley"
    row = by_code["on_time"]
    assert row.low is not None
    assert row.high is not None
    assert row.low < row.importance < row.high
    assert by_code["complete"].strategy in ("opportunity", "maintain")


def test_without_a_rating_beside_the_tree_importance_is_that_of_the_weights(cast: Cast, driven: Wave) -> None:
    made = found(cast, driven, importance="stated", target=INDEX)
    assert {row.node.code: row.importance for row in made.rows} == pytest.approx(
        {"on_time": 30, "complete": 30, "attitude": 28, "speed": 12}
    )
    dimensions = found(cast, driven, importance="stated", level="dimensions")
    assert {row.node.code: round(row.importance) for row in dimensions.rows} == {
        "delivery": 60,
        "service": 40,
    }


def test_cut_lines_are_those_chosen(cast: Cast, driven: Wave) -> None:
    mean = found(cast, driven, importance="stated")
    assert mean.importance_cut == pytest.approx(25)
    assert found(cast, driven, importance="stated", cut="median").importance_cut == pytest.approx(29)
    middle = found(cast, driven, importance="stated", cut="midpoint")
    assert (middle.importance_cut, middle.performance_cut) == (25, 50)
    own = found(cast, driven, importance="stated", cut="own", cut_importance="29", cut_satisfaction="0")
    assert {row.node.code: row.strategy for row in own.rows} == {
        "on_time": "advantage", "complete": "advantage", "attitude": "maintain", "speed": "maintain",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"cut": "own", "cut_importance": "many", "cut_satisfaction": "5"}, "not “many”"),
        ({"cut": "own", "cut_importance": "101", "cut_satisfaction": "5"}, "not “101”"),
        ({"cut": "own", "cut_importance": "nan", "cut_satisfaction": "5"}, "not “nan”"),
        ({"cut": "golden"}, "“golden” is no choice"),
        ({"target": "q999"}, "“q999” is no rating"),
    ],
)
def test_what_cannot_be_read_in_the_address_is_said(
    cast: Cast, driven: Wave, query: dict[str, str], said: str
) -> None:
    made = found(cast, driven, **query)
    assert any(said in warning for warning in made.warnings)
    assert made.choice.cut == "mean"


def test_expected_gains_are_those_of_the_measure(cast: Cast, driven: Wave) -> None:
    rows = [response.answers for response in driven.responses.all()]
    answers = {name: [row[name] for row in rows] for name in ("on_time", "complete", "attitude", "speed")}
    tree = Tree.from_dict(driven.tree_version.definition)
    wanted = {gain.code: gain.gain for gain in expected_gain(tree, answers)}
    assert {row.node.code: row.gain.gain for row in found(cast, driven).rows if row.gain} == pytest.approx(
        wanted
    )
    by = [response.unit_id for response in driven.responses.all()]
    best = {gain.code: gain.gain for gain in expected_gain(tree, answers, by=by)}
    made = found(cast, driven, gain="best")
    assert {row.node.code: row.gain.gain for row in made.rows if row.gain} == pytest.approx(best)
    assert {row.gain.best_unit for row in made.rows if row.gain and row.gain.gain} <= {"East", "West"}


def test_a_unit_that_is_too_small_to_show_is_never_the_best(cast: Cast, driven: Wave, at: datetime) -> None:
    tiny = driven.responses.filter(unit=cast.west)
    keep = tiny.values_list("pk", flat=True)[:3]
    tiny.exclude(pk__in=list(keep)).delete()
    Response.objects.filter(pk__in=list(keep)).update(
        answers={"on_time": 5, "complete": 5, "attitude": 5, "speed": 5}
    )
    assert found(cast, driven, gain="best").gains == ()


def test_too_few_people_make_no_drivers_and_it_is_said(cast: Cast, at: datetime, driven: Wave) -> None:
    keep = driven.responses.values_list("pk", flat=True)[:20]
    driven.responses.exclude(pk__in=list(keep)).delete()
    made = found(cast, driven)
    assert (made.choice.importance, made.drivers) == ("stated", None)
    assert any("at least 30 people" in warning for warning in made.warnings)


def test_an_answer_that_is_the_same_from_everybody_is_named(cast: Cast, driven: Wave) -> None:
    for response in driven.responses.all():
        response.answers["speed"] = 3
        response.save()
    made = found(cast, driven)
    assert made.drivers is None
    assert any("Speed" in warning for warning in made.warnings)


def test_filters_and_units_of_the_reader_hold(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    whole, east = found(cast, wave), found(cast, wave, who="east_manager")
    chosen = found(cast, wave, selection=Selection(unit=cast.east.pk))
    assert whole.drivers is not None
    assert east.drivers is not None
    assert east.drivers.n < whole.drivers.n
    assert [row.node for row in east.rows] == [row.node for row in chosen.rows]


def test_items_that_few_answered_are_left_out(cast: Cast, driven: Wave) -> None:
    for response in driven.responses.all()[4:]:
        del response.answers["speed"]
        response.save()
    made = found(cast, driven, importance="stated")
    assert made.left_out == ("Speed",)
    assert "speed" not in {row.node.code for row in made.rows}


def test_targets_are_the_ratings_beside_the_tree(cast: Cast, filled: Callable[..., Wave]) -> None:
    result = queries.result_of(cast.scope("manager"), filled())
    assert targets(result) == {"nps": "Would you recommend us?", INDEX: "Customer satisfaction"}


def test_the_index_itself_as_target_explains_everything(cast: Cast, driven: Wave) -> None:
    made = found(cast, driven, target=INDEX, importance="derived", level="dimensions")
    assert made.drivers is not None
    assert made.drivers.r2 == pytest.approx(1)
    rows = [response.answers for response in driven.responses.all()]
    scores = respondent_scores(
        driven.tree_version.definition,
        {name: [row[name] for row in rows] for name in ("on_time", "complete", "attitude", "speed")},
    )
    assert made.drivers.n == len(scores["index"])


def test_every_picture_has_the_table_of_its_numbers(cast: Cast, driven: Wave) -> None:
    made = found(cast, driven)
    drawn = pictures.priorities(made)
    assert set(drawn) == {"matrix", "drivers", "gains"}
    assert len(drawn["matrix"].table.rows) == 4
    assert drawn["matrix"].table.rows[0][0] in {row.name for row in made.rows}
