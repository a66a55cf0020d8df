"""Making the reports that were ordered."""

from __future__ import annotations

from django.urls import reverse
from django.utils.timezone import now  # noqa: TID251

from manyi.events.jobs import JobRefused
from manyi.events.models import Job
from manyi.insights import queries
from manyi.insights.selection import Selection
from manyi.insights.services import note_export
from manyi.people.access import scope_of
from manyi.people.models import User
from manyi.reports import analyst, files, services, wave
from manyi.reports.review import UnknownChoice
from manyi.scope import NotAllowed
from manyi.surveys.models import Wave

WRITERS = {kind.removeprefix("."): write for kind, write in analyst.WRITERS.items()}


def make_report(job: Job) -> None:
    """Build the report with the rights its orderer has now. The same job made twice gives the same file."""
    owner = User.objects.filter(pk=job.owner_id or 0).first()
    order = job.arguments
    if owner is None:
        raise JobRefused({"zh": "下达任务的用户已不存在。", "en": "The user who ordered this is gone."})
    scope = scope_of(owner)
    try:
        found = queries.wave(scope, order["wave"])
    except Wave.DoesNotExist:
        raise JobRefused(
            {
                "zh": "该调查期已不存在，或您已无权查看。",
                "en": "The wave is gone, or you may no longer see it.",
            }
        ) from None
    document = wave.build(
        scope,
        found,
        selection=Selection.of(order["selection"]),
        language=order["language"],
        at=job.created_at,
    )
    services.store(job, WRITERS[order["format"]](document))
    note_export(scope, wave=found, what=f"report.{order['format']}", count=found.responses.count(), at=now())
    job.next_url = reverse("report-file", args=[job.key])
    job.message = {"zh": "报告已生成，可以下载。", "en": "The report is ready to download."}


def make_review(job: Job) -> None:
    """Make a management review or evidence report with the rights its orderer has now."""
    owner = User.objects.filter(pk=job.owner_id or 0).first()
    if owner is None:
        raise JobRefused({"zh": "下达任务的用户已不存在。", "en": "The user who ordered this is gone."})
    services.store(job, made_for(owner, job).content)
    job.next_url = reverse("report-file", args=[job.key])
    job.message = {"zh": "报告已生成，可以下载。", "en": "The report is ready to download."}


def made_for(reader: User, job: Job) -> files.Made:
    """The file of a job's order as this reader may see it. Raises JobRefused."""
    scope, order = scope_of(reader), job.arguments
    try:
        choice = files.choice_of(scope, order, at=job.created_at)
        return files.make(
            scope, what=order["what"], format=order["format"], language=order["language"], choice=choice,
            at=job.created_at,
        )  # fmt: skip
    except (UnknownChoice, NotAllowed):
        raise JobRefused(
            {
                "zh": "该组织单元已不存在，或已无权查看。",
                "en": "The org unit is gone, or may no longer be seen.",
            }
        ) from None
