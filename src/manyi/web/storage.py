"""Static files straight from the package, with the version in the address so that browsers may cache them."""

from __future__ import annotations

from functools import cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@cache
def _stamp(name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        return ""
    from pathlib import Path

    return format(int(Path(path).stat().st_mtime), "x")


class StaticStorage(StaticFilesStorage):
    def url(self, name: str | None) -> str:
        address = super().url(name)
        stamp = _stamp(name or "")
        return f"{address}?v={stamp}" if stamp else address
