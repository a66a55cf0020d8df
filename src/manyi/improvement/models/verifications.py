"""Whether an action worked, by the same figure before and after (E4)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.improvement.models.actions import Action
from manyi.people.models import User


class Verification(models.Model):
    """One look at the target figure; kept whatever it says. `look` counts the looks at this action, since every
    further look spends some of the level (see `improvement.verdict`).
    """

    class Verdict(models.TextChoices):
        EFFECTIVE = "effective", _("Effective")
        NOT_YET = "not_yet", _("Not yet shown")
        NOT_EFFECTIVE = "not_effective", _("Not effective")

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="verifications")
    look = models.PositiveSmallIntegerField()
    verdict = models.CharField(_("Verdict"), max_length=15, choices=Verdict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    p_value = models.FloatField(null=True)
    level = models.FloatField()
    wave = models.CharField(max_length=60, blank=True)
    note = models.TextField(_("Note"), blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-look"]
        constraints = [models.UniqueConstraint(fields=["action", "look"], name="verification_look_once")]

    def __str__(self) -> str:
        return f"{self.action_id} {self.verdict}"
