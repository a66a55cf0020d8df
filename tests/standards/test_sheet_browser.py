"""A mystery visit filled in on a phone of 390 px, in Chromium: saved answer by answer, with a photo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from manyi.standards.models import MysteryVisit, VisitPhoto
from manyi.standards.services import visits
from tests.conftest import Cast
from tests.journeys.conftest import axe
from tests.standards import places

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en-GB",
        timezone_id="Asia/Shanghai",
    )  # fmt: skip
    yield context.new_page()
    context.close()


def test_a_visit_is_filled_in_and_handed_in_with_a_thumb(
    cast: Cast, at: datetime, phone: Page, live_server: Any, client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    visitor = places.person("visitor", "interviewer", cast.group, at)
    today = timezone.localdate()
    row = visits.assign(
        cast.scope("manager"), checklist=places.checklist(cast, at, "visit"), unit=cast.east, visitor=visitor,
        starts_on=today, ends_on=today, at=at,
    )  # fmt: skip
    client.force_login(visitor, backend="django.contrib.auth.backends.ModelBackend")
    phone.context.add_cookies(
        [
            {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url},
            {"name": "django_language", "value": "en", "url": live_server.url},
        ]
    )
    wrong: list[str] = []
    phone.on("pageerror", lambda error: wrong.append(str(error)))
    phone.goto(f"{live_server.url}/visits/{row.key}/sheet/")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(phone) == []
    first, second, third = (phone.locator(f"#check-{mark.pk}") for mark in row.marks.all())
    for target in first.locator(".sheet-answers label").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    first.get_by_label("Yes").tap()
    expect(first.get_by_text("Saved at")).to_be_visible()
    second.get_by_label("No", exact=True).tap()
    second.get_by_label("What was seen").fill("Waited 25 minutes")
    second.get_by_label("What was seen").blur()
    expect(second.get_by_text("Saved at")).to_be_visible()
    upload = places.photo(size=(800, 600))
    second.get_by_label("Add a photo").set_input_files(
        {"name": "queue.jpg", "mimeType": "image/jpeg", "buffer": upload.read()}
    )
    expect(second.get_by_role("img", name="Photo 1")).to_be_visible()
    second.get_by_label("Add a photo").set_input_files(
        {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    expect(second.get_by_role("alert")).to_contain_text("bad.jpg")
    third.get_by_label("Points, 0 to 100").fill("70")
    third.get_by_label("Points, 0 to 100").blur()
    expect(phone.get_by_text("3 of 3 answered")).to_be_visible()
    phone.reload()
    expect(second.get_by_label("What was seen")).to_have_value("Waited 25 minutes")
    phone.on("dialog", lambda dialog: dialog.accept())
    phone.get_by_role("button", name="Hand in").tap()
    expect(phone.get_by_text("Handed in. Thank you.")).to_be_visible()
    stored = MysteryVisit.objects.get()
    assert (stored.state, stored.score) == ("submitted", 60)
    assert VisitPhoto.objects.count() == 1
    assert wrong == []
