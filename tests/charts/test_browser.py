"""The page script in Chromium, under the product's own content policy."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import manyi.web
from manyi import charts
from manyi.charts import Chart, Score

STATIC = Path(manyi.web.__file__).parent / "static"
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'"

pytestmark = [
    pytest.mark.browser,
]

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Charts</title>
<script defer src="/vendor/htmx.min.js"></script><script type="module" src="/web/charts.js"></script></head>
<body><figure class="chart" data-chart="first"></figure>
<script type="application/json" id="first">%s</script>
<button type="button" data-chart-table="numbers" aria-expanded="false">Table</button>
<table id="numbers" hidden><tr><td>82.3</td></tr></table>
<div id="part"><button type="button" id="more" hx-get="/part.html" hx-target="#part">More</button></div>
</body></html>"""
PART = '<figure class="chart" data-src="/second.json" data-error="The chart cannot be shown."></figure>'


def bars(label: str) -> Chart:
    return charts.score_bars(
        [Score(label, 82.3, 80, 85, 432), Score("Price", 61, 58, 64, 400)], title="Scores"
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with the product's static files and a page of charts."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("vendor", "web"):
        (folder / name).symlink_to(STATIC / name)
    (folder / "index.html").write_text(PAGE % bars("<img src=x onerror=alert(1)>{a}").to_json(), "utf-8")
    (folder / "part.html").write_text(PART, "utf-8")
    (folder / "second.json").write_text(bars("Delivery").to_json(), "utf-8")
    (folder / "broken.html").write_text(
        PAGE.replace('data-chart="first"', 'data-src="/none.json" data-error="No chart."') % "{}", "utf-8"
    )

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    yield context.new_page()
    context.close()


def test_a_chart_is_drawn_without_breaking_the_policy(tab: Page, address: str) -> None:
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message))

    tab.goto(address)
    tab.wait_for_selector("figure[data-chart-state=drawn] svg")

    assert [text for text in complaints if "favicon" not in text and "404" not in text] == []
    assert "{a}" in (tab.text_content("figure svg") or "")
    assert tab.query_selector("figure img") is None
    assert tab.get_attribute(".chart-canvas", "aria-label") == "Scores"
    assert tab.get_attribute(".chart-canvas", "role") == "img"


def test_a_tooltip_shows_a_hostile_name_as_text(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_selector("figure[data-chart-state=drawn] svg")
    box = tab.locator("figure svg").bounding_box()
    assert box is not None

    tab.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 28)
    expect(tab.locator("figure")).to_contain_text("432")
    assert "onerror" in tab.inner_text("figure")
    assert tab.query_selector("figure img") is None


def test_a_phone_gets_the_narrow_layout_and_turning_it_the_wide_one(tab: Page, address: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(address)
    tab.wait_for_selector("figure[data-chart-state=drawn] svg")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    narrow = tab.locator("figure svg text").all_text_contents()

    tab.set_viewport_size({"width": 1000, "height": 800})
    expect(tab.locator("figure svg")).to_have_attribute("width", re.compile(r"9\d\d"))
    assert tab.locator("figure svg text").all_text_contents() != narrow


def test_a_chart_that_htmx_brings_is_fetched_and_drawn(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.click("#more")
    tab.wait_for_selector("#part figure[data-chart-state=drawn] svg")

    assert "Delivery" in (tab.text_content("#part svg") or "")


def test_a_chart_that_cannot_be_fetched_says_so(tab: Page, address: str) -> None:
    tab.goto(f"{address}/broken.html")
    tab.wait_for_selector("figure[data-chart-state=failed]")

    assert tab.inner_text("figure") == "No chart."


def test_the_button_shows_and_hides_the_table(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_selector("figure[data-chart-state=drawn]")

    tab.click("[data-chart-table]")
    assert tab.is_visible("#numbers")
    assert tab.get_attribute("[data-chart-table]", "aria-expanded") == "true"

    tab.click("[data-chart-table]")
    assert not tab.is_visible("#numbers")
