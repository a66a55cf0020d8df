"""Backup, restore, doctor, health: run as a person would, as commands on a data folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.template import migrated


def _manyi(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    environment |= {"MANYI_DATA_DIR": str(folder), "MANYI_LANGUAGE": "en", "MANYI_LOG_LEVEL": "ERROR"}
    return subprocess.run(
        [sys.executable, "-m", "manyi", *words], env=environment, capture_output=True, text=True, timeout=120
    )


_SET_UP = """
import django; django.setup()
from datetime import datetime, UTC
from manyi.people import services as p
from manyi.scope import Scope
at = datetime(2026, 3, 2, tzinfo=UTC); s = Scope.system("test")
top = p.create_org_unit(s, code="top", name={"zh": "总部", "en": "Top"}, parent=None, at=at)
p.create_user(s, username="admin", email="", name="王芳", language="en", password="secret-words",
              roles=[("administrator", top)], at=at)
"""


def _python(folder: Path, code: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment |= {"MANYI_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "manyi.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_backup_fills_an_empty_deployment_and_only_an_empty_one(tmp_path: Path) -> None:
    first, second, archive = tmp_path / "first", tmp_path / "second", tmp_path / "backup.tar.gz"
    migrated(first)
    _python(first, _SET_UP)
    (first / "files").mkdir()
    (first / "files" / "note.txt").write_text("kept", "utf-8")
    assert _manyi(first, "backup", str(archive)).returncode == 0
    assert _manyi(first, "backup", str(archive)).returncode == 1  # never overwrites
    assert _manyi(second, "restore", str(archive)).returncode == 0
    rows = "import django; django.setup()\nfrom manyi.events.models import Event\nfrom manyi.people.models import User\n"
    rows += "print(User.objects.get().name, Event.objects.count(), User.objects.get().memberships.get().unit.path)"
    assert _python(first, rows) == _python(second, rows)
    assert (second / "files" / "note.txt").read_text("utf-8") == "kept"
    again = _manyi(second, "restore", str(archive))
    assert again.returncode == 1
    assert "holds data already" in again.stderr
    assert "Traceback" not in again.stderr


def test_what_is_no_backup_is_refused_in_one_paragraph(tmp_path: Path) -> None:
    (tmp_path / "photo.tar.gz").write_bytes(b"not a backup")
    refused = _manyi(tmp_path / "data", "restore", str(tmp_path / "photo.tar.gz"))
    assert (refused.returncode, "is no backup" in refused.stderr) == (1, True)


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    migrated(tmp_path)
    told = _manyi(tmp_path, "doctor")
    assert told.returncode == 1  # no worker runs
    assert "✓ tables" in told.stdout
    assert "✗ jobs" in told.stdout
    assert "manyi worker" in told.stdout


def test_a_token_of_an_unknown_user_is_refused(tmp_path: Path) -> None:
    migrated(tmp_path)
    refused = _manyi(tmp_path, "token", "nobody")
    assert (refused.returncode, "no active user" in refused.stderr) == (1, True)


@pytest.mark.django_db
def test_healthz_answers_when_the_tables_are_up_to_date(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
