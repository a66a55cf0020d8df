"""What people of ours did with a customer, in their own words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.customers.models.customers import Customer
from manyi.people.models import User


class Interaction(models.Model):
    """互动记录: one entry that somebody wrote into the customer's timeline."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        VISIT = "visit", _("Visit")
        MAIL = "mail", _("Mail")
        MEETING = "meeting", _("Meeting")
        NOTE = "note", _("Memo")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interactions")
    at = models.DateTimeField(_("Time"))
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind, default=Kind.NOTE)
    text = models.TextField(_("What happened"), max_length=4000)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["customer", "-at"], name="interaction_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
