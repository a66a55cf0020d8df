"""The guided tour in Chromium: begins by itself once, goes along, is closed by Escape, starts again from Today."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from manyi.people.models import User
from tests.conftest import Cast

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
Visit = Callable[[User], Page]


@pytest.fixture
def visit(
    cast: Cast, client: Client, live_server: LiveServer, settings: Settings, browser: Browser
) -> Iterator[Visit]:
    """Opens Today of the demo as a user, on a phone."""
    settings.DEMO = True
    errors: list[str] = []

    def open_today(user: User) -> Page:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if "Content Security" in m.text else None)
        page.goto(live_server.url)
        return page

    yield open_today
    for context in browser.contexts:
        context.close()
    assert errors == []


def test_the_tour_begins_by_itself_and_names_its_stop(visit: Visit, cast: Cast) -> None:
    page = visit(cast.manager)
    tour = page.get_by_role("dialog", name="What is good, what is bad, what to do")
    expect(tour).to_be_visible()
    expect(tour).to_contain_text("1 / 6")
    expect(page.locator("#tour-title")).to_be_focused()
    expect(tour.get_by_role("button", name="Previous stop")).to_be_disabled()


def test_it_goes_along_to_the_page_it_shows(visit: Visit, cast: Cast) -> None:
    page = visit(cast.manager)
    for _stop in range(4):
        page.get_by_role("button", name="Next stop").click()
    page.get_by_role("link", name="Make a report").click()
    page.wait_for_url("**/reports/")
    expect(page.get_by_role("dialog", name="The report")).to_be_visible()
    expect(page.locator("#tour-title")).to_be_focused()


def test_escape_ends_it_and_today_starts_it_again(visit: Visit, cast: Cast) -> None:
    page = visit(cast.manager)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Guided tour").click()
    expect(page.get_by_role("dialog", name="What is good")).to_be_visible()


def test_the_last_stop_ends_it(visit: Visit, cast: Cast) -> None:
    page = visit(cast.manager)
    for _stop in range(5):
        page.get_by_role("button", name="Next stop").click()
    page.get_by_role("button", name="Finish the tour").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Guided tour")).to_be_focused()


def test_stops_the_reader_may_not_open_are_left_out(visit: Visit, cast: Cast) -> None:
    page = visit(cast.agent)  # sees waves, but neither results nor questionnaires
    expect(page.get_by_role("dialog", name="Answer it yourself on a phone")).to_contain_text("1 / 1")
