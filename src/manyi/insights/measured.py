"""Figures of a tree that nobody is asked for: what the organisation's own records say of the unit of a response."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Max, QuerySet

from manyi.customers.queries_promises import kept_rate
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys.models import Response, Wave
from manyi.surveys.tree import MEASURED

WITHIN = timedelta(days=90)
FEWEST = 5


def measured_of(
    wave: Wave, responses: QuerySet[Response], wanted: frozenset[str]
) -> Mapping[int, Mapping[str, float]]:
    """By unit of the responses: column → 0–100.

    `promises_kept` is the share of promises of the unit and those below it that were kept in time, of those due in
    the 90 days before the wave ended (or its last answer); a unit with fewer than five has none, as if nobody had
    answered.
    """
    if not wanted & MEASURED:
        return {}
    end = wave.closed_at or responses.aggregate(last=Max("submitted_at"))["last"]
    if end is None:
        return {}
    ids = {unit or wave.unit_id for unit in responses.order_by().values_list("unit", flat=True).distinct()}
    scope = Scope.system("measured indicators of a wave")
    found = {}
    for unit in OrgUnit.objects.filter(pk__in=ids):
        rate = kept_rate(scope, unit, end - WITHIN, end)
        if rate.value is not None and rate.n >= FEWEST:
            found[unit.pk] = {"promises_kept": rate.value * 100}
    return found
