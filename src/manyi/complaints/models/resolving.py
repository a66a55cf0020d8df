"""How a complaint is settled: what is proposed, who approves it, what the customer says; letters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from manyi.complaints.models.cases import LANGUAGES, Attachment, Complaint, Message
from manyi.people.models import OrgUnit, User


class Proposal(models.Model):
    """How we would settle a complaint, perhaps with compensation.

    `unit` is whose money it is. An amount within the proposer's authority limit is approved by itself
    (`decided_by` None); above it somebody with enough of a limit approves, never the proposer.
    """

    class Kind(models.TextChoices):
        APOLOGY = "apology", _("Apology and explanation")
        REPAIR = "repair", _("Repair")
        REPLACEMENT = "replacement", _("Replacement")
        REFUND = "refund", _("Refund")
        DISCOUNT = "discount", _("Discount")
        COMPENSATION = "compensation", _("Compensation")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("proposal", "Waits for approval")
        APPROVED = "approved", pgettext_lazy("proposal", "Approved")
        REFUSED = "refused", pgettext_lazy("proposal", "Not approved")
        OFFERED = "offered", pgettext_lazy("proposal", "Offered to the customer")
        ACCEPTED = "accepted", pgettext_lazy("proposal", "Accepted by the customer")
        DECLINED = "declined", pgettext_lazy("proposal", "Declined by the customer")
        WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Taken back")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="proposals")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("Kind of remedy"), max_length=12, choices=Kind)
    remedy = models.TextField(_("What we offer"))
    amount = models.DecimalField(
        _("Amount"), max_digits=12, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    state = models.CharField(max_length=10, choices=State)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(db_index=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(_("Reason"), max_length=300, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("What the customer said"), max_length=300, blank=True)

    class Meta:
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="proposal_amount"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(proposed_by=None) | ~Q(decided_by=models.F("proposed_by")),
                name="proposal_not_by_oneself",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "unit"], name="proposal_state"),
            models.Index(fields=["unit", "decided_at"], name="proposal_budget"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind} {self.amount} {self.currency}"


class ResolvingRules(models.Model):
    """One row: within how many hours a complaint counts as resolved at first contact."""

    first_contact_hours = models.PositiveSmallIntegerField(
        _("Resolved at first contact within (hours)"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="resolving_rules_once")]

    def __str__(self) -> str:
        return f"{self.first_contact_hours} h"


class LetterTemplate(models.Model):
    """The text of a decision letter in both languages; `{{ name }}` stands for a particular of the complaint."""

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name: Any = models.JSONField(_("Name"), default=dict)
    subject: Any = models.JSONField(_("Subject"), default=dict)
    body: Any = models.JSONField(_("Text"), default=dict)
    active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Letter(models.Model):
    """A decision letter that was written: its PDF is an attachment, sent as a message or not yet."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="letters")
    template = models.ForeignKey(LetterTemplate, on_delete=models.SET_NULL, null=True, related_name="+")
    language = models.CharField(_("Language"), max_length=10, choices=LANGUAGES)
    subject = models.CharField(_("Subject"), max_length=200)
    body = models.TextField(_("Text"))
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()
    attachment = models.ForeignKey(Attachment, on_delete=models.SET_NULL, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.subject}"
