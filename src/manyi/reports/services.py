"""Ordering a report: it is made by a job and kept for whoever ordered it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events.models import Job
from manyi.events.services import start_job
from manyi.insights.selection import Selection
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

KIND = "report"
FORMATS = ("pdf", "xlsx", "html")
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


def file_of(job: Job) -> Path:
    """Where the finished report of a job lies; its name cannot be guessed."""
    return settings.DATA_DIR / "files" / "reports" / f"{job.key}.{job.arguments['format']}"
