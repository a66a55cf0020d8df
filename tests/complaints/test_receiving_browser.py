"""The phone screen in Chromium: by keyboard alone, with few strokes; and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from manyi.complaints.models import CaseLink, Category, Complaint
from manyi.customers.models import Customer, OwnedProduct
from tests import factories
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Opener = Callable[..., Page]


class Keyboard:
    """Counts what the hands do: each character of a text is one stroke, each key or chord one more."""

    def __init__(self, page: Page) -> None:
        self.page, self.strokes = page, 0

    def text(self, words: str) -> None:
        self.page.keyboard.type(words)
        self.strokes += len(words)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.strokes += 1


@pytest.fixture
def customer(cast: Cast, at: datetime) -> Customer:
    row = factories.customer(cast.east, 1, at, name="Eastern Gears")
    OwnedProduct.objects.create(customer=row, model="BX-200", serial="SN-77", batch="2409A")
    Category.objects.create(code="noise", name={"zh": "异响", "en": "Noise"})
    return row


@pytest.fixture
def open_page(cast: Cast, client: Client, live_server: LiveServer, browser: Browser) -> Iterator[Opener]:
    client.force_login(cast.agent, backend="django.contrib.auth.backends.ModelBackend")
    contexts = []

    def open_(*, scripts: bool = True) -> Page:
        context = browser.new_context(locale="en-US", java_script_enabled=scripts)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{live_server.url}/complaints/receive/")
        return page

    yield open_
    for context in contexts:
        context.close()


def test_a_call_is_logged_without_a_mouse(cast: Cast, customer: Customer, open_page: Opener) -> None:
    page = open_page()
    keys = Keyboard(page)
    expect(page.locator("#lookup")).to_be_focused()
    keys.text("0001")  # the last digits the display shows
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Eastern Gears")).to_be_visible()
    title = page.get_by_label("What happened, in one line")
    expect(title).to_be_focused()
    keys.text("Noisy bearing")
    keys.press("Tab")
    keys.text("Noise")
    keys.press("Alt+2")
    keys.press("Control+Enter")
    page.wait_for_url(re.compile("/received/"))
    row = Complaint.objects.get()
    assert page.locator("#number").inner_text() == row.number
    assert (row.customer, row.title, row.severity, row.phone) == (
        customer,
        "Noisy bearing",
        "major",
        "13800000001",
    )
    assert row.category is not None
    assert row.category.code == "noise"
    words = len("0001" + "Noisy bearing" + "Noise")
    assert keys.strokes == words + 4  # choose, next field, severity, save


def test_enter_before_the_results_are_there_waits_for_them(customer: Customer, open_page: Opener) -> None:
    page = open_page()
    unanswered: list[Route] = []

    def answer_all_but_the_first(route: Route) -> None:
        if unanswered:
            route.continue_()
        else:
            unanswered.append(route)

    page.route("**/lookup/**", answer_all_but_the_first)
    with page.expect_request("**/lookup/**"):
        page.keyboard.type("SN-77")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Serial number", exact=True)).to_have_value("SN-77")
    expect(page.get_by_label("Batch")).to_have_value("2409A")
    page.unroute_all(behavior="ignoreErrors")


def test_several_customers_are_chosen_with_the_arrows(
    cast: Cast, customer: Customer, at: datetime, open_page: Opener
) -> None:
    factories.customer(cast.east, 2, at, name="Eastern Pumps")
    page = open_page()
    page.keyboard.type("eastern")
    expect(page.locator("#hits [role=option]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Eastern Pumps")).to_be_visible()
    expect(page.locator("#id_customer")).to_have_value(str(Customer.objects.get(name="Eastern Pumps").pk))


def test_an_unknown_caller_keeps_the_number_they_call_from(customer: Customer, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.type("13999998888")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What happened, in one line")).to_be_focused()
    expect(page.get_by_label("Phone", exact=True)).to_have_value("13999998888")


def test_a_repeat_is_seen_while_typing_and_logged_as_one(
    cast: Cast, customer: Customer, open_page: Opener
) -> None:
    now = timezone.now()  # noqa: TID251
    earlier = factories.complaint(cast.east, cast.agent, now, customer=customer, title="Bearing noisy")
    page = open_page()
    page.keyboard.type("SN-77")
    page.keyboard.press("Enter")
    expect(page.get_by_text("same customer")).to_be_visible()
    page.keyboard.type("Bearing noisy again")
    expect(page.get_by_text("probably the same")).to_be_visible()
    page.keyboard.press("Alt+s")
    expect(page.get_by_role("button", name="Add to that complaint")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/received/"))
    assert CaseLink.objects.get().first == earlier


def test_another_choice_replaces_what_the_first_filled_in_but_not_what_was_typed(
    cast: Cast, customer: Customer, at: datetime, open_page: Opener
) -> None:
    factories.customer(cast.east, 2, at, name="Pumps")
    page = open_page()
    page.get_by_label("Complainant").fill("Ms Li")
    for text, name in (("SN-77", "Eastern Gears"), ("Pumps", "Pumps")):
        page.locator("#lookup").fill(text)
        page.locator("#lookup").press("Enter")
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_label("Serial number", exact=True)).to_have_value("")
    expect(page.get_by_label("Complainant")).to_have_value("Ms Li")
    expect(page.get_by_label("Phone", exact=True)).to_have_value("13800000002")


def test_without_scripts_it_is_logged_all_the_same(customer: Customer, open_page: Opener) -> None:
    page = open_page(scripts=False)
    page.locator("#lookup").fill("SN77")
    page.get_by_role("button", name="Look up").click()
    page.locator("#hits [role=option]").click()
    page.get_by_label("What happened, in one line").fill("Noisy")
    page.get_by_role("button", name="Save and give the number").click()
    row = Complaint.objects.get()
    assert (row.customer, row.serial) == (customer, "SN-77")
    assert page.locator("#number").inner_text() == row.number
