"""Findings from promises: too few of those of a unit are kept in time. Key: `all` or `unit=3`."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from django.urls import reverse
from django.utils.translation import gettext as _

from manyi.customers import queries_promises
from manyi.improvement.lookups.complaints import unit_of
from manyi.improvement.models import Finding
from manyi.improvement.sources import Source, both, evidence, unknown
from manyi.improvement.sources import register as on
from manyi.scope import Scope

DAYS = 90


def register() -> None:
    on("promise", _promise)


def _promise(scope: Scope, key: str, at: datetime) -> Source:
    unit = unit_of(scope, dict(parse_qsl(key)).get("unit", ""))
    scope.require("results.read", unit.pk)
    found = queries_promises.kept_promises(scope, unit, at - timedelta(days=DAYS), at)
    rate = found.rate
    if rate.value is None or rate.low is None or rate.high is None:
        raise unknown()
    value, low, high = rate.value, rate.low, rate.high

    def said() -> str:
        return _("%(value).1f%% kept in time · 95%% interval %(low).1f%% to %(high).1f%% · %(n)d due in %(days)d days") % {
            "value": value * 100, "low": low * 100, "high": high * 100, "n": rate.n, "days": DAYS,
        }  # fmt: skip

    return Source(
        kind=Finding.Kind.PROMISE,
        key=f"promise:{unit.pk}",
        unit=unit,
        title=_("%(value).1f%% of promises kept in time") % {"value": value * 100},
        evidence=evidence(
            name=both(lambda: _("Promises kept in time")), figure=both(said),
            facts=(
                unit.name,
                both(lambda: _("%(late)d kept late, %(broken)d broken, %(overdue)d overdue")
                     % {"late": found.kept_late, "broken": found.broken, "overdue": found.overdue}),
            ),
            url=f"{reverse('promises')}?unit={unit.pk}", at=at, value=value, low=low, high=high, n=rate.n,
        ),
    )  # fmt: skip
