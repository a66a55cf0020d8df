"""The executive page printed by a browser is one A4, in both languages, however much there is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pymupdf
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser

from tests.conftest import Cast
from tests.reports.test_review import BACKEND, much

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("filled", ["empty", "much"])
def test_printed_by_chromium_it_is_one_a4(
    request: pytest.FixtureRequest,
    live_server: Any,
    browser: Browser,
    at: datetime,
    language: str,
    filled: str,
) -> None:
    cast: Cast = request.getfixturevalue("cast" if filled == "empty" else "year")
    if filled == "much":
        much(cast, at)
    client = Client()
    client.force_login(cast.manager, backend=BACKEND)
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([
        {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": live_server.url},
        {"name": "django_language", "value": language, "url": live_server.url},
    ])  # fmt: skip
    page = context.new_page()
    page.goto("/executive/?period=2026-Q1")
    page.wait_for_load_state("networkidle")
    content = page.pdf(prefer_css_page_size=True, print_background=True)
    context.close()
    found = pymupdf.open(stream=content, filetype="pdf")
    assert len(found) == 1
    text = found[0].get_text()
    assert ("管理评审" if language == "zh-hans" else "Management review") in text
    assert ("涉及金额" if language == "zh-hans" else "Money at stake") in text
