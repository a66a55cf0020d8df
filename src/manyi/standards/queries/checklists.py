"""Checklists and scenarios somebody may see, use and change, and what checks can be made from."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from manyi.scope import Scope
from manyi.standards.models import Checklist, ServiceStandard, Touchpoint


def checklists(scope: Scope, kind: str, *, usable: bool = False) -> QuerySet[Checklist]:
    """Those of units for which standards are set by the reader.

    For audits also those of the units above, which hold below. Scenarios of the units above stay hidden: they are
    how oneself is visited.
    """
    rows = Checklist.objects.filter(kind=kind).select_related("unit").annotate(size=Count("checks"))
    units = (
        scope.lineage_for("standards.edit")
        if kind == Checklist.Kind.AUDIT
        else scope.units_for("standards.edit")
    )
    if not scope.may("standards.edit"):
        return rows.none()
    if units is not None:
        rows = rows.filter(unit__in=units)
    return rows.filter(is_active=True, size__gt=0) if usable else rows


def standards(scope: Scope) -> QuerySet[ServiceStandard]:
    """Standards in use that a check may be made from: those of the reader's units and of the units above."""
    rows = ServiceStandard.objects.filter(is_active=True, touchpoint__is_active=True).select_related(
        "touchpoint"
    )
    units = scope.lineage_for("standards.read")
    return rows if units is None else rows.filter(touchpoint__unit__in=units)


def touchpoints(scope: Scope) -> QuerySet[Touchpoint]:
    """Touchpoints with standards in use."""
    return Touchpoint.objects.filter(pk__in=standards(scope).values("touchpoint")).select_related("stage")
