"""Units of a level against funnel limits; what may not be shown is not in the league, nor can it be worked out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import sqrt

import pytest
from django.test import Client
from scipy import stats

from manyi.insights import league as leagues
from manyi.insights import pictures_league, queries
from manyi.insights.selection import Selection
from manyi.people import services as people
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys.models import Wave
from tests import factories
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
SHOPS = (14, 20, 35, 60, 90)


def below(parent: OrgUnit, code: str, at: datetime) -> OrgUnit:
    name = {"zh": f"{code} 店", "en": f"Shop {code}"}
    return people.create_org_unit(Scope.system("test"), code=code, name=name, parent=parent, at=at)


@pytest.fixture
def shops(cast: Cast, at: datetime, answers: Answers) -> Wave:
    """A wave with five shops in the east, of which the biggest is much worse, and one in the west."""
    wave = factories.wave(cast.group, at)
    for number, count in enumerate(SHOPS):
        shop = below(cast.east, f"e{number}", at)
        answers.put(wave, shop, count, seed=20 + number, shift=-1.2 if number == 4 else 0.0)
    answers.put(wave, below(cast.west, "w0", at), 50, seed=30)
    return wave


def found_of(cast: Cast, wave: Wave, who: str = "manager", **chosen: object) -> leagues.League | None:
    return leagues.league(queries.result_of(cast.scope(who), wave), **chosen)  # type: ignore[arg-type]


def test_levels_are_those_with_units_to_compare(cast: Cast, shops: Wave) -> None:
    result = queries.result_of(cast.scope("manager"), shops)
    assert [(level.depth, len(level.units)) for level in leagues.levels(result)] == [(1, 2), (2, 6)]
    own = queries.result_of(cast.scope("east_manager"), shops)
    assert [(level.depth, len(level.units)) for level in leagues.levels(own)] == [(1, 5)]


def test_scores_are_those_of_the_filter_and_limits_follow_from_them(cast: Cast, shops: Wave) -> None:
    found = found_of(cast, shops, depth=2)
    assert found is not None
    assert len(found.entries) == 6
    scores = [entry.score.score for entry in found.entries]
    assert scores == sorted(scores, reverse=True)
    freedom = squares = 0.0
    for entry in found.entries:
        filtered = queries.result_of(cast.scope("manager"), shops, Selection(unit=entry.unit)).index
        assert filtered is not None
        assert entry.score.score == pytest.approx(filtered.index)
        assert entry.score.n == filtered.n
        freedom += entry.score.n - 1
        squares += (entry.score.n - 1) * entry.score.n * entry.score.se**2
    total = sum(entry.score.n for entry in found.entries)
    for entry in found.entries:
        half = (
            stats.t.ppf(0.975, freedom)
            * sqrt(squares / freedom)
            * sqrt(1 / entry.score.n - 1 / max(total, found.whole.n))
        )
        assert entry.place.inner is not None
        assert entry.place.inner.low == pytest.approx(found.whole.score - half)


def test_the_worst_is_told_apart_and_small_shops_are_not_shamed(cast: Cast, shops: Wave) -> None:
    found = found_of(cast, shops, depth=2)
    assert found is not None
    verdicts = {entry.label: entry.place.verdict for entry in found.entries}
    assert verdicts.pop("Shop e4") == "below"
    assert "below" not in verdicts.values()
    assert found.differ
    said = " ".join(leagues.summary(found))
    assert "Clearly below the average: Shop e4." in said
    assert "about 0.3 lie outside" in said


def test_a_shop_of_too_few_is_left_out_with_one_more(
    cast: Cast, at: datetime, shops: Wave, answers: Answers
) -> None:
    """The mean of everybody less all shown would be that of the tiny shop: the smallest other one hides it."""
    answers.put(shops, below(cast.east, "tiny", at), 3, seed=40)
    found = found_of(cast, shops, depth=2)
    assert found is not None
    labels = {entry.label for entry in found.entries}
    assert "Shop tiny" not in labels
    assert "Shop e0" not in labels
    assert found.hidden == 2


def test_a_node_that_few_answered_hides_the_shop_though_the_wave_does_not(
    cast: Cast, at: datetime, answers: Answers
) -> None:
    wave = factories.wave(cast.group, at)
    for number in range(4):
        rows = answers.put(wave, below(cast.east, f"e{number}", at), 40, seed=50 + number)
        if number == 3:
            for row in rows[2:]:  # only two of this shop answered anything about delivery
                row.answers = {k: v for k, v in row.answers.items() if k not in ("on_time", "complete")}
                row.save()
    found = found_of(cast, wave, node="delivery", depth=1)
    assert found is not None
    labels = {entry.label for entry in found.entries}
    assert len(labels) == 2
    assert "Shop e3" not in labels


def test_nothing_to_compare(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    assert found_of(cast, wave) is None
    answers.put(wave, cast.east, 60)
    assert found_of(cast, wave) is None
    answers.put(wave, cast.west, 4, seed=3)
    assert found_of(cast, wave) is None


def test_a_branch_sees_only_its_own_units(cast: Cast, shops: Wave) -> None:
    found = found_of(cast, shops, "east_manager")
    assert found is not None
    assert {entry.label for entry in found.entries} == {f"Shop e{number}" for number in range(5)}
    assert found.whole.n == sum(entry.score.n for entry in found.entries)
    assert found_of(cast, shops, "outsider") is None


def test_the_plot_has_a_point_and_a_row_for_every_unit(cast: Cast, shops: Wave) -> None:
    found = found_of(cast, shops, depth=2)
    assert found is not None
    chart = pictures_league.funnel(found)
    points = [point for one in chart.option["series"] if one["type"] == "scatter" for point in one["data"]]
    assert sorted(point["value"][0] for point in points) == sorted(entry.score.n for entry in found.entries)
    assert len(chart.table.rows) == 6
    assert all(None not in row for row in chart.table.rows)


def test_pages_pictures_and_api(cast: Cast, at: datetime, shops: Wave, client: Client) -> None:
    client.force_login(cast.manager, backend=BACKEND)
    page = client.get("/results/league/", {"wave": shops.code, "level": "2"}).content.decode()
    assert "clearly below the average" in page
    assert "cannot be told from the average" in page
    assert "Make it a finding" in page
    query = f"?wave={shops.code}&level=2"
    assert client.get(f"/results/league/funnel.png{query}").content.startswith(b"\x89PNG")
    assert "Shop e4" in client.get(f"/results/league/funnel.csv{query}").content.decode("utf-8-sig")
    token = people.create_token(Scope.system("test"), user=cast.manager, name="t", at=at)
    bearer = {"Authorization": f"Bearer {token}"}
    answer = client.get(f"/api/v1/results/{shops.code}/league?level=2", headers=bearer).json()
    assert [unit["verdict"] for unit in answer["units"]].count("below") == 1
    assert {unit["rank"] for unit in answer["units"]} == set(range(1, 7))
    assert client.get(f"/api/v1/results/{shops.code}/league?node=nowhere", headers=bearer).status_code == 404
    assert client.get(f"/results/{shops.code}/compare/").content.decode().count("/results/league/") >= 1


def test_the_page_explains_where_there_is_nothing(cast: Cast, shops: Wave, client: Client) -> None:
    client.force_login(cast.outsider, backend=BACKEND)
    assert "No units to compare yet" in client.get("/results/league/").content.decode()
    assert client.get("/results/league/", {"wave": "nowhere"}).status_code == 404
    assert client.get("/results/league/funnel.csv").status_code == 404
    client.force_login(cast.handler, backend=BACKEND)
    assert client.get("/results/league/", {"level": "x", "node": "?"}).status_code == 200


def test_the_whole_wave_of_two_branches(cast: Cast, filled: Callable[..., Wave]) -> None:
    found = found_of(cast, filled())
    assert found is not None
    assert {entry.label for entry in found.entries} == {"East", "West"}
