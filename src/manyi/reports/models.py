"""Reports that are sent by mail at fixed times, and to whom each was sent."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User


class ReportSchedule(models.Model):
    """What is sent, when, to whom. `day` is 1–7 of the week (Monday first), else 1–28 of the month or of the
    quarter's first month; `hour` is in the organisation's time zone. The report is about the week, month or quarter
    that ended before. `since` is when it was last switched on: nothing from before is made up for.
    """

    class What(models.TextChoices):
        REVIEW = "review", _("Management review")
        EVIDENCE = "evidence", _("Evidence report")

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")
        QUARTERLY = "quarterly", _("Every quarter")

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        PPTX = "pptx", "PPTX"
        XLSX = "xlsx", "XLSX"

    what = models.CharField(_("Report"), max_length=10, choices=What, default=What.REVIEW)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("Org unit"))
    language = models.CharField(
        _("Language"), max_length=10, default="zh-hans", choices=[("zh-hans", "简体中文"), ("en", "English")]
    )
    format = models.CharField(_("File"), max_length=4, choices=Format, default=Format.PDF)
    rhythm = models.CharField(_("How often"), max_length=10, choices=Rhythm, default=Rhythm.MONTHLY)
    day = models.PositiveSmallIntegerField(
        _("Day"), default=1, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    hour = models.PositiveSmallIntegerField(_("Hour"), default=8, validators=[MaxValueValidator(23)])
    recipients = models.ManyToManyField(User, related_name="+", verbose_name=_("Recipients"))
    active = models.BooleanField(_("Active"), default=True)
    since = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(day__gte=1, day__lte=28, hour__lte=23) & (~Q(rhythm="weekly") | Q(day__lte=7)),
                name="report_schedule_time",
            ),
            models.CheckConstraint(
                condition=~Q(what="evidence", format="pptx"), name="report_schedule_format"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.rhythm} {self.pk}"


class ReportSending(models.Model):
    """One report of one schedule about one period to one person: the constraint is what makes it once."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="sendings")
    period = models.CharField(max_length=10)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    job = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "period", "user"], name="report_sending_once")
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.period} {self.user_id}"
