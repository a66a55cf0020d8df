"""Rounds of the self-assessment and the sheet of each rater (C9)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User


class SelfAssessment(models.Model):
    """A round: several people rate `unit` on the forty statements until the end of `closes_on`, or until somebody
    closes it. `targets` maps a category to the percentage wanted. `name` is {"zh": …, "en": …}.
    """

    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="self_assessments", verbose_name=_("Org unit")
    )
    name = models.JSONField(_("Name"), default=dict)
    targets = models.JSONField(_("Targets"), default=dict)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closes_on = models.DateField(_("Last day"))
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.pk)

    def is_open(self, today: date) -> bool:
        return self.closed_at is None and today <= self.closes_on


class AssessmentRater(models.Model):
    """Somebody invited to a round, and their sheet: `ratings` statement → 1–5, `comments` category → text.
    Once submitted it stays as it is.
    """

    class Role(models.TextChoices):
        LEADER = "leader", _("Top management")
        MANAGER = "manager", _("Managers")
        FRONT = "front", _("Front line")
        OFFICE = "office", _("Other staff")

    assessment = models.ForeignKey(SelfAssessment, on_delete=models.CASCADE, related_name="raters")
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="assessment_sheets", verbose_name=_("Rater")
    )
    role = models.CharField(_("Role in the assessment"), max_length=10, choices=Role, default=Role.FRONT)
    ratings = models.JSONField(default=dict, blank=True)
    comments = models.JSONField(default=dict, blank=True)
    invited_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "user"], name="rater_once"),
            models.CheckConstraint(
                condition=Q(role__in=["leader", "manager", "front", "office"]), name="rater_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.user_id}"
