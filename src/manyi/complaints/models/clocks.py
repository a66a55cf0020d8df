"""Time limits: the policies, the events a complaint's clocks replay, and who was told when one ran out."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.complaints.clock import Kind, State, Target
from manyi.complaints.models.cases import Category, Complaint, Severity
from manyi.customers.models import Customer
from manyi.people.models import BusinessCalendar, User

_SHARE = [MinValueValidator(1), MaxValueValidator(1000)]


class ClockPolicy(models.Model):
    """How long each step may take. An empty condition always holds; of the policies whose conditions all hold,
    the one with most conditions decides, among equals the first by position.

    Limits are minutes: of the calendar's open time where `…_business`, else of the clock on the wall; None sets
    no limit. `warn_share` (per cent of the limit) tells the owner, the other shares those above; None tells nobody.
    """

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    position = models.PositiveSmallIntegerField(_("Order"), default=0)
    active = models.BooleanField(_("Active"), default=True)

    severity = models.CharField(_("Severity"), max_length=10, choices=Severity, blank=True)
    tier = models.CharField(_("Customer tier"), max_length=1, choices=Customer.Tier, blank=True)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Category"),
    )

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, related_name="+", verbose_name=_("Calendar")
    )
    acknowledge_minutes = models.PositiveIntegerField(null=True, blank=True)
    acknowledge_business = models.BooleanField(default=True)
    respond_minutes = models.PositiveIntegerField(null=True, blank=True)
    respond_business = models.BooleanField(default=True)
    resolve_minutes = models.PositiveIntegerField(null=True, blank=True)
    resolve_business = models.BooleanField(default=True)
    next_contact_minutes = models.PositiveIntegerField(null=True, blank=True)
    next_contact_business = models.BooleanField(default=True)

    warn_share = models.PositiveSmallIntegerField(
        _("Tell the owner at"), null=True, blank=True, default=80, validators=_SHARE
    )
    leader_share = models.PositiveSmallIntegerField(
        _("Tell the leader at"), null=True, blank=True, default=100, validators=_SHARE
    )
    manager_share = models.PositiveSmallIntegerField(
        _("Tell the manager at"), null=True, blank=True, default=150, validators=_SHARE
    )
    executive_share = models.PositiveSmallIntegerField(
        _("Tell the executive at"), null=True, blank=True, default=200, validators=_SHARE
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(acknowledge_minutes=0)
                & ~Q(respond_minutes=0)
                & ~Q(resolve_minutes=0)
                & ~Q(next_contact_minutes=0),
                name="clock_policy_positive",
            )
        ]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.code)


class PauseReason(models.Model):
    """Why the clocks may stand still, and for how long at most in one round; no cap is none."""

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    cap_minutes = models.PositiveIntegerField(null=True, blank=True)
    cap_business = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(_("Order"), default=0)
    active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.code)


class ClockEvent(models.Model):
    """Something the clocks replay. Rows are only added.

    `terms` holds the policy's limits as they were then (`clock_terms`), so that a later change of the policy is
    an event of its own and changes no past.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="clock_events")
    kind = models.CharField(max_length=15, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=40, blank=True)
    note = models.CharField(_("Remark"), max_length=300, blank=True)
    cap_minutes = models.PositiveIntegerField(null=True)
    cap_business = models.BooleanField(default=True)
    policy = models.ForeignKey(ClockPolicy, on_delete=models.PROTECT, null=True, related_name="+")
    terms = models.JSONField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["complaint", "at", "id"], name="clock_event_replay")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class ClockVerdict(models.Model):
    """How acknowledge, respond or resolve of one round stood at the last event: what analysis and export read.

    Written by the replay and by nothing else. A clock that still runs has a `due_at` (None while paused without
    end), so that whoever asks later can tell whether it has been missed since.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="clock_verdicts")
    round = models.PositiveSmallIntegerField()
    target = models.CharField(max_length=15, choices=Target)
    state = models.CharField(max_length=10, choices=State)
    limit_minutes = models.PositiveIntegerField()
    business = models.BooleanField()
    elapsed_minutes = models.PositiveIntegerField()
    paused_minutes = models.PositiveIntegerField()
    due_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["complaint", "round", "target"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "round", "target"], name="clock_verdict_once")
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.target} {self.state}"


class ClockAlarm(models.Model):
    """When the clocks of a complaint have to be looked at next; firing claims the row by its `at`."""

    complaint = models.OneToOneField(
        Complaint, on_delete=models.CASCADE, primary_key=True, related_name="alarm"
    )
    at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(at__isnull=False), name="clock_alarm_due")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.at}"


class Escalation(models.Model):
    """Somebody was told that a limit runs out or has run out; once per step of a clock in a round.

    `lap` counts the contacts of the round, for next contact; `share` is the per cent of the limit used up.
    """

    class Step(models.TextChoices):
        OWNER = "owner", _("Owner and handler")
        LEADER = "leader", _("Leader")
        MANAGER = "manager", _("Manager")
        EXECUTIVE = "executive", _("Executive")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="escalations")
    round = models.PositiveSmallIntegerField()
    target = models.CharField(max_length=15, choices=Target)
    lap = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=10, choices=Step)
    share = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(null=True)
    fired_at = models.DateTimeField()
    people = models.ManyToManyField(User, through="EscalationNotice", related_name="+")

    class Meta:
        ordering = ["-fired_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "round", "target", "lap", "step"], name="escalation_once"
            )
        ]
        indexes = [models.Index(fields=["-fired_at", "-id"], name="escalation_newest")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.target} {self.step}"


class EscalationNotice(models.Model):
    """One person who was told, and when they put the notice aside."""

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["escalation", "user"], name="escalation_notice_once")]
        indexes = [models.Index(fields=["user"], condition=Q(seen_at=None), name="escalation_notice_unseen")]

    def __str__(self) -> str:
        return f"{self.escalation_id} → {self.user_id}"
