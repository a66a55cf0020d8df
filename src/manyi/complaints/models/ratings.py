"""What the complainant thinks of how the complaint was settled."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models.cases import Complaint


class Rating(models.Model):
    """One to five, once per closing (0 while it is resolved and never was closed); a later one replaces it."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="ratings")
    closing = models.PositiveSmallIntegerField()
    score = models.PositiveSmallIntegerField(_("Satisfaction rating"))
    comment = models.TextField(_("Comment"), blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "closing"], name="complaint_rating_once"),
            models.CheckConstraint(condition=Q(score__range=(1, 5)), name="complaint_rating_range"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id}: {self.score}"
