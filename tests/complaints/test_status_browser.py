"""The complainant's walk in Chromium on a phone without scripts: from the mail to the rating."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from manyi.complaints.models import Complaint
from manyi.complaints.services import cases, messages
from manyi.messaging.services import send_batch
from tests import factories
from tests.complaints.test_attachments import PNG
from tests.conftest import Cast
from tests.journeys.conftest import axe
from tests.messaging.conftest import Post

pytestmark = [pytest.mark.browser, pytest.mark.smtp, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """390 px wide, no scripts."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="en-GB"
    )
    yield context.new_page()
    context.close()


def _link(post: Post, subject: str) -> str:
    """The address of the status page in the newest mail with such a subject."""
    mail = next(m for m in reversed(post.mails) if subject in m["Subject"])
    body = mail.get_body(("plain",))
    assert body is not None
    return re.findall(r"http\S+/c/\S+", body.get_content())[0]


def test_from_the_first_mail_to_the_rating(
    cast: Cast, at: datetime, post: Post, phone: Page, browser: Browser, live_server: LiveServer,
    run_jobs: Callable[[], int], settings: object,
) -> None:  # fmt: skip
    settings.BASE_URL = live_server.url  # type: ignore[attr-defined]
    scope = cast.scope("agent")
    row = factories.complaint(
        cast.east, cast.agent, at, title="Bearing noisy", email="li@example.org", language="en"
    )
    run_jobs()
    send_batch(limit=10, at=at)
    requests: list[str] = []
    phone.on("request", lambda request: requests.append(request.url))
    phone.goto(_link(post, "We have received"))
    expect(phone.get_by_role("heading", name="Bearing noisy")).to_be_visible()
    expect(phone.get_by_text("We have it")).to_be_visible()

    phone.get_by_label("Write to us").fill("Here is what it looks like.")
    phone.get_by_label("Photos or files").set_input_files(
        [{"name": "noise.png", "mimeType": "image/png", "buffer": PNG}]
    )
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.get_by_role("status")).to_have_text("Your message has arrived.")
    expect(phone.get_by_role("link", name="noise.png")).to_be_visible()

    row = Complaint.objects.get()
    messages.send(scope, complaint=row, text="We come on Tuesday.", at=at + timedelta(hours=1))
    cases.start(scope, complaint=row, at=at + timedelta(hours=1))
    cases.resolve(scope, complaint=row, resolution="Bearing replaced.", at=at + timedelta(hours=2))
    run_jobs()
    send_batch(limit=10, at=at + timedelta(hours=2))
    assert [m["Subject"].partition("] ")[2] for m in post.mails] == [
        "We have received your complaint",
        "A message about your complaint",
        "How your complaint is settled",
    ]
    phone.goto(_link(post, "is settled"))
    expect(phone.get_by_text("We come on Tuesday.")).to_be_visible()
    expect(phone.get_by_text("Bearing replaced.")).to_be_visible()
    phone.get_by_label("Dissatisfied", exact=True).check()
    phone.get_by_label("Why? (if you like)").first.fill("Two weeks is long.")
    phone.get_by_role("button", name="Send my rating").click()
    expect(phone.get_by_role("status")).to_have_text("Thank you for your rating.")
    assert list(row.ratings.values_list("score", "comment")) == [(2, "Two weeks is long.")]

    phone.get_by_role("link", name="中文").click()
    expect(phone.get_by_role("heading", name="处理结果")).to_be_visible()
    expect(phone.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert {url.partition("/c/")[0].partition("/static/")[0] for url in requests} == {live_server.url}

    context = browser.new_context(viewport={"width": 390, "height": 844})
    checked = context.new_page()
    checked.goto(phone.url)
    assert axe(checked) == []
    assert checked.evaluate("document.documentElement.scrollWidth") == 390
    context.close()


def test_withdrawing_and_the_form_for_number_and_secret(
    cast: Cast, at: datetime, phone: Page, live_server: LiveServer
) -> None:
    row = factories.complaint(cast.east, cast.agent, at, title="Bearing noisy", language="en")
    phone.goto(f"{live_server.url}/c/?lang=en")
    phone.get_by_label("Case number").fill(row.number)
    phone.get_by_label("Secret").fill("wrong")
    phone.get_by_role("button", name="See where it stands").click()
    expect(phone.get_by_role("alert")).to_contain_text("No complaint has this number with this secret.")
    phone.get_by_label("Secret").fill(row.secret)
    phone.get_by_role("button", name="See where it stands").click()
    phone.get_by_text("Withdraw my complaint").click()
    phone.get_by_role("button", name="Withdraw it").click()
    expect(phone.get_by_role("status")).to_have_text("Your complaint is withdrawn.")
    expect(phone.get_by_role("heading", name="Where it stands: Withdrawn")).to_be_visible()
