"""Rows of a small journey for tests, written directly."""

from __future__ import annotations

from typing import Any

from manyi.people.models import OrgUnit
from manyi.standards.models import ServiceStandard, Stage, Touchpoint


def touchpoint(unit: OrgUnit, code: str = "arrival", **fields: Any) -> Touchpoint:
    stage, _made = Stage.objects.get_or_create(
        code=fields.pop("stage", "delivery"), defaults={"name": {"zh": "交付", "en": "Delivery"}}
    )
    name = fields.pop("name", {"zh": "到货", "en": code.title()})
    return Touchpoint.objects.create(code=code, name=name, stage=stage, unit=unit, **fields)


def standard(point: Touchpoint, code: str = "on-time", **fields: Any) -> ServiceStandard:
    given = {"name": {"zh": "准时", "en": "On time"}, "source": "audit", "target": 90, **fields}
    return ServiceStandard.objects.create(code=code, touchpoint=point, **given)
