"""Handing over first-contact ownership: asked, then accepted or declined (首问负责制)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from manyi.complaints.models.cases import Complaint
from manyi.people.models import User


class HandOver(models.Model):
    """One request that somebody else answers for a complaint from now on. Until it is accepted, nothing changes."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("hand-over", "Asked")
        ACCEPTED = "accepted", pgettext_lazy("hand-over", "Accepted")
        DECLINED = "declined", pgettext_lazy("hand-over", "Declined")
        TAKEN_BACK = "taken_back", pgettext_lazy("hand-over", "Taken back")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="hand_overs")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("To the person"))
    reason = models.CharField(_("Reason"), max_length=300)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    answer = models.CharField(_("Answer"), max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(state="asked"), name="hand_over_asked_once"
            ),
        ]
        indexes = [models.Index(fields=["to", "state"], name="hand_over_to")]

    def __str__(self) -> str:
        return f"{self.complaint_id} → {self.to_id}"
