"""Pages and API of settling: proposals, approvals, letters, limits, routing rules, joining."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from manyi.complaints.models import (
    CaseLink,
    Complaint,
    Letter,
    LetterTemplate,
    Proposal,
    Routing,
    RoutingRule,
)
from manyi.complaints.services import proposals
from manyi.complaints.services import routing as routing_services
from manyi.customers.models import AuthorityLimit
from manyi.people.models import User
from manyi.people.services import create_token
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def complaint(cast: Cast, at: datetime) -> Complaint:
    return factories.complaint(cast.east, cast.agent, at, complainant="Wang", language="en")


def as_user(client: Client, user: User) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def html(answer: Any) -> str:
    return str(answer.content.decode())


PROPOSAL = {"kind": "refund", "remedy": "Money back", "amount": "800", "currency": "CNY"}


def test_proposed_over_the_limit_approved_offered_accepted(
    client: Client, cast: Cast, complaint: Complaint
) -> None:
    as_user(client, cast.agent).post(reverse("propose", args=[complaint.number]), PROPOSAL)
    row = Proposal.objects.get()
    act = reverse("proposal-act", args=[row.pk])
    page = reverse("complaint", args=[complaint.number])
    assert "A proposal of 800.00 CNY waits for approval." in html(client.get(page))
    client.post(act, {"action": "approve"})
    row.refresh_from_db()
    assert row.state == "waiting"

    as_user(client, cast.east_manager)
    assert "A proposal of 800.00 CNY waits for your approval." in html(client.get(page))
    assert complaint.number in html(client.get(reverse("approvals")))
    answer = client.post(act, {"action": "approve", "back": reverse("approvals")})
    assert answer.headers["Location"] == reverse("approvals")
    assert "800.00 CNY" in html(client.get(reverse("approvals")))

    as_user(client, cast.agent)
    assert "offer it to the customer" in html(client.get(page))
    client.post(act, {"action": "offer", "text": "We pay you back."})
    client.post(act, {"action": "accepted", "text": "Good"})
    shown = html(client.get(page))
    assert "The customer accepts: Refund 800.00 CNY" in shown
    assert "<strong>800.00 CNY</strong>" in shown
    assert ">Money back</textarea>" in shown  # the settlement begins with what the customer accepted


def test_a_bad_amount_comes_back_beside_its_field(client: Client, cast: Cast, complaint: Complaint) -> None:
    answer = as_user(client, cast.agent).post(
        reverse("propose", args=[complaint.number]), {**PROPOSAL, "amount": "-1"}
    )
    assert answer.status_code == 422
    assert "greater than or equal to 0" in html(answer)


def test_another_branch_gets_nowhere(client: Client, cast: Cast, complaint: Complaint, at: datetime) -> None:
    row = proposals.propose(
        cast.scope("agent"), complaint=complaint, kind="refund", remedy="x", amount=800, at=at  # type: ignore[arg-type]
    )  # fmt: skip
    as_user(client, cast.outsider)
    for name in ("propose", "join-complaint", "routing-suggestion"):
        assert client.post(reverse(name, args=[complaint.number]), PROPOSAL).status_code == 404
    assert client.get(reverse("write-letter", args=[complaint.number])).status_code == 404
    assert client.post(reverse("proposal-act", args=[row.pk]), {"action": "approve"}).status_code == 404
    assert complaint.number not in html(client.get(reverse("approvals")))


def test_settings_are_for_those_who_manage(client: Client, cast: Cast) -> None:
    as_user(client, cast.agent)
    for name in (
        "complaint-settings",
        "authority-limits",
        "letter-templates",
        "routing-rules",
        "new-routing-rule",
    ):
        assert client.get(reverse(name)).status_code == 403
    as_user(client, cast.manager)
    for name in (
        "complaint-settings",
        "authority-limits",
        "letter-templates",
        "routing-rules",
        "new-routing-rule",
    ):
        assert client.get(reverse(name)).status_code == 200


def test_a_letter_is_drafted_changed_and_sent(client: Client, cast: Cast, complaint: Complaint) -> None:
    as_user(client, cast.agent).get(reverse("complaint", args=[complaint.number]))
    template = LetterTemplate.objects.get(code="accepted")
    url = f"{reverse('write-letter', args=[complaint.number])}?template={template.pk}&language=en"
    assert "Dear Wang," in html(client.get(url))
    client.post(url, {"subject": "Our decision", "body": "We are sorry.", "action": "send"})
    letter = Letter.objects.get()
    assert letter.message is not None
    assert "Decision letter written: Our decision" in html(
        client.get(reverse("complaint", args=[complaint.number]))
    )


def test_a_template_is_changed_and_its_faults_are_shown(client: Client, cast: Cast) -> None:
    as_user(client, cast.manager).get(reverse("letter-templates"))
    row = LetterTemplate.objects.get(code="accepted")
    url = reverse("letter-template", args=[row.pk])
    data = {
        "code": "accepted", "name_zh": "一", "name_en": "One", "subject_zh": "二", "subject_en": "Two",
        "body_zh": "{{ colour }}", "body_en": "Four", "active": "on",
    }  # fmt: skip
    answer = client.post(url, data)
    assert answer.status_code == 422
    assert "stands for nothing" in html(answer)
    client.post(url, {**data, "body_zh": "三"})
    row.refresh_from_db()
    assert row.body == {"zh": "三", "en": "Four"}


def test_limits_are_set_changed_and_deleted(client: Client, cast: Cast) -> None:
    as_user(client, cast.manager).get(reverse("authority-limits"))
    data = {
        "unit": cast.east.pk,
        "role": "",
        "user": cast.agent.pk,
        "per_case": "900",
        "per_month": "",
        "currency": "cny",
    }
    client.post(reverse("authority-limits"), data)
    row = AuthorityLimit.objects.get(user=cast.agent)
    assert (row.currency, row.per_month) == ("CNY", None)
    client.post(reverse("authority-limit", args=[row.pk]), {**data, "per_case": "950"})
    row.refresh_from_db()
    assert row.per_case == 950
    answer = client.post(reverse("authority-limits"), {**data, "role": "agent"})
    assert answer.status_code == 422
    client.post(reverse("drop-authority-limit", args=[row.pk]))
    assert not AuthorityLimit.objects.filter(user=cast.agent).exists()


def test_a_rule_is_tried_before_it_is_saved(
    client: Client, cast: Cast, complaint: Complaint, at: datetime
) -> None:
    as_user(client, cast.manager)
    data = {
        "name": "All to West", "to_unit": cast.west.pk, "way": "unit", "effect": "handler", "active": "on",
        "category": "", "product": "", "unit": "", "severity": "", "channel": "", "to_user": "", "skill": "",
        "instruction": "", "since": "2026-03-01", "until": "2026-03-03",
    }  # fmt: skip
    tried = html(client.post(reverse("new-routing-rule"), {**data, "action": "try"}))
    assert "1 complaint came in." in tried
    assert complaint.number in tried
    assert not RoutingRule.objects.exists()
    client.post(reverse("new-routing-rule"), {**data, "action": "save"})
    second = {**data, "name": "Second", "action": "save"}
    client.post(reverse("new-routing-rule"), second)
    rule = RoutingRule.objects.get(name="Second")
    client.post(reverse("change-routing-rule", args=[rule.pk]), {"action": "up"})
    assert list(RoutingRule.objects.values_list("name", flat=True)) == ["Second", "All to West"]
    listed = html(client.get(reverse("routing-rules"), {"since": "2026-03-01", "until": "2026-03-03"}))
    assert complaint.number in listed
    client.post(reverse("change-routing-rule", args=[rule.pk]), {"action": "delete"})
    client.post(reverse("routing-skills"), {"user": cast.handler.pk, "tags": "英语，液压"})
    assert "液压" in html(client.get(reverse("routing-rules")))
    answer = client.post(reverse("new-routing-rule"), {**data, "way": "person", "action": "save"})
    assert "Name the person." in html(answer)


def test_a_proposed_work_order_is_sent_from_the_page(
    client: Client, cast: Cast, complaint: Complaint, at: datetime
) -> None:
    routing_services.save_rule(
        cast.scope("manager"),
        rule=RoutingRule(name="Check", to_unit=cast.west, way="unit", effect="propose", instruction="Check the batch"),
    )  # fmt: skip
    routing_services.apply(Scope.system("test"), complaint=complaint, at=at)
    as_user(client, cast.agent)
    page = reverse("complaint", args=[complaint.number])
    assert "Check the batch" in html(client.get(page))
    client.post(reverse("routing-suggestion", args=[complaint.number]), {"action": "send"})
    assert complaint.work_orders.get().unit == cast.west
    assert Routing.objects.get().answered_at is not None


def test_linked_merged_and_split_on_the_pages(
    client: Client, cast: Cast, complaint: Complaint, at: datetime
) -> None:
    other = factories.complaint(cast.east, cast.agent, at)
    far = factories.complaint(cast.west, cast.outsider, at)
    url = reverse("join-complaint", args=[complaint.number])
    as_user(client, cast.agent)
    client.post(url, {"action": "link", "other": far.number, "kind": "related"})
    assert not CaseLink.objects.exists()
    client.post(url, {"action": "link", "other": other.number.lower(), "kind": "related"})
    assert CaseLink.objects.count() == 1
    client.post(url, {"action": "unlink", "other": other.number})
    client.post(url, {"action": "split", "title": "Invoice wrong"})
    assert Complaint.objects.filter(title="Invoice wrong").exists()
    asked = html(client.post(url, {"action": "merge_page", "other": other.number}))
    assert "This cannot be undone." in asked
    answer = client.post(url, {"action": "merge", "other": other.number})
    assert answer.headers["Location"] == reverse("complaint", args=[other.number])
    assert "It was merged and goes on as" in html(client.get(reverse("complaint", args=[complaint.number])))


def test_the_same_by_the_api(client: Client, cast: Cast, complaint: Complaint, at: datetime) -> None:
    def call(user: User, path: str, body: dict[str, Any] | None = None) -> Any:
        token = create_token(Scope.system("test"), user=user, name="t", at=at)
        headers = {"Authorization": f"Bearer {token}"}
        address = f"/api/v1/{path}"
        if body is None:
            return client.get(address, headers=headers)
        return client.post(address, body, content_type="application/json", headers=headers)

    base = f"complaints/{complaint.number}"
    assert call(cast.agent, f"{base}/steps", {"step": "start"}).json()["state"] == "working"
    answer = call(cast.agent, f"{base}/work-orders", {"unit_id": cast.west.pk, "instruction": "Check"})
    assert answer.status_code == 201
    order = answer.json()
    assert (order["complaint"], order["state"]) == (complaint.number, "sent")
    assert [row["id"] for row in call(cast.outsider, "work-orders").json()["items"]] == [order["id"]]
    steps = f"work-orders/{order['id']}/steps"
    assert call(cast.handler, steps, {"step": "accept"}).status_code == 403
    assert call(cast.outsider, steps, {"step": "return"}).status_code == 409
    assert call(cast.outsider, steps, {"step": "finish", "text": "Fine"}).json()["result"] == "Fine"
    made = call(cast.agent, f"{base}/proposals", {"kind": "refund", "remedy": "x", "amount": "800"}).json()
    assert made["state"] == "waiting"
    assert call(cast.agent, f"proposals/{made['id']}/steps", {"step": "approve"}).status_code == 403
    waiting = call(cast.east_manager, "proposals?to_approve=true").json()["items"]
    assert [row["id"] for row in waiting] == [made["id"]]
    done = call(cast.east_manager, f"proposals/{made['id']}/steps", {"step": "approve"}).json()
    assert (done["state"], done["decided_by_id"]) == ("approved", cast.east_manager.pk)
    asked = call(cast.agent, f"{base}/hand-overs", {"to_id": cast.handler.pk, "reason": "Leave"}).json()
    assert asked["state"] == "asked"
    assert call(cast.handler, f"{base}/hand-overs/answer", {"answer": "accept"}).json()["state"] == "accepted"
    body = {"role": "handler", "unit_id": cast.east.pk, "user_id": cast.handler.pk}
    assert call(cast.agent, f"{base}/roles", body).json()["handler_id"] == cast.handler.pk
    far = factories.complaint(cast.group, cast.manager, at)
    for path, wrong in (("steps", {"step": "start"}), ("proposals", {"kind": "refund", "remedy": "x"})):
        assert call(cast.agent, f"complaints/{far.number}/{path}", wrong).status_code == 404
