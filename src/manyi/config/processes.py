"""Starting what a deployment runs: database set-up, web server, worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.urls import get_resolver

from manyi.complaints.services import clock_policies, letters
from manyi.config.schedule import install
from manyi.customers.services_authority import shipped_limits


def prepare() -> None:
    """Bring the database up to date and install the clock's schedule. Safe to repeat."""
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    if not settings.EMBEDDED:
        call_command("createcachetable", verbosity=0)
    install()
    _ship()


def _ship() -> None:
    """What every deployment starts with is there before anybody looks: a page that is only read writes nothing."""
    clock_policies.shipped()
    letters.templates()
    shipped_limits()


def _web_command(host: str, port: int) -> list[str]:
    # SQLite has one writer: one worker with one thread gave the best tail latency of all shapes tried.
    workers, threads = ("1", "1") if settings.EMBEDDED else ("2", "4")
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", workers, "--blocking-threads", threads, "--no-access-log", "--log-level", "warning",
        "manyi.config.wsgi:application",
    ]  # fmt: skip


def run_web(host: str, port: int) -> None:
    command = _web_command(host, port)
    os.execv(command[0], command)  # noqa: S606


def run_worker() -> None:
    # The first job that makes a link would load every page of the product while it holds the database.
    get_resolver().url_patterns  # noqa: B018
    call_command("qcluster")


def run_all(host: str, port: int) -> None:
    """Web and worker as two child processes; when one ends, or on a signal, both end."""
    prepare()
    children = [
        subprocess.Popen(command)  # noqa: S603
        for command in (_web_command(host, port), [sys.executable, "-m", "manyi", "worker"])
    ]

    def stop(*_: object) -> None:
        for child in children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.3)
    finally:
        stop()
        for child in children:
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
    if any(child.returncode not in (0, -signal.SIGTERM, -signal.SIGINT) for child in children):
        sys.exit(1)
