"""Stored results: an old result shows the old numbers."""

from __future__ import annotations

from django.db import models

from manyi.people.models import User
from manyi.surveys.models import IndicatorTree, TreeVersion, Wave


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


class ModelRun(models.Model):
    """A structural model as fitted once to a wave: `spec` is the model, `figures` everything that came out.

    `units` are the ids of the org units whose answers went in, None for all; who may see less sees no run.
    Runs of one `fingerprint` (same constructs, columns and paths) are compared over the waves of a series.
    """

    key = models.UUIDField(unique=True)  # of the job that made it, which may run twice
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="model_runs")
    spec = models.JSONField()
    fingerprint = models.CharField(max_length=64, db_index=True)
    filters = models.JSONField(default=dict, blank=True)
    units = models.JSONField(null=True)
    method = models.CharField(max_length=40)
    n = models.PositiveIntegerField()
    bootstrap = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField(null=True)
    figures = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["wave", "made_at"], name="model_run_wave_time")]

    def __str__(self) -> str:
        return f"model run {self.pk} of {self.wave_id}"


class IndustryFigure(models.Model):
    """What is published of an industry: the `value` (0–100) of one node of a tree, from whom, of what day.

    `node` is the node's code; that of the root is the index. The newest `published_on` of a node counts.
    """

    tree = models.ForeignKey(IndicatorTree, on_delete=models.CASCADE, related_name="industry_figures")
    node = models.CharField(max_length=80)
    value = models.FloatField()
    source = models.CharField(max_length=200)
    published_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-published_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.source}: {self.node} {self.value}"
