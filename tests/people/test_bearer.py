"""The API's tokens, problem documents and idempotency keys."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from manyi.people.models import OrgUnit
from manyi.people.services import create_token
from manyi.scope import Scope
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def _client(cast: Cast, name: str, at: datetime) -> Client:
    user = getattr(cast, name)
    token = create_token(Scope.system("test"), user=user, name="t", at=at)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_without_a_token_every_route_is_closed(db: None) -> None:
    response = Client().get("/api/v1/org-units")
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"


def test_the_browser_session_is_no_key_to_the_api(cast: Cast, client: Client) -> None:
    client.force_login(cast.admin, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/org-units").status_code == 401


def test_lists_come_in_pages(cast: Cast, at: datetime) -> None:
    api = _client(cast, "admin", at)
    first = api.get("/api/v1/org-units?limit=2").json()
    assert [u["code"] for u in first["items"]] == ["group", "east"]
    second = api.get(first["next"]).json()
    assert [u["code"] for u in second["items"]] == ["west"]
    assert second["next"] is None


def test_a_branch_sees_itself_only(cast: Cast, at: datetime) -> None:
    api = _client(cast, "outsider", at)
    assert [u["code"] for u in api.get("/api/v1/org-units").json()["items"]] == ["west"]
    assert api.get(f"/api/v1/org-units/{cast.east.pk}").status_code == 404
    assert api.get("/api/v1/users").status_code == 403


def test_a_post_with_a_key_happens_once(cast: Cast, at: datetime) -> None:
    api = _client(cast, "admin", at)
    body = {"code": "north", "name": {"zh": "北区", "en": "North"}, "parent_id": cast.group.pk}

    def post(data: dict[str, object]) -> object:
        return api.post(
            "/api/v1/org-units", data, content_type="application/json", headers={"Idempotency-Key": "k1"}
        )

    first, again = post(body), post(body)
    assert (first.status_code, again.status_code) == (201, 201)  # type: ignore[attr-defined]
    assert first.json() == again.json()  # type: ignore[attr-defined]
    assert OrgUnit.objects.filter(code="north").count() == 1
    assert post({**body, "code": "south"}).status_code == 422  # type: ignore[attr-defined]


def test_bad_input_says_where(cast: Cast, at: datetime) -> None:
    api = _client(cast, "admin", at)
    response = api.post(
        "/api/v1/org-units", {"code": "a b", "name": {"zh": "x"}}, content_type="application/json"
    )
    assert response.status_code == 422
    assert {e["where"] for e in response.json()["errors"]} == {"body.body.code", "body.body.name.en"}
