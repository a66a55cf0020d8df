"""Surveys of the house's own people. They have tables of their own, which no part that reads waves and responses
of customers knows of, and none of their columns leads from an answer to a person.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User
from manyi.surveys.models.designs import QuestionnaireVersion


class StaffSurvey(models.Model):
    """员工调查: one questionnaire asked once of staff or managers, by slips that are good for one answer each.

    `headcounts` maps ids of org units to how many slips are given out there. Single answers are kept only until
    the survey closes; then `figures` (see `surveys.staff_figures`) is all that is left of them.
    """

    class Respondents(models.TextChoices):
        STAFF = "staff", _("Staff")
        MANAGERS = "managers", _("Managers")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    series = models.SlugField(_("Series"), max_length=40, blank=True)
    respondents = models.CharField(
        _("Who is asked"), max_length=10, choices=Respondents, default=Respondents.STAFF
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="staff_surveys", verbose_name=_("Org unit")
    )
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    questionnaire_version = models.ForeignKey(
        QuestionnaireVersion, on_delete=models.PROTECT, related_name="staff_surveys"
    )
    headcounts = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    closes_at = models.DateTimeField(_("Closes"), null=True, blank=True)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.code


class StaffSlip(models.Model):
    """One slip, good for one answer. Only the SHA-256 of its secret is kept, and that from when it is given out.

    `unit` is where it is given out, `counts_for` the org unit its answer counts for: that one, or the nearest
    above it in which nobody stands alone.
    """

    survey = models.ForeignKey(StaffSurvey, on_delete=models.CASCADE, related_name="slips")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    counts_for = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True, null=True)
    spent = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["survey", "unit"], name="staff_slip_unit")]

    def __str__(self) -> str:
        return f"slip of {self.survey_id}"


class StaffAnswer(models.Model):
    """What somebody answered: no slip, no moment, no language, and a random key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(StaffSurvey, on_delete=models.CASCADE, related_name="answers")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"answer to {self.survey_id}"
