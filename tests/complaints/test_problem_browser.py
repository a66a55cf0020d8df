"""From a dissatisfied follow-up over the eight disciplines to the report, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from manyi.complaints.models import Complaint
from manyi.complaints.services import cases
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SYSTEM = Scope.system("test")


@pytest.fixture
def complaint(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> Complaint:
    row = factories.complaint(
        cast.east, cast.agent, at, batch="B-17", complainant="Ms Wang", phone="13800000001"
    )
    cases.resolve(SYSTEM, complaint=row, resolution="Bearing replaced", at=at)
    cases.close(SYSTEM, complaint=row, at=at)
    run_jobs()
    return row


@pytest.fixture
def manager(page: Page, live_server: Any, cast: Cast, client: Client) -> Page:
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [
            {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url},
            {"name": "django_language", "value": "en", "url": live_server.url},
        ]
    )
    return page


def test_from_the_call_to_the_signed_disciplines_and_the_report(
    manager: Page, live_server: Any, complaint: Complaint
) -> None:
    manager.goto(f"{live_server.url}/complaints/{complaint.number}/")
    manager.get_by_role("link", name="First follow-up").click()
    expect(manager.get_by_text("您好，Ms Wang")).to_be_visible()
    manager.get_by_role("radio", name="Dissatisfied", exact=True).check()
    manager.get_by_label("1 – very dissatisfied").check()
    manager.get_by_label("What the customer said").fill("Noisy again")
    manager.get_by_role("button", name="Record", exact=True).click()
    expect(manager.get_by_text("The complaint is open again.")).to_be_visible()

    manager.goto(f"{live_server.url}/complaints/{complaint.number}/")
    manager.get_by_role("link", name="Open a problem").click()
    expect(manager.get_by_label("Counts as the same")).to_have_value("batch")
    manager.get_by_role("button", name="Open the problem").click()
    expect(manager.get_by_role("heading", name="May it close?")).to_be_visible()
    for name, function in (("Li Lei", "Quality"), ("Han Meimei", "Production")):
        team = manager.locator("#D1")
        team.get_by_label("Name").fill(name)
        team.get_by_label("Function").fill(function)
        team.get_by_role("button", name="Add", exact=True).click()
    manager.get_by_role("button", name="Sign D1").click()

    second = manager.locator("#D2")
    for label in ("What is wrong", "Where was it found", "When, and since when", "How many"):
        second.get_by_label(label).fill("Dry bearing")
    second.get_by_role("button", name="Save").click()
    manager.get_by_role("button", name="Sign D2").click()
    expect(manager.locator("#D2").get_by_text("Signed", exact=True)).to_be_visible()

    fourth = manager.locator("#D4")
    fourth.get_by_label("Cause", exact=True).fill("No oil from the pump")
    fourth.get_by_label("Branch").select_option("machine")
    fourth.get_by_role("button", name="Add", exact=True).click()
    expect(manager.locator("#D4 svg:visible").filter(has_text="No oil from the pump")).to_be_visible()
    fourth.locator("summary", has_text="Root cause").click()
    fourth.get_by_label("How it was proved").fill("Test rig")
    fourth.get_by_role("button", name="Record").click()
    expect(fourth.get_by_text("◆ No oil from the pump").first).to_be_visible()

    with manager.expect_download() as download:
        manager.get_by_role("link", name="English Word").click()
    assert download.value.suggested_filename.endswith("-en.docx")


def test_the_fishbone_fits_a_phone(
    manager: Page, live_server: Any, complaint: Complaint, cast: Cast, at: datetime
) -> None:
    from manyi.complaints.services import eight_d, problems

    problem = problems.open_problem(
        cast.scope("manager"), unit=cast.east, title="Noise", complaints=[complaint], same="batch", at=at
    )
    eight_d.add_cause(
        cast.scope("manager"), problem=problem, text="No oil " * 12, branch="man", question="escape", parent=None, at=at
    )  # fmt: skip
    manager.set_viewport_size({"width": 390, "height": 844})
    manager.goto(f"{live_server.url}/problems/{problem.number}/")
    assert not manager.evaluate("document.documentElement.scrollWidth > innerWidth")
    drawing = manager.locator(".fishbone:visible svg")
    expect(drawing).to_have_count(1)
    box = drawing.bounding_box()
    assert box is not None
    scale = box["width"] / 340
    assert 13 * scale > 10  # letters of 13 units stay readable
