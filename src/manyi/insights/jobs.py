"""Background work of results; each job may run twice without harm."""

from __future__ import annotations

from datetime import datetime

from manyi.insights import rows, services
from manyi.scope import Scope
from manyi.surveys.models import Wave

WORTH_STORING = 500  # newer answers than the snapshot holds; fewer are read from the database at once


def keep_result(wave_id: int, at: str) -> None:
    """Store the answers of a closed or imported wave, and its result as of `at` (ISO time)."""
    wave = Wave.objects.select_related("tree_version", "questionnaire_version", "unit").get(pk=wave_id)
    rows.write_snapshot(wave)
    system = Scope.system("a wave was closed or imported")
    services.store_result(system, wave=wave, at=datetime.fromisoformat(at))


def refresh_open_waves() -> None:
    """Store the newest answers of open waves, so that reading them stays quick."""
    waves = Wave.objects.filter(state=Wave.State.OPEN).select_related("tree_version", "questionnaire_version")
    for wave in waves:
        if rows.missing(wave) >= WORTH_STORING:
            rows.write_snapshot(wave)
