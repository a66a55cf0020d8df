"""A management review or evidence report as a file, made with the rights of whoever is to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from manyi.reports import book, evidence_report, render, slides
from manyi.reports.one_page import one_page
from manyi.reports.review import Choice, Review
from manyi.reports.tables import plots
from manyi.scope import Scope

#: What can be had in which formats.
FORMATS = {"review": ("pdf", "pptx", "xlsx"), "evidence": ("pdf", "xlsx")}
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file, and what a mail says about it."""

    content: bytes
    title: str
    subtitle: str
    said: list[str]


def choice_of(scope: Scope, order: Mapping[str, Any], *, at: datetime) -> Choice:
    """What an order is about. Raises UnknownChoice."""
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return Choice.of(scope, {"period": order["period"], "unit": str(order.get("unit") or "")}, today=today)


def make(scope: Scope, *, what: str, format: str, language: str, choice: Choice, at: datetime) -> Made:
    """Raises NotAllowed, and ValueError for what there is not."""
    if format not in FORMATS.get(what, ()) or language not in LANGUAGES:
        raise ValueError(f"no {what} as {format} in {language}")
    with translation.override(language):
        review = Review(scope, choice, at=at)
        if what == "evidence":
            return _evidence(review, format)
        page = one_page(review)
        if format == "pptx":
            content = slides.pptx(page, plots(review))
        elif format == "xlsx":
            content = book.xlsx(page, review, plots(review))
        else:
            content = render.one_page_pdf(page)
        return Made(content, page.title, page.subtitle, list(page.said))


def _evidence(review: Review, format: str) -> Made:
    found = evidence_report.chapters(review)
    said = [
        _("%(standard)s: records for %(n)d of %(all)d requirements.")
        % {"standard": chapter.standard, "n": chapter.shown, "all": len(chapter.lines)}
        for chapter in found
    ]
    written = evidence_report.document(review, found)
    content = render.pdf(written) if format == "pdf" else render.xlsx(written)
    return Made(content, written.title, written.subtitle, said)


def name_of(what: str) -> str:
    return {"review": _("Management review"), "evidence": _("Evidence report")}[what]
