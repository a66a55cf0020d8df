"""Pages and API of time limits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from manyi.complaints import jobs_clocks
from manyi.complaints.clock import Target
from manyi.complaints.models import ClockPolicy, Complaint, Escalation, PauseReason
from manyi.complaints.queries import clocks as queries
from manyi.complaints.services import cases
from manyi.complaints.services import clock_policies as policies
from manyi.people import services
from manyi.people.models import BusinessCalendar
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def row(cast: Cast, at: datetime) -> Complaint:
    return cases.receive(
        cast.scope("agent"),
        unit=cast.east,
        channel="phone",
        title="泵漏油",
        first_contact_owner=cast.agent,
        at=at,
    )


def login(client: Client, cast: Cast, name: str) -> Client:
    client.force_login(getattr(cast, name), backend=BACKEND)
    return client


def form(**fields: object) -> dict[str, object]:
    calendar = BusinessCalendar.objects.get(code="standard").pk
    units = {f"{target}_unit": "workdays" for target in Target}
    return {
        "name_zh": "大客户", "name_en": "Key accounts", "code": "key", "tier": "A", "calendar": calendar,
        "warn_share": 80, "leader_share": 100, "position": 5, "active": "on", "resolve_amount": "2", **units, **fields,
    }  # fmt: skip


def test_the_page_of_a_complaint_shows_each_clock_and_pauses(
    client: Client, cast: Cast, row: Complaint
) -> None:
    login(client, cast, "agent")
    address = f"/complaints/{row.number}/"
    html = client.get(address).content.decode()
    for target in Target:
        assert f"<strong>{target.label}</strong>" in html
    assert 'role="progressbar"' in html
    reason = PauseReason.objects.get(code="customer")
    client.post(f"{address}clocks/", {"action": "pause", "reason": reason.pk, "note": "等照片"})
    assert row.clock_events.last().note == "等照片"  # type: ignore[union-attr]
    html = client.get(address).content.decode()
    assert "Waiting for the customer" in html
    assert "等照片" in html
    client.post(f"{address}clocks/", {"action": "resume"})
    assert row.clock_events.last().kind == "resumed"  # type: ignore[union-attr]
    wrong = client.post(f"{address}clocks/", {"action": "pause", "reason": "0"}, follow=True)
    assert "Choose why the clocks pause." in wrong.content.decode()


@pytest.mark.parametrize(("name", "status"), [("outsider", 404), ("executive", 403)])
def test_nobody_else_pauses(client: Client, cast: Cast, row: Complaint, name: str, status: int) -> None:
    login(client, cast, name)
    data = {"action": "pause", "reason": PauseReason.objects.get(code="customer").pk}
    assert client.post(f"/complaints/{row.number}/clocks/", data).status_code == status
    assert row.clock_events.count() == 1


def test_the_shipped_limits_are_shown_in_words(client: Client, cast: Cast) -> None:
    html = login(client, cast, "manager").get("/settings/time-limits/").content.decode()
    assert "<strong>3</strong> workdays" in html
    assert "<strong>24</strong> hours on the clock" in html
    assert "Waiting for the customer" in html
    assert "/settings/time-limits/new/" in html
    assert (
        "/settings/time-limits/new/"
        not in login(client, cast, "agent").get("/settings/time-limits/").content.decode()
    )


def test_a_policy_is_added_in_workdays_and_changed(client: Client, cast: Cast) -> None:
    policies.shipped()
    login(client, cast, "manager")
    assert (
        client.post(
            "/settings/time-limits/new/", form(respond_amount="1.5", respond_unit="hours")
        ).status_code
        == 302
    )
    policy = ClockPolicy.objects.get(code="key")
    assert (policy.resolve_minutes, policy.resolve_business) == (900, True)
    assert (policy.respond_minutes, policy.respond_business) == (90, False)
    assert policy.acknowledge_minutes is None
    assert policy.manager_share is None
    page = client.get(f"/settings/time-limits/{policy.pk}/").content.decode()
    assert 'name="resolve_amount" value="2"' in page
    assert client.post(f"/settings/time-limits/{policy.pk}/", form(resolve_amount="4")).status_code == 302
    policy.refresh_from_db()
    assert policy.resolve_minutes == 1800


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"resolve_amount": ""}, "at least one time limit"),
        ({"resolve_amount": "99999", "resolve_unit": "workdays"}, "ten years"),
        ({"resolve_amount": "0.01", "resolve_unit": "minutes"}, "one minute"),
        ({"resolve_amount": "-1"}, "greater than or equal"),
        ({"leader_share": "0"}, "greater than or equal"),
        ({"code": "ordinary"}, "already exists"),
    ],
)
def test_what_makes_no_sense_is_said(
    client: Client, cast: Cast, fields: dict[str, object], message: str
) -> None:
    policies.shipped()
    answer = login(client, cast, "manager").post("/settings/time-limits/new/", form(**fields))
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert ClockPolicy.objects.count() == 3


def test_a_reason_to_pause_is_added_and_changed(client: Client, cast: Cast) -> None:
    policies.shipped()
    login(client, cast, "manager")
    data = {"name_zh": "台风", "name_en": "Typhoon", "cap_amount": "36", "cap_unit": "hours", "active": "on"}
    assert client.post("/settings/time-limits/reasons/new/", data).status_code == 302
    reason = PauseReason.objects.latest("pk")
    assert (reason.cap_minutes, reason.cap_business) == (2160, False)
    assert (
        client.post(f"/settings/time-limits/reasons/{reason.pk}/", data | {"cap_amount": ""}).status_code
        == 302
    )
    reason.refresh_from_db()
    assert reason.cap_minutes is None


@pytest.mark.parametrize("path", ["new/", "reasons/new/"])
def test_an_agent_changes_no_rules(client: Client, cast: Cast, path: str) -> None:
    assert login(client, cast, "agent").get(f"/settings/time-limits/{path}").status_code == 403


def test_notices_are_shown_to_whom_they_were_sent_and_put_aside(
    client: Client, cast: Cast, row: Complaint, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_clocks, "now", lambda: at + timedelta(hours=24))
    jobs_clocks.fire_clocks()
    login(client, cast, "east_manager")
    assert row.number in client.get("/complaints/notices/").content.decode()
    one = Escalation.objects.filter(step="leader").latest("pk")
    client.post(f"/complaints/notices/{one.pk}/seen/", headers={"hx-request": "true"})
    assert not one.notices.filter(seen_at=None).exists()
    assert client.post("/complaints/notices/0/seen/").status_code == 302
    assert not queries.notices(cast.scope("east_manager")).exists()
    login(client, cast, "agent")
    assert 'value="seen"' in client.get(f"/complaints/{row.number}/").content.decode()
    client.post(f"/complaints/{row.number}/clocks/", {"action": "seen"})
    assert not queries.notices(cast.scope("agent")).exists()
    assert row.number not in login(client, cast, "outsider").get("/complaints/notices/").content.decode()


def test_the_api_reads_pauses_and_changes_limits(
    client: Client, cast: Cast, row: Complaint, at: datetime
) -> None:
    def headers(name: str) -> dict[str, str]:
        token = services.create_token(cast.scope(name), user=getattr(cast, name), name="t", at=at)
        return {"authorization": f"Bearer {token}"}

    manager, outsider = headers("manager"), headers("outsider")
    base = f"/api/v1/complaints/{row.number}/clocks"
    assert [c["target"] for c in client.get(base, headers=manager).json()] == [t.value for t in Target]
    assert client.get(base, headers=outsider).status_code == 404
    paused = client.post(
        f"{base}/pause", {"reason": "supplier"}, content_type="application/json", headers=manager
    )
    assert paused.status_code == 200, paused.content
    assert client.post(f"{base}/resume", headers=manager).status_code in (200, 409)
    listed = client.get("/api/v1/clock-policies", headers=manager).json()["items"]
    assert [p["code"] for p in listed] == ["ordinary", "major", "urgent"]
    body = {
        "code": "x",
        "name": {"zh": "某", "en": "X"},
        "calendar_id": listed[0]["calendar_id"],
        "tier": "B",
        "resolve_minutes": 60,
    }
    made = client.post("/api/v1/clock-policies", body, content_type="application/json", headers=manager)
    assert made.status_code == 201, made.content
    put = body | {"resolve_minutes": 90}
    address = f"/api/v1/clock-policies/{made.json()['id']}"
    assert (
        client.put(address, put, content_type="application/json", headers=manager).json()["resolve_minutes"]
        == 90
    )
    assert (
        client.put(address, put, content_type="application/json", headers=headers("agent")).status_code == 403
    )
    cases.receive(
        cast.scope("agent"), unit=cast.east, channel="phone", title="x", first_contact_owner=cast.agent, at=at
    )
    assert client.get("/api/v1/escalations", headers=outsider).json()["items"] == []
    jobs_clocks.fire_clocks()
    told = client.get("/api/v1/escalations", headers=manager).json()["items"]
    assert {e["complaint"] for e in told} >= {row.number}
    assert len(client.get("/api/v1/escalations?mine=true", headers=manager).json()["items"]) < len(told)
