"""Findings from complaints: one complaint, a problem behind several, a category that many complain about."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manyi.complaints.models import Category, Complaint, Problem
from manyi.complaints.queries import cases, problems
from manyi.improvement.models import Finding
from manyi.improvement.queries import figures
from manyi.improvement.sources import Source, both, evidence, unknown
from manyi.improvement.sources import register as on
from manyi.people.models import OrgUnit
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.web.templatetags.web import localised

DAYS = 90


def register() -> None:
    on("complaint", _complaint)
    on("problem", _problem)
    on("category", _category)


def _complaint(scope: Scope, number: str, at: datetime) -> Source:
    try:
        row = cases.complaint(scope, number)
    except Complaint.DoesNotExist as error:
        raise unknown() from error
    works = row.handler_unit
    unit = row.unit if works is None or scope.may("improvement.edit", row.unit_id) else works
    category = {"category": row.category.code} if row.category else {}
    return Source(
        kind=Finding.Kind.COMPLAINT,
        key=f"complaint:{row.pk}",
        unit=unit,
        title=row.title,
        evidence=evidence(
            name=both(lambda: _("Complaint %(number)s") % {"number": row.number}),
            figure=both(lambda: str(row.get_severity_display())),
            facts=(
                both(lambda: _("Received on %(day)s") % {"day": localtime(row.received_at).date().isoformat()}),
                *((row.category.name,) if row.category else ()),
            ),
            url=reverse("complaint", args=[row.number]), at=at, n=1, **category,
        ),
    )  # fmt: skip


def _problem(scope: Scope, number: str, at: datetime) -> Source:
    try:
        row = problems.problem(scope, number)
    except Problem.DoesNotExist as error:
        raise unknown() from error
    count = row.cases.count()
    roots = tuple({"zh": cause.text, "en": cause.text} for cause in problems.causes(row) if cause.is_root)
    category = {"category": row.category.code} if row.category else {}
    return Source(
        kind=Finding.Kind.PROBLEM,
        key=f"problem:{row.pk}",
        unit=row.unit,
        title=row.title,
        evidence=evidence(
            name=both(lambda: _("Problem %(number)s") % {"number": row.number}),
            figure=both(lambda: ngettext("%(n)d complaint", "%(n)d complaints", count) % {"n": count}),
            facts=roots, url=reverse("problem", args=[row.number]), at=at, n=count, **category,
        ),
    )  # fmt: skip


def _category(scope: Scope, key: str, at: datetime) -> Source:
    """Key: `12?unit=3`, the category and the unit; without a unit the topmost one that is the reader's to improve."""
    head, _mark, query = key.partition("?")
    row = Category.objects.filter(pk=int(head)).first() if head.isascii() and head.isdigit() else None
    unit = unit_of(scope, dict(parse_qsl(query)).get("unit", ""))
    scope.require("complaints.read", unit.pk)
    if row is None:
        raise unknown()
    until = localtime(at).date() + timedelta(days=1)
    rate = figures.complaint_rate(scope, row.code, unit, until - timedelta(days=DAYS), until)

    def said() -> str:
        return _("%(n)d in %(days)d days: %(value).1f per 30 days · 95%% interval %(low).1f to %(high).1f") % {
            "n": rate.n, "days": DAYS, "value": rate.value, "low": rate.low, "high": rate.high,
        }  # fmt: skip

    shown = {"category": row.pk, "unit": unit.pk}
    return Source(
        kind=Finding.Kind.CATEGORY,
        key=f"category:{row.code}:{unit.pk}",
        unit=unit,
        title=_("%(n)d complaints about “%(category)s” in %(days)d days")
        % {"n": rate.n, "category": localised(row.name) or row.code, "days": DAYS},
        evidence=evidence(
            name=dict(row.name), figure=both(said), facts=(unit.name,), at=at,
            url=f"{reverse('complaint-analysis')}?{urlencode(shown)}",
            category=row.code, value=rate.value, low=rate.low, high=rate.high, n=rate.n,
        ),
    )  # fmt: skip


def unit_of(scope: Scope, key: str) -> OrgUnit:
    """The unit that was chosen, or the topmost that is the reader's to improve. Raises Refused."""
    own = org_units(scope, "improvement.edit")
    if key and not (key.isascii() and key.isdigit() and len(key) < 19):
        raise unknown()
    unit = own.filter(pk=int(key)).first() if key else own.first()
    if unit is None:
        raise unknown()
    return unit
