"""Waves, who was invited, and who was not asked and why."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.customers.models import Contact, Customer
from manyi.people.models import OrgUnit, User
from manyi.surveys.models.designs import QuestionnaireVersion, TreeVersion


class Wave(models.Model):
    """一轮调查: one fielding of a questionnaire. Waves of one `series` are compared over time.

    `audience` holds the filters of `surveys.audience`, `sampling` the plan of `surveys.sampling`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    class Source(models.TextChoices):
        FIELDED = "fielded", _("Fielded here")
        IMPORTED = "imported", _("Imported")

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    series = models.SlugField(_("Series"), max_length=40, blank=True, db_index=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.FIELDED)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, db_index=True)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="waves", verbose_name=_("Org unit")
    )
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="waves")
    questionnaire_version = models.ForeignKey(
        QuestionnaireVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="waves"
    )
    tree_version = models.ForeignKey(TreeVersion, on_delete=models.PROTECT, related_name="waves")
    anonymous = models.BooleanField(_("Anonymous"), default=False)
    audience = models.JSONField(default=dict, blank=True)
    sampling = models.JSONField(default=dict, blank=True)
    seed = models.PositiveBigIntegerField(default=0)
    target = models.PositiveIntegerField(_("Wanted answers"), null=True, blank=True)
    complaint_below = models.PositiveSmallIntegerField(
        _("Open a complaint below this score"), null=True, blank=True
    )
    closes_at = models.DateTimeField(_("Closes"), null=True, blank=True)
    reminder_days = models.JSONField(_("Reminders after (days)"), default=list, blank=True)
    subject = models.JSONField(_("Subject of the mail"), default=dict, blank=True)
    message = models.JSONField(_("Text of the mail"), default=dict, blank=True)
    open_token = models.CharField(max_length=43, unique=True, null=True, blank=True)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.code


class Invitation(models.Model):
    """One person asked once in one wave. Unit, owner, tier and segment are those at the time of asking.

    In an anonymous wave `opened_at` and `answered_at` stay empty and only `answered` is set: a time would
    tell which response is whose. `about` names the one thing it asks about ('complaint:12:1'), if any.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        SENT = "sent", _("Sent")
        BOUNCED = "bounced", _("Not delivered")
        OPTED_OUT = "opted_out", _("Opted out")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        LINK = "link", _("Personal link")

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="invitations")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invitations")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="invitations")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    tier = models.CharField(max_length=1, blank=True)
    segment = models.CharField(max_length=60, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    weight = models.FloatField(default=1.0)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(max_length=10, default="zh-hans")
    token = models.CharField(max_length=43, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    answered = models.BooleanField(default=False)
    about = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reminders_sent = models.PositiveSmallIntegerField(default=0)
    next_reminder_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "customer", "about"], name="invited_once")]
        indexes = [models.Index(fields=["wave", "state", "answered"], name="invitation_progress")]

    def __str__(self) -> str:
        return f"{self.wave_id}:{self.customer_id}"


class NotAsked(models.Model):
    """未邀请登记: a customer in the wave's unit who was not asked, and why."""

    class Reason(models.TextChoices):
        NOT_IN_AUDIENCE = "not_in_audience", _("Outside the audience")
        NOT_SAMPLED = "not_sampled", _("Not drawn")
        QUOTA_FULL = "quota_full", _("Quota full")
        NO_ADDRESS = "no_address", _("No e-mail address")
        BOUNCED = "bounced", _("Address does not work")
        OPTED_OUT = "opted_out", _("Opted out")
        FATIGUE = "fatigue", _("Asked recently")
        INACTIVE = "inactive", _("Inactive customer")

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="not_asked")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "customer"], name="not_asked_once")]
        indexes = [models.Index(fields=["wave", "reason"], name="not_asked_reason")]

    def __str__(self) -> str:
        return f"{self.wave_id}:{self.customer_id} {self.reason}"
