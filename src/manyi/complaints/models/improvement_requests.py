"""What complaints teach others: numbered requests to design, production, service or management; and what was
heard but is not a complaint, with the reason."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from manyi.complaints.models.cases import Complaint
from manyi.complaints.models.problems import Problem
from manyi.people.models import OrgUnit, User


class ImprovementRequest(models.Model):
    """Asks another unit to change something; comes back accepted, rejected with reason, or shipped in a version."""

    class Audience(models.TextChoices):
        DESIGN = "design", _("Design")
        PRODUCTION = "production", _("Production")
        SERVICE = "service", _("Sales and service")
        MANAGEMENT = "management", _("Management")

    class State(models.TextChoices):
        SENT = "sent", pgettext_lazy("improvement request", "Sent")
        ACCEPTED = "accepted", pgettext_lazy("improvement request", "Accepted")
        REJECTED = "rejected", pgettext_lazy("improvement request", "Rejected")
        SHIPPED = "shipped", pgettext_lazy("improvement request", "Shipped")

    number = models.CharField(_("Request number"), max_length=40, unique=True)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("From"))
    to_unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("To the org unit")
    )
    audience = models.CharField(_("For"), max_length=12, choices=Audience)
    title = models.CharField(_("Title"), max_length=200)
    text = models.TextField(_("What should change, and why"))
    problem = models.ForeignKey(
        Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    complaints = models.ManyToManyField(Complaint, blank=True, related_name="improvement_requests")
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.SENT)
    answer = models.TextField(_("Answer"), blank=True)
    version = models.CharField(_("Shipped in version"), max_length=60, blank=True)
    sent_at = models.DateTimeField(_("Sent"))
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(answer=""), name="request_rejected_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="shipped") | ~Q(version=""), name="request_shipped_in_version"
            ),
        ]
        indexes = [models.Index(fields=["to_unit", "state"], name="improvement_request_to")]

    def __str__(self) -> str:
        return self.number


class SetAside(models.Model):
    """Something heard from a customer that became no complaint, and why. `source` names it ('interaction:12')."""

    source = models.CharField(max_length=60, unique=True)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("Why it is not a complaint"), max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.source
