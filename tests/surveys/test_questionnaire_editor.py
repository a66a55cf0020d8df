"""The editor in Chromium: what a designer does by mouse and keyboard arrives in the draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from manyi.surveys.models import Questionnaire
from manyi.surveys.questionnaire import TYPES
from manyi.surveys.services import questionnaires as services
from tests.conftest import Cast
from tests.factories import QUESTIONNAIRE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
Open = Callable[[], Page]


@pytest.fixture
def main(cast: Cast, at: datetime) -> Questionnaire:
    return services.create_questionnaire(
        cast.scope("manager"), code="main", name=QUESTIONNAIRE["name"], definition=QUESTIONNAIRE, at=at
    )


@pytest.fixture
def editor(
    main: Questionnaire, cast: Cast, client: Client, live_server: LiveServer, browser: Browser
) -> Iterator[Open]:
    """Opens the editor of `main` as the manager, on a phone; a script error fails the test."""
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )

    def open_page() -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/questionnaires/main/edit/")
        expect(page.locator(".q").first).to_be_visible()
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert errors == []


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#editor-status")).to_have_text("All changes saved")


def test_every_type_can_be_added_filled_in_and_saved(editor: Open, main: Questionnaire) -> None:
    page = editor()
    for kind in TYPES:
        page.locator(".q-add summary").first.click()
        page.locator(f"[data-new-type={kind}]").first.click()
    empty = page.locator(
        ".q-body [data-pair=text] textarea, .q-body [data-pair=text2] textarea, .choices textarea"
    )
    for field in empty.all():
        if field.is_visible() and not field.input_value():
            field.fill("价格" if field.get_attribute("lang") == "zh-Hans" else "Price")
    save(page)
    stored = main.versions.get().definition["sections"][0]["questions"]
    assert [q["type"] for q in stored[2:]] == list(TYPES)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_question_moves_by_keyboard_across_sections(editor: Open, main: Questionnaire) -> None:
    page = editor()
    page.locator(".q-toggle").nth(1).click()
    page.locator(".q").nth(1).locator("[data-act=down]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#editor-status")).to_have_text("Moved to 2.1.")
    assert page.evaluate("document.activeElement.dataset.act") == "down"
    save(page)
    sections = main.versions.get().definition["sections"]
    assert [[q["code"] for q in s["questions"]] for s in sections] == [
        ["g1"],
        ["g2", "nps", "why_low", "comment"],
    ]


def test_a_condition_is_built_from_an_earlier_answer(editor: Open, main: Questionnaire) -> None:
    page = editor()
    page.locator(".q-toggle").last.click()
    card = page.locator(".q").last
    card.locator("details.more summary").click()
    card.get_by_role("button", name="Add a condition").click()
    card.get_by_label("Answer to look at", exact=True).select_option("attitude")
    card.get_by_label("Comparison", exact=True).select_option("in")
    card.get_by_label("Value", exact=True).fill("1, 2")
    save(page)
    question = main.versions.get().definition["sections"][1]["questions"][-1]
    assert question["show_if"] == {"all": [{"question": "attitude", "op": "in", "value": [1, 2]}]}


def test_renaming_a_code_takes_its_conditions_along(editor: Open, main: Questionnaire) -> None:
    page = editor()
    page.locator("#show-codes").check()
    page.locator(".q-toggle").nth(2).click()
    card = page.locator(".q").nth(2)
    card.locator("details.more summary").click()
    card.locator("[data-own] [data-code]").fill("recommend")
    card.locator("[data-own] [data-code]").blur()
    save(page)
    questions = main.versions.get().definition["sections"][1]["questions"]
    assert questions[0]["code"] == "recommend"
    assert questions[1]["show_if"]["all"][0]["question"] == "recommend"


def test_deleting_can_be_undone(editor: Open, main: Questionnaire) -> None:
    page = editor()
    page.locator(".q-toggle").nth(4).click()
    page.locator(".q").nth(4).locator("[data-act=delete]").click()
    expect(page.locator(".q")).to_have_count(4)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".q")).to_have_count(5)
    save(page)
    assert len(main.versions.get().definition["sections"][1]["questions"]) == 3


def test_a_fault_opens_its_question_and_stands_beside_it(editor: Open, main: Questionnaire) -> None:
    page = editor()
    page.locator(".q-toggle").nth(0).click()
    for field in page.locator(".choices li").nth(1).locator("textarea").all():
        field.fill("")
    page.locator(".q-toggle").nth(0).click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".q").nth(0).locator(".q-problem")).to_have_text(
        "Section 1, question 1 “Delivery”, row 2: a text is missing"
    )
    expect(page.locator("#editor-status")).to_have_text("Not saved yet")
    assert "lang" in str(page.evaluate("document.activeElement.outerHTML"))


def test_two_windows_the_slower_is_asked_before_it_overwrites(editor: Open, main: Questionnaire) -> None:
    first, second = editor(), editor()
    title = "[data-pair=title] textarea[lang=en]"
    first.locator(title).first.fill("First")
    save(first)
    second.locator(title).first.fill("Second")
    second.get_by_role("button", name="Save").click()
    expect(second.locator("#conflict")).to_be_visible()
    assert main.versions.get().definition["sections"][0]["title"]["en"] == "First"
    second.get_by_role("button", name="Save mine over it").click()
    expect(second.locator("#editor-status")).to_have_text("All changes saved")
    assert main.versions.get().definition["sections"][0]["title"]["en"] == "Second"


def test_the_preview_follows_what_was_saved(editor: Open, main: Questionnaire) -> None:
    page = editor()
    page.locator("[data-pair=title] textarea[lang=en]").first.fill("A new heading")
    save(page)
    expect(page.frame_locator("#preview").get_by_text("A new heading")).to_be_visible()
