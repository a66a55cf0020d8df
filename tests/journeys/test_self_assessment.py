"""A self-assessment as people do it: opened at a desk, asked for by mail, rated on a phone in two sittings, read, and its
weakest category made a finding.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PASSWORD, Mailbox, Product, axe

pytestmark = pytest.mark.browser

PEOPLE = f"""
from django.utils import timezone
from manyi.people.models import OrgUnit, User
from manyi.people.services import create_user
from manyi.scope import Scope
User.objects.filter(username="boss").update(name="Bo Boss", email="boss@example.org")
root = OrgUnit.objects.get(parent=None)
for name in ("ann", "ben", "cai", "dan"):
    create_user(Scope.system("journey"), username=name, email=f"{{name}}@example.org", name=name.title(), language="en",
                password="{PASSWORD}", roles=[("agent", root)], at=timezone.now())
"""

#: Everybody but Ann rates everything 4, but empowerment 2.
OTHERS = """
from django.utils import timezone
from manyi.people.access import scope_of
from manyi.standards import assessment as rules
from manyi.standards.models import AssessmentRater
from manyi.standards.services import assessments as services
sheet = {code: 2 if code.startswith("empowerment") else 4 for code in rules.STATEMENTS}
for rater in AssessmentRater.objects.exclude(user__username="ann"):
    scope, at = scope_of(rater.user), timezone.now()
    services.save_sheet(scope, rater=rater, ratings=sheet, comments={}, at=at)
    services.submit(scope, rater=rater, at=at)
"""


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def rate(page: Page, numbers: range, value: int) -> None:
    """Statements by their number, each with the same value, and wait until the last is saved."""
    for number in numbers:
        statement = page.get_by_role("group", name=re.compile(rf"^{number}\. "))
        statement.locator(f"label:has(input[value='{value}'])").click()
    expect(page.locator("#progress")).to_contain_text(f"{numbers[-1]} of 40 rated")


def test_from_opening_a_round_to_a_finding(
    product: Product, boss: Page, browser: Browser, mailbox: tuple[Mailbox, int]
) -> None:
    product.python(PEOPLE)
    boss.goto("/self-assessment/")
    boss.get_by_role("link", name="Open a round").first.click()
    boss.get_by_label("Org unit").select_option(index=1)
    boss.get_by_label("Name (Chinese)").fill("春季自测")
    boss.get_by_label("Name (English)").fill("Spring round")
    boss.get_by_label("Last day").fill((datetime.now(UTC) + timedelta(days=10)).date().isoformat())
    assert axe(boss) == []
    boss.get_by_role("button", name="Open the round").click()
    for name in ("Bo Boss", "Ann", "Ben", "Cai", "Dan"):
        boss.get_by_label(name, exact=True).check()
    boss.get_by_role("button", name="Invite").click()
    round_address = boss.url

    box, _port = mailbox
    letters = {mail["To"]: mail.get_content() for mail in box.wait_for(5)}
    link = re.search(r"http://\S+/sheet/", letters["ann@example.org"])
    assert link is not None

    phone = browser.new_context(base_url=product.url, viewport={"width": 390, "height": 844}, locale="en-GB")
    page = phone.new_page()
    sign_in(page, "ann")
    page.goto(link.group(0))
    rate(page, range(1, 21), 4)
    expect(page.get_by_role("button", name="Submit")).to_have_count(0)
    page.goto("/")
    page.goto(link.group(0))
    assert page.locator("input[type=radio]:checked").count() == 20
    assert axe(page) == []
    rate(page, range(21, 41), 4)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("You submitted this sheet on")).to_be_visible()
    assert page.locator("input[type=radio]:enabled").count() == 0
    phone.close()

    product.python(OTHERS)
    boss.goto(round_address)
    boss.on("dialog", lambda dialog: dialog.accept())
    boss.get_by_role("button", name="End the round and show the result").click()
    row = boss.get_by_role("row").filter(has_text="Ability and empowerment").filter(has_text="−32.0")
    expect(row).to_contain_text("48.0%")
    expect(boss.locator("figure.chart svg, figure.chart canvas").first).to_be_visible()
    assert axe(boss) == []
    row.get_by_role("button", name="Make it a finding").click()
    expect(boss.get_by_role("heading", level=1)).to_contain_text("Ability and empowerment")
    expect(boss.locator("body")).to_contain_text("48.0% of the points, target 80% · 5 raters")
