"""The servers of the tests of messaging, and a folder of files that goes away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.messaging.conftest import dovecot, post

__all__ = ["dovecot", "post"]


@pytest.fixture(autouse=True)
def _own_files(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"  # type: ignore[attr-defined]
