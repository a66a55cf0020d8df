"""Ordering a report: it is made by a job and kept for whoever ordered it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from manyi.events.models import Job
from manyi.events.services import start_job
from manyi.insights.selection import Selection
from manyi.reports import files
from manyi.reports.review import Choice
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

KIND = "report"
FORMATS = ("pdf", "xlsx", "html")
TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html; charset=utf-8",
}
LANGUAGES = ("zh-hans", "en")


@transaction.atomic
def order_report(
    scope: Scope, *, wave: Wave, selection: Selection, format: str, language: str, at: datetime
) -> Job:
    """Queue the report of a wave as the scope may see it. Raises Refused for an unknown format or language."""
    scope.require("results.read")
    if format not in FORMATS or language not in LANGUAGES:
        raise Refused(_("A report is a PDF, XLSX or HTML file in Chinese or English."))
    label = {k: f"{text} · {format.upper()}" for k, text in wave.name.items()}
    arguments = {"wave": wave.code, "selection": selection.chosen, "format": format, "language": language}
    return start_job(
        scope, kind=KIND, function="manyi.reports.jobs.make_report", label=label, at=at, arguments=arguments
    )


@transaction.atomic
def order_review(scope: Scope, *, what: str, choice: Choice, format: str, language: str, at: datetime) -> Job:
    """Queue a management review or evidence report. Raises Refused for what there is not."""
    scope.require("results.read", choice.unit.pk if choice.unit else None)
    if format not in files.FORMATS.get(what, ()) or language not in files.LANGUAGES:
        raise Refused(_("This report does not come in this format or language."))
    arguments = order_of(what=what, choice=choice, format=format, language=language)
    return start_job(
        scope, kind=KIND, function="manyi.reports.jobs.make_review", label=label_of(arguments), at=at,
        arguments=arguments,
    )  # fmt: skip


def order_of(*, what: str, choice: Choice, format: str, language: str) -> dict[str, Any]:
    """What a job needs to know. `wave` is the file's name: reports of waves are named by their wave."""
    return {
        "what": what, "period": choice.period.key, "unit": choice.unit.pk if choice.unit else None, "format": format,
        "language": language, "wave": f"{what}-{choice.period.key}".lower(),
    }  # fmt: skip


def label_of(order: dict[str, Any]) -> dict[str, str]:
    found = {}
    for key, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            found[key] = f"{files.name_of(order['what'])} {order['period']} · {order['format'].upper()}"
    return found


def store(job: Job, content: bytes) -> None:
    """Put a job's file in its place, whole or not at all."""
    path = file_of(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(path)


def file_of(job: Job) -> Path:
    """Where the finished report of a job lies; its name cannot be guessed."""
    return settings.DATA_DIR / "files" / "reports" / f"{job.key}.{job.arguments['format']}"
