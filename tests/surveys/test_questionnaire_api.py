"""Questionnaires over the API: list, create, draft, publish; errors as problem documents."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from manyi.people.services import create_token
from manyi.scope import Scope
from manyi.surveys.models import Questionnaire
from tests.conftest import Cast
from tests.factories import QUESTIONNAIRE

URL = "/api/v1/questionnaires"


def api(cast: Cast, name: str, at: datetime) -> Client:
    token = create_token(Scope.system("test"), user=getattr(cast, name), name="t", at=at)
    return Client(headers={"Authorization": f"Bearer {token}"})


def send(client: Client, method: str, url: str, body: Any) -> Any:
    return getattr(client, method)(url, body, content_type="application/json")


def test_from_creation_to_publication(cast: Cast, at: datetime) -> None:
    client = api(cast, "manager", at)
    created = send(client, "post", URL, {"code": "q1", "definition": QUESTIONNAIRE})
    assert created.status_code == 201
    assert (created.json()["number"], created.json()["state"], created.json()["findings"]) == (1, "draft", [])
    changed = {**copy.deepcopy(QUESTIONNAIRE), "callback": False}
    saved = send(
        client,
        "put",
        f"{URL}/q1/draft",
        {"definition": changed, "expected_changed_at": created.json()["changed_at"]},
    )
    assert (saved.status_code, "callback" in saved.json()["definition"]) == (200, False)
    stale = send(
        client,
        "put",
        f"{URL}/q1/draft",
        {"definition": changed, "expected_changed_at": created.json()["changed_at"]},
    )
    assert stale.status_code == 409
    assert client.post(f"{URL}/q1/publish").json()["state"] == "published"
    assert client.post(f"{URL}/q1/publish").status_code == 409
    listed = client.get(URL).json()
    assert [(r["code"], r["newest"], r["published"]) for r in listed["items"]] == [("q1", 1, 1)]
    assert [v["number"] for v in client.get(f"{URL}/q1/versions").json()["items"]] == [1]
    assert client.get(f"{URL}/q1/versions/1").json()["definition"] == saved.json()["definition"]


def test_a_fault_names_its_place(cast: Cast, at: datetime) -> None:
    definition = copy.deepcopy(QUESTIONNAIRE)
    definition["sections"][0]["questions"][0]["type"] = "smiley"
    response = send(api(cast, "manager", at), "post", URL, {"code": "q1", "definition": definition})
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["errors"][0]["where"] == "sections[0].questions[0].type"
    assert not Questionnaire.objects.exists()


@pytest.mark.parametrize("code", ["new", "UPPER", "a b", "", "x" * 41])
def test_codes_unfit_for_an_address_are_refused(cast: Cast, at: datetime, code: str) -> None:
    response = send(api(cast, "manager", at), "post", URL, {"code": code, "definition": QUESTIONNAIRE})
    assert response.status_code == 422


def test_what_is_not_there_is_404_and_hostile_addresses_are_422(cast: Cast, at: datetime) -> None:
    client = api(cast, "manager", at)
    assert client.get(f"{URL}/nothing").status_code == 404
    assert client.get(f"{URL}/a%00b").status_code == 422
    assert client.get(f"{URL}/nothing/versions/0").status_code == 422


def test_readers_read_others_do_not(cast: Cast, at: datetime) -> None:
    send(api(cast, "manager", at), "post", URL, {"code": "q1", "definition": QUESTIONNAIRE})
    reader, agent = api(cast, "executive", at), api(cast, "agent", at)
    assert reader.get(f"{URL}/q1").status_code == 200
    assert send(reader, "post", URL, {"code": "q2", "definition": QUESTIONNAIRE}).status_code == 403
    assert send(reader, "put", f"{URL}/q1/draft", {"definition": QUESTIONNAIRE}).status_code == 403
    assert reader.post(f"{URL}/q1/publish").status_code == 403
    assert [agent.get(path).status_code for path in (URL, f"{URL}/q1", f"{URL}/q1/versions")] == [403] * 3
    assert Client().get(URL).status_code == 401
