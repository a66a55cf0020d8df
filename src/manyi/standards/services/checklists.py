"""Making checklists of audits and scenarios of mystery visits, from standards and in one's own words.

Rounds keep a copy of the checks they were planned with: changing a checklist never changes what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards.models import Audit, Check, Checklist, MysteryVisit, ServiceStandard, Touchpoint
from manyi.standards.models.checks import CheckFields
from manyi.web.errors import Refused

Texts = Mapping[str, str]
MOST = 100
COPIED = ("position", "step", "standard_id", "text", "weight", "scale")


def _said(scope: Scope, row: Checklist, change: str, at: datetime) -> None:
    publish(
        scope,
        catalogue.ChecklistChanged(subject_id=str(row.pk), unit_id=row.unit_id, change=change),
        at=at,
    )


def texts(given: Texts) -> dict[str, str]:
    """Both languages, stripped; what is written in one only stands for both."""
    stripped = {language: (given.get(language) or "").strip() for language in ("zh", "en")}
    return {
        language: text or next((t for t in stripped.values() if t), "") for language, text in stripped.items()
    }


@transaction.atomic
def make(scope: Scope, *, kind: str, unit: OrgUnit, name: Texts, briefing: Texts, at: datetime) -> Checklist:
    """An empty checklist. Raises NotAllowed, Refused without a name."""
    scope.require("standards.edit", unit.pk)
    row = Checklist(kind=kind, unit=unit, created_at=at)
    _write(row, name, briefing)
    _said(scope, row, "made", at)
    return row


@transaction.atomic
def change(
    scope: Scope, *, checklist: Checklist, name: Texts, briefing: Texts, is_active: bool, at: datetime
) -> None:
    scope.require("standards.edit", checklist.unit_id)
    checklist.is_active = is_active
    _write(checklist, name, briefing)
    _said(scope, checklist, "changed", at)


def _write(row: Checklist, name: Texts, briefing: Texts) -> None:
    row.name, row.briefing = texts(name), texts(briefing)
    if not row.name["zh"]:
        raise Refused(_("Give it a name."))
    row.full_clean(exclude=["briefing"])
    row.save()


@transaction.atomic
def put_check(
    scope: Scope,
    *,
    checklist: Checklist,
    text: Texts,
    at: datetime,
    standard: ServiceStandard | None = None,
    weight: int = 1,
    scale: str = "yes_no",
    step: Texts | None = None,
    check: Check | None = None,
) -> Check:
    """Add a check at the end, or change `check`. Without words of its own it has those of its standard.

    :raises Refused: without words and standard, or beyond MOST checks. :raises ValidationError: for a bad weight.
    """
    scope.require("standards.edit", checklist.unit_id)
    words = texts(text)
    if not words["zh"] and standard is not None:
        words = texts(standard.name)
    if not words["zh"]:
        raise Refused(_("Say what is looked at, or choose a standard."))
    if check is None and checklist.checks.count() >= MOST:
        raise Refused(_("A checklist has at most %(most)s checks.") % {"most": MOST})
    row = check or Check(checklist=checklist, position=_next(checklist))
    row.text, row.standard, row.weight, row.scale, row.step = (
        words,
        standard,
        weight,
        scale,
        texts(step or {}),
    )
    row.full_clean(exclude=["step"])
    row.save()
    _said(scope, checklist, "changed", at)
    return row


def _next(checklist: Checklist) -> int:
    return int(checklist.checks.aggregate(last=Max("position"))["last"] or 0) + 1


@transaction.atomic
def add_touchpoint(scope: Scope, *, checklist: Checklist, touchpoint: Touchpoint, at: datetime) -> int:
    """A check for each standard of the touchpoint in use that has none yet; returns how many are new.

    In a scenario the touchpoint is their step.
    """
    scope.require("standards.edit", checklist.unit_id)
    there = set(checklist.checks.values_list("standard_id", flat=True))
    step = touchpoint.name if checklist.kind == Checklist.Kind.VISIT else {}
    wanted = [s for s in touchpoint.standards.filter(is_active=True) if s.pk not in there]
    for standard in wanted:
        put_check(scope, checklist=checklist, text={}, standard=standard, step=step, at=at)
    return len(wanted)


@transaction.atomic
def remove_check(scope: Scope, *, check: Check, at: datetime) -> None:
    """Take a check off the list; rounds that were planned with it keep theirs."""
    scope.require("standards.edit", check.checklist.unit_id)
    check.delete()
    _said(scope, check.checklist, "changed", at)


def copy_checks(checklist: Checklist, row: Audit | MysteryVisit) -> None:
    """The checks of the list become what is marked in the round. Raises Refused for an empty or retired list."""
    checks: list[CheckFields] = list(checklist.checks.all())
    if not checks or not checklist.is_active:
        raise Refused(_("This list has no checks or is not in use any more. Choose another one."))
    marks: Any = row.marks
    marks.bulk_create(
        marks.model(round=row, **{name: getattr(check, name) for name in COPIED}) for check in checks
    )
