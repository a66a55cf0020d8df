"""The journey map in Chromium: drawn by keyboard alone, read on a phone, clean for screen readers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from manyi.standards.models import Touchpoint
from tests.conftest import Cast
from tests.standards.journey_rows import standard, touchpoint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def drawn(page: Page, live_server: Any, cast: Cast, at: datetime, client: Client) -> Page:
    for position, code in enumerate(("arrival", "unpacking", "papers")):
        point = touchpoint(cast.group, code, position=position, owner=cast.agent)
        standard(point, f"s-{code}")
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    for name, value in (("sessionid", client.cookies["sessionid"].value), ("django_language", "en")):
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return page


def test_a_touchpoint_is_moved_by_keyboard_and_the_focus_stays(drawn: Page, live_server: Any) -> None:
    drawn.goto(f"{live_server.url}/journey-map/edit/")
    drawn.get_by_role("button", name="Move up: Papers").focus()
    drawn.keyboard.press("Enter")
    again = drawn.get_by_role("button", name="Move up: Papers")
    expect(drawn).to_have_url(f"{live_server.url}/journey-map/edit/?moved=touchpoint%3Apapers%3A-1")
    expect(again).to_be_focused()
    drawn.keyboard.press("Enter")
    expect(again).to_be_disabled()
    expect(drawn.get_by_role("button", name="Move down: Papers")).to_be_focused()
    assert [t.code for t in Touchpoint.objects.all()] == ["papers", "arrival", "unpacking"]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "path", ["/journey-map/", "/journey-map/edit/", "/service-standards/", "/service-standards/s-papers/"]
)
def test_pages_fit_and_are_clean(drawn: Page, live_server: Any, width: int, path: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed")
    drawn.set_viewport_size({"width": width, "height": 844})
    drawn.goto(f"{live_server.url}{path}")
    assert not drawn.evaluate("document.documentElement.scrollWidth > innerWidth")
    drawn.evaluate(AXE.read_text("utf-8"))
    rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"
    found = drawn.evaluate(
        f"async () => (await axe.run(document, {{runOnly: {rules}}})).violations.map(v => v.id)"
    )
    assert found == []
