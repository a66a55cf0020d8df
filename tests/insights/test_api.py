"""Results over the API: the same figures and the same rules as the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from manyi.insights.queries import result_of
from manyi.people.services import create_token
from manyi.scope import Scope
from manyi.surveys.models import Wave
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db


def client_of(cast: Cast, name: str, at: datetime) -> Client:
    token = create_token(Scope.system("test"), user=getattr(cast, name), name="t", at=at)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_the_list_has_the_index_of_each_wave(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> None:
    wave = filled()
    items = client_of(cast, "executive", at).get("/api/v1/results").json()["items"]
    expected = result_of(cast.scope("executive"), wave).index
    assert expected is not None
    assert [(item["wave"], item["n"]) for item in items] == [(wave.code, 260)]
    assert items[0]["index"] == pytest.approx(expected.index)
    own = client_of(cast, "east_manager", at).get("/api/v1/results").json()["items"]
    assert own[0]["n"] == 120


def test_one_wave_has_all_figures(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> None:
    wave = filled()
    body = client_of(cast, "executive", at).get(f"/api/v1/results/{wave.code}").json()
    assert body["hidden"] is None
    assert {node["code"] for node in body["nodes"]} >= {"index", "delivery", "on_time"}
    assert {group["label"] for group in body["groups"]["unit"]} == {"East", "West", "Group"}
    assert [measure["kind"] for measure in body["measures"]] == ["nps"]
    assert [sentence["kind"] for sentence in body["sentences"]] == ["good", "bad", "next"]


def test_hidden_groups_carry_nothing(
    cast: Cast, at: datetime, filled: Callable[..., Wave], answers: Answers
) -> None:
    wave = filled()
    answers.put(wave, cast.west, 3, seed=5, tier="D")
    client = client_of(cast, "executive", at)
    tiers = client.get(f"/api/v1/results/{wave.code}").json()["groups"]["tier"]
    hidden = [group for group in tiers if group["index"] is None]
    assert {group["key"] for group in hidden} >= {"D"}
    assert len(hidden) == 2
    assert all((group["n"], group["nodes"]) == (0, []) for group in hidden)
    body = client.get(f"/api/v1/results/{wave.code}", {"tier": "D"}).json()
    assert (body["hidden"], body["n"], body["index"], body["nodes"]) == ("too few", 0, None, [])
    assert (body["measures"], body["sentences"]) == ([], [])


def test_an_outsider_gets_a_problem(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> None:
    wave = filled(unit=cast.east)
    answer = client_of(cast, "outsider", at).get(f"/api/v1/results/{wave.code}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert client_of(cast, "agent", at).get("/api/v1/results").status_code == 403
    assert Client().get("/api/v1/results").status_code == 401
    assert (
        client_of(cast, "executive", at).get(f"/api/v1/results/{wave.code}", {"unit": "x"}).status_code == 422
    )
    assert (
        client_of(cast, "east_manager", at)
        .get(f"/api/v1/results/{wave.code}", {"unit": cast.west.pk})
        .status_code
        == 404
    )
