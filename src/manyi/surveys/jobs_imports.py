"""Background jobs of wave imports."""

from __future__ import annotations

from django.urls import reverse
from django.utils.timezone import now  # noqa: TID251

from manyi.events.jobs import JobRefused
from manyi.events.models import Job
from manyi.events.services import advance
from manyi.people.access import scope_of
from manyi.people.models import User
from manyi.surveys.models import ImportFile
from manyi.surveys.services import imports
from manyi.web.errors import Refused


def import_wave(job: Job) -> None:
    """Import the file `job.arguments['import_id']` with the rights of whoever started it."""
    row = ImportFile.objects.select_related("unit").get(pk=job.arguments["import_id"])
    if row.state == ImportFile.State.DONE:  # delivered twice
        return
    scope = scope_of(User.objects.get(pk=job.owner_id or 0))
    page = reverse("wave-import", args=[row.key])
    try:
        found = imports.run(
            scope, row=row, at=now(), progress=lambda done, total: advance(job, done=done, total=total)
        )
    except Refused as refusal:
        ImportFile.objects.filter(pk=row.pk).update(state=ImportFile.State.FAILED)
        Job.objects.filter(pk=job.pk).update(next_url=page)
        raise JobRefused({"zh": str(refusal), "en": str(refusal)}) from refusal
    except Exception:
        ImportFile.objects.filter(pk=row.pk).update(state=ImportFile.State.FAILED)
        raise
    if not found.usable:
        row.refresh_from_db()
        Job.objects.filter(pk=job.pk).update(next_url=page)
        raise JobRefused(
            {
                "zh": f"有 {row.errors} 处问题，没有导入任何答卷。错误文件列出了行和列。",
                "en": f"{row.errors} problems were found; nothing was imported. The error file lists row and column.",
            }
        )
    count = len(found.rows.answers) if found.rows else 0
    job.result = {"wave_id": row.wave_id, "responses": count}
    job.message = {"zh": f"已导入 {count} 份答卷。", "en": f"{count} responses were imported."}
    job.next_url = page


def discard_old_files() -> None:
    """Delete uploaded files that nobody imported within seven days."""
    ImportFile.discard_old(now())
