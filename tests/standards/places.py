"""Standards, lists and rounds for the tests of audits and visits."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from manyi.people import services as people
from manyi.people.models import User
from manyi.scope import Scope
from manyi.standards.models import Checklist, ServiceStandard, Stage, Touchpoint
from manyi.standards.services import checklists
from tests.conftest import Cast


def texts(en: str) -> dict[str, str]:
    return {"zh": f"{en}（中文）", "en": en}


def standards(cast: Cast) -> list[ServiceStandard]:
    """Greeting (audit, 90 %) and waiting (visit, at most 10 minutes) at the counter of the group."""
    stage = Stage.objects.create(code="buy", name=texts("Buying"))
    point = Touchpoint.objects.create(code="counter", name=texts("Counter"), stage=stage, unit=cast.group)
    greet = ServiceStandard.objects.create(
        code="greet", name=texts("Greeted at once"), touchpoint=point, source="audit", target=90
    )
    wait = ServiceStandard.objects.create(
        code="wait", name=texts("Waits at most 10 minutes"), touchpoint=point, source="visit", target=10,
        better="lower", measure="min",
    )  # fmt: skip
    return [greet, wait]


def checklist(cast: Cast, at: datetime, kind: str = "audit", unit: Any = None) -> Checklist:
    """Two checks of standards and one of 0–100 in own words, weights 1, 1 and 2."""
    scope = cast.scope("manager")
    made = standards(cast) if not ServiceStandard.objects.exists() else list(ServiceStandard.objects.all())
    row = checklists.make(
        scope, kind=kind, unit=unit or cast.group, name=texts("Counter list"), briefing={}, at=at
    )
    checklists.add_touchpoint(scope, checklist=row, touchpoint=made[0].touchpoint, at=at)
    checklists.put_check(scope, checklist=row, text=texts("Tidy"), weight=2, scale="points", at=at)
    return row


def person(name: str, role: str, unit: Any, at: datetime) -> User:
    return people.create_user(
        Scope.system("test"), username=name, email=f"{name}@example.org", name=name.title(), language="en",
        password=None, roles=[(role, unit)], at=at,
    )  # fmt: skip


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **options)
    return SimpleUploadedFile(f"photo.{kind.lower()}", out.getvalue(), content_type="image/jpeg")
