"""Fixtures every test may use: the named cast, a run of queued jobs, the real data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.management.commands import flush
from django.db import connection
from django.utils import translation

from manyi.people import services as people
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from tests.template import template

# Playwright's event loop runs in the thread of the tests; Django would take their queries for asynchronous ones.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """The system's Chromium, kept from calling home."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On another database only what uses one is worth running again."""
    if settings.EMBEDDED:
        return
    pure = [item for item in items if not _reads_database(item)]
    config.hook.pytest_deselected(items=pure)
    items[:] = [item for item in items if _reads_database(item)]


def _reads_database(item: pytest.Item) -> bool:
    names = {"db", "transactional_db", "live_server", "product"}
    return item.get_closest_marker("django_db") is not None or bool(
        names & set(getattr(item, "fixturenames", ()))
    )


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The embedded database begins as a copy that has all tables already."""
    return bool(settings.EMBEDDED)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    if not settings.EMBEDDED:
        yield
        return
    file = Path(str(connection.settings_dict["TEST"]["NAME"]))
    shutil.copy(template(), file)
    yield
    for name in (file, *file.parent.glob(f"{file.name}-*")):
        name.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _empty_caches() -> None:
    """Counters of rate limits outlive a test's transaction."""
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page asked for in Chinese leaves the thread in Chinese; the next test begins in the usual language."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real public data; the test is skipped where it is absent."""
    folder = Path(os.environ.get("MANYI_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}; set MANYI_TEST_DATA to run this test")
    return folder


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Runs everything queued, as a worker would."""
    from manyi.events.queue import drain

    return drain


@dataclass
class Cast:
    """A group with two branches; everybody's password is 'secret-words'."""

    group: OrgUnit
    east: OrgUnit
    west: OrgUnit
    admin: User  # administrator of the group
    manager: User  # satisfaction manager of the group
    east_manager: User  # satisfaction manager of the east branch
    agent: User  # agent of the east branch
    handler: User  # handler of the east branch
    executive: User  # executive of the group
    outsider: User  # satisfaction manager of the west branch

    def scope(self, name: str) -> Scope:
        return scope_of(User.objects.get(username=name))


@pytest.fixture
def cast(db: None) -> Cast:
    system = Scope.system("test set-up")
    group = people.create_org_unit(
        system, code="group", name={"zh": "集团", "en": "Group"}, parent=None, at=AT
    )
    east = people.create_org_unit(system, code="east", name={"zh": "东区", "en": "East"}, parent=group, at=AT)
    west = people.create_org_unit(system, code="west", name={"zh": "西区", "en": "West"}, parent=group, at=AT)

    def user(username: str, role: str, unit: OrgUnit) -> User:
        return people.create_user(
            system, username=username, email=f"{username}@example.org", name=username.title(), language="en",
            password="secret-words", roles=[(role, unit)], at=AT,
        )  # fmt: skip

    people.organisation()
    return Cast(
        group=group, east=east, west=west,
        admin=user("admin", "administrator", group),
        manager=user("manager", "satisfaction_manager", group),
        east_manager=user("east_manager", "satisfaction_manager", east),
        agent=user("agent", "agent", east),
        handler=user("handler", "handler", east),
        executive=user("executive", "executive", group),
        outsider=user("outsider", "satisfaction_manager", west),
    )  # fmt: skip


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_triggers() -> Iterator[None]:
    """SQLite empties tables between live-server tests by DELETE, which the event log's trigger refuses."""
    handle = flush.Command.handle

    def handle_without_triggers(self: flush.Command, **options: object) -> None:
        if connection.vendor != "sqlite":
            return handle(self, **options)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            try:
                handle(self, **options)
            finally:
                for _name, sql in triggers:
                    cursor.execute(sql)
        return None

    flush.Command.handle = handle_without_triggers
    yield
    flush.Command.handle = handle
