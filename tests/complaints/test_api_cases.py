"""The API of complaints and categories."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from manyi.complaints.models import Category, Complaint
from manyi.people.models import User
from manyi.people.services import create_token
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast

URL = "/api/v1/complaints"


class Api:
    def __init__(self, user: User, at: datetime) -> None:
        token = create_token(Scope.system("test"), user=user, name="t", at=at)
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def call(self, method: str, url: str, body: Any = None) -> tuple[int, Any]:
        data = "" if body is None else json.dumps(body)
        answer = self.client.generic(method, url, data, content_type="application/json")
        return answer.status_code, answer.json()


@pytest.fixture
def agent(cast: Cast, at: datetime) -> Api:
    return Api(cast.agent, at)


def test_opened_by_the_api_and_owned_by_whose_token_it_is(cast: Cast, at: datetime, agent: Api) -> None:
    customer = factories.customer(cast.east, 1, at)
    Category.objects.create(code="noise", name={"en": "Noise"})
    body = {
        "unit_id": cast.east.pk, "title": "Noisy", "category": "noise", "severity": "urgent",
        "customer_id": customer.pk, "source": "crm", "external_id": "7",
    }  # fmt: skip
    first, again = agent.call("POST", URL, body), agent.call("POST", URL, body)
    assert first[0] == 201
    assert first[1]["number"] == again[1]["number"]
    assert (first[1]["category"], first[1]["channel"], first[1]["severity"]) == ("noise", "api", "urgent")
    assert Complaint.objects.get().first_contact_owner == cast.agent
    assert "secret" not in first[1]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"title": ""}, 422),
        ({"email": "nobody"}, 422),
        ({"category": "none-such"}, 404),
        ({"customer_id": 999_999}, 404),
        ({"channel": "pigeon"}, 422),
    ],
)
def test_bad_input_opens_nothing(cast: Cast, agent: Api, changes: dict[str, Any], status: int) -> None:
    body = {"unit_id": cast.east.pk, "title": "Noisy", **changes}
    assert agent.call("POST", URL, body)[0] == status
    assert not Complaint.objects.exists()


def test_units_and_complaints_out_of_sight_are_not_found(cast: Cast, at: datetime, agent: Api) -> None:
    hidden = factories.complaint(cast.west, cast.outsider, at)
    assert agent.call("POST", URL, {"unit_id": cast.west.pk, "title": "x"})[0] == 404
    assert agent.call("GET", f"{URL}/{hidden.number}")[0] == 404
    assert agent.call("PATCH", f"{URL}/{hidden.number}", {"title": "x"})[0] == 404
    assert agent.call("GET", URL)[1]["items"] == []


def test_listed_by_pages_and_filters(cast: Cast, at: datetime, agent: Api) -> None:
    made = [
        factories.complaint(
            cast.east, cast.agent, at + timedelta(minutes=n), severity=("ordinary", "major")[n % 2]
        )
        for n in range(5)
    ]
    numbers, url = [], f"{URL}?limit=2"
    while url:
        _status, page = agent.call("GET", url)
        numbers += [item["number"] for item in page["items"]]
        url = page["next"]
    assert numbers == [row.number for row in reversed(made)]
    _status, page = agent.call("GET", f"{URL}?severity=major&state=open")
    assert [item["number"] for item in page["items"]] == [made[3].number, made[1].number]


def test_particulars_are_corrected(cast: Cast, at: datetime, agent: Api) -> None:
    row = factories.complaint(cast.east, cast.agent, at, happened_on=at.date())
    status, shown = agent.call("PATCH", f"{URL}/{row.number}", {"title": "Quiet", "happened_on": None})
    assert (status, shown["title"], shown["happened_on"]) == (200, "Quiet", None)


def test_categories_are_kept_by_who_manages(cast: Cast, at: datetime, agent: Api) -> None:
    url = "/api/v1/complaint-categories"
    manager = Api(cast.manager, at)
    assert manager.call("POST", url, {"code": "a", "name": {"en": "A"}})[0] == 201
    assert manager.call("POST", url, {"code": "b", "name": {"en": "B"}, "parent": "a"})[1]["parent"] == "a"
    assert manager.call("POST", url, {"code": "a", "name": {"en": "A"}})[0] == 409
    assert manager.call("PATCH", f"{url}/b", {"active": False})[1]["active"] is False
    assert [c["code"] for c in agent.call("GET", url)[1]["items"]] == ["a", "b"]
    assert agent.call("POST", url, {"code": "c", "name": {"en": "C"}})[0] == 403
