"""Storing results: an old result shows the old numbers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.insights import rows
from manyi.insights.models import Result
from manyi.measures.index import METHOD, from_moments
from manyi.measures.moments import Moments
from manyi.people.models import OrgUnit
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys.models import Wave

GROUPED = {"unit": "unit_id", "tier": "tier", "segment": "segment"}


@transaction.atomic
def store_result(scope: Scope, *, wave: Wave, at: datetime) -> Result:
    """Keep the figures of the whole wave as they are now, with tree version, method, weights, n and groups.

    Doing it again for the same moment changes nothing and gives the result that is there.

    :raises NotAllowed: without `waves.run` for the wave's unit.
    """
    scope.require("waves.run", wave.unit_id)
    known = Result.objects.filter(wave=wave, computed_at=at, filters={}).first()
    if known:
        return known
    every = rows.rows_for([wave], None)[wave.pk]
    sums = rows.moments(every).get(None, {})
    figures = from_moments(every.tree, sums)
    units = {unit.pk: unit for unit in OrgUnit.objects.all()}
    groups = {}
    for name, column in GROUPED.items():
        found = rows.moments(every, column)
        groups[name] = {
            str(value): from_moments(every.tree, nodes).to_dict()
            for value, nodes in found.items()
            if value is not None
        }
    root = sums.get(every.tree.code, Moments())
    row = Result.objects.create(
        wave=wave,
        tree_version=wave.tree_version,
        method=METHOD,
        weighting={
            "weighted": root.deff is not None and root.deff > 1 + 1e-12,
            "n_eff": root.n_eff,
            "deff": root.deff,
        },
        n=sum(rows.cells(every).values()),
        figures={
            **figures.to_dict(),
            "groups": groups,
            "units": {key: units[int(key)].name for key in groups["unit"] if int(key) in units},
            "wave": wave.name,
            "minimum": organisation().anonymity_minimum,
        },
        computed_at=at,
    )
    publish(
        scope,
        catalogue.ResultStored(subject_id=str(wave.pk), unit_id=wave.unit_id, result_id=row.pk),
        at=at,
    )
    return row


@transaction.atomic
def note_export(scope: Scope, *, wave: Wave, what: str, count: int, at: datetime) -> None:
    """Record that answers left the system."""
    publish(
        scope,
        catalogue.DataExported(subject_id=str(wave.pk), unit_id=wave.unit_id, what=what, rows=count),
        at=at,
    )
