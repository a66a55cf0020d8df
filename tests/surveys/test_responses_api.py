"""The API of responses: reading with the right to, taking in what another channel heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from manyi.people import services as people
from manyi.surveys.models import Invitation, Response, Wave
from tests import factories
from tests.conftest import AT, Cast

pytestmark = pytest.mark.django_db
GOOD = {"on_time": 4, "complete": 5, "attitude": None, "nps": 9}


def token_for(cast: Cast, name: str) -> dict[str, str]:
    secret = people.create_token(cast.scope(name), user=getattr(cast, name), name="x", at=AT)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def invited(cast: Cast) -> Invitation:
    now = datetime.now(UTC) - timedelta(days=1)
    wave = factories.wave(cast.group, now)
    return factories.invitation(wave, factories.customer(cast.east, 1, now), now)


def post(client: Client, cast: Cast, who: str = "manager", **body: Any) -> Any:
    wave = Wave.objects.get()
    return client.post(
        "/api/v1/responses", {"wave": wave.code, "answers": GOOD, **body}, content_type="application/json",
        headers=token_for(cast, who),
    )  # fmt: skip


def test_taken_in_once_and_read_by_those_who_may(client: Client, cast: Cast, invited: Invitation) -> None:
    made = post(client, cast, invitation=invited.token)
    assert made.status_code == 201, made.content
    assert made.json()["answers"] == GOOD
    assert (made.json()["unit"], made.json()["channel"]) == ("east", "api")
    again = post(client, cast, invitation=invited.token)
    assert again.status_code == 409
    for who, count in (("manager", 1), ("outsider", 0), ("executive", 0)):
        found = client.get("/api/v1/responses", headers=token_for(cast, who))
        assert found.status_code == 200
        assert len(found.json()["items"]) == count
    assert client.get("/api/v1/responses").status_code == 401


def test_what_is_wrong_is_said_by_column(client: Client, cast: Cast, invited: Invitation) -> None:
    answer = post(client, cast, answers={"on_time": 9, "complete": 5, "nps": "a\0b"}, language="en")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {e["where"] for e in answer.json()["errors"]} == {"answers.on_time", "answers.nps"}
    assert not Response.objects.exists()


def test_needs_the_right_to_run_the_wave(client: Client, cast: Cast, invited: Invitation) -> None:
    assert post(client, cast, who="agent").status_code in (403, 404)
    assert post(client, cast, who="outsider").status_code in (403, 404)
    assert post(client, cast, wave="no\0such").status_code == 404


def test_an_anonymous_invitation_is_answered_by_its_own_page_only(
    client: Client, cast: Cast, invited: Invitation
) -> None:
    Wave.objects.update(anonymous=True)
    assert post(client, cast, invitation=invited.token).status_code == 409
    assert post(client, cast).status_code == 201
    invited.refresh_from_db()
    assert not invited.answered
