"""Audits and mystery visits by program, and what a program of the visited unit is not told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from manyi.people.models import User
from manyi.people.services import create_token
from manyi.scope import Scope
from tests.conftest import Cast
from tests.standards import places

Call = Callable[..., Any]


@pytest.fixture
def call(at: datetime) -> Call:
    tokens: dict[str, str] = {}

    def ask(name: str, method: str, path: str, body: Any = None) -> Any:
        user = User.objects.get(username=name)
        if name not in tokens:
            tokens[name] = create_token(Scope.system("test"), user=user, name="t", at=at)
        return getattr(Client(), method)(
            f"/api/v1/{path}", data=body, content_type="application/json",
            headers={"Authorization": f"Bearer {tokens[name]}"},
        )  # fmt: skip

    return ask


def test_an_audit_is_planned_marked_and_handed_in(cast: Cast, at: datetime, call: Call) -> None:
    row = places.checklist(cast, at)
    assert [c["checks"] for c in call("manager", "get", "checklists").json()["items"]] == [3]
    body = {
        "checklist_id": row.pk,
        "unit_id": cast.east.pk,
        "auditor_id": cast.executive.pk,
        "due_on": "2026-12-31",
    }
    made = call("manager", "post", "audits", body)
    assert made.status_code == 201
    url, marks = f"audits/{made.json()['id']}", made.json()["marks"]
    assert [m["standard"] for m in marks] == ["greet", "wait", None]
    assert call("executive", "post", f"{url}/submit", {}).status_code == 409
    for mark, value in zip(marks, (100, 0, 70), strict=True):
        assert call("executive", "put", f"{url}/marks/{mark['id']}", {"value": value}).status_code == 200
    assert call("executive", "put", f"{url}/marks/{marks[0]['id']}", {"value": 50}).status_code == 409
    assert call("manager", "put", f"{url}/marks/{marks[0]['id']}", {"value": 100}).status_code == 403
    done = call("executive", "post", f"{url}/submit", {"remarks": "ok"}).json()
    assert (done["state"], done["score"]) == ("submitted", 60)
    assert call("outsider", "get", url).status_code == 404
    assert call("outsider", "get", "audits").json()["items"] == []
    assert len(call("agent", "get", "audits?standard=greet").json()["items"]) == 1
    assert call("agent", "get", "audits?standard=nothing").json()["items"] == []
    assert call("manager", "post", f"{url}/cancel").status_code == 409


def test_a_visit_is_unknown_to_the_unit_until_it_is_published(cast: Cast, at: datetime, call: Call) -> None:
    places.person("visitor", "interviewer", cast.group, at)
    row = places.checklist(cast, at, "visit")
    today, now = timezone.localdate(), datetime.now(at.tzinfo)
    body = {
        "checklist_id": row.pk, "unit_id": cast.east.pk, "visitor_id": User.objects.get(username="visitor").pk,
        "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    assert call("east_manager", "post", "mystery-visits", body).status_code == 404
    made = call("manager", "post", "mystery-visits", body).json()
    url = f"mystery-visits/{made['key']}"
    for mark in made["marks"]:
        assert call("visitor", "put", f"{url}/marks/{mark['id']}", {"value": 0}).status_code == 200
    handed = call("visitor", "post", f"{url}/submit", {"visited_at": now.isoformat()})
    assert handed.json()["state"] == "submitted"
    for name in ("east_manager", "agent", "outsider"):
        assert call(name, "get", url).status_code == 404
        assert call(name, "post", f"{url}/publish").status_code == 404
        assert call(name, "get", "mystery-visits").json() == {"items": [], "next": None}
    assert call("manager", "post", f"{url}/publish").json()["visitor_id"] == body["visitor_id"]
    seen = call("agent", "get", url).json()
    assert (seen["state"], seen["visitor_id"], seen["score"]) == ("published", None, 0)
    mark = made["marks"][0]["id"]
    appeal = {"objections": [{"mark_id": mark, "reason": "We did"}]}
    assert call("agent", "post", f"{url}/appeal", appeal).json()["state"] == "appealed"
    decision = {
        "reason": "Film",
        "rulings": [{"mark_id": mark, "changed": True, "value": 100, "reason": "Seen"}],
    }
    assert call("agent", "post", f"{url}/decide", decision).status_code == 403
    decided = call("manager", "post", f"{url}/decide", decision).json()
    assert (decided["score"], decided["ruled_score"]) == (0, 25)
