"""A complaint from the phone call to the verified end, as its people live it: agent, workshop, quality, executive,
and the customer with a phone. The product runs as a process; mails leave through a real SMTP server.

It is walked in English on the embedded database and in Chinese on PostgreSQL: the words of buttons and fields are looked up
in the catalogues, so that a text without a translation, or with two, is found here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pymupdf
import pytest
from django.utils.translation import gettext, override, pgettext
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PASSWORD, Mailbox, Product, axe

pytestmark = pytest.mark.browser
LANGUAGE, LOCALE = ("zh-hans", "zh-CN") if os.environ.get("DATABASE_URL") else ("en", "en-GB")


UNITS = {"Workshop": ("Workshop", "车间"), "Quality": ("Quality", "质量部")}


def say(text: str, context: str = "") -> str:
    """The words on the page in the language of this walk."""
    with override(LANGUAGE):
        return pgettext(context, text) if context else gettext(text)


PEOPLE = f"""
from django.utils import timezone
from manyi.complaints.services.categories import install_categories
from manyi.customers.models import Customer
from manyi.customers.services import add_contact, create_customer
from manyi.customers.services_file import add_product
from manyi.people import services as people
from manyi.people.models import OrgUnit
from manyi.scope import Scope
at, system = timezone.now(), Scope.system("journey")
root = OrgUnit.objects.get(parent=None)
units = {{c: people.create_org_unit(system, code=c, name={{"zh": z, "en": e}}, parent=root, at=at)
         for c, z, e in (("hotline", "热线", "Hotline"), ("workshop", "车间", "Workshop"), ("quality", "质量部", "Quality"))}}
for name, role, unit in (("amy", "agent", "hotline"), ("will", "handler", "workshop"), ("quinn", "handler", "quality"),
                         ("eve", "executive", None), ("max", "satisfaction_manager", None)):
    people.create_user(system, username=name, email=name + "@clearwell.example", name=name.title(), language="{LANGUAGE}",
                       password="{PASSWORD}", roles=[(role, units[unit] if unit else root)], at=at)
install_categories(system, industry="manufacturing", at=at)
customer = create_customer(system, code="K-1", name="Harbour Works", unit=units["hotline"], at=at)
add_contact(system, customer=customer, name="Lin Lan", email="lin@harbour.example", phone="+86 138 0000 1234",
            language="{LANGUAGE}", at=at)
add_product(system, customer=customer, model="DL-40", serial="SN-77120", batch="B2609", at=at)
"""


@pytest.fixture
def people(product: Product, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Signs somebody in, each in a browser of their own."""
    product.python(PEOPLE)
    with ExitStack() as open_contexts:

        def signed_in(username: str) -> Page:
            context = browser.new_context(
                base_url=product.url, viewport={"width": 1280, "height": 900}, locale=LOCALE
            )
            open_contexts.callback(context.close)
            page = context.new_page()
            page.on("dialog", lambda dialog: dialog.accept())
            page.goto("/accounts/login/")
            page.locator("[name=login]").fill(username)
            page.locator("[name=password]").fill(PASSWORD)
            page.get_by_role("button", name=say("Sign in")).click()
            page.wait_for_url("**/")
            return page

        yield signed_in


