"""Imports of complaints in the background."""

from __future__ import annotations

from django.urls import reverse
from django.utils.timezone import now  # noqa: TID251

from manyi.complaints.models import ComplaintImport
from manyi.complaints.services import importing
from manyi.events.models import Job
from manyi.events.services import advance
from manyi.people.access import scope_of
from manyi.people.models import User


def import_complaints(job: Job) -> None:
    """Import the list `job.arguments['import_id']` with the rights of whoever started it."""
    row = ComplaintImport.objects.get(pk=job.arguments["import_id"])
    owner = User.objects.get(pk=job.owner_id or 0)
    if row.state == ComplaintImport.State.DONE:  # delivered twice
        return
    try:
        importing.run(
            scope_of(owner), row=row, owner=owner, at=now(),
            progress=lambda done, total: advance(job, done=done, total=total),
        )  # fmt: skip
    except Exception:
        ComplaintImport.objects.filter(pk=row.pk).update(state=ComplaintImport.State.FAILED)
        raise
    job.result = {"imported": row.imported, "known": row.known, "errors": row.errors}
    job.message = {
        "zh": f"导入 {row.imported} 条投诉，{row.known} 条此前已有，{row.errors} 处问题。",
        "en": f"Complaints imported: {row.imported}; here before: {row.known}; problems: {row.errors}.",
    }
    job.next_url = reverse("complaint-import", args=[row.key])


def discard_old_files() -> None:
    """Delete uploaded lists after seven days."""
    ComplaintImport.discard_old(now())
