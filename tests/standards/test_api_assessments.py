"""The self-assessment over the API, from opening a round to its result."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from manyi.people import services as people
from manyi.people.models import User
from manyi.scope import Scope
from manyi.standards import assessment as rules
from tests.conftest import Cast


@pytest.fixture
def api(client: Client) -> Any:
    tokens: dict[int, str] = {}

    def call(who: User, method: str, path: str, body: Any = None) -> Any:
        if who.pk not in tokens:
            tokens[who.pk] = people.create_token(
                Scope.system("test"), user=who, name="t", at=datetime.now(UTC)
            )
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, method)(
            f"/api/v1/self-assessments{path}", headers={"Authorization": f"Bearer {tokens[who.pk]}"}, **more
        )

    return call


def test_a_round_over_the_api(cast: Cast, api: Any) -> None:
    body = {
        "unit_id": cast.group.pk, "name": {"en": "Round"}, "targets": {"reach": 90},
        "closes_on": (datetime.now(UTC) + timedelta(days=5)).date().isoformat(),
    }  # fmt: skip
    made = api(cast.manager, "post", "", body)
    assert made.status_code == 201
    pk = made.json()["id"]
    raters = [cast.agent, cast.handler, cast.executive]
    invited = api(
        cast.manager, "post", f"/{pk}/raters", {"user_ids": [u.pk for u in raters], "role": "front"}
    )
    assert invited.json()["invited"] == 3
    for user in raters:
        assert len(api(user, "get", f"/{pk}/sheet").json()["unanswered"]) == 40
        assert api(user, "post", f"/{pk}/sheet/submit", {}).status_code == 409
        ratings = dict.fromkeys(rules.STATEMENTS, 4)
        assert api(user, "patch", f"/{pk}/sheet", {"ratings": ratings}).json()["unanswered"] == []
        assert api(user, "post", f"/{pk}/sheet/submit", {}).json()["submitted_at"]
    assert api(cast.manager, "get", f"/{pk}").json()["result"] is None
    found = api(cast.manager, "post", f"/{pk}/close", {}).json()["result"]
    assert (found["raters"], found["points"], found["maximum"], found["percent"]) == (3, 160.0, 200, 80.0)
    assert {c["code"]: c["gap"] for c in found["categories"]}["reach"] == 10.0
    assert [row["id"] for row in api(cast.manager, "get", "").json()["items"]] == [pk]
    assert api(cast.outsider, "get", "").json()["items"] == []
    assert api(cast.outsider, "get", f"/{pk}").status_code == 404
    assert api(cast.outsider, "get", f"/{pk}/sheet").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ratings": {"climate-1": 9}}, 409),
        ({"ratings": {"climate-1": "x"}}, 422),
        ({"comments": {"x": "y"}}, 409),
    ],
)
def test_bad_sheets_are_refused_with_a_problem(cast: Cast, api: Any, body: Any, status: int) -> None:
    closes = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    opening = {"unit_id": cast.group.pk, "name": {"en": "Round"}, "closes_on": closes}
    pk = api(cast.manager, "post", "", opening).json()["id"]
    api(cast.manager, "post", f"/{pk}/raters", {"user_ids": [cast.agent.pk], "role": "front"})
    answer = api(cast.agent, "patch", f"/{pk}/sheet", body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
