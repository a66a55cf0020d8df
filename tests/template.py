"""An SQLite database with all tables, made once per set of migrations: a test run copies it instead of running them.

Running all migrations takes longer than most test files. PostgreSQL always runs them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import django

SOURCE = Path(__file__).parents[1] / "src" / "manyi"


def fingerprint() -> str:
    """Changes when a migration, the list of apps or Django does."""
    found = hashlib.sha256(django.__version__.encode())
    for file in [*sorted(SOURCE.glob("*/migrations/*.py")), SOURCE / "config" / "settings.py"]:
        found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()[:20]


def template() -> Path:
    """The database's file; made on first use, by one process while others wait."""
    file = Path(tempfile.gettempdir()) / f"manyi-tables-{os.getuid()}-{fingerprint()}.sqlite3"
    if file.exists():
        return file
    with open(file.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _make(file)
    return file


def migrated(folder: Path) -> None:
    """Give a data folder the embedded database as `manyi migrate` would leave it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(template(), folder / "manyi.sqlite3")


def _make(file: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="manyi-tables-") as folder:
        given = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        given |= {
            "MANYI_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "manyi.config.settings",
            "MANYI_SECRET_KEY": "test-only",
        }
        subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=given, check=True)
        new = file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with sqlite3.connect(Path(folder) / "manyi.sqlite3") as database:
            database.execute("VACUUM INTO ?", [str(new)])
        os.replace(new, file)  # whole, or not there
