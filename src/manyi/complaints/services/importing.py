"""Complaints of another system: each row by itself, those that cannot be read are listed with the reason.

Imported complaints keep the dates they had; time limits are not counted for them, since theirs were set elsewhere.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from manyi.complaints import import_rows, search
from manyi.complaints.import_rows import Parsed, Row
from manyi.complaints.models import (
    Assignment,
    CaseRole,
    Category,
    Complaint,
    ComplaintImport,
    Note,
    NumberSeries,
)
from manyi.customers.models import Customer
from manyi.events import catalogue
from manyi.events.models import Job
from manyi.events.services import publish, start_job
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.warehouse.tabular import Table
from manyi.web.errors import Refused

BATCH = 2_000
RIGHT = "complaints.receive"
Progress = Callable[[int, int], None]


def upload(
    scope: Scope, *, data: bytes, name: str, unit: OrgUnit, source: str, encoding: str = "", at: datetime
) -> ComplaintImport:
    """Keep an uploaded list; its columns are guessed by their names. Raises TableError, NotAllowed."""
    scope.require(RIGHT, unit.pk)
    table = ComplaintImport.read(data, name=name, encoding=encoding)
    row = ComplaintImport.keep(table, owner_id=scope.user_id, unit=unit, name=name, size=len(data), at=at)
    row.source = source
    row.mapping = import_rows.guess(table.names)
    row.save(update_fields=["mapping", "source"])
    return row


def choose(scope: Scope, *, row: ComplaintImport, mapping: dict[str, str]) -> None:
    scope.require(RIGHT, row.unit_id)
    row.mapping = mapping
    row.save(update_fields=["mapping"])


def examine(row: ComplaintImport, *, at: datetime, table: Table | None = None) -> Parsed:
    """What the import would read, and what is wrong."""
    table = table or row.table()
    faults = import_rows.check(row.mapping, table.names)
    if faults:
        return Parsed([], faults)
    return import_rows.parse(table, row.mapping, zone=ZoneInfo(settings.TIME_ZONE), at=at)


def start(scope: Scope, *, row: ComplaintImport, at: datetime) -> Job:
    """Queue the import. Raises Refused when it runs already or is done."""
    scope.require(RIGHT, row.unit_id)
    with transaction.atomic():
        waiting = (ComplaintImport.State.UPLOADED, ComplaintImport.State.FAILED)
        if not ComplaintImport.objects.filter(pk=row.pk, state__in=waiting).update(state="running"):
            raise Refused(_("This list is being imported or has been imported already."))
        return start_job(
            scope, kind="complaints.import", function="manyi.complaints.jobs_importing.import_complaints",
            label={"zh": f"导入投诉：{row.name}", "en": f"Import of complaints: {row.name}"},
            at=at, arguments={"import_id": row.pk},
        )  # fmt: skip


def run(
    scope: Scope,
    *,
    row: ComplaintImport,
    owner: User,
    at: datetime,
    progress: Progress = lambda done, total: None,
) -> ComplaintImport:
    """Import every row that can be read; `owner` answers for and works on them. The error file lists the others.

    A complaint that came from the same source with the same number before is left as it is.
    """
    scope.require(RIGHT, row.unit_id)
    found = examine(row, at=at)
    unit = OrgUnit.objects.get(pk=row.unit_id)
    imported = 0
    with transaction.atomic():
        for i in range(0, len(found.rows), BATCH):
            imported += _save(found.rows[i : i + BATCH], unit, row.source, owner, at)
            progress(min(i + BATCH, len(found.rows)), len(found.rows))
        publish(
            scope,
            catalogue.ComplaintsImported(subject_id=str(row.key), unit_id=unit.pk, created=imported),
            at=at,
        )
        row.imported, row.known, row.errors = imported, len(found.rows) - imported, len(found.faults)
        row.state = ComplaintImport.State.DONE if found.rows else ComplaintImport.State.FAILED
        row.save(update_fields=["imported", "known", "errors", "state"])
    row.write_errors(found.faults)
    return row


def _save(rows: Sequence[Row], unit: OrgUnit, source: str, owner: User, at: datetime) -> int:
    here = set(
        Complaint.objects.filter(source=source, external_id__in=[row.external_id for row in rows])
        .values_list("external_id", flat=True)
    )  # fmt: skip
    new = [row for row in rows if row.external_id not in here]
    if not new:
        return 0
    categories = {path: _category(path) for path in {row.category for row in new} if path}
    codes = {row.customer for row in new if row.customer}
    customers = dict(Customer.objects.filter(code__in=codes).values_list("code", "pk"))
    numbers = _numbers(unit, [row.received_at for row in new])
    made = [
        Complaint(
            number=number, secret=secrets.token_urlsafe(16), unit=unit, handler_unit=unit, handler=owner,
            first_contact_owner=owner, received_at=row.received_at, source=source, external_id=row.external_id,
            category=categories.get(row.category), customer_id=customers.get(row.customer), **row.fields,
        )
        for row, number in zip(new, numbers, strict=True)
    ]  # fmt: skip
    Complaint.objects.bulk_create(made, batch_size=500)
    Assignment.objects.bulk_create(
        [
            Assignment(complaint=case, role=role, unit=unit, user=owner, since=case.received_at)
            for case in made
            for role in (CaseRole.FIRST_CONTACT_OWNER, CaseRole.HANDLER)
        ],
        batch_size=2_000,
    )
    late = _("The other system says: not answered in time.")
    Note.objects.bulk_create(
        [Note(complaint=case, at=at, text=late) for row, case in zip(new, made, strict=True) if row.late]
    )
    search.put_many(made)
    return len(made)


def _numbers(unit: OrgUnit, moments: Sequence[datetime]) -> list[str]:
    """Case numbers as `cases.next_number` gives them, a day's at a time."""
    zone = ZoneInfo(settings.TIME_ZONE)
    days = [moment.astimezone(zone).strftime("%Y%m%d") for moment in moments]
    last: dict[str, int] = {}
    for day, count in Counter(days).items():
        key = f"{unit.code.upper()}-{day}"
        NumberSeries.objects.get_or_create(key=key)
        NumberSeries.objects.filter(key=key).update(last=F("last") + count)
        last[day] = NumberSeries.objects.get(key=key).last - count
    numbers = []
    for day in days:
        last[day] += 1
        numbers.append(f"{unit.code.upper()}-{day}-{last[day]:04d}")
    return numbers


def _category(path: tuple[str, ...]) -> Category:
    """The category of that name (and its parent), made when there is none."""
    *above, name = path
    parent = _category(tuple(above)) if above else None
    digest = hashlib.sha256("/".join(path).encode()).hexdigest()[:8]
    code = f"{slugify(name)[:30] or 'category'}-{digest}"
    defaults = {"name": {"zh": name, "en": name}, "parent": parent, "position": 900}
    return Category.objects.get_or_create(code=code, defaults=defaults)[0]
