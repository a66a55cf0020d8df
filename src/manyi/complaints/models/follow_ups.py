"""Follow-ups 回访: the call after closing that asks whether the complaint is really settled."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.complaints import follow_up_plan as plan
from manyi.complaints.models.cases import Complaint
from manyi.people.models import OrgUnit, User


class FollowUpPolicy(models.Model):
    """When, how often and by whom is called back. It holds for its unit and those below without one of their own.

    `first_days` is {severity: days}, `second_share` {customer tier, '' for none: share 0–1}.
    """

    class Caller(models.TextChoices):
        OWNER = "owner", _("First-contact owner")
        TEAM = "team", _("A team")

    unit = models.OneToOneField(
        OrgUnit, on_delete=models.CASCADE, related_name="+", verbose_name=_("Org unit")
    )
    first_days = models.JSONField(default=plan.first_days)
    business_days = models.BooleanField(_("Count working days"), default=True)
    second_days = models.PositiveSmallIntegerField(_("Second follow-up after (days)"), default=30)
    second_share = models.JSONField(default=plan.second_share)
    seed = models.PositiveIntegerField(_("Seed of the sample"), default=1)
    max_attempts = models.PositiveSmallIntegerField(
        _("Attempts before “not reached”"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    caller = models.CharField(_("Who calls"), max_length=10, choices=Caller, default=Caller.OWNER)
    team = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Team")
    )
    wave_code = models.SlugField(_("Code of the open follow-up wave"), max_length=40, blank=True)
    ask_first = models.BooleanField(_("Send the questionnaire when the follow-up is due"), default=False)
    satisfied_from = models.PositiveSmallIntegerField(
        _("A questionnaire counts as satisfied from score"),
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(5)],
    )
    script = models.JSONField(default=plan.script)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(caller="owner") | Q(team__isnull=False), name="follow_up_policy_team"
            )
        ]

    def __str__(self) -> str:
        return f"follow-ups of {self.unit_id}"


class FollowUp(models.Model):
    """One follow-up of one closing of a complaint. Open while `result` is empty.

    Either `caller` or `team` is who has to call; `due_at` moves on after a call nobody answered.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("First follow-up")
        SECOND = "second", _("Second follow-up")

    class Result(models.TextChoices):
        SATISFIED = "satisfied", _("Satisfied")
        DISSATISFIED = "dissatisfied", _("Dissatisfied")
        UNREACHABLE = "unreachable", _("Not reached")
        CANCELLED = "cancelled", _("Not needed any more")

    class Via(models.TextChoices):
        CALL = "call", _("Call")
        SURVEY = "survey", _("Questionnaire")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="follow_ups")
    closing = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    caller = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    due_at = models.DateTimeField(_("Due"))
    survey_wished_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(_("Result"), max_length=12, choices=Result, blank=True)
    via = models.CharField(max_length=10, choices=Via, blank=True)
    score = models.PositiveSmallIntegerField(
        _("Score"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    words = models.TextField(_("What the customer said"), blank=True)
    response_id = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "closing", "kind"], name="follow_up_once"),
            models.CheckConstraint(
                condition=Q(result="", ended_at=None) | (~Q(result="") & Q(ended_at__isnull=False)),
                name="follow_up_ended",
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__range=(1, 5)), name="follow_up_score_range"
            ),
            models.CheckConstraint(condition=Q(caller=None) ^ Q(team=None), name="follow_up_has_one_caller"),
        ]
        indexes = [
            models.Index(fields=["unit", "due_at"], condition=Q(result=""), name="follow_up_open"),
            models.Index(fields=["unit", "ended_at"], name="follow_up_ended_at"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.closing}/{self.kind}"

    @property
    def is_open(self) -> bool:
        return not self.result


class FollowUpAttempt(models.Model):
    """Somebody called; the one without answer counts towards 'not reached'."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered = models.BooleanField()
    note = models.CharField(_("Note"), max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.follow_up_id} {self.at:%Y-%m-%d %H:%M}"
