"""The API of follow-ups, problems, improvement requests and the four never-miss."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from manyi.complaints.models import FollowUp, Problem
from manyi.complaints.services import cases
from manyi.scope import Scope
from tests import factories
from tests.complaints.test_api_cases import Api
from tests.complaints.test_problems import opened, worked_out
from tests.conftest import Cast

V1 = "/api/v1"
SYSTEM = Scope.system("test")


@pytest.fixture
def follow_up(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> FollowUp:
    row = factories.complaint(cast.east, cast.agent, at)
    cases.resolve(SYSTEM, complaint=row, resolution="Replaced", at=at)
    cases.close(SYSTEM, complaint=row, at=at)
    run_jobs()
    return row.follow_ups.get(kind="first")


def test_follow_ups_are_listed_called_and_ended(cast: Cast, at: datetime, follow_up: FollowUp) -> None:
    api, other = Api(cast.agent, at), Api(cast.outsider, at)
    url = f"{V1}/follow-ups/{follow_up.pk}"
    (item,) = [i for i in api.call("GET", f"{V1}/follow-ups?mine=true")[1]["items"] if i["kind"] == "first"]
    assert (item["id"], item["complaint"], item["result"]) == (follow_up.pk, follow_up.complaint.number, "")
    assert other.call("GET", f"{V1}/follow-ups")[1]["items"] == []
    assert other.call("GET", url)[0] == 404
    assert api.call("POST", f"{url}/attempts", {"note": "Busy"})[0] == 201
    assert api.call("POST", f"{url}/survey")[0] == 409
    assert api.call("POST", f"{url}/outcome", {"result": "satisfied", "score": 9})[0] == 422
    status, ended = api.call("POST", f"{url}/outcome", {"result": "satisfied", "score": 5})
    assert (status, ended["result"], ended["score"]) == (200, "satisfied", 5)
    outcome = api.call("GET", f"{V1}/follow-ups/outcome?days=3660")[1]
    assert outcome["done"]["n"] >= 1


def test_a_problem_by_the_api_from_opening_to_what_is_missing(cast: Cast, at: datetime) -> None:
    api, boss = Api(cast.agent, at), Api(cast.executive, at)
    complaint = factories.complaint(cast.east, cast.agent, at, batch="B-17")
    body = {"unit_id": cast.east.pk, "title": "Noise", "complaints": [complaint.number], "same": "batch"}
    status, problem = api.call("POST", f"{V1}/problems", body)
    assert (status, problem["key"]) == (201, "batch:b-17")
    assert api.call("POST", f"{V1}/problems", body)[0] == 409
    url = f"{V1}/problems/{problem['number']}"
    detail = api.call("PUT", f"{url}/steps/D2", {"content": {"what": "Noise", "nonsense": "x"}})[1]
    step = detail["steps"][1]
    assert step["content"] == {"what": "Noise"}
    assert "“Where was it found?” is empty." in step["missing"]
    cause = api.call("POST", f"{url}/causes", {"text": "No oil", "branch": "method"})[1]
    root = {"link": "system", "proof": "Test rig"}
    assert api.call("POST", f"{url}/causes/{cause['id']}/root", root)[1]["is_root"]
    action = {"kind": "corrective", "text": "Oil it", "owner_id": cast.agent.pk, "due_on": "2026-04-01"}
    added = api.call("POST", f"{url}/actions", action)[1]
    assert api.call("POST", f"{url}/actions/{added['id']}/done", {"evidence": "Photo"})[1]["done_at"]
    assert api.call("POST", f"{url}/steps/D1/sign")[0] == 403
    assert "members" in boss.call("POST", f"{url}/steps/D1/sign")[1]["detail"]
    assert boss.call("POST", f"{url}/close")[0] == 409
    assert [gate["code"] for gate in api.call("GET", url)[1]["gates"]] == [
        "steps",
        "quiet",
        "score",
        "promises",
    ]
    outsider = Api(cast.outsider, at)
    assert outsider.call("GET", url)[0] == 404
    assert outsider.call("GET", f"{V1}/problems")[1]["items"] == []


def test_signing_and_taking_back(cast: Cast, at: datetime) -> None:
    problem, boss = opened(cast, at), Api(cast.executive, at)
    worked_out(cast, problem, at)
    url = f"{V1}/problems/{problem.number}/steps"
    assert boss.call("POST", f"{url}/D1/sign")[1]["steps"][0]["signed_by_id"] == cast.executive.pk
    assert (
        boss.call("POST", f"{url}/D1/unsign", {"reason": "Team changed"})[1]["steps"][0]["signed_at"] is None
    )
    assert Problem.objects.get().steps.get(code="D1").sign_offs.count() == 2


def test_requests_and_misses(cast: Cast, at: datetime) -> None:
    complaint = factories.complaint(cast.east, cast.agent, at)
    api, other = Api(cast.agent, at), Api(cast.outsider, at)
    body = {
        "unit_id": cast.east.pk, "to_unit_id": cast.west.pk, "audience": "design", "title": "Oil", "text": "Dry",
        "complaints": [complaint.number],
    }  # fmt: skip
    status, sent = api.call("POST", f"{V1}/improvement-requests", body)
    assert (status, sent["state"]) == (201, "sent")
    answer = f"{V1}/improvement-requests/{sent['number']}/answer"
    assert other.call("POST", answer, {"state": "rejected"})[0] == 409
    assert other.call("POST", answer, {"state": "shipped", "version": "2.4"})[1]["state"] == "shipped"
    listed = api.call("GET", f"{V1}/improvement-requests?state=shipped&way=out")[1]["items"]
    assert [item["number"] for item in listed] == [sent["number"]]
    # The case is from March 2026: without a limit it is long forgotten by now.
    assert api.call("GET", f"{V1}/never-miss")[1]["handled"] == {str(cast.east.pk): 1}
    assert api.call("GET", f"{V1}/never-miss/handled")[1]["items"][0]["number"] == complaint.number
    assert other.call("GET", f"{V1}/never-miss/handled")[1]["items"] == []
    assert api.call("POST", f"{V1}/set-asides", {"source": "interaction:1", "reason": "Price"})[0] == 409
