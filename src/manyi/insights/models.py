"""Stored results: an old result shows the old numbers."""

from __future__ import annotations

from django.db import models

from manyi.surveys.models import TreeVersion, Wave


class Result(models.Model):
    """The figures of a wave as computed once. `filters` is empty for the whole wave; `figures` is the JSON of
    the index result with groups; `method` names the rules and engine version it was computed by."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="results")
    tree_version = models.ForeignKey(TreeVersion, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=40)
    weighting = models.JSONField(default=dict, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    n = models.PositiveIntegerField()
    figures = models.JSONField(default=dict)
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["-computed_at", "-pk"]
        indexes = [models.Index(fields=["wave", "computed_at"], name="result_wave_time")]

    def __str__(self) -> str:
        return f"result {self.pk} of {self.wave_id}"
