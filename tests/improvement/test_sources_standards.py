"""Findings from service standards that are missed; nothing is raised on what is out of sight."""

from __future__ import annotations

from datetime import datetime

import pytest

from manyi.improvement.models import Finding
from manyi.standards import sources
from manyi.web.errors import Refused
from tests.conftest import Cast
from tests.improvement.test_acting import standard
from tests.improvement.test_sources import raised


def test_a_missed_standard_keeps_its_reading(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_sources", {**sources._sources})
    sources.register("audit", lambda *asked: sources.Reading(value=12.0, low=11.0, high=13.0, n=60))
    standard(cast)
    row = raised(cast, "standard", "wait", at)
    assert (row.kind, row.unit, row.evidence["standard"]) == ("standard", cast.east, "wait")
    assert "12.0" in row.title
    assert row.evidence["figure"]["en"] == "12.0 min, target 5 · 95% interval 11.0 to 13.0 · 60 cases"
    with pytest.raises(Refused):
        raised(cast, "standard", "nonsense", at)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("standard", "wait"),
        ("audit", "1"),
        ("visit", "x"),
        ("visit-check", "1"),
        ("self_assessment", "1:reach"),
    ],
)
def test_out_of_sight_there_is_nothing_to_raise(cast: Cast, at: datetime, kind: str, key: str) -> None:
    standard(cast)
    with pytest.raises(Refused):
        raised(cast, kind, key, at, "outsider")
    assert not Finding.objects.exists()
