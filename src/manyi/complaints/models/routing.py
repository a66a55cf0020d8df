"""Rules that say who gets a new complaint, what people are good at, and what a rule did."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from manyi.complaints.models.cases import Category, Channel, Complaint, Severity
from manyi.people.models import OrgUnit, User


class RoutingRule(models.Model):
    """Rules are tried by position; the first whose conditions all hold decides. An empty condition always holds."""

    class Way(models.TextChoices):
        UNIT = "unit", _("To the unit")
        PERSON = "person", _("To one person")
        LOAD = "load", _("To whoever of the unit has the fewest open complaints")
        TURN = "turn", _("To the people of the unit in turn")
        SKILL = "skill", _("To whoever of the unit knows this, by load")

    class Effect(models.TextChoices):
        HANDLER = "handler", _("Becomes the handler")
        PROPOSE = "propose", _("A work order is proposed")

    position = models.PositiveSmallIntegerField(_("Place in the order"), default=0)
    name = models.CharField(_("Name"), max_length=100)
    active = models.BooleanField(_("Active"), default=True)

    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Category"),
    )
    product = models.CharField(_("Product contains"), max_length=100, blank=True)
    unit = models.ForeignKey(
        OrgUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Received at (and below)"),
    )
    severity = models.CharField(_("Severity"), max_length=10, choices=Severity, blank=True)
    channel = models.CharField(_("Channel"), max_length=10, choices=Channel, blank=True)

    way = models.CharField(_("Who gets it"), max_length=10, choices=Way, default=Way.UNIT)
    to_unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("Target unit")
    )
    to_user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Person")
    )
    skill = models.CharField(_("Skill"), max_length=40, blank=True)
    effect = models.CharField(_("What happens"), max_length=10, choices=Effect, default=Effect.HANDLER)
    instruction = models.CharField(_("Instruction of the work order"), max_length=500, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(way="person") | Q(to_user__isnull=False), name="routing_rule_person"
            ),
            models.CheckConstraint(condition=~Q(way="skill") | ~Q(skill=""), name="routing_rule_skill"),
        ]

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something a person is good at, as a word of one's own: 'hydraulics', '英语'."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="skills")
    tag = models.CharField(_("Skill"), max_length=40, db_index=True)

    class Meta:
        ordering = ["tag"]
        constraints = [models.UniqueConstraint(fields=["user", "tag"], name="skill_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.tag}"


class Routing(models.Model):
    """What a rule did with a complaint, once per complaint; `answered_at`: a proposal was taken up or let go."""

    complaint = models.OneToOneField(Complaint, on_delete=models.CASCADE, related_name="routing")
    rule = models.ForeignKey(RoutingRule, on_delete=models.SET_NULL, null=True, related_name="routings")
    effect = models.CharField(max_length=10, choices=RoutingRule.Effect)
    instruction = models.CharField(max_length=500, blank=True)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("complaint", "Routing")
        indexes = [models.Index(fields=["rule", "-at"], name="routing_rule_latest")]

    def __str__(self) -> str:
        return f"{self.complaint_id} → {self.unit_id}"
