"""Indicator trees over the API."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from manyi.people.services import create_token
from manyi.scope import Scope
from manyi.surveys.models import IndicatorTree
from manyi.surveys.tree import checked
from tests.conftest import Cast
from tests.factories import TREE, texts


@pytest.fixture
def call(cast: Cast, at: datetime) -> Any:
    def request(who: str, method: str, path: str, body: Any = None, language: str = "en") -> Any:
        token = create_token(Scope.system("test"), user=getattr(cast, who), name="t", at=at)
        return Client().generic(
            method, f"/api/v1{path}", data="" if body is None else json.dumps(body),
            content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT_LANGUAGE=language,
        )  # fmt: skip

    return request


def test_a_tree_from_draft_to_its_second_version(call: Any) -> None:
    made = call("manager", "POST", "/trees", {"code": "csi", "definition": TREE})
    assert made.status_code == 201
    assert (made.json()["newest"], made.json()["published"]) == (1, None)
    assert call("manager", "POST", "/trees/csi/publish").json()["state"] == "published"
    assert call("manager", "POST", "/trees/csi/publish").status_code == 409
    seen = call("executive", "GET", "/trees/csi/versions").json()["items"][0]
    assert seen["definition"] == checked(TREE)
    body = {"definition": {**TREE, "name": texts("新", "New")}, "changed_at": seen["changed_at"]}
    assert call("manager", "PUT", "/trees/csi/draft", body).json()["number"] == 2
    assert call("manager", "PUT", "/trees/csi/draft", body).status_code == 409
    (row,) = call("executive", "GET", "/trees").json()["items"]
    assert (row["code"], row["name"]["en"], row["newest"], row["published"]) == ("csi", "New", 2, 1)


@pytest.mark.parametrize("who", ["executive", "agent"])
def test_without_the_right_nothing_is_designed(call: Any, who: str) -> None:
    call("manager", "POST", "/trees", {"code": "csi", "definition": TREE})
    assert call(who, "POST", "/trees", {"code": "x", "definition": TREE}).status_code == 403
    assert call(who, "PUT", "/trees/csi/draft", {"definition": TREE}).status_code == 403
    assert call(who, "POST", "/trees/csi/publish").status_code == 403
    assert call("agent", "GET", "/trees").status_code == 403


def test_a_bad_tree_is_refused_with_place_node_and_reason_in_the_readers_language(call: Any) -> None:
    definition = {**TREE, "tree": [{"code": "a", "name": texts("价格", "Price"), "weight": -1}]}
    answer = call("manager", "POST", "/trees", {"code": "x", "definition": definition}, "zh-hans")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["where"], error["node"]) == ("tree[0]", "价格")
    assert error["what"] == "价格：“a”的权重是 -1.0，权重不能小于零。"
    assert not IndicatorTree.objects.exists()


@pytest.mark.parametrize(
    "body",
    [{}, {"code": "x", "definition": []}, {"code": "x", "definition": {}}, {"code": "X y", "definition": TREE},
     {"code": "x\0", "definition": TREE}, {"code": "x", "definition": {"a": "\0"}}],
)  # fmt: skip
def test_nonsense_is_unprocessable(call: Any, body: Any) -> None:
    assert call("manager", "POST", "/trees", body).status_code == 422


@pytest.mark.parametrize("path", ["/trees/nix", "/trees/nix/versions", "/trees/a%00b"])
def test_what_is_not_there_is_not_found(call: Any, path: str) -> None:
    assert call("manager", "GET", path).status_code == 404
