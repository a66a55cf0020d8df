"""The main job, end to end, as people do it: tree, questionnaire, customers, wave, mail, answers, reminder,
results, report. The product runs as a process; mail leaves through a real SMTP server.
"""

from __future__ import annotations

import re
from pathlib import Path

import pymupdf
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Mailbox, Product, axe

pytestmark = pytest.mark.browser

CUSTOMERS = "customer number,name,contact name,e-mail,tier,language\n" + "\n".join(
    f"C-{i:03d},客户 {i},张 {i},customer{i}@example.org,{'ABCD'[i % 4]},{('zh', 'en')[i % 2]}"
    for i in range(1, 13)
)


def _confirm(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())


def _design(page: Page) -> None:
    """An industry template becomes a published tree and its published questionnaire."""
    page.goto("/trees/new/")
    page.get_by_role("radio", name=re.compile("Manufacturing")).check()
    page.get_by_label("Code").fill("csi")
    page.get_by_role("button", name="Create the draft").click()
    page.goto("/trees/csi/")
    page.get_by_role("button", name="Publish the draft").click()
    expect(page.get_by_text("published").first).to_be_visible()
    page.get_by_role("button", name="Make a questionnaire").click()
    page.wait_for_url("**/questionnaires/**")
    code = page.url.rstrip("/").split("/questionnaires/")[1].split("/")[0]
    page.goto(f"/questionnaires/{code}/")
    page.get_by_role("button", name="Publish the draft").click()
    expect(page.get_by_text("Published").first).to_be_visible()


def _customers(page: Page, folder: Path) -> None:
    source = folder / "customers.csv"
    source.write_text(CUSTOMERS, "utf-8")
    page.goto("/customers/imports/")
    page.get_by_label("File").set_input_files(source)
    page.get_by_role("button", name="Upload and look at the columns").click()
    page.get_by_role("button", name=re.compile("Check and preview")).click()
    page.get_by_role("button", name=re.compile("Import 12 customers")).click()
    expect(page.get_by_text("Done")).to_be_visible(timeout=60_000)
    page.goto("/customers/")
    expect(page.get_by_text("C-012")).to_be_visible()


def _open_wave(page: Page) -> None:
    page.goto("/waves/new/")
    page.get_by_label("Name (Chinese)").fill("春季满意度调查")
    page.get_by_label("Name (English)").fill("Spring survey")
    page.get_by_label("Code").fill("spring")
    page.get_by_label("Remind after days").fill("3")
    expect(page.locator("#preview")).to_contain_text("12", timeout=15_000)
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("button", name="Open and send").click()
    expect(page.get_by_text("Close wave")).to_be_visible()


def _link(text: str, kind: str = "s") -> str:
    found = re.search(rf"http://[^\s<>\"]+/{kind}/[\w-]+/?", text)
    assert found, text
    return found.group(0)


def _answer(browser: Browser, url: str, score: int, *, photograph: Path | None = None) -> None:
    """Answer on a small phone without JavaScript."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="en-GB"
    )
    page = context.new_page()
    page.goto(url)
    if photograph:
        page.screenshot(path=photograph, full_page=True)
    for _page in range(20):
        for group in page.locator(
            "fieldset:has(> * input[type=radio]), fieldset:has(> input[type=radio])"
        ).all():
            radios = group.locator("input[type=radio]")
            values = [radio.get_attribute("value") for radio in radios.all()]
            top = "10" if "10" in values else str(score)
            if top in values and not group.locator("fieldset").count():
                group.locator(f"input[type=radio][value='{top}']").first.check(force=True)
        with page.expect_navigation():
            page.locator(".nav button[value=next]").click()
        if not page.locator("form#f").count():
            break
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Your answers have arrived|收到"))
    context.close()


def test_a_wave_from_the_tree_to_the_report(
    product: Product, boss: Page, browser: Browser, mailbox: tuple[Mailbox, int], tmp_path: Path
) -> None:
    box = mailbox[0]
    product.python(
        "from manyi.people.models import Organisation; from manyi.people.services import organisation\n"
        "organisation(); Organisation.objects.update(quiet_from='00:00', quiet_until='00:00')"
    )
    _confirm(boss)
    _design(boss)
    _customers(boss, tmp_path)
    _open_wave(boss)

    mails = box.wait_for(12)
    assert {m["To"] for m in mails} >= {"customer1@example.org", "customer12@example.org"}
    assert all(m["List-Unsubscribe-Post"] for m in mails)
    links = {}
    for mail in mails:
        links[str(mail["To"])] = _link(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert len(set(links.values())) == 12

    for i in range(1, 11):
        _answer(browser, links[f"customer{i}@example.org"], 5 if i > 3 else 2)
    again = browser.new_page()
    again.goto(links["customer1@example.org"])
    expect(again.locator("body")).to_contain_text(re.compile("already|已"))
    again.close()

    # Three days later only the two who have not answered are reminded.
    product.python(
        "from datetime import timedelta; from django.utils.timezone import now\n"
        "from manyi.surveys.models import Invitation\n"
        "Invitation.objects.exclude(next_reminder_at=None).update(next_reminder_at=now() - timedelta(minutes=1))\n"
        "from manyi.surveys.jobs import send_reminders; send_reminders()\n"
        "from manyi.messaging.jobs import send_due; send_due()"
    )
    mails = box.wait_for(14)
    assert {str(m["To"]) for m in mails[12:]} == {"customer11@example.org", "customer12@example.org"}

    boss.goto("/waves/")
    boss.get_by_role("link", name="Spring survey").click()
    expect(boss.locator("dl")).to_contain_text("10")
    boss.get_by_role("button", name="Close wave").click()
    boss.goto("/results/spring/")
    expect(boss.locator("main")).to_contain_text("n = 10")
    # 7 people gave 5 of 5 and 3 gave 2 of 5 throughout: (7·100 + 3·25)/10
    expect(boss.locator("main")).to_contain_text("77.5")

    boss.goto("/reports/")
    boss.get_by_role("button", name="PDF").first.click()
    with boss.expect_download() as download:
        boss.get_by_role("link", name="Continue").click(timeout=60_000)
    text = "".join(page.get_text() for page in pymupdf.open(download.value.path(), filetype="pdf"))
    assert "77.5" in text


PAGES = ["/", "/waves/", "/waves/new/", "/questionnaires/", "/questionnaires/new/", "/trees/", "/trees/new/",
         "/results/", "/customers/", "/customers/imports/", "/reports/", "/settings/", "/settings/units/",
         "/settings/users/", "/settings/users/new/", "/settings/events/", "/account/", "/callbacks/",
         "/imports/"]  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_accessible_and_fits(product: Product, boss: Page, language: str, width: int) -> None:
    boss.set_viewport_size({"width": width, "height": 844})
    boss.context.add_cookies([{"name": "django_language", "value": language, "url": product.url}])
    errors: list[str] = []
    boss.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for address in PAGES:
        response = boss.goto(address)
        assert response
        assert response.status == 200, address
        assert axe(boss) == [], address
        assert not boss.evaluate("document.documentElement.scrollWidth > innerWidth"), (
            f"{address} scrolls sideways"
        )
    assert errors == []
