"""Sending reports at their time: each reader gets the file made with their own rights, once a period."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.text import slugify
from django.utils.timezone import now  # noqa: TID251
from django.utils.translation import gettext as _

from manyi.events.jobs import JobRefused
from manyi.events.models import Job
from manyi.messaging.services import MAX_ATTACHED_BYTES, File, queue_mail
from manyi.people.models import User
from manyi.reports import files, schedules, services
from manyi.reports.jobs import made_for
from manyi.reports.models import ReportSending
from manyi.scope import Scope

GONE = {
    "zh": "该定时报告或收件人已不存在，或收件人已无权查看。",
    "en": "The schedule or its reader is gone, or may no longer see it.",
}


def send_due_reports() -> None:
    """Order every scheduled report whose time has come."""
    schedules.order_due(at=now())


def make_scheduled(job: Job) -> None:
    """Make the report for its reader and mail it to them. Made twice, it is mailed once."""
    sending = (
        ReportSending.objects.select_related("schedule__unit", "user")
        .filter(pk=job.arguments["sending"])
        .first()
    )
    if sending is None or not schedules.able(sending.user, sending.schedule.unit):
        raise JobRefused(GONE)
    made = made_for(sending.user, job)
    services.store(job, made.content)
    job.next_url = reverse("report-file", args=[job.key])
    _mail(sending, job, made)


@transaction.atomic
def _mail(sending: ReportSending, job: Job, made: files.Made) -> None:
    order, user = job.arguments, sending.user
    with translation.override(order["language"]):
        attached = [attachment(order, made)] if len(made.content) <= MAX_ATTACHED_BYTES else []
        lines = [*made.said, "", mail_note(job, attached), _why(user)]
        queue_mail(
            Scope.system("scheduled report"),
            reference=f"report-schedule-{sending.schedule_id}-{sending.period}-{user.pk}", to=user.email,
            subject=f"{made.title} · {made.subtitle}", text="\n\n".join(line for line in lines if line),
            files=attached, not_before=job.created_at, at=job.created_at,
        )  # fmt: skip


def attachment(order: dict[str, str], made: files.Made) -> File:
    """Named after what it is, in letters every mail program can write."""
    return File(f"{slugify(order['wave'])}.{order['format']}", services.TYPES[order["format"]], made.content)


def mail_note(job: Job, attached: list[File]) -> str:
    """Where the file is: with the mail, and behind an address for whoever is signed in."""
    url = f"{settings.BASE_URL}{job.next_url}"
    if attached:
        return _("The whole report is attached (%(name)s). It is also kept here: %(url)s") % {
            "name": attached[0].name, "url": url,
        }  # fmt: skip
    return _("The whole report is too large for a mail. It is kept here: %(url)s") % {"url": url}


def _why(user: User) -> str:
    return _("%(name)s receives this report at fixed times. It can be changed here: %(url)s") % {
        "name": user.get_full_name(), "url": f"{settings.BASE_URL}{reverse('report-schedules')}",
    }  # fmt: skip
