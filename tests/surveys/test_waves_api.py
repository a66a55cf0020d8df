from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from manyi.people.services import create_token
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast

SYSTEM = Scope.system("test")


def api(user: Any, at: datetime) -> Client:
    token = create_token(SYSTEM, user=user, name="test", at=at)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_wave_is_planned_opened_read_and_closed(cast: Cast, at: datetime) -> None:
    for number in range(3):
        factories.customer(cast.east, number, at)
    factories.customer(cast.west, 1, at, active=False)
    form = factories.questionnaire_version(at, factories.tree_version(at))
    client = api(cast.manager, at)
    sample = {"unit_id": cast.group.pk, "sampling": {"method": "random", "size": 2}}
    preview = client.post("/api/v1/samples", sample, content_type="application/json").json()
    assert (preview["population"], preview["eligible"], preview["asked"]) == (4, 3, 2)
    body = {**sample, "code": "q1", "name": {"zh": "一季度"}, "questionnaire_version_id": form.pk}
    made = client.post("/api/v1/waves", body, content_type="application/json")
    assert made.status_code == 201, made.content.decode()
    path = f"/api/v1/waves/{made.json()['id']}"
    assert client.post(f"{path}/open").json()["totals"]["invited"] == 2
    assert client.post(f"{path}/open").status_code == 409
    assert len(client.get(f"{path}/invitations").json()["items"]) == 2
    reasons = sorted(row["reason"] for row in client.get(f"{path}/not-asked").json()["items"])
    assert reasons == ["inactive", "not_sampled"]
    assert client.post(f"{path}/close").json()["state"] == "closed"
    assert [row["code"] for row in client.get("/api/v1/waves").json()["items"]] == ["q1"]
    (plan,) = client.get("/api/v1/samples").json()["items"]
    assert (plan["wave"], plan["sampling"]["method"]) == ("q1", "random")


def test_the_sample_of_another_branch_is_not_listed(cast: Cast, at: datetime) -> None:
    factories.wave(cast.east, at)
    assert api(cast.outsider, at).get("/api/v1/samples").json()["items"] == []


@pytest.mark.parametrize("path", ["", "/invitations", "/not-asked"])
def test_another_branch_finds_nothing(cast: Cast, at: datetime, path: str) -> None:
    wave = factories.wave(cast.east, at)
    assert api(cast.outsider, at).get(f"/api/v1/waves/{wave.pk}{path}").status_code == 404


def test_an_anonymous_wave_tells_nothing_about_persons(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.east, at, anonymous=True)
    factories.invitation(wave, factories.customer(cast.east, 1, at), at, answered=True)
    row = api(cast.manager, at).get(f"/api/v1/waves/{wave.pk}/invitations").json()["items"][0]
    assert (row["answered"], row["opened_at"], row["answered_at"]) == (None, None, None)


def test_invitations_of_all_waves_are_filtered_by_wave_and_state_and_end_at_the_readers_units(
    cast: Cast, at: datetime
) -> None:
    first, second = factories.wave(cast.group, at, code="one"), factories.wave(cast.group, at, code="two")
    east, west = factories.customer(cast.east, 1, at), factories.customer(cast.west, 1, at)
    for wave in (first, second):
        factories.invitation(wave, east, at)
    factories.invitation(second, west, at, state="bounced")
    client = api(cast.manager, at)

    def found(query: str = "", who: Client = client) -> list[tuple[int, int]]:
        rows = who.get(f"/api/v1/invitations{query}").json()["items"]
        return [(row["wave_id"], row["customer_id"]) for row in rows]

    assert found() == [(first.pk, east.pk), (second.pk, east.pk), (second.pk, west.pk)]
    assert found("?wave=two&state=sent") == [(second.pk, east.pk)]
    assert found("?wave=three") == found("?wave=%00") == []
    assert found("", api(cast.outsider, at)) == [(second.pk, west.pk)]
    assert client.get("/api/v1/invitations?state=lost").status_code == 422
    page = client.get("/api/v1/invitations?limit=2").json()
    assert len(client.get(page["next"]).json()["items"]) == 1


def test_an_anonymous_wave_tells_nothing_in_the_list_of_all_invitations(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.east, at, anonymous=True)
    factories.invitation(wave, factories.customer(cast.east, 1, at), at, answered=True)
    row = api(cast.manager, at).get("/api/v1/invitations").json()["items"][0]
    assert (row["answered"], row["opened_at"], row["answered_at"]) == (None, None, None)
    assert "token" not in row


def test_a_filter_that_cannot_be_read_is_explained_in_the_readers_language(cast: Cast, at: datetime) -> None:
    client = api(cast.manager, at)
    body = {"unit_id": cast.group.pk, "sampling": {"method": "guess"}}
    for language, words in (("en", "one of all, random"), ("zh-hans", "应为 all, random")):
        answer = client.post(
            "/api/v1/samples", body, content_type="application/json", headers={"Accept-Language": language}
        )
        assert answer.status_code == 409
        assert words in answer.json()["detail"]
