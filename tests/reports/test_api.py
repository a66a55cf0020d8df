"""The API orders reviews and evidence reports, and sets schedules up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from manyi.people.models import User
from manyi.people.services import create_token
from manyi.reports.models import ReportSchedule
from manyi.scope import Scope
from tests.conftest import Cast

Ask = Callable[..., Any]


@pytest.fixture
def ask(client: Client, cast: Cast, at: datetime) -> Ask:
    def call(method: str, path: str, body: dict[str, Any] | None = None, who: str = "manager") -> Any:
        user = User.objects.get(username=who)
        token = create_token(Scope.system("test"), user=user, name="t", at=at)
        send = getattr(client, method)
        more = {"data": body, "content_type": "application/json"} if body is not None else {}
        return send(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}, **more)

    return call


@pytest.mark.parametrize(("what", "format"), [("review", "pptx"), ("review", "pdf"), ("evidence", "xlsx")])
def test_a_review_is_ordered_and_fetched(
    ask: Ask, year: Cast, run_jobs: Callable[[], int], what: str, format: str
) -> None:
    answer = ask(
        "post",
        "/reports",
        {"what": what, "period": "2026-Q1", "unit": "east", "format": format, "language": "en"},
    )
    assert answer.status_code == 202, answer.content
    assert answer.json()["wave"] == f"{what}-2026-q1"
    run_jobs()
    listed = ask("get", "/reports").json()["items"]
    assert [(one["what"], one["format"], one["state"]) for one in listed] == [(what, format, "done")]
    file = ask("get", f"/reports/{listed[0]['key']}/file")
    assert b"".join(file.streaming_content)[:2] in (b"PK", b"%P")
    assert ask("get", f"/reports/{listed[0]['key']}", who="outsider").status_code == 404


def test_what_there_is_not_is_a_problem(ask: Ask) -> None:
    assert ask("post", "/reports", {"what": "review", "period": "2026-Q9"}).status_code == 404
    assert ask("post", "/reports", {"what": "review", "unit": "east"}, "outsider").status_code == 404
    assert ask("post", "/reports", {"what": "evidence", "format": "pptx"}).status_code == 409
    assert ask("post", "/reports", {"what": "review", "format": "docx"}).status_code == 422


def test_a_schedule_is_made_listed_and_deleted_within_ones_units(ask: Ask, cast: Cast) -> None:
    body = {
        "unit": "east",
        "rhythm": "weekly",
        "day": 1,
        "hour": 7,
        "format": "xlsx",
        "recipients": ["east_manager"],
    }
    made = ask("post", "/report-schedules", body, "east_manager")
    assert made.status_code == 201, made.content
    assert made.json()["recipients"] == ["east_manager"]
    assert ask("post", "/report-schedules", {**body, "unit": "west"}, "east_manager").status_code == 404
    assert (
        ask("post", "/report-schedules", {**body, "recipients": ["outsider"]}, "east_manager").status_code
        == 409
    )
    assert ask("post", "/report-schedules", {**body, "day": 8}, "east_manager").status_code == 409
    assert ask("post", "/report-schedules", body, "agent").status_code == 403
    assert len(ask("get", "/report-schedules").json()["items"]) == 1
    assert ask("get", "/report-schedules", who="outsider").json()["items"] == []
    key = made.json()["id"]
    assert ask("delete", f"/report-schedules/{key}", who="outsider").status_code == 404
    assert ask("delete", f"/report-schedules/{key}").status_code == 204
    assert not ReportSchedule.objects.exists()
