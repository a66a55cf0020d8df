"""What is done about a finding: owner, cost, target figure, due date, tasks, and how the process changes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.improvement.models.findings import Finding
from manyi.people.models import OrgUnit, User
from manyi.standards.models import ServiceStandard


class Action(models.Model):
    """An action plan. The target is a figure that can be looked up before and after: an indicator of a wave, the
    complaint rate of a category, or a service standard. `baseline` is that figure when the action was planned,
    frozen. `again` is the code of the wave that asks those affected once more.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DOING = "doing", _("Under way")
        DONE = "done", _("Done, to be verified")
        EFFECTIVE = "effective", _("Effective")
        CANCELLED = "cancelled", _("Given up")

    class Target(models.TextChoices):
        INDICATOR = "indicator", _("Indicator of a survey")
        COMPLAINT_RATE = "complaint_rate", _("Complaints of a category")
        STANDARD = "standard", _("Service standard")

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="actions")
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="actions", verbose_name=_("Org unit")
    )
    title = models.CharField(_("What is done"), max_length=200)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="actions", verbose_name=_("Owner"))
    corrective = models.TextField(_("Corrective action"), blank=True)
    preventive = models.TextField(_("Preventive action"), blank=True)
    resources = models.TextField(_("Resources"), blank=True)
    cost = models.DecimalField(_("Cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(_("Start"))
    due_on = models.DateField(_("Due date"))
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.PLANNED)

    target = models.CharField(_("Target figure"), max_length=20, choices=Target)
    subject = models.CharField(max_length=100)  # code of a node, category or standard
    filters = models.JSONField(default=dict, blank=True)  # the segment: unit, tier, segment
    wave = models.CharField(max_length=60, blank=True)  # code of the wave before
    baseline = models.FloatField(null=True, blank=True)
    baseline_evidence = models.JSONField(default=dict, blank=True)
    target_value = models.FloatField(_("Target value"), null=True, blank=True)

    redesign = models.JSONField(default=dict, blank=True)  # current and new steps, answers to the checklist
    standard = models.ForeignKey(
        ServiceStandard, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("Service standard"),
    )  # fmt: skip
    published_at = models.DateTimeField(null=True, blank=True)  # the new process, to those who work by it
    again = models.CharField(max_length=60, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=models.F("starts_on")), name="action_dates"),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "due_on"], name="action_unit_state"),
            models.Index(fields=["owner", "state", "due_on"], name="action_owner_state"),
        ]

    def __str__(self) -> str:
        return self.title


class Task(models.Model):
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("Task"), max_length=200)
    assignee = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Who")
    )
    starts_on = models.DateField(_("Start"))
    due_on = models.DateField(_("Due date"))
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_on", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=models.F("starts_on")), name="task_dates")
        ]

    def __str__(self) -> str:
        return self.title


class Acknowledgement(models.Model):
    """One person who works by the new process, and when that person said to have been trained in it."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="acknowledgements")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["action", "user"], name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.action_id} {self.user_id}"
