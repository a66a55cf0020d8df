"""Kept promises as the measure of a standard."""

from __future__ import annotations

from datetime import date, datetime, time
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from manyi.customers.models import Promise
from manyi.customers.queries_promises import kept_promises
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards.sources import Reading, share

ALL = "all"


def subjects(scope: Scope) -> list[tuple[str, str]]:
    return [(ALL, _("All promises")), *((value, str(label)) for value, label in Promise.Kind.choices)]


def read(scope: Scope, subject: str, unit: OrgUnit, since: date, until: date) -> Reading:
    """Per cent of the promises of a kind (ALL: of all) due in these days that were kept in time."""
    if not scope.may("results.read", unit.pk):
        return Reading(value=None, hidden=True)
    zone = ZoneInfo(settings.TIME_ZONE)
    begin, end = (datetime.combine(day, time(), zone) for day in (since, until))
    found = kept_promises(scope, unit, begin, end, kind="" if subject == ALL else subject)
    url = ""
    if scope.may("promises.edit") or scope.may("customers.read"):
        url = f"{reverse('promises')}?{urlencode({'view': 'all', 'unit': unit.pk})}"
    return share(found.kept, found.rate.n, url)
