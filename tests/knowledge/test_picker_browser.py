"""Taking a standard answer into a reply in Chromium, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from manyi.complaints.services.cases import receive
from manyi.knowledge.models import AnswerUse
from tests.conftest import Cast
from tests.knowledge.test_services import published

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(
    cast: Cast, at: datetime, client: Client, live_server: LiveServer, browser: Browser
) -> Iterator[Page]:
    """An open complaint whose complainant reads English, as its handler sees it."""
    published(cast, at)
    published(cast, at, title={"en": "Return address"}, body={"en": "Warehouse **7**"}, keywords="退货")
    row = receive(
        cast.scope("agent"), unit=cast.east, channel="phone", title="Noise", description="Loud", language="en",
        complainant="Li", email="li@example.org", first_contact_owner=cast.agent, at=at,
    )  # fmt: skip
    client.force_login(cast.agent, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(locale="en-US")
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(live_server.url + reverse("complaint", args=[row.number]))
    yield page
    context.close()


def test_arrows_and_enter_put_the_answer_where_the_cursor_is(page: Page) -> None:
    reply = page.get_by_label("Write to the complainant")
    reply.fill("Dear Li,\nKind regards")
    reply.evaluate("field => field.setSelectionRange(9, 9)")
    field = page.get_by_role("combobox", name="Put in a standard answer")
    field.press_sequentially("退货")
    options = page.locator(".answer-hits").get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("ArrowUp")
    chosen = options.nth(1).get_attribute("data-text")
    with page.expect_response("**/knowledge/use/") as used:
        field.press("Enter")
    assert used.value.status == 204
    assert reply.input_value() == f"Dear Li,\n{chosen}\nKind regards"
    expect(reply).to_be_focused()
    expect(options).to_have_count(0)
    use = AnswerUse.objects.get()
    assert (use.subject.split(":")[0], use.language) == ("complaint", "en")


def test_a_click_takes_one_too_and_escape_closes_the_list(page: Page) -> None:
    field = page.get_by_role("combobox", name="Put in a standard answer")
    field.press_sequentially("return")
    options = page.locator(".answer-hits").get_by_role("option")
    expect(options).to_have_count(2)
    field.press("Escape")
    expect(options).to_have_count(0)
    field.press_sequentially(" addr")
    expect(options).to_have_count(1)
    options.first.click()
    expect(page.get_by_label("Write to the complainant")).to_have_value("Warehouse 7")


def test_a_promise_is_caught_in_one_line(page: Page) -> None:
    page.get_by_label("What did you promise?").fill("Call back")
    page.get_by_label("Due", exact=True).select_option("4h")
    page.get_by_role("button", name="Note the promise").click()
    expect(page.get_by_role("link", name="Call back")).to_be_visible()
    expect(page.get_by_label("What did you promise?")).to_have_value("")
