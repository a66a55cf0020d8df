"""Mystery visits: somebody plays a customer at a unit that does not know it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.people.models import User
from manyi.standards.models.checks import Mark, Photo, Round, in_order, mark_constraints


class MysteryVisit(Round):
    """Until it is published, only its visitor and those who plan visits for the unit from above know of it (see
    `queries.visits.visible`). `key` is its address: a running number would tell that there are others.

    `score` is the visitor's, `ruled_*` the one after an appeal; both stay.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DOING = "doing", _("Under way")
        SUBMITTED = "submitted", _("Waiting to be published")
        PUBLISHED = "published", _("Published")
        APPEALED = "appealed", _("Appeal to be decided")
        DECIDED = "decided", _("Appeal decided")
        CANCELLED = "cancelled", _("Called off")

    KNOWN = (State.PUBLISHED, State.APPEALED, State.DECIDED)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visitor = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="mystery_visits", verbose_name=_("Visitor")
    )
    starts_on = models.DateField(_("First day"))
    ends_on = models.DateField(_("Last day"))
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.PLANNED)
    visited_at = models.DateTimeField(_("Time of the visit"), null=True, blank=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    appeal_days = models.PositiveSmallIntegerField(_("Days to appeal"), default=7)
    appeal = models.TextField(_("Reason of the appeal"), blank=True)
    appealed_at = models.DateTimeField(null=True)
    appealed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ruling = models.TextField(_("Reason of the decision"), blank=True)
    ruled_at = models.DateTimeField(null=True)
    ruled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ruled_score = models.FloatField(null=True)
    ruled_low = models.FloatField(null=True)
    ruled_high = models.FloatField(null=True)
    ruled_checks = models.PositiveSmallIntegerField(default=0)
    ruled_worth = models.FloatField(default=0)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [in_order("starts_on", "ends_on", "visit_window")]
        indexes = [models.Index(fields=["unit", "state", "-visited_at"], name="visit_unit_state")]

    def __str__(self) -> str:
        return f"{self.checklist} · {self.unit}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.PLANNED, self.State.DOING)

    @property
    def is_known(self) -> bool:
        """Whether the unit may know of it."""
        return self.state in self.KNOWN

    @property
    def appeal_until(self) -> datetime | None:
        return self.published_at + timedelta(days=self.appeal_days) if self.published_at else None

    @property
    def final_score(self) -> float | None:
        return self.ruled_score if self.ruled_at else self.score

    @property
    def final_low(self) -> float | None:
        return self.ruled_low if self.ruled_at else self.low

    @property
    def final_high(self) -> float | None:
        return self.ruled_high if self.ruled_at else self.high

    @property
    def final_checks(self) -> int:
        return self.ruled_checks if self.ruled_at else self.checks


class VisitMark(Mark):
    """`objection` is what the unit says against it, `ruling` the answer; `changed` when that gave another value."""

    round = models.ForeignKey(MysteryVisit, on_delete=models.CASCADE, related_name="marks")
    objection = models.CharField(_("Objection"), max_length=1000, blank=True)
    ruling = models.CharField(_("Decision"), max_length=1000, blank=True)
    changed = models.BooleanField(default=False)
    ruled_value = models.FloatField(null=True)
    ruled_not_applicable = models.BooleanField(default=False)

    class Meta(Mark.Meta):
        constraints = mark_constraints("visit_mark")

    @property
    def final(self) -> tuple[float | None, bool]:
        return (
            (self.ruled_value, self.ruled_not_applicable)
            if self.changed
            else (self.value, self.not_applicable)
        )


class VisitPhoto(Photo):
    mark = models.ForeignKey(VisitMark, on_delete=models.CASCADE, related_name="photos")
    file = models.FileField(upload_to="standards/visits/%Y/%m/", max_length=200)
