"""What waits for the reader, and the reports ordered so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manyi.customers.models import Customer
from manyi.events.models import Job
from manyi.improvement.queries.waiting import waiting
from manyi.insights import queries as insights
from manyi.insights.queries import WaveResult
from manyi.messaging.models import OutgoingMail
from manyi.reports.services import KIND
from manyi.scope import Scope
from manyi.standards.queries.assessments import waiting_sheets
from manyi.surveys.models import CallbackWish, IndicatorTree, Invitation, Questionnaire, Wave


@dataclass(frozen=True)
class Task:
    """Something that waits: what, how many, where to do it, since when (for the order)."""

    text: str
    url: str
    since: datetime


@dataclass(frozen=True)
class OpenWave:
    wave: Wave
    asked: int
    answered: int
    closes_at: datetime | None

    @property
    def share(self) -> int:
        """Per cent of those asked who answered."""
        return round(100 * self.answered / self.asked) if self.asked else 0


@dataclass(frozen=True)
class Step:
    """One step of a new deployment's way to its first index."""

    text: str
    url: str
    done: bool


def tasks(scope: Scope, *, at: datetime) -> list[Task]:
    """What waits for this reader, the oldest first."""
    found: list[Task] = []
    if scope.may("responses.read"):
        wishes = scope.limit(CallbackWish.objects.filter(done_at=None), "responses.read").order_by(
            "created_at"
        )
        count = wishes.count()
        if count:
            text = ngettext(
                "%(n)d customer wishes to be called back", "%(n)d customers wish to be called back", count
            ) % {"n": count}
            found.append(Task(text, _url("callbacks"), wishes[0].created_at))
    if scope.may("waves.run"):
        ending = scope.limit(
            Wave.objects.filter(state=Wave.State.OPEN, closes_at__lte=at + timedelta(days=3)), "waves.run"
        )
        for wave in ending.order_by("closes_at")[:5]:
            text = _("“%(wave)s” closes soon: see who has not answered") % {"wave": _name(wave.name)}
            found.append(Task(text, _url("wave", wave.pk), wave.opened_at or wave.created_at))
        drafts = scope.limit(Wave.objects.filter(state=Wave.State.DRAFT), "waves.run").order_by("created_at")
        for wave in drafts[:5]:
            text = _("“%(wave)s” is prepared but not open yet") % {"wave": _name(wave.name)}
            found.append(Task(text, _url("wave", wave.pk), wave.created_at))
    if scope.may("people.manage"):
        failed = OutgoingMail.objects.filter(state=OutgoingMail.State.FAILED).order_by("created_at")
        count = failed.count()
        if count:
            text = ngettext("%(n)d mail could not be sent", "%(n)d mails could not be sent", count) % {
                "n": count
            }
            found.append(Task(text, _url("waves"), failed[0].created_at))
    for sheet in waiting_sheets(scope, timezone.localdate(at)):
        text = _("Self-assessment: your rating is asked for until %(day)s") % {
            "day": sheet.assessment.closes_on.isoformat()
        }
        found.append(Task(text, _url("assessment-sheet", sheet.assessment_id), sheet.invited_at))
    for one in waiting(scope, timezone.localdate(at)):
        since = datetime.combine(one.since, time(), timezone.get_default_timezone())
        found.append(Task(one.text, one.url, since))
    return sorted(found, key=lambda task: task.since)


def open_waves(scope: Scope) -> list[OpenWave]:
    """Waves that are out now, with how many of those the reader may see have answered."""
    lineage = scope.lineage_for("waves.read") if scope.may("waves.read") else frozenset()
    waves = Wave.objects.filter(state=Wave.State.OPEN).order_by("-opened_at")
    if lineage is not None:
        waves = waves.filter(unit_id__in=lineage)
    units = scope.units_for("waves.read")
    visible = Q() if units is None else Q(invitations__unit_id__in=units)
    sent = ~Q(invitations__state=Invitation.State.QUEUED)
    counted = waves.annotate(
        asked=Count("invitations", filter=visible & sent & Q(invitations__isnull=False)),
        replied=Count("invitations", filter=visible & Q(invitations__answered=True)),
    )[:6]
    return [OpenWave(w, w.asked, w.replied, w.closes_at) for w in counted]  # type: ignore[attr-defined]


def latest_result(scope: Scope) -> WaveResult | None:
    """The newest closed or imported wave with figures the reader may see."""
    if not scope.may("results.read"):
        return None
    for wave in insights.waves(scope).filter(state=Wave.State.CLOSED)[:3]:
        result = insights.result_of(scope, wave)
        if result.index is not None and result.index.index is not None:
            return result
    return None


def first_steps(scope: Scope) -> list[Step]:
    """The way to a first index; empty once a wave was opened or imported, or for those who cannot walk it."""
    if not scope.may("waves.run") or Wave.objects.exclude(state=Wave.State.DRAFT).exists():
        return []
    return [
        Step(_("Import your customers"), _url("customers"), Customer.objects.exists()),
        Step(_("Choose or build an indicator tree"), _url("trees"), IndicatorTree.objects.exists()),
        Step(_("Turn it into a questionnaire"), _url("questionnaires"), Questionnaire.objects.exists()),
        Step(_("Open your first wave, or import one you have"), _url("waves"), Wave.objects.exists()),
    ]


def report_jobs(scope: Scope) -> QuerySet[Job]:
    """Reports the reader ordered, newest first."""
    return Job.objects.filter(kind=KIND, owner_id=scope.user_id).order_by("-pk")


def report_job(scope: Scope, key: UUID) -> Job:
    """Raises Job.DoesNotExist for another's."""
    return report_jobs(scope).get(key=key)


def _url(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return "#"


def _name(texts: dict[str, str]) -> str:
    from manyi.web.templatetags.web import localised

    return localised(texts)
