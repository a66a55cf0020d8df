"""Background work on waves: sending, reminding, closing. Each may run twice without doing anything twice."""

from __future__ import annotations

import logging
import smtplib

from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now  # noqa: TID251

from manyi.events.jobs import JobRefused
from manyi.events.models import Job
from manyi.events.services import advance
from manyi.messaging.services import send_batch
from manyi.people.services import first_moment
from manyi.scope import Scope
from manyi.surveys.models import Invitation, StaffSurvey, Wave
from manyi.surveys.services.invitations import note_sent, queue_invitations, queue_reminders
from manyi.surveys.services.staff import StaffSurveyRefused, close_staff_survey
from manyi.surveys.services.waves import WaveError, close_wave

log = logging.getLogger(__name__)
BATCH = 100


def send_invitations(job: Job) -> None:
    """Mail the waiting invitations of a wave in batches; outside quiet hours they leave at once."""
    wave = Wave.objects.get(pk=job.arguments["wave"])
    scope = Scope.system("sending a wave")
    total = wave.invitations.count()
    waiting = wave.invitations.filter(state=Invitation.State.QUEUED)
    advance(job, done=total - waiting.count(), total=total)
    last = 0
    while True:
        last = queue_invitations(scope, wave=wave, after=last, limit=BATCH, at=now())
        if not last:
            break
        if first_moment(now()) <= now():
            _send(job, scope, wave)
        advance(job, done=total - waiting.count())
    left = waiting.count()
    if left:
        moment = timezone.localtime(first_moment(now()))
        job.message = {
            "zh": f"还有 {left} 封邮件排队等候，将于 {moment:%m-%d %H:%M} 起发出。",
            "en": f"{left} mails wait in the outbox and leave from {moment:%m-%d %H:%M}.",
        }
    job.result = {"invited": total, "waiting": left}
    job.next_url = reverse("wave", args=[wave.pk])


def _send(job: Job, scope: Scope, wave: Wave) -> None:
    try:
        send_batch(limit=BATCH, at=now())
    except (smtplib.SMTPException, OSError) as error:
        log.error("mail server: %s", error)
        raise JobRefused(
            {
                "zh": "邮件服务器无法连接或拒绝发送。邮件已排队，恢复后会自动继续发送，请检查邮件设置。",
                "en": "The mail server cannot be reached or refuses us. The mails are kept and leave by themselves "
                "once it works; check the mail settings.",
            }
        ) from error
    note_sent(scope, wave=wave, at=now())


def follow_mails() -> int:
    """Clock: bring the waiting invitations of open waves up to date with the outbox."""
    scope = Scope.system("clock")
    waves = Wave.objects.filter(state=Wave.State.OPEN, invitations__state=Invitation.State.QUEUED).distinct()
    return sum(note_sent(scope, wave=wave, at=now()) for wave in waves)


def send_reminders() -> int:
    """Clock: queue all reminders that are due now."""
    scope = Scope.system("clock")
    queued = 0
    while done := queue_reminders(scope, limit=BATCH, at=now()):
        queued += done
    return queued


def close_due() -> int:
    """Clock: close waves whose date has come or whose wanted number of answers is there, and staff surveys."""
    scope = Scope.system("clock")
    closed = _close_staff_surveys(scope)
    for wave in Wave.objects.filter(state=Wave.State.OPEN, source=Wave.Source.FIELDED):
        at = now()
        reason = ""
        if wave.closes_at is not None and wave.closes_at <= at:
            reason = "date"
        elif wave.target is not None and wave.responses.count() >= wave.target:
            reason = "target"
        if reason:
            try:
                close_wave(scope, wave=wave, reason=reason, at=at)
            except WaveError:  # somebody closed it a moment ago
                continue
            closed += 1
    return closed


def _close_staff_surveys(scope: Scope) -> int:
    at, closed = now(), 0
    for survey in StaffSurvey.objects.filter(state=StaffSurvey.State.OPEN, closes_at__lte=at):
        try:
            close_staff_survey(scope, survey=survey, at=at)
        except StaffSurveyRefused:  # somebody closed it a moment ago
            continue
        closed += 1
    return closed
