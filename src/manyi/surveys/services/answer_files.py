"""Uploaded files that no answer names any more: replaced, abandoned, or of deleted responses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models.fields.json import KT

from manyi.surveys.models import QuestionnaireVersion, Response, ResponseDraft
from manyi.surveys.questionnaire import parse

# An answer under way in an anonymous wave or behind an open link names its file in the signed form alone,
# which is taken for fourteen days.
KEPT = timedelta(days=15)


def _named() -> Iterator[str]:
    """Names of files in stored answers and drafts."""
    for version in QuestionnaireVersion.objects.filter(waves__isnull=False).distinct():
        codes = [q.code for q in parse(version.definition).questions() if q.type == "file"]
        for model in (Response, ResponseDraft):
            for code in codes:
                rows = model.objects.filter(wave__questionnaire_version=version, answers__has_key=code)
                yield from rows.values_list(KT(f"answers__{code}"), flat=True).iterator()


def discard_unused(*, at: datetime) -> int:
    """Delete uploads older than KEPT that no answer and no draft names. Returns how many. Safe to repeat."""
    folder = Path(settings.MEDIA_ROOT) / "responses"
    before = (at - KEPT).timestamp()
    old = [p for p in folder.glob("*") if p.stat().st_mtime < before] if folder.is_dir() else []
    named = set(_named()) if old else set()
    unused = [path for path in old if path.name not in named]
    for path in unused:
        path.unlink(missing_ok=True)
    return len(unused)
