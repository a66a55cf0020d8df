"""Which finding to act on, and how: options scored by several people on weighted criteria (E2)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.improvement.models.findings import Finding
from manyi.people.models import OrgUnit, User

LOWEST, HIGHEST = 1, 5


class Decision(models.Model):
    """A question with criteria and options. Once decided, criteria, options and ratings stay as they were;
    `outcome` keeps the computed matrix.
    """

    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("Org unit")
    )
    question = models.CharField(_("What is to be decided"), max_length=200)
    strengths = models.TextField(_("Strengths"), blank=True)
    weaknesses = models.TextField(_("Weaknesses"), blank=True)
    opportunities = models.TextField(_("Opportunities"), blank=True)
    threats = models.TextField(_("Threats"), blank=True)
    outcome = models.JSONField(default=dict, blank=True)
    reason = models.TextField(_("Reason"), blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.question


class Criterion(models.Model):
    """`weight` is a whole percentage; those of a decision must sum to 100 before anybody can rate."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="criteria")
    name = models.CharField(_("Criterion"), max_length=100)
    weight = models.PositiveSmallIntegerField(
        _("Weight"), validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "name"], name="criterion_once"),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=100), name="criterion_weight"),
        ]

    def __str__(self) -> str:
        return self.name


class Option(models.Model):
    """Something one could do. `effort` is 1–5; `expected_gain` in points of the index, from the wave's priorities."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="options")
    finding = models.ForeignKey(
        Finding, on_delete=models.SET_NULL, null=True, blank=True, related_name="options"
    )
    name = models.CharField(_("Option"), max_length=200)
    effort = models.PositiveSmallIntegerField(
        _("Effort"), default=3, validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)]
    )
    expected_gain = models.FloatField(_("Expected gain"), null=True, blank=True)
    chosen = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["decision", "name"], name="option_once")]

    def __str__(self) -> str:
        return self.name


class Rating(models.Model):
    """One person's score of one option on one criterion, 1 (poor) to 5 (good)."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="ratings")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="ratings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["criterion", "option", "user"], name="rating_once"),
            models.CheckConstraint(condition=Q(value__gte=LOWEST, value__lte=HIGHEST), name="rating_range"),
        ]

    def __str__(self) -> str:
        return f"{self.option_id} {self.criterion_id} {self.value}"
