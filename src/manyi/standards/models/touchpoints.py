"""Where customers are met, and what is to happen there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User


class Stage(models.Model):
    """A column of the journey map, such as 'order' or 'repair'. `name` is {"zh": …, "en": …}."""

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.code


class Touchpoint(models.Model):
    """A moment of truth. `unit` answers for it and bounds who sees it; `indicator` is the node of an indicator tree
    that tells how satisfied customers are here; `category` the complaint category whose complaints arise here;
    `topic` the topic of standard answers that staff use here. The three are keys of apps above or beside this one
    (see `manyi.standards.neighbours`). `volume` says what is counted as how often customers come by.
    """

    class Volume(models.TextChoices):
        ORDERS = "order", _("Orders received")
        RETURNS = "return", _("Goods returned")
        CALLS = "call", _("Calls noted")
        VISITS = "visit", _("Visits noted")
        MAILS = "mail", _("Mails noted")
        MEETINGS = "meeting", _("Meetings noted")
        PROMISES = "promise", _("Promises made")

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Name"), default=dict)
    description = models.JSONField(_("What happens here"), default=dict, blank=True)
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="touchpoints", verbose_name=_("Stage")
    )
    position = models.PositiveSmallIntegerField(default=0)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="touchpoints", verbose_name=_("Org unit")
    )
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Owner")
    )
    indicator = models.CharField(_("Indicator"), max_length=100, blank=True)
    category = models.CharField(_("Complaint category"), max_length=60, blank=True)
    topic = models.CharField(_("Topic of standard answers"), max_length=20, blank=True)
    volume = models.CharField(_("How often customers come by"), max_length=10, choices=Volume, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["stage__position", "position", "pk"]

    def __str__(self) -> str:
        return self.code


class ServiceStandard(models.Model):
    """What is to happen at a touchpoint, how well, and who measures it.

    `source` names the measure's kind and `subject` the thing measured: a clock ('respond'), an item of a tree,
    a check of mystery visits, a question of an audit. A value on the good side of `target` meets the standard,
    one that misses it by no more than `tolerance` is watched, one beyond is missed. The same standard may be looked
    at in other ways `also`: source → subject; those figures are shown beside and do not decide.
    """

    class Kind(models.TextChoices):
        HARD = "hard", _("Hard")
        SOFT = "soft", _("Soft")

    class Source(models.TextChoices):
        CLOCK = "clock", _("Time limit of complaints")
        SURVEY = "survey", _("Survey item")
        PROMISE = "promise", _("Promises kept")
        VISIT = "visit", _("Mystery visit")
        AUDIT = "audit", _("Audit")

    class Better(models.TextChoices):
        HIGHER = "higher", _("At least")
        LOWER = "lower", _("At most")

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.JSONField(_("Standard"), default=dict)
    touchpoint = models.ForeignKey(
        Touchpoint, on_delete=models.PROTECT, related_name="standards", verbose_name=_("Touchpoint")
    )
    kind = models.CharField(_("Hard or soft"), max_length=4, choices=Kind, default=Kind.HARD)
    source = models.CharField(_("Measured by"), max_length=10, choices=Source, default=Source.AUDIT)
    subject = models.CharField(_("What is measured"), max_length=100, blank=True)
    also = models.JSONField(_("Also looked at by"), default=dict, blank=True)
    better = models.CharField(_("Direction"), max_length=6, choices=Better, default=Better.HIGHER)
    measure = models.CharField(_("Unit of measure"), max_length=20, default="%")
    target = models.FloatField(_("Target"))
    tolerance = models.FloatField(_("Tolerance"), default=0)
    training = models.JSONField(_("Training topic"), default=dict, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["touchpoint__stage__position", "touchpoint__position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tolerance__gte=0), name="standard_tolerance_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.code
