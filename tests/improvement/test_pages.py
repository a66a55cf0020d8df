"""The loop walked through its pages: weak item → finding → action → proof → news, and the rights of others."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from manyi.improvement.models import Action, Announcement, Decision, Finding, Receipt
from manyi.people.models import User
from manyi.surveys.models import Wave
from tests.conftest import Cast
from tests.improvement.test_loop import found, later, planned


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_from_a_weak_item_to_a_verified_action(cast: Cast, before: Wave, at: datetime) -> None:
    client = signed_in(cast.east_manager)
    result = client.get("/results/spring/?node=delivery").content.decode()
    assert 'value="spring:on_time?"' in result
    page = client.post(
        "/improve/findings/raise/", {"kind": "indicator", "key": "spring:on_time?"}, follow=True
    ).content.decode()
    assert "22.5" in page
    finding = Finding.objects.get()
    assert "Plan an action" in page
    plan = {
        "title": "Promise dates from stock", "owner": cast.agent.pk, "starts_on": "2026-01-05", "due_on": "2026-02-01",
        "target_value": "60",
    }  # fmt: skip
    refused = client.post(f"/improve/findings/{finding.number}/plan/", {**plan, "due_on": "2025-12-01"})
    assert refused.status_code == 422
    assert "The due date is before the start." in refused.content.decode()
    client.post(f"/improve/findings/{finding.number}/plan/", plan)
    action = Action.objects.get()
    act = f"/improve/actions/{action.pk}/act/"
    client.post(
        f"/improve/actions/{action.pk}/tasks/",
        {"title": "Connect", "starts_on": "2026-01-05", "due_on": "2026-01-09", "assignee": cast.agent.pk},
    )
    client.post(act, {"action": "start"})
    client.post(act, {"action": "tick", "task": action.tasks.get().pk})
    client.post(act, {"action": "redesign", "current": "ask\nguess", "new": "look up", "answers": ""})
    client.post(act, {"action": "finish"})
    action.refresh_from_db()
    assert (action.state, action.redesign["new"]) == (Action.State.DONE, ["look up"])
    Action.objects.update(done_at=at)
    later(before, cast, at + timedelta(days=60), [4, 5, 3, 4, 5, 4, 4, 3, 4, 5] * 4)
    assert 'value="autumn"' in client.get(f"/improve/actions/{action.pk}/").content.decode()
    client.post(act, {"action": "verify", "wave": "autumn", "note": "as hoped"})
    page = client.get(f"/improve/actions/{action.pk}/").content.decode()
    assert "Effective" in page
    assert "+55.0" in page
    told = client.post(
        f"/improve/actions/{action.pk}/announce/",
        {
            "said_zh": "慢",
            "said_en": "Late",
            "did_zh": "查库存",
            "did_en": "We look up",
            "public": "on",
            "tell": "on",
        },
        follow=True,
    )
    assert "40 people who raised it are written to" in told.content.decode()


def test_whoever_was_told_answers_by_the_link(cast: Cast, before: Wave, at: datetime, client: Client) -> None:
    row = planned(cast, before, at)
    news = Announcement.objects.create(
        action=row, unit=row.unit, you_said={"zh": "慢", "en": "Late"}, we_did={"zh": "改了", "en": "Mended"},
        created_at=at, published_at=at,
    )  # fmt: skip
    receipt = Receipt.objects.create(
        announcement=news, email="a@example.org", language="en", source="complaint:1", words="Always late"
    )
    page = client.get(f"/news/{receipt.key}/")
    assert "Always late" in page.content.decode()
    assert "Mended" in page.content.decode()
    receipt.refresh_from_db()
    assert receipt.read_at is None, "a mail scanner that follows the link has not read it"
    client.post(f"/news/{receipt.key}/", {"better": "no"})
    receipt.refresh_from_db()
    assert (receipt.better, receipt.read_at is not None) == (False, True)
    assert "Mended" in client.get("/you-said-we-did/?lang=en").content.decode()
    assert "Always late" not in client.get("/you-said-we-did/?lang=en").content.decode()


def test_decisions_are_asked_rated_and_taken(cast: Cast, at: datetime) -> None:
    client = signed_in(cast.east_manager)
    body = {
        "question": "First?",
        "unit": cast.east.pk,
        "criteria": "Gain, 60\nCost， 40",
        "options": "Stock, 2, 1.5\nVan",
    }
    wrong = client.post("/improve/decisions/new/", {**body, "criteria": "Gain; 60"})
    assert "Line 1: write a name, a comma and a whole number." in wrong.content.decode()
    client.post("/improve/decisions/new/", body)
    row = Decision.objects.get()
    stock, van = row.options.all()
    gain, cost = row.criteria.all()
    address = f"/improve/decisions/{row.pk}/"
    assert "The matrix" not in client.get(address).content.decode()
    client.post(
        f"{address}act/",
        {"action": "rate", f"r-{stock.pk}-{gain.pk}": "5", f"r-{stock.pk}-{cost.pk}": "4",
         f"r-{van.pk}-{gain.pk}": "2", f"r-{van.pk}-{cost.pk}": "1"},
    )  # fmt: skip
    assert "4.60" in client.get(address).content.decode()
    client.post(f"{address}act/", {"action": "decide", "option": stock.pk, "reason": ""})
    assert "Decided for “Stock”" in client.get(address).content.decode()


@pytest.mark.parametrize("path", ["", "act/", "plan/"])
def test_another_branch_gets_404_for_a_finding(cast: Cast, before: Wave, at: datetime, path: str) -> None:
    row = found(cast, before, at)
    outsider = signed_in(cast.outsider)
    send = outsider.post if path == "act/" else outsider.get
    assert send(f"/improve/findings/{row.number}/{path}").status_code == 404
    assert row.title not in outsider.get("/improve/findings/").content.decode()


@pytest.mark.parametrize(
    "name", ["findings/", "actions/", "decisions/", "told/", "findings/new/", "decisions/new/"]
)
def test_every_page_opens_empty(cast: Cast, name: str) -> None:
    assert signed_in(cast.manager).get(f"/improve/{name}").status_code == 200
