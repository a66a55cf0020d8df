"""Background jobs of the customer file."""

from __future__ import annotations

from django.urls import reverse
from django.utils.timezone import now  # noqa: TID251

from manyi.customers import services_file_imports, services_imports
from manyi.customers.models import CustomerImport, FileImport
from manyi.events.jobs import JobRefused
from manyi.events.models import Job
from manyi.events.services import advance
from manyi.people.access import scope_of
from manyi.people.models import User


def import_customers(job: Job) -> None:
    """Import the list `job.arguments['import_id']` with the rights of whoever started it."""
    row = CustomerImport.objects.get(pk=job.arguments["import_id"])
    scope = scope_of(User.objects.get(pk=job.owner_id or 0))
    page = reverse("customer-import", args=[row.key])
    if row.state == CustomerImport.State.DONE:  # delivered twice
        return
    try:
        found = services_imports.run(
            scope, row=row, at=now(), progress=lambda done, total: advance(job, done=done, total=total)
        )
    except Exception:
        CustomerImport.objects.filter(pk=row.pk).update(state=CustomerImport.State.FAILED)
        raise
    if found.faults:
        Job.objects.filter(pk=job.pk).update(next_url=page)
        count = len(found.faults)
        raise JobRefused(
            {
                "zh": f"有 {count} 处问题，没有导入任何客户。请查看错误文件。",
                "en": f"{count} problems were found; nothing was imported. See the error file.",
            }
        )
    job.result = {"created": found.created, "changed": found.changed}
    job.message = {
        "zh": f"新增 {found.created} 个客户，更新 {found.changed} 个。",
        "en": f"Customers added: {found.created}; updated: {found.changed}.",
    }
    job.next_url = reverse("customers")


def import_customer_file(job: Job) -> None:
    """Import the products or orders of `job.arguments['import_id']` with the rights of whoever started it."""
    row = FileImport.objects.get(pk=job.arguments["import_id"])
    scope = scope_of(User.objects.get(pk=job.owner_id or 0))
    if row.state == FileImport.State.DONE:  # delivered twice
        return
    try:
        found = services_file_imports.run(
            scope, row=row, at=now(), progress=lambda done, total: advance(job, done=done, total=total)
        )
    except Exception:
        FileImport.objects.filter(pk=row.pk).update(state=FileImport.State.FAILED)
        raise
    if found.faults:
        Job.objects.filter(pk=job.pk).update(next_url=reverse("file-import", args=[row.key]))
        count = len(found.faults)
        raise JobRefused(
            {
                "zh": f"有 {count} 处问题，没有导入任何内容。请查看错误文件。",
                "en": f"{count} problems were found; nothing was imported. See the error file.",
            }
        )
    new, changed = len(found.new), len(found.changed)
    job.result = {"created": new, "changed": changed}
    job.message = {
        "zh": f"新增 {new} 条，更新 {changed} 条。",
        "en": f"Rows added: {new}; updated: {changed}.",
    }
    job.next_url = reverse("customers")


def discard_old_uploads() -> None:
    """Delete uploaded lists that nobody imported within seven days."""
    CustomerImport.discard_old(now())
    FileImport.discard_old(now())
