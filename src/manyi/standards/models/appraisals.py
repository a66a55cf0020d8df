"""Appraisal sheets: a person, a period, the figures of the standards, and the right of reply."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User


class AppraisalSheet(models.Model):
    """`figures` are frozen when the sheet is made: name, target, value, interval, n and state of each standard.

    The person sees it once it is shared; the comment stays from then on. A reply is given once and stays too.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being written")
        SHARED = "shared", _("Shared, waiting for the person")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged by the person")

    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="appraisals", verbose_name=_("Person")
    )
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("Org unit"))
    since = models.DateField(_("From"))
    until = models.DateField(_("Until"))
    figures = models.JSONField(default=list)
    comment = models.TextField(_("Manager’s comment"), blank=True)
    state = models.CharField(_("State"), max_length=12, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True)
    shared_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reply = models.TextField(_("Reply"), blank=True)
    replied_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-until", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="appraisal_period"),
            models.UniqueConstraint(fields=["person", "unit", "since", "until"], name="appraisal_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.since}–{self.until}"
