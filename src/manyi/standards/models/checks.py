"""Checklists, and what audits and mystery visits have in common: checks that somebody marks at a unit."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User
from manyi.standards.models.touchpoints import ServiceStandard
from manyi.standards.scoring import Marked


class Scale(models.TextChoices):
    YES_NO = "yes_no", _("Yes or no")
    POINTS = "points", _("0 to 100")


class Checklist(models.Model):
    """What is looked at. For a mystery visit it is a scenario: `briefing` tells the visitor which part to play."""

    class Kind(models.TextChoices):
        AUDIT = "audit", _("Checklist of audits")
        VISIT = "visit", _("Scenario of mystery visits")

    kind = models.CharField(max_length=5, choices=Kind)
    name = models.JSONField(_("Name"), default=dict)
    briefing = models.JSONField(_("What to do"), default=dict, blank=True)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("Org unit"))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-is_active", "-pk"]

    def __str__(self) -> str:
        return str(self.name.get("zh") or self.name.get("en") or self.pk)


class CheckFields(models.Model):
    """Abstract: one thing that is looked at. `step` groups the checks of a scenario's step."""

    position = models.PositiveSmallIntegerField(default=0)
    step = models.JSONField(_("Step"), default=dict, blank=True)
    standard = models.ForeignKey(
        ServiceStandard, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("Standard"),
    )  # fmt: skip
    text = models.JSONField(_("What is looked at"), default=dict)
    weight = models.PositiveSmallIntegerField(
        _("Weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    scale = models.CharField(_("Answer"), max_length=6, choices=Scale, default=Scale.YES_NO)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.text.get("zh") or self.text.get("en") or self.pk)


class Check(CheckFields):
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="checks")


class Mark(CheckFields):
    """Abstract: a check as it was when the round was planned, and what was found: `value` is 0–100."""

    value = models.FloatField(null=True)
    not_applicable = models.BooleanField(default=False)
    note = models.CharField(_("What was seen"), max_length=1000, blank=True)

    class Meta(CheckFields.Meta):
        abstract = True

    @property
    def answered(self) -> bool:
        return self.value is not None or self.not_applicable

    @property
    def final(self) -> tuple[float | None, bool]:
        """The value that counts, and whether the check does not apply."""
        return self.value, self.not_applicable

    def counted(self, group: str = "", *, final: bool = False) -> Marked:
        """The check as a score counts it: as it was handed in, or `final`, as it stands after an appeal."""
        value, not_applicable = self.final if final else (self.value, self.not_applicable)
        return Marked(self.weight, value, not_applicable, group)


def mark_constraints(name: str) -> list[models.BaseConstraint]:
    """What holds for every marked check; `name` begins the constraints' names."""
    return [
        models.CheckConstraint(condition=Q(value=None) | Q(value__range=(0, 100)), name=f"{name}_value"),
        models.CheckConstraint(
            condition=Q(not_applicable=False) | Q(value=None), name=f"{name}_applies_or_not"
        ),
        models.CheckConstraint(condition=Q(weight__range=(1, 100)), name=f"{name}_weight"),
    ]


class Round(models.Model):
    """Abstract: a checklist gone through once at a unit. The score is kept when it is handed in, and stays."""

    checklist = models.ForeignKey(
        Checklist, on_delete=models.PROTECT, related_name="+", verbose_name=_("Checklist")
    )
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name=_("Org unit"))
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    planned_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    remarks = models.TextField(_("Remarks"), blank=True)
    score = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    checks = models.PositiveSmallIntegerField(default=0)
    worth = models.FloatField(default=0)

    class Meta:
        abstract = True


class Photo(models.Model):
    """Abstract: a picture that shows what was found; always a JPEG made anew, without place and device."""

    name = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    taken_up_at = models.DateTimeField()
    file: Any

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


def in_order(first: str, last: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{last}__gte": F(first)}), name=name)