def _receive(page: Page) -> str:
    """Without a mouse: look up, choose, say what happened, save."""
    page.goto("/complaints/receive/")
    page.keyboard.type("SN-771")
    expect(page.get_by_role("option", name=re.compile("Harbour Works"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#id_serial")).to_have_value("SN-77120")
    page.locator("#id_title").focus()
    page.keyboard.type("Bearing noisy after two weeks")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/received/")
    return page.url.rstrip("/").split("/")[-2]


def _send_order(page: Page, number: str, unit: str, instruction: str) -> None:
    page.goto(f"/complaints/{number}/")
    page.locator("#work-orders > details > summary").click()
    form = page.locator("#work-orders > details form")
    value = form.locator("[name=unit] option", has_text=UNITS[unit][LANGUAGE != "en"]).get_attribute("value")
    form.locator("[name=unit]").select_option(value)
    form.locator("[name=instruction]").fill(instruction)
    form.get_by_role("button", name=say("Send")).click()


def _work(page: Page, *, finish: str = "", send_back: str = "") -> None:
    page.goto("/work-orders/")
    if send_back:
        page.get_by_text(say("Return the order")).first.click()
        page.get_by_label(say("Why do you return it?")).fill(send_back)
        page.get_by_role("button", name=say("Return the order")).click()
    else:
        page.get_by_role("button", name=say("Accept")).click()
        page.goto("/work-orders/")
        page.get_by_text(say("Report done")).first.click()
        page.get_by_label(say("What came out?")).fill(finish)
        page.get_by_role("button", name=say("Report the result")).click()


def test_from_the_call_to_the_verified_end(
    people: Callable[[str], Page],
    product: Product,
    mailbox: tuple[Mailbox, int],
    browser: Browser,
    tmp_path: Path,
) -> None:
    already = len(mailbox[0].mails)
    agent = people("amy")
    number = _receive(agent)
    agent.goto(f"/complaints/{number}/")
    expect(agent.get_by_role("heading", name="Bearing noisy after two weeks")).to_be_visible()
    assert axe(agent) == []

    _send_order(agent, number, "Workshop", "Please look at the bearing")
    workshop = people("will")
    _work(workshop, send_back="We assemble, bearings are a matter of quality")
    agent.goto(f"/complaints/{number}/")
    expect(agent.locator("#work-orders").get_by_text("bearings are a matter of quality")).to_be_visible()
    _send_order(agent, number, "Quality", "Please measure the bearing")
    _work(people("quinn"), finish="Grease of batch B2609 is contaminated")

    agent.goto(f"/complaints/{number}/")
    agent.locator("#settling summary").first.click()
    form = agent.locator("#settling details form").first
    form.locator("[name=kind]").select_option("replacement")
    form.locator("[name=remedy]").fill("A new pump and the crane")
    form.locator("[name=amount]").fill("3000")
    form.get_by_role("button", name=say("Propose")).click()
    expect(agent.locator("#settling").get_by_text(say("Waits for approval by"))).to_be_visible()
    executive = people("eve")
    executive.goto("/approvals/")
    executive.get_by_role("button", name=say("Approve"), exact=True).click()
    agent.goto(f"/complaints/{number}/")
    agent.get_by_label(say("Message to the customer")).fill("We send a new pump and pay the crane.")
    agent.get_by_role("button", name=say("Offer"), exact=True).click()
    agent.get_by_role("button", name=say("The customer accepts")).click()
    agent.locator("summary", has_text=say("Settle it")).click()
    agent.locator("form:has(button[value=resolve]) textarea:visible").fill("New pump delivered, crane paid")
    agent.get_by_role("button", name=say("Record the settlement")).click()
    agent.get_by_role("button", name=say("Close"), exact=True).click()
    expect(agent.locator(".case-next")).to_be_visible()

    _customer_looks(browser, product, mailbox[0], already, number)
    _dissatisfied(people("max"), agent, number)
    _eight_disciplines(people("max"), product, number, tmp_path)


def _customer_looks(browser: Browser, product: Product, box: Mailbox, already: int, number: str) -> None:
    """The mails came in order, and the page behind their link says how it stands, on a phone without JavaScript."""
    mails = [m for m in box.wait_for(already + 4) if m["To"] == "lin@harbour.example"]
    texts = [mail.get_body(("plain",)).get_content() for mail in mails]  # type: ignore[union-attr]
    assert all(
        number in text or number in str(mail["Subject"]) for text, mail in zip(texts, mails, strict=True)
    )
    assert any("We send a new pump and pay the crane." in text for text in texts)
    assert not any("contaminated" in text for text in texts), "what the workshop found is internal"
    link = re.search(rf"http\S+/c/{number}/\S+", texts[0])
    assert link
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(link.group())
    expect(page.get_by_text("New pump delivered, crane paid")).to_be_visible()
    assert "contaminated" not in page.content()
    page.get_by_label(say("Write to us")).fill("Thank you, it runs")
    page.get_by_role("button", name=say("Send"), exact=True).click()
    expect(page.get_by_text("Thank you, it runs")).to_be_visible()
    context.close()


def _dissatisfied(manager: Page, agent: Page, number: str) -> None:
    """The follow-up call hears that it is noisy again: the complaint opens by itself."""
    manager.goto(f"/complaints/{number}/")
    manager.locator("main a[href^='/follow-ups/']").first.click()
    manager.get_by_label(say("Dissatisfied"), exact=True).check()
    manager.locator("[name=score][value='2']").check()
    manager.locator("[name=words]").fill("It is noisy again after three days")
    manager.get_by_role("button", name=say("Record"), exact=True).click()
    agent.goto(f"/complaints/{number}/")
    expect(agent.get_by_text("It is noisy again after three days").first).to_be_visible()
    expect(agent.get_by_text(say("In progress")).first).to_be_visible()


STEPS = """
from datetime import timedelta
from django.utils import timezone
from manyi.complaints.models import Problem
from manyi.complaints import eight_d
from manyi.complaints.services import eight_d as services
from manyi.people.access import scope_of
from manyi.people.models import User
at = timezone.now()
problem, max_ = Problem.objects.get(), User.objects.get(username="max")
scope = scope_of(max_)
from manyi.complaints.services.problems import edit
edit(scope, problem=problem, at=at, leader=max_, champion=User.objects.get(username="eve"))
for name in ("Wang Wei", "Li Li"):
    services.add_member(scope, problem=problem, name=name, function="Quality", at=at)
for code in eight_d.CODES:
    content = {field.name: f"{code} {field.name}: checked on the line" for field in eight_d.FIELDS[code]}
    if code != "D1":
        services.write(scope, problem=problem, code=code, content=content, due_on=None, at=at)
for question in ("occurrence", "escape"):
    top = services.add_cause(scope, problem=problem, text="Grease contaminated", branch="material", question=question, parent=None, at=at)
    deep = services.add_cause(scope, problem=problem, text="No filter at the filling station", branch="material", question=question, parent=top, at=at)
    services.judge_cause(scope, cause=deep, is_root=True, link="system", proof="Particles found in 5 of 5 samples", at=at)
for kind in ("containment", "corrective", "preventive"):
    row = services.add_action(scope, problem=problem, kind=kind, text=f"{kind} action", owner=max_, due_on=at.date(), at=at)
    services.finish_action(scope, action=row, evidence="Photo 12", effectiveness=100, at=at)
"""


def _eight_disciplines(manager: Page, product: Product, number: str, folder: Path) -> None:
    """A problem is opened from the complaint, its eight steps are signed in order, the report is what a customer gets."""
    manager.goto(f"/problems/new/?complaint={number}")
    manager.get_by_role("button", name=say("Open the problem")).click()
    manager.wait_for_url("**/problems/*P-*/")
    address = manager.url
    product.python(STEPS)
    for code in ("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"):
        manager.goto(address)
        manager.get_by_role("button", name=say("Sign %(code)s") % {"code": code}).click()
    manager.goto(address)
    assert axe(manager) == []
    for name in ("English PDF", "中文 PDF"):
        with manager.expect_download() as download:
            manager.get_by_role("link", name=name).click()
        file = folder / f"{name}.pdf"
        download.value.save_as(file)
        with pymupdf.open(file) as document:
            text = "".join(page.get_text() for page in document)
        assert "No filter at the filling station" in text
        assert "D8" in text
    # It closes on evidence only: nobody knows yet that it does not come back.
    expect(manager.get_by_role("button", name=say("Close the problem"))).to_have_count(0)
