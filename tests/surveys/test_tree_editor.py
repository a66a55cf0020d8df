"""The tree editor in Chromium on a phone: adding, moving and weighing by mouse and keyboard arrive in the draft."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from manyi.surveys.models import IndicatorTree
from manyi.surveys.services import trees as services
from tests.conftest import Cast
from tests.factories import TREE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def editor(
    cast: Cast, at: datetime, client: Client, live_server: LiveServer, browser: Browser
) -> Iterator[Page]:
    services.create_tree(cast.scope("manager"), code="csi", name={}, definition=TREE, at=at)
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live_server.url}/trees/csi/edit/")
    expect(page.locator(".tree-node")).to_have_count(6)
    yield page
    for context in browser.contexts:
        context.close()
    assert errors == []


def save(page: Page) -> dict[str, object]:
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#messages")).to_contain_text("The draft is saved.")
    definition: dict[str, object] = IndicatorTree.objects.get().versions.get().definition
    return definition


def outline(nodes: object) -> list[object]:
    assert isinstance(nodes, list)
    return [[n["code"], outline(n["children"])] if n.get("children") else n["code"] for n in nodes]


def test_saving_without_a_change_changes_nothing(editor: Page) -> None:
    before = IndicatorTree.objects.get().versions.get().definition
    assert save(editor) == before


def test_buttons_move_a_node_everywhere(editor: Page) -> None:
    editor.get_by_role("button", name="Move down: 准时交付").press("Enter")
    editor.get_by_role("button", name="Move out one level: 服务态度").press("Enter")
    editor.get_by_role("button", name="Move up: 服务态度").press("Enter")
    expect(editor.get_by_role("button", name="Move into the one above: 响应速度")).to_be_disabled()
    assert outline(save(editor)["tree"]) == [
        ["delivery", ["complete", "on_time"]], "attitude", ["service", ["speed"]],
    ]  # fmt: skip


def test_a_new_item_is_named_and_the_weights_are_made_one_hundred(editor: Page) -> None:
    editor.get_by_role("button", name="Add an item below: 交期").click()
    editor.keyboard.type("包装")
    off = editor.locator(".tree-sum.off")
    expect(off).to_contain_text("Sum 150")
    off.get_by_role("button", name="Make it 100").click()
    expect(off).to_have_count(0)
    delivery = save(editor)["tree"][0]  # type: ignore[index]
    assert [(n["name"]["zh"], n["weight"]) for n in delivery["children"]] == [
        ("准时交付", 33.34), ("数量准确", 33.33), ("包装", 33.33),
    ]  # fmt: skip


def test_no_button_leads_deeper_than_five_levels(editor: Page) -> None:
    editor.get_by_role("button", name="Add an item below: 响应速度").click()
    editor.keyboard.type("四级")
    editor.get_by_role("button", name="Add an item below: 四级").click()
    editor.keyboard.type("五级")
    expect(editor.get_by_role("button", name="Add an item below: 五级")).to_be_disabled()


def test_the_page_fits_a_phone(editor: Page) -> None:
    assert editor.evaluate("document.documentElement.scrollWidth") <= 390
