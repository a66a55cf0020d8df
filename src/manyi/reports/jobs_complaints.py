"""The weekly report of complaints: made on Monday morning for whoever manages or leads, once per week and person."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now  # noqa: TID251

from manyi.events.jobs import JobRefused
from manyi.events.models import Job
from manyi.events.services import start_job
from manyi.messaging.services import MAX_ATTACHED_BYTES, File, queue_mail
from manyi.people.access import scope_of
from manyi.people.models import User
from manyi.reports import complaints, render, services
from manyi.reports.jobs_schedules import mail_note
from manyi.scope import Scope

MORNING = 7


def recipients() -> list[User]:
    """Active people with an address who hold one of the roles of the setting and may see complaints."""
    people = User.objects.filter(is_active=True, memberships__role__in=settings.WEEKLY_REPORT_ROLES)
    found = people.exclude(email="").distinct().order_by("pk")
    return [user for user in found if scope_of(user).may("complaints.read")]


def send_weekly() -> None:
    """From Monday at seven, local time, order last week's report for everybody who has not got it."""
    order_weekly(at=now())


def order_weekly(*, at: datetime) -> int:
    """Order what is missing; returns how many reports. Nothing on other days than Monday or before seven."""
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    if local.weekday() or local.hour < MORNING:
        return 0
    week = complaints.last_week(at).isoformat()
    known = set(
        Job.objects.filter(kind=services.KIND, arguments__week=week).values_list("owner_id", flat=True)
    )
    missing = [user for user in recipients() if user.pk not in known]
    for user in missing:
        with transaction.atomic():
            start_job(
                Scope(user_id=user.pk), kind=services.KIND,
                function="manyi.reports.jobs_complaints.make_weekly",
                label={"zh": f"每周投诉报告 {week}", "en": f"Complaints of the week {week}"}, at=at,
                arguments={"week": week, "wave": f"complaints-{week}", "format": "pdf", "language": user.language},
            )  # fmt: skip
    return len(missing)


def make_weekly(job: Job) -> None:
    """Make the report with the rights its reader has now, and write to them. Made twice it is written once."""
    user = User.objects.filter(pk=job.owner_id or 0, is_active=True).first()
    if user is None:
        raise JobRefused({"zh": "收件人已不存在。", "en": "The recipient is gone."})
    scope, order = scope_of(user), job.arguments
    document = complaints.build(
        scope, monday=date.fromisoformat(order["week"]), language=order["language"], at=job.created_at
    )
    content = render.pdf(document)
    services.store(job, content)
    job.next_url = reverse("report-file", args=[job.key])
    glance = document.parts[0]
    with translation.override(order["language"]):
        lines = [
            *glance.sentences, "", *(f"{figure.label}: {figure.value} ({figure.note})" for figure in glance.figures if figure.note),
        ]  # fmt: skip
        attached = (
            [File(f"{order['wave']}.pdf", services.TYPES["pdf"], content)]
            if len(content) <= MAX_ATTACHED_BYTES
            else []
        )
        lines += ["", mail_note(job, attached)]
        queue_mail(
            scope, reference=f"complaints-week-{order['week']}-{user.pk}", to=user.email,
            subject=f"{document.title} {document.subtitle}", text="\n".join(lines), files=attached,
            not_before=job.created_at, at=job.created_at,
        )  # fmt: skip
