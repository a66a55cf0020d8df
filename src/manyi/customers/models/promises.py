"""Promises 承诺: what somebody told a customer would happen, by when, and whether it did."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.customers.models.customers import Contact, Customer
from manyi.people.models import OrgUnit, User


class Promise(models.Model):
    """Open → kept, broken or withdrawn. `subject` is what it was made about ('complaint:12'), '' for nothing else.

    It is kept in time when what was promised was done (`done_at`) by `due_at`.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Still to be done")
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Kind(models.TextChoices):
        REPLY = "reply", _("Reply")
        VISIT = "visit", _("Visit on site")
        DELIVERY = "delivery", _("Delivery")
        REPAIR = "repair", _("Repair")
        REPLACEMENT = "replacement", _("Replacement")
        REFUND = "refund", _("Refund")
        DISCOUNT = "discount", _("Discount")
        OTHER = "other", _("Other")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="promises"
    )
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="promises")
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind, default=Kind.OTHER)
    text = models.CharField(_("What was promised"), max_length=500)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="promises", verbose_name=_("Who does it")
    )
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(_("Due"))
    remind_at = models.DateTimeField()
    amount = models.DecimalField(
        _("Amount"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    evidence = models.TextField(_("Evidence or reason"), blank=True)
    evidence_file = models.FileField(upload_to="promises/%Y/%m/", blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    overdue_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="promise_settled",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="promise_amount"),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "due_at"], name="promise_unit_due"),
            models.Index(fields=["owner", "state", "due_at"], name="promise_owner_due"),
            models.Index(fields=["subject"], name="promise_subject"),
            models.Index(fields=["remind_at"], condition=Q(state="open", reminded_at=None), name="promise_remind"),
            models.Index(fields=["due_at"], condition=Q(state="open", overdue_told_at=None), name="promise_overdue"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text

    @property
    def late(self) -> bool:
        """Kept, but after it was due."""
        return self.done_at is not None and self.done_at > self.due_at

    def overdue(self, at: datetime) -> bool:
        return self.state == self.State.OPEN and self.due_at <= at
