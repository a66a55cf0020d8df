"""Reading stored models, as far as their answers were the reader's to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from manyi.insights.models import ModelRun
from manyi.insights.queries import RIGHT, WaveResult, waves
from manyi.insights.structural import Spec
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys.models import Wave

MOST_LISTED = 20


def runs(scope: Scope, wave: Wave) -> list[ModelRun]:
    """Models fitted to a wave, newest first; only those whose answers all are the reader's to see."""
    scope.require(RIGHT)
    minimum = organisation().anonymity_minimum
    found = ModelRun.objects.filter(wave=wave, n__gte=minimum).select_related("made_by")
    return [run for run in found if may_see(scope, run)]


def may_see(scope: Scope, run: ModelRun) -> bool:
    own = scope.units_for(RIGHT)
    return own is None or (run.units is not None and own.issuperset(run.units))


def run_of(scope: Scope, wave: Wave, pk: int) -> ModelRun:
    """:raises ModelRun.DoesNotExist: also for a run the scope may not see."""
    for run in runs(scope, wave):
        if run.pk == pk:
            return run
    raise ModelRun.DoesNotExist


@dataclass(frozen=True, slots=True)
class Past:
    """The same model in one wave of the series: construct → index with interval (None where there is none)."""

    wave: Wave
    run: ModelRun
    index: dict[str, dict[str, Any]]


def trend(scope: Scope, result: WaveResult, run: ModelRun) -> list[Past]:
    """The newest run of the same model, on the same selection, in each wave of the series; oldest first.

    Constructs are told by their columns, so that renaming one breaks no trend.
    """
    if not run.wave.series:
        return []
    same = ModelRun.objects.filter(
        fingerprint=run.fingerprint, wave__in=waves(scope).filter(series=run.wave.series)
    ).select_related("wave")
    minimum = organisation().anonymity_minimum
    newest: dict[int, ModelRun] = {}
    for one in same.order_by("made_at", "pk"):
        if may_see(scope, one) and one.filters == run.filters and one.units == run.units and one.n >= minimum:
            newest[one.wave_id] = run if one.wave_id == run.wave_id else one
    keys = {columns: key for key, columns in _blocks(run).items()}
    found = []
    for one in sorted(newest.values(), key=lambda one: (one.wave.opened_at or one.wave.created_at, one.pk)):
        theirs = {key: keys.get(columns, key) for key, columns in _blocks(one).items()}
        index = {theirs[row["key"]]: row for row in one.figures["constructs"]}
        found.append(Past(one.wave, one, index))
    return found


def _blocks(run: ModelRun) -> dict[str, tuple[str, ...]]:
    return {one.key: tuple(sorted(one.columns)) for one in Spec.from_dict(run.spec).constructs}
