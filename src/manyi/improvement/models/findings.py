"""Something that should improve, wherever it was noticed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User


class Finding(models.Model):
    """`evidence` is frozen when the finding is raised: figures, interval, n, sentence and the address they came
    from. `source` names the thing, such as 'wave:spring:on_time' or 'complaint:12', and is found only once.
    """

    class Kind(models.TextChoices):
        INDICATOR = "indicator", _("Weak indicator")
        PRIORITY = "priority", _("Priority")
        GAP = "gap", _("Service gap")
        COMPLAINT = "complaint", _("Complaint")
        PROBLEM = "problem", _("Complaint problem")
        CATEGORY = "category", _("Complaint category")
        STANDARD = "standard", _("Missed standard")
        AUDIT = "audit", _("Audit")
        VISIT = "visit", _("Mystery visit")
        VERBATIM = "verbatim", _("Theme of comments")
        SELF_ASSESSMENT = "self_assessment", _("Self-assessment")
        PROMISE = "promise", _("Broken promises")
        MANUAL = "manual", _("Noticed by somebody")

    class State(models.TextChoices):
        OPEN = "open", _("To be decided")
        ACTING = "acting", _("Being acted on")
        EFFECTIVE = "effective", _("Verified effective")
        DISMISSED = "dismissed", _("Not pursued")

    number = models.CharField(_("Finding number"), max_length=20, unique=True)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="findings", verbose_name=_("Org unit")
    )
    kind = models.CharField(_("Where from"), max_length=20, choices=Kind, default=Kind.MANUAL)
    source = models.CharField(max_length=150, blank=True)
    title = models.CharField(_("What should improve"), max_length=200)
    description = models.TextField(_("Description"), blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    times_reopened = models.PositiveSmallIntegerField(default=0)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    raised_at = models.DateTimeField()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=~Q(source="") & Q(state__in=["open", "acting"]),
                name="finding_once",
            )
        ]
        indexes = [models.Index(fields=["unit", "state", "-raised_at"], name="finding_unit_state")]

    def __str__(self) -> str:
        return self.number
