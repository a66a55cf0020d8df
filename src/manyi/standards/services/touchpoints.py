"""Drawing the journey map: stages and touchpoints, their order, taking them out of use.

Stages and their order belong to the whole organisation, so they take the right at its top; a touchpoint takes the
right for its org unit.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards import neighbours
from manyi.standards.models import Stage, Touchpoint
from manyi.web.errors import Refused

RIGHT = "standards.edit"
_CHOSEN = {
    "indicator": gettext_lazy("There is no indicator “%(key)s”."),
    "category": gettext_lazy("There is no complaint category “%(key)s”."),
    "topic": gettext_lazy("There is no topic of standard answers “%(key)s”."),
}


def may_draw_stages(scope: Scope) -> bool:
    root = OrgUnit.objects.filter(parent=None).first()
    return root is not None and scope.may(RIGHT, root.pk)


def _require_top(scope: Scope) -> None:
    root = OrgUnit.objects.filter(parent=None).first()
    scope.require(RIGHT, root.pk if root else None)


@transaction.atomic
def save_stage(scope: Scope, *, stage: Stage, at: datetime) -> Stage:
    """Add a stage at the end, or change one. Raises ValidationError, NotAllowed."""
    _require_top(scope)
    made = stage.pk is None
    if made:
        stage.position = _last(Stage.objects.aggregate(last=Max("position"))["last"])
    stage.name = named(stage.name)
    stage.full_clean()
    stage.save()
    _published(scope, f"stage:{stage.code}", None, "made" if made else "changed", at)
    return stage


@transaction.atomic
def save_touchpoint(scope: Scope, *, touchpoint: Touchpoint, at: datetime) -> Touchpoint:
    """Add a touchpoint at the end of its stage, or change one; in another stage it goes to the end.

    Raises Refused for an indicator, category or topic that is not there, ValidationError, NotAllowed.
    """
    before = Touchpoint.objects.filter(pk=touchpoint.pk).first()
    scope.require(RIGHT, touchpoint.unit_id)
    if before is not None:
        scope.require(RIGHT, before.unit_id)
    touchpoint.name = named(touchpoint.name)
    for field, message in _CHOSEN.items():
        key = getattr(touchpoint, field)
        kept = before is not None and getattr(before, field) == key
        if key and not kept and key not in dict(neighbours.choices(scope, field)):
            raise Refused(str(message) % {"key": key})
    if before is None or before.stage_id != touchpoint.stage_id:
        last = touchpoint.stage.touchpoints.exclude(pk=touchpoint.pk).aggregate(last=Max("position"))["last"]
        touchpoint.position = _last(last)
    touchpoint.full_clean()
    touchpoint.save()
    change = "made" if before is None else "changed"
    _published(scope, touchpoint.code, touchpoint.unit_id, change, at)
    return touchpoint


@transaction.atomic
def move_stage(scope: Scope, *, stage: Stage, by: int, at: datetime) -> None:
    """One place to the left (`by` −1) or to the right (1); at the end it stays."""
    _require_top(scope)
    _move(list(Stage.objects.all()), stage, by)
    _published(scope, f"stage:{stage.code}", None, "moved", at)


@transaction.atomic
def move_touchpoint(scope: Scope, *, touchpoint: Touchpoint, by: int, at: datetime) -> None:
    """One place up (`by` −1) or down (1) in its stage; at the end it stays."""
    scope.require(RIGHT, touchpoint.unit_id)
    _move(list(touchpoint.stage.touchpoints.all()), touchpoint, by)
    _published(scope, touchpoint.code, touchpoint.unit_id, "moved", at)


def _move(rows: list[Stage] | list[Touchpoint], row: Stage | Touchpoint, by: int) -> None:
    keys = [found.pk for found in rows]
    here = keys.index(row.pk)
    there = max(0, min(len(keys) - 1, here + (1 if by > 0 else -1)))
    keys.insert(there, keys.pop(here))
    for position, pk in enumerate(keys):
        type(row)._default_manager.filter(pk=pk).exclude(position=position).update(position=position)


def _last(position: int | None) -> int:
    return 0 if position is None else position + 1


def named(name: dict[str, str], most: int = 100) -> dict[str, str]:
    """Both languages, trimmed; the other language stands in for one that is missing. Raises Refused without any."""
    texts = {language: str(name.get(language) or "").strip()[:most] for language in ("zh", "en")}
    some = texts["zh"] or texts["en"]
    if not some:
        raise Refused(_("Give it a name."))
    return {language: text or some for language, text in texts.items()}


def _published(scope: Scope, key: str, unit_id: int | None, change: str, at: datetime) -> None:
    publish(scope, catalogue.JourneyChanged(subject_id=key, unit_id=unit_id, change=change), at=at)
