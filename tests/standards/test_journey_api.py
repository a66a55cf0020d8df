"""Touchpoints and standards over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from manyi.people import services as people
from manyi.people.models import User
from manyi.scope import Scope
from manyi.standards import sources
from manyi.standards.sources import Reading
from tests.conftest import Cast
from tests.standards.journey_rows import standard, touchpoint


class Api:
    def __init__(self, client: Client, who: User, at: datetime) -> None:
        token = people.create_token(Scope.system("test"), user=who, name="t", at=at)
        self.client, self.headers = client, {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        send = getattr(self.client, method)
        given = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = send(f"/api/v1/{path}", headers=self.headers, **given)
        return answer.status_code, answer.json()


@pytest.fixture
def api(client: Client, cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr(sources, "_sources", {})
    sources.register("audit", lambda *given: Reading(value=70.0, low=60.0, high=80.0, n=40))
    return Api(client, cast.manager, at)


def test_stages_and_touchpoints_are_made_read_listed_and_changed(api: Api, cast: Cast) -> None:
    assert api("post", "journey-stages", {"code": "order", "name": {"en": "Ordering"}})[0] == 201
    body = {
        "code": "counter",
        "name": {"zh": "柜台"},
        "stage": "order",
        "unit_id": cast.group.pk,
        "volume": "order",
    }
    status, made = api("post", "touchpoints", body)
    assert (status, made["name"]) == (201, {"zh": "柜台", "en": "柜台"})
    assert api("get", "touchpoints/counter") == (200, made)
    assert api("get", "touchpoints")[1]["items"] == [made]
    status, changed = api("put", "touchpoints/counter", {**body, "name": {"en": "Desk"}, "is_active": False})
    assert (status, changed["name"]["en"], changed["is_active"]) == (200, "Desk", False)
    assert api("put", "journey-stages/order", {"name": {"en": "Order"}})[1]["name"]["en"] == "Order"
    assert api("get", "journey-stages")[1]["items"][0]["code"] == "order"


def test_standards_are_made_changed_and_tell_how_they_stand(api: Api, cast: Cast) -> None:
    touchpoint(cast.group, "counter")
    body = {
        "code": "greet",
        "name": {"en": "Greeted"},
        "touchpoint": "counter",
        "source": "audit",
        "target": 75,
        "tolerance": 5,
    }
    status, made = api("post", "standards", body)
    assert (status, made["measure"], made["touchpoint"]) == (201, "%", "counter")
    assert api("get", "standards")[1]["items"] == [made]
    status, now = api("get", f"standards/greet/standing?unit={cast.east.pk}&period=30")
    assert status == 200
    assert (now["status"], now["sure"], now["value"], now["unit_id"]) == (
        "watched",
        False,
        70.0,
        cast.east.pk,
    )
    assert api("put", "standards/greet", {**body, "target": 90})[1]["target"] == 90
    assert api("get", "standards/greet/standing")[1]["status"] == "missed"


@pytest.mark.parametrize(("change", "status"), [
    ({"target": 101}, 422), ({"source": "moon"}, 422), ({"touchpoint": "nowhere"}, 404), ({"name": {}}, 409),
    ({"code": "a b"}, 422), ({"also": {"moon": ""}}, 422), ({"name": {"en": "a\u0000"}}, 422),
])  # fmt: skip
def test_bad_standards_are_refused(api: Api, cast: Cast, change: dict[str, Any], status: int) -> None:
    touchpoint(cast.group, "counter")
    body = {
        "code": "greet",
        "name": {"en": "Greeted"},
        "touchpoint": "counter",
        "source": "audit",
        "target": 75,
    }
    assert api("post", "standards", {**body, **change})[0] == status


def test_a_taken_code_is_refused(api: Api, cast: Cast) -> None:
    standard(touchpoint(cast.group, "counter"), "greet")
    body = {"code": "greet", "name": {"en": "x"}, "touchpoint": "counter", "source": "audit", "target": 75}
    assert api("post", "standards", body)[0] == 422


def test_another_branch_neither_reads_nor_changes(api: Api, client: Client, cast: Cast, at: datetime) -> None:
    standard(touchpoint(cast.east, "counter"), "greet")
    theirs = Api(client, cast.outsider, at)
    for path in ("touchpoints/counter", "standards/greet", "standards/greet/standing"):
        assert theirs("get", path)[0] == 404
    assert theirs("get", "standards")[1]["items"] == []
    assert (
        theirs(
            "put",
            "standards/greet",
            {"name": {"en": "x"}, "touchpoint": "counter", "source": "audit", "target": 1},
        )[0]
        == 404
    )
    new = {"code": "x", "name": {"en": "x"}, "stage": "delivery", "unit_id": cast.east.pk}
    assert theirs("post", "touchpoints", new)[0] == 404
    assert theirs("post", "journey-stages", {"code": "x", "name": {"en": "x"}})[0] == 403
    assert Api(client, cast.agent, at)("post", "touchpoints", new)[0] == 403


def test_a_code_that_no_database_takes_is_refused(api: Api) -> None:
    for path in ("touchpoints/a%00b", "standards/a%00b", "standards/a%00b/standing"):
        assert api("get", path)[0] == 422
