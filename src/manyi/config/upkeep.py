"""Backup, restore and the doctor: what keeps a deployment healthy."""

from __future__ import annotations

import imaplib
import io
import json
import smtplib
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from django.utils.translation import gettext as _

from manyi import __version__

FORMAT = 1
#: Made anew by migrations or by use; not part of a backup.
_SKIPPED = {"contenttypes.contenttype", "auth.permission", "sessions.session", "django_q.success"}


class UpkeepError(Exception):
    """Something the operator can mend; the message says what."""


def _models() -> list[type[Model]]:
    return [
        m
        for m in apps.get_models()
        if m._meta.label_lower not in _SKIPPED and m._meta.managed and not m._meta.proxy
    ]


def _rows(model: type[Model]) -> Iterator[Model]:
    return model._default_manager.order_by("pk").iterator(chunk_size=2000)


def backup(path: Path, *, at: datetime) -> dict[str, int]:
    """Write database and files into one .tar.gz that either kind of database can be restored from.

    Rows are written in one transaction, so the backup shows one moment. Returns table → rows.
    Raises UpkeepError when the file exists.
    """
    if path.exists():
        raise UpkeepError(_("%(file)s exists already; choose another name.") % {"file": path})
    counts: dict[str, int] = {}
    draft = path.with_name(path.name + ".part")
    with tarfile.open(draft, "w:gz", compresslevel=6) as archive, transaction.atomic():
        for model in _models():
            label = model._meta.label_lower
            with tempfile.NamedTemporaryFile("w+b") as lines:
                counts[label] = 0
                for row in _rows(model):
                    lines.write(
                        serializers.serialize("json", [row], ensure_ascii=False)[1:-1].encode() + b"\n"
                    )
                    counts[label] += 1
                lines.flush()
                archive.add(lines.name, arcname=f"rows/{label}.jsonl")
        about = {
            "format": FORMAT,
            "version": __version__,
            "at": at.isoformat(),
            "rows": counts,
            "state": _state(),
        }
        content = json.dumps(about, indent=1).encode()
        entry = tarfile.TarInfo("about.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
        for folder in ("files", "warehouse"):
            if (settings.DATA_DIR / folder).is_dir():
                archive.add(settings.DATA_DIR / folder, arcname=folder)
    draft.rename(path)
    return counts


def _state() -> list[str]:
    executor = MigrationExecutor(connection)
    return sorted(f"{app}.{name}" for app, name in executor.loader.applied_migrations)


def restore(path: Path) -> dict[str, int]:
    """Fill an empty deployment from a backup, all or nothing. Returns table → rows.

    Raises UpkeepError for a file that is no backup, one of another version, or a database that is in use.
    """
    from manyi.people.models import User

    try:
        archive = tarfile.open(path, "r:gz")  # noqa: SIM115  # closed by the `with` below
        about = json.loads(_member(archive, "about.json").read())
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise UpkeepError(_("%(file)s is no backup of Manyi.") % {"file": path}) from error
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    if User.objects.exists():
        raise UpkeepError(
            _("This deployment holds data already; restore into an empty data folder or database.")
        )
    missing = set(about["state"]) - set(_state())
    if missing:
        raise UpkeepError(
            _("The backup was made by version %(version)s, which is newer than this one.")
            % {"version": about["version"]}
        )
    with archive, transaction.atomic():
        with connection.constraint_checks_disabled():
            for model in _models():
                label = model._meta.label_lower
                if label in about["rows"]:
                    _load(model, _member(archive, f"rows/{label}.jsonl"))
        connection.check_constraints()
        _reset_sequences()
        members = [m for m in archive.getmembers() if m.name.startswith(("files", "warehouse"))]
        archive.extractall(settings.DATA_DIR, members=members, filter="data")
    return dict(about["rows"])


def _member(archive: tarfile.TarFile, name: str) -> io.BufferedIOBase:
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found  # type: ignore[return-value]


def _load(model: type[Model], lines: io.BufferedIOBase) -> None:
    batch: list[Model] = []
    for line in lines:
        batch += [found.object for found in serializers.deserialize("json", b"[" + line + b"]")]
        if len(batch) >= 2000:
            model._default_manager.bulk_create(batch)
            batch.clear()
    model._default_manager.bulk_create(batch)


def _reset_sequences() -> None:
    from django.core.management.color import no_style

    statements = connection.ops.sequence_reset_sql(no_style(), _models())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@dataclass(frozen=True)
class Check:
    """One line of the doctor: what was looked at, whether it is well, and how to mend it if not."""

    name: str
    well: bool
    found: str
    remedy: str = ""


def doctor(*, at: datetime) -> list[Check]:
    """Look at database, jobs, mail, fonts and clock."""
    looks: list[Callable[[datetime], Check]] = [
        _database,
        _migrations,
        _jobs,
        _clock,
        _mail,
        _mailboxes,
        _assets,
        _folder,
    ]
    checks = []
    for look in looks:
        try:
            checks.append(look(at))
        except Exception as error:
            checks.append(Check(look.__name__.strip("_"), False, f"{type(error).__name__}: {error}"))
    return checks


def _database(at: datetime) -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
            return Check(
                "database", mode == "wal", f"SQLite, {mode}", _("The data folder must be on a local disk.")
            )
    return Check("database", True, connection.vendor)


def _migrations(at: datetime) -> Check:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Check(
        "tables", not waiting, _("%(n)d changes wait") % {"n": len(waiting)}, _("Run: manyi migrate")
    )


def _jobs(at: datetime) -> Check:
    from django_q.models import OrmQ
    from django_q.status import Stat

    alive, waiting = len(Stat.get_all()), OrmQ.objects.count()
    found = _("%(alive)d workers, %(waiting)d jobs wait") % {"alive": alive, "waiting": waiting}
    return Check("jobs", bool(alive), found, _("Start the worker: manyi worker (or manyi serve)."))


def _clock(at: datetime) -> Check:
    from django_q.models import Schedule

    late = Schedule.objects.filter(next_run__lt=at - timedelta(minutes=10)).count()
    known = Schedule.objects.count()
    well = bool(known) and not late
    return Check("clock", well, _("%(late)d of %(known)d schedules late") % {"late": late, "known": known},
                 _("Start the worker; check that this machine’s time is right."))  # fmt: skip


def _mail(at: datetime) -> Check:
    if "smtp" not in settings.EMAIL_BACKEND:
        return Check(
            "mail", settings.DEMO, settings.EMAIL_BACKEND.rsplit(".", 2)[-2], _("Set MANYI_EMAIL_URL.")
        )
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=5) as smtp:
            smtp.noop()
    except OSError as error:
        return Check("mail", False, f"{server}: {error}", _("Set MANYI_EMAIL_URL to your mail server."))
    return Check("mail", True, server)


def _mailboxes(at: datetime) -> Check:
    """Log in to each mailbox of complaints; nothing is read."""
    from imap_tools.errors import ImapToolsError

    from manyi.messaging.mailboxes import complaint_mailboxes, log_in

    boxes = complaint_mailboxes()
    wrong = []
    for box in boxes:
        try:
            with log_in(box.url):
                pass
        except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError) as error:
            wrong.append(f"{box.key}: {error}")
    found = "; ".join(wrong) or ", ".join(box.key for box in boxes) or "–"
    return Check("mailboxes", not wrong, found, _("Correct MANYI_COMPLAINTS_INBOXES."))


def _assets(at: datetime) -> Check:
    from manyi.charts import render

    absent = [p.name for p in render.FONTS.values() if not p.is_file()]
    return Check("fonts and charts", not absent, ", ".join(absent) or "Noto Sans SC",
                 _("Build the assets: make setup."))  # fmt: skip


def _folder(at: datetime) -> Check:
    import shutil

    free = shutil.disk_usage(settings.DATA_DIR).free / 2**30
    return Check(
        "data folder", free > 1, f"{settings.DATA_DIR}, {free:.1f} GiB free", _("Free some disk space.")
    )
