"""The keys and the filter of a complaint's page, in Chromium."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from manyi.complaints.services import cases
from tests import factories
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(page: Page, live_server: Any, cast: Cast, at: datetime, client: Client) -> Page:
    row = factories.complaint(cast.east, cast.agent, at)
    cases.start(cast.scope("agent"), complaint=row, at=at)
    cases.add_note(cast.scope("agent"), complaint=row, text="Bearing sent to the laboratory", at=at)
    client.force_login(cast.agent, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [
            {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url},
            {"name": "django_language", "value": "en", "url": live_server.url},
        ]
    )
    page.goto(f"{live_server.url}/complaints/{row.number}/")
    expect(page.get_by_role("button", name="Notes")).to_be_visible(timeout=30_000)
    page.wait_for_load_state("networkidle")  # panels that load by themselves are in place
    return page


def test_a_complaint_is_worked_on_with_the_keyboard_alone(opened: Page, live_server: Any) -> None:
    opened.keyboard.press("?")
    expect(opened.get_by_role("heading", name="Keys of this page")).to_be_visible()
    opened.keyboard.press("Escape")
    expect(opened.get_by_role("heading", name="Keys of this page")).to_be_hidden()
    opened.keyboard.press("t")
    expect(opened.get_by_label("Note", exact=True)).to_be_focused()
    opened.keyboard.type("j k ? are letters here")
    expect(opened.get_by_label("Note", exact=True)).to_have_value("j k ? are letters here")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    expect(opened.locator(".case-entry.note").first).to_contain_text("j k ? are letters here")
    expect(opened.get_by_role("button", name="Notes")).to_be_visible()  # shown once the page's script has run
    opened.keyboard.press("r")
    expect(opened.get_by_label("How was it settled?")).to_be_focused()
    opened.keyboard.type("Bearing replaced")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    expect(opened.locator("[aria-current=step]")).to_have_text("Resolved")


def test_people_follow_the_unit_and_an_order_is_sent(opened: Page) -> None:
    opened.keyboard.press("o")
    form = opened.locator("#work-orders form")
    form.get_by_label("To the org unit").select_option(label="　West")
    person = form.get_by_label("To the person")
    expect(person.get_by_role("option", name="Outsider")).to_be_attached()
    person.select_option(label="Outsider")
    form.get_by_label("What is to be done").fill("Check the bearing")
    form.get_by_role("button", name="Send").click()
    expect(opened.locator("#order-1")).to_contain_text("West · Outsider")
    expect(opened.get_by_text("Work order 1 is with West.")).to_be_visible()


def test_the_timeline_shows_what_is_asked_for(opened: Page) -> None:
    entries = opened.locator(".case-entry:visible")
    everything = entries.count()
    opened.get_by_role("button", name="Notes").click()
    expect(entries).to_have_count(1)
    opened.get_by_role("button", name="Everything").click()
    expect(entries).to_have_count(everything)
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("j")
    expect(opened.locator(":focus")).to_have_text("Next step")
