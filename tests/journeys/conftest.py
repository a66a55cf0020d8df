"""The product as people run it, one for each file of journeys: `manyi serve` as a process, a real SMTP server, Chromium."""

from __future__ import annotations

import email
import email.policy
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page

from tests.template import migrated

PASSWORD = "journey-secret-words"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mailbox:
    """An SMTP server on loopback that keeps what it is given."""

    mails: list[EmailMessage] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)  # type: ignore[attr-defined]
        with self.arrived:
            self.mails.append(mail)  # type: ignore[arg-type]
            self.arrived.notify_all()
        return "250 OK"

    def wait_for(self, count: int, seconds: float = 60) -> list[EmailMessage]:
        """The mails, as soon as there are `count` of them."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.mails) >= count, seconds), (
                f"{len(self.mails)} mails came"
            )
            return list(self.mails)


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@dataclass
class Product:
    url: str
    environment: dict[str, str]

    def python(self, code: str) -> str:
        """Run code inside the product's own environment, as an operator's script would."""
        head = "import django; django.setup()\n"
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "manyi.config.settings"}
        done = subprocess.run(
            [sys.executable, "-c", head + code], env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _fresh_database(url: str) -> str:
    """A database of its own on the PostgreSQL server that DATABASE_URL names."""
    import psycopg

    name = f"journey_{os.getpid()}"
    with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
    return url.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, mailbox: tuple[Mailbox, int]) -> Iterator[Product]:
    folder: Path = tmp_path_factory.mktemp("product")
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MANYI_", "DJANGO_"))}
    environment |= {
        "MANYI_DATA_DIR": str(folder), "MANYI_LANGUAGE": "en", "MANYI_EMAIL_URL": f"smtp://127.0.0.1:{mailbox[1]}",
        "MANYI_BASE_URL": f"http://127.0.0.1:{port}", "MANYI_ADMIN_PASSWORD": PASSWORD, "MANYI_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    if os.environ.get("DATABASE_URL"):
        environment["DATABASE_URL"] = _fresh_database(os.environ["DATABASE_URL"])
    else:
        migrated(folder)
    log = (folder / "log.txt").open("wb")
    command = [sys.executable, "-m", "manyi"]
    subprocess.run(
        [*command, "admin", "boss"], env=environment, check=True, stdout=log, stderr=log, timeout=120
    )
    server = subprocess.Popen(
        [*command, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log
    )
    found = Product(f"http://127.0.0.1:{port}", environment)
    try:
        _wait_until_ready(found.url, server)
        yield found
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
        print((folder / "log.txt").read_text("utf-8")[-4000:])


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except OSError:
            threading.Event().wait(0.1)
    raise AssertionError("the product did not come up")


@pytest.fixture
def boss(product: Product, browser: Browser) -> Iterator[Page]:
    """The administrator, signed in, on a desktop screen, in English."""
    context = browser.new_context(
        base_url=product.url, viewport={"width": 1280, "height": 900}, locale="en-GB"
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Login").or_(page.get_by_label("Username")).first.fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    yield page
    context.close()


AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def axe(page: Page) -> list[str]:
    """WCAG 2.2 AA violations of the page as it stands, one line each."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}))"
        ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | '))"
    )
    return list(found)
