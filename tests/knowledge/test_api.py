"""Standard answers over the API."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from manyi.people.services import create_token
from manyi.scope import Scope
from tests.conftest import Cast
from tests.knowledge.test_services import BODY, TITLE, draft, published


@pytest.fixture
def call(cast: Cast, at: datetime) -> Any:
    def request(who: str, method: str, path: str, body: Any = None) -> Any:
        token = create_token(Scope.system("test"), user=getattr(cast, who), name="t", at=at)
        return Client().generic(
            method, f"/api/v1/standard-answers{path}", data=json.dumps(body) if body is not None else "",
            content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT_LANGUAGE="en",
        )  # fmt: skip

    return request


def test_from_draft_to_published(cast: Cast, call: Any) -> None:
    body = {"unit_id": cast.east.pk, "title": TITLE, "body": BODY, "public": True}
    made = call("agent", "POST", "", body)
    assert made.status_code == 201
    assert (made.json()["published"], made.json()["unfinished"]["state"]) == (None, "draft")
    path = f"/{made.json()['id']}"
    assert call("agent", "POST", f"{path}/submit").json()["unfinished"]["state"] == "submitted"
    assert call("agent", "POST", f"{path}/approve").status_code == 403
    assert call("east_manager", "POST", f"{path}/send-back", {"reason": "shorter"}).status_code == 200
    assert call("agent", "PUT", f"{path}/draft", {"title": TITLE, "body": {"en": "x"}}).status_code == 409
    assert call("agent", "PUT", f"{path}/draft", {"title": TITLE, "body": BODY}).status_code == 200
    call("agent", "POST", f"{path}/submit")
    assert call("east_manager", "POST", f"{path}/approve").json()["published"]["number"] == 1
    assert [v["state"] for v in call("agent", "GET", f"{path}/versions").json()["items"]] == ["published"]
    assert call("outsider", "GET", path).status_code == 404


def test_the_list_searches_and_hides_drafts(cast: Cast, at: datetime, call: Any) -> None:
    row = published(cast, at)
    draft(cast, at, title={"zh": "退货草稿"}, body={"zh": "退货"})
    items = call("agent", "GET", "?search=退货").json()["items"]
    assert [(i["id"], i["unfinished"]) for i in items] == [(row.pk, None)]
    assert len(call("manager", "GET", "?search=退货").json()["items"]) == 2
    assert call("executive", "GET", "").status_code == 403


def test_use_and_vote(cast: Cast, at: datetime, call: Any) -> None:
    path = f"/{published(cast, at).pk}"
    assert call("agent", "POST", f"{path}/uses", {"subject": "complaint:1"}).status_code == 204
    assert call("agent", "POST", f"{path}/uses", {"subject": "no"}).status_code == 422
    assert call("agent", "POST", f"{path}/votes", {"helped": True}).status_code == 204
    assert call("agent", "GET", path).json()["uses"] == 1
