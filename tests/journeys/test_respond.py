"""A respondent on a telephone and at a desk: every type of question, with and without the browser's script."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories import texts
from tests.journeys.conftest import Product, axe

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
SCALE = {
    "min": 1, "max": 5, "not_applicable": True,
    "labels": {"1": texts("很不满意", "Very dissatisfied"), "3": texts("一般", "Neutral"), "5": texts("很满意", "Very satisfied")},
}  # fmt: skip
AGREE = {
    "min": 1,
    "max": 7,
    "labels": {"1": texts("完全不同意", "Strongly disagree"), "7": texts("完全同意", "Strongly agree")},
}


def choices(*rows: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "text": texts(zh, en)} for code, zh, en in rows]


PRICE = {"all": [{"question": "reason", "op": "eq", "value": "price"}]}
DEFINITION: dict[str, Any] = {
    "name": texts("2026 年度客户满意度调查", "Customer survey 2026"),
    "intro": texts("约需 5 分钟。您的意见将直接用于改进服务。", "It takes about five minutes. What you say is used to serve you better."),
    "callback": True,
    "sections": [
        {"code": "rated", "title": texts("您的评价", "Your rating"), "questions": [
            {"code": "delivery", "type": "matrix", "required": True, "scale": SCALE,
             "text": texts("您对以下各项交付服务满意吗？", "How satisfied are you with our delivery?"),
             "items": choices(("on_time", "按约定日期送达", "Arrived on the agreed day"), ("complete", "货品齐全、无破损", "Complete and undamaged"))},
            {"code": "overall", "type": "likert", "required": True, "scale": AGREE, "text": texts("总体而言，我愿意继续与贵公司合作。", "All in all I would like to go on working with you.")},
            {"code": "nps", "type": "nps", "required": True, "text": texts("您向同行推荐我们的可能性有多大？", "How likely are you to recommend us to a colleague?")},
            {"code": "csat", "type": "csat", "text": texts("您对最近一次服务满意吗？", "How satisfied were you with the latest service?")},
            {"code": "ces", "type": "ces", "text": texts("解决问题是否轻松？", "How easy was it to get your problem solved?")},
            {"code": "hotline", "type": "kano", "text": texts("如果提供 24 小时热线，您觉得如何？", "If there were a hotline around the clock, how would you feel?"),
             "text2": texts("如果不提供 24 小时热线，您觉得如何？", "If there were none, how would you feel?")},
            {"code": "staff", "type": "servqual", "scale": AGREE, "text": texts("关于我们的员工", "About our staff"), "items": choices(("polite", "员工有礼貌", "Staff are polite"))},
            {"code": "rivals", "type": "competitor", "scale": SCALE, "text": texts("与其他供应商相比", "Compared with other suppliers"),
             "items": choices(("value", "性价比", "Value for money")), "options": choices(("us", "我们", "Us"), ("other_firm", "其他供应商", "Another supplier"))},
        ]},
        {"code": "told", "title": texts("您的意见", "Your opinion"), "questions": [
            {"code": "reason", "type": "single", "required": True, "other": True, "text": texts("选择我们的主要原因是什么？", "What is the main reason for choosing us?"),
             "options": choices(("price", "价格", "Price"), ("quality", "质量", "Quality"))},
            {"code": "fair", "type": "text", "required": True, "show_if": PRICE, "text": texts("怎样的价格算合理？", "What would be a fair price?")},
            {"code": "channels", "type": "multi", "text": texts("您通过哪些方式联系我们？", "How do you reach us?"),
             "options": [*choices(("phone", "电话", "Telephone"), ("wechat", "微信", "WeChat")), {"code": "none", "text": texts("以上都没有", "None of these"), "exclusive": True}]},
            {"code": "order", "type": "ranking", "text": texts("请按重要性排序", "Please rank by importance"), "options": choices(("speed", "速度", "Speed"), ("care", "用心", "Care"))},
            {"code": "years", "type": "number", "min": 0, "max": 99, "text": texts("合作了几年？", "For how many years have you been with us?")},
            {"code": "since", "type": "date", "text": texts("最近一次下单日期", "Date of your latest order")},
            {"code": "photo", "type": "file", "text": texts("可上传照片说明问题", "You may send a picture of a problem")},
            {"code": "comment", "type": "text", "multiline": True, "text": texts("还有什么想告诉我们的？", "Anything else you would like to tell us?")},
        ]},
    ],
}  # fmt: skip
RATED = {
    "on_time": 4, "complete": None, "overall": 6, "nps": 9, "csat": 4, "ces": 6, "hotline__f": 1, "hotline__d": 4,
    "polite__e": 7, "polite__p": 5, "value__us": 5, "value__other_firm": 3,
}  # fmt: skip
TOLD = {"reason": "price", "channels__phone": 1, "channels__wechat": 0, "channels__none": 0,
        "order__speed": 2, "order__care": 1, "years": 3, "since": "2026-02-28", "comment": "一切都好"}  # fmt: skip

SETUP = """
import json, sys
sys.path.insert(0, {root!r})
from datetime import UTC, datetime, timedelta
from manyi.people.models import OrgUnit
from manyi.surveys.models import IndicatorTree, Questionnaire, QuestionnaireVersion, TreeVersion
from tests import factories
at = datetime.now(UTC) - timedelta(days=1)
unit = OrgUnit.objects.order_by("path").first()
name = factories.texts("答题页", "Pages")
tree = TreeVersion.objects.create(
    tree=IndicatorTree.objects.create(code="respond", name=name, created_at=at), number=1, changed_at=at,
    definition=factories.TREE)
