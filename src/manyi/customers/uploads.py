"""A table somebody uploaded to import it: kept as Parquet until the import is done, seven days at most."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.customers.faults import ERROR_HEADER, MAX_ERRORS, Fault
from manyi.people.models import OrgUnit, User
from manyi.warehouse.tabular import Table, read_table, write_csv

KEPT = timedelta(days=7)


class UploadedTable(models.Model):
    """Abstract: one uploaded file, what a person chose for it, and how its import ended."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for your choices")
        RUNNING = "running", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Refused")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    unit = models.ForeignKey(OrgUnit, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    rows = models.PositiveIntegerField()
    encoding = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    mapping = models.JSONField(default=dict, blank=True)
    errors = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "imports" / f"{self.key}.parquet"

    @property
    def errors_path(self) -> Path:
        return self.path.with_suffix(".errors.json")

    @classmethod
    def read(cls, data: Path | bytes, *, name: str, encoding: str | None = None, sheet: str | None = None) -> Table:  # fmt: skip
        """The table of a file within the limits of this deployment. Raises TableError."""
        return read_table(
            data, name=name, encoding=encoding or None, sheet=sheet or None, max_bytes=settings.UPLOAD_MAX_BYTES
        )  # fmt: skip

    @classmethod
    def keep(
        cls, table: Table, *, owner_id: int | None, unit: OrgUnit, name: str, size: int, at: datetime
    ) -> Self:
        """Store the table on disk and its row in the database."""
        row = cls(
            owner_id=owner_id, unit=unit, name=name[-200:], size=size, rows=len(table),
            encoding=table.encoding, created_at=at,
        )  # fmt: skip
        row.path.parent.mkdir(parents=True, exist_ok=True)
        table.save(row.path)
        row.save()
        return row

    @property
    def available(self) -> bool:
        return self.path.exists()

    def table(self) -> Table:
        return Table.load(self.path)

    def write_errors(self, faults: Sequence[Fault]) -> None:
        """Keep what is wrong for the error file, the first 10,000 in the order of the rows."""
        ordered = sorted(faults, key=lambda fault: fault.row or 0)
        self.errors_path.write_text(json.dumps(ordered[:MAX_ERRORS], ensure_ascii=False), "utf-8")

    def read_errors(self) -> list[Fault]:
        """What :meth:`write_errors` kept; empty when there is nothing."""
        if not self.errors_path.exists():
            return []
        return [Fault(*parts) for parts in json.loads(self.errors_path.read_text("utf-8"))]

    def error_file(self, language: str) -> bytes:
        """The error file as CSV: row, column, value and message, in zh or en."""
        rows = [(f.row, f.column, f.value, f.texts[language]) for f in self.read_errors()]
        return write_csv(ERROR_HEADER[language], rows)

    def discard(self) -> None:
        """Delete the files; the row stays, saying what was imported."""
        self.path.unlink(missing_ok=True)
        self.errors_path.unlink(missing_ok=True)

    @classmethod
    def discard_old(cls, at: datetime) -> int:
        """Delete the files of uploads older than seven days; returns of how many."""
        old = [row for row in cls.objects.filter(created_at__lt=at - KEPT) if row.available]  # type: ignore[attr-defined]
        for row in old:
            row.discard()
        return len(old)
