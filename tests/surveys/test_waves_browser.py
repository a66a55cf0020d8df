"""Pages of waves in Chromium: fields that come and go, links that are copied, progress that moves by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys import links
from manyi.surveys.models import Wave
from manyi.surveys.services import waves as services
from tests import factories
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SYSTEM = Scope.system("test")
Opener = Callable[..., Page]


@pytest.fixture
def wave(cast: Cast, at: datetime) -> Wave:
    rules = organisation()
    rules.quiet_from = rules.quiet_until = time()
    rules.save()
    for number in range(3):
        factories.customer(cast.east, number, at)
    row = factories.wave(cast.group, at, state="draft", opened_at=None)
    return services.open_wave(SYSTEM, wave=services.enable_open_link(SYSTEM, wave=row), at=at)


@pytest.fixture
def open_page(cast: Cast, client: Client, live_server: LiveServer, browser: Browser) -> Iterator[Opener]:
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    contexts = []

    def open_(path: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(locale="en-US", java_script_enabled=scripts)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.add_cookies([cookie])
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()


def test_only_the_fields_of_the_chosen_way_of_sampling_show(open_page: Opener, wave: Wave) -> None:
    page = open_page("/waves/new/")
    fields = {name: page.get_by_label(name) for name in ("Sample size", "Groups by", "Shared out", "Quotas")}
    for method, shown in {
        "all": (),
        "random": ("Sample size",),
        "stratified": ("Sample size", "Groups by", "Shared out"),
        "quota": ("Groups by", "Quotas"),
    }.items():
        page.get_by_label("How many").select_option(method)
        for name, field in fields.items():
            expect(field).to_be_visible(visible=name in shown)


def test_without_scripts_every_field_shows_and_no_dead_button(open_page: Opener, wave: Wave) -> None:
    form = open_page("/waves/new/", scripts=False)
    for name in ("Sample size", "Groups by", "Shared out", "Quotas"):
        expect(form.get_by_label(name)).to_be_visible()
    page = open_page(f"/waves/{wave.pk}/invitations/", scripts=False)
    expect(page.locator("[data-copy]")).to_have_count(3)
    expect(page.locator("[data-copy]").first).to_be_hidden()


@pytest.mark.parametrize("clipboard", [True, False])
def test_a_personal_link_is_copied_with_and_without_the_modern_clipboard(
    open_page: Opener, wave: Wave, clipboard: bool
) -> None:
    page = open_page(f"/waves/{wave.pk}/invitations/")
    if not clipboard:  # as on a plain http address
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    row = wave.invitations.order_by("pk")[1]
    button = page.get_by_role("button", name=f"Copy: {row.customer.name}")
    button.click()
    expect(button.get_by_role("status")).to_have_text("Copied")
    page.get_by_placeholder("Customer").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_placeholder("Customer")).to_have_value(links.personal(row.token))


def test_progress_moves_by_itself_until_all_mails_have_left(
    open_page: Opener, wave: Wave, at: datetime
) -> None:
    page = open_page(f"/waves/{wave.pk}/")
    expect(page.get_by_text("Sending: 0 of 3")).to_be_visible()
    wave.invitations.filter(pk=wave.invitations.order_by("pk")[0].pk).update(state="sent", sent_at=at)
    expect(page.get_by_text("Sending: 1 of 3")).to_be_visible(timeout=10_000)
    wave.invitations.update(state="sent", sent_at=at)
    expect(page.get_by_role("progressbar", name="Sending")).to_have_count(0, timeout=10_000)
    expect(page.get_by_role("heading", name="Day by day")).to_be_visible()