form = QuestionnaireVersion.objects.create(
    questionnaire=Questionnaire.objects.create(code="respond", name=name, created_at=at), number=1, changed_at=at,
    definition=json.loads({definition!r}))
wave = factories.wave(unit, at, tree_version=tree, questionnaire_version=form, code="respond")
for number in range(8):
    customer = factories.customer(unit, number, at)
    print(factories.invitation(wave, customer, at).token)
"""
STORED = """
import json
from manyi.surveys.models import Response
print(json.dumps(Response.objects.get(invitation__token={token!r}).answers))
"""


@pytest.fixture(scope="module")
def links(product: Product) -> Iterator[str]:
    """Personal links of one wave, each for one test."""
    definition = json.dumps(DEFINITION)
    tokens = product.python(SETUP.format(root=str(ROOT), definition=definition)).split()
    return iter([f"/s/{token}/" for token in tokens])


def stored(product: Product, link: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(product.python(STORED.format(token=link.split("/")[2])))
    return found


def look(page: Page, name: str) -> None:
    """A picture for whoever wants to look: set MANYI_SHOTS to a folder."""
    if folder := os.environ.get("MANYI_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def rate(page: Page) -> None:
    for column, value in RATED.items():
        word = "na" if value is None else str(value)
        page.locator(f'input[name="{column}"][value="{word}"]').check()


def tell(page: Page) -> None:
    page.get_by_label("Price", exact=True).check()
    page.get_by_label("Telephone").check()
    page.get_by_label("Speed").select_option("2")
    page.get_by_label("Care").select_option("1")
    page.get_by_label("For how many years have you been with us?").fill("3")
    page.get_by_label("Date of your latest order").fill("2026-02-28")
    page.get_by_label("Anything else you would like to tell us?").fill("一切都好")
    upload = {"name": "damage.png", "mimeType": "image/png", "buffer": PNG}
    page.get_by_label("You may send a picture of a problem").set_input_files(upload)  # type: ignore[arg-type]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_every_type_of_question_on_a_telephone(
    product: Product, browser: Browser, links: Iterator[str], script: bool
) -> None:
    link = next(links)
    context = browser.new_context(
        base_url=product.url, viewport={"width": 390, "height": 844}, java_script_enabled=script
    )
    page = context.new_page()
    page.goto(f"{link}?lang=en")
    rate(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Your opinion")).to_be_visible()
    fair = page.get_by_label("What would be a fair price?")
    expect(fair).to_be_hidden()
    tell(page)
    if not script:
        page.get_by_role("button", name="Send answers").click()
        expect(page.get_by_text("The new questions are marked.")).to_be_visible()
        expect(page.get_by_label("Anything else you would like to tell us?")).to_have_value("一切都好")
        look(page, "more-without-script")
    expect(fair).to_be_visible()
    page.get_by_role("button", name="Send answers").click()
    expect(page.get_by_text("One answer needs your attention")).to_be_visible()
    look(page, f"problem-{script}")
    fair.fill("90")
    page.get_by_role("button", name="Send answers").click()
    expect(page.get_by_role("heading", name="Your answers have arrived")).to_be_visible()
    answers = stored(product, link)
    assert answers.pop("photo").endswith(".png")
    assert answers == {**RATED, **TOLD, "fair": "90"}
    page.get_by_label("Name").fill("王芳")
    page.get_by_label("Telephone").fill("021-5555 0000")
    page.get_by_role("button", name="Please call me").click()
    expect(page.get_by_text("We have noted your wish and will call you.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_barrier_on_any_page(
    product: Product, browser: Browser, links: Iterator[str], language: str, width: int
) -> None:
    link = next(links)
    context = browser.new_context(
        base_url=product.url, viewport={"width": width, "height": 844}, bypass_csp=True
    )
    page = context.new_page()

    def clean(name: str) -> None:
        look(page, f"{name}-{language}-{width}")
        assert axe(page) == [], name

    page.goto(f"{link}?lang={language}")
    clean("first")
    page.locator('button[name="_go"][value="next"]').last.click()
    expect(page.locator("#errors")).to_be_focused()
    clean("errors")
    rate(page)
    page.locator('button[name="_go"][value="next"]').last.click()
    page.locator('input[name="reason"][value="price"]').check()
    clean("second")
    page.locator('input[name="reason"][value="quality"]').check()
    page.locator('button[name="_go"][value="next"]').last.click()
    expect(page.locator("#phone")).to_be_visible()
    clean("thanks")
    page.locator('button[name="_go"][value="call"]').click()
    expect(page.locator("#e-phone")).to_be_visible()
    clean("call")
    page.goto("/s/nobody-has-this-link/?lang=" + language)
    clean("unknown")
    context.close()


def test_another_language_keeps_the_answers(product: Product, browser: Browser, links: Iterator[str]) -> None:
    context = browser.new_context(base_url=product.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{next(links)}?lang=en")
    page.locator('input[name="on_time"][value="4"]').check()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="您的评价")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator('input[name="on_time"][value="4"]')).to_be_checked()
    context.close()


def test_the_narrowest_telephone_needs_no_sideways_scrolling(
    product: Product, browser: Browser, links: Iterator[str]
) -> None:
    context = browser.new_context(base_url=product.url, viewport={"width": 320, "height": 568})
    page = context.new_page()
    page.goto(f"{next(links)}?lang=en")
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 320
    look(page, "narrow-first")
    rate(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Your opinion")).to_be_visible()
    page.get_by_label("Price", exact=True).check()
    assert page.evaluate(wide) <= 320
    look(page, "narrow-second")
    context.close()
