"""The loop over the API."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from manyi.people.models import User
from manyi.people.services import create_token
from manyi.scope import Scope
from tests.conftest import Cast


def bearer(user: User, at: datetime) -> Client:
    token = create_token(Scope.system("test"), user=user, name="t", at=at)
    return Client(headers={"Authorization": f"Bearer {token}"})


def post(client: Client, path: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_weak_item_becomes_an_action(cast: Cast, before, at: datetime) -> None:
    client = bearer(cast.east_manager, at)
    status, finding = post(client, "findings", {"wave": "spring", "node": "on_time"})
    assert (status, finding["kind"], finding["state"]) == (201, "indicator", "open")
    plan = {
        "finding": finding["number"], "title": "Stock list", "owner_id": cast.agent.pk, "starts_on": "2026-03-02",
        "due_on": "2026-04-01", "target": "indicator", "subject": "on_time", "wave": "spring", "target_value": 60,
    }  # fmt: skip
    status, action = post(client, "actions", plan)
    assert (status, action["baseline"], action["state"]) == (201, pytest.approx(22.5), "planned")
    status, problem = post(client, "actions", {**plan, "target_value": 10})
    assert status == 409
    assert "no improvement" in str(problem["detail"])
    assert post(client, f"actions/{action['id']}/finish", {})[1]["state"] == "done"
    listed = client.get("/api/v1/actions?state=done").json()
    assert [item["id"] for item in listed["items"]] == [action["id"]]


@pytest.mark.parametrize("path", ["findings", "actions", "verifications", "decisions", "announcements"])
def test_lists_are_empty_for_another_branch(cast: Cast, before, at: datetime, path: str) -> None:
    post(bearer(cast.east_manager, at), "findings", {"wave": "spring", "node": "on_time"})
    answer = bearer(cast.outsider, at).get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


def test_a_dealer_has_no_part_in_it(cast: Cast, at: datetime) -> None:
    from manyi.people import services as people

    dealer = people.create_user(
        Scope.system("test"), username="dealer", email="d@example.org", name="D", language="en",
        password="secret-words", roles=[("dealer", cast.east)], at=at,
    )  # fmt: skip
    assert bearer(dealer, at).get("/api/v1/findings").status_code == 403


def test_anything_a_page_can_raise_a_program_can(cast: Cast, before, at: datetime) -> None:
    client = bearer(cast.east_manager, at)
    status, finding = post(client, "findings", {"kind": "priority", "key": "spring:on_time?"})
    assert (status, finding["kind"]) == (201, "priority")
    status, problem = post(client, "findings", {"kind": "nonsense", "key": "1"})
    assert (status, "not there" in str(problem)) == (409, True)
