"""Findings from audits and mystery visits: a check that was not met, or a whole visit.

Keys: id of the check ('audit', 'visit-check'), key of the visit ('visit').
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manyi.improvement.models import Finding
from manyi.improvement.sources import Source, both, evidence, unknown
from manyi.improvement.sources import register as on
from manyi.scope import Scope
from manyi.standards.models import AuditMark, VisitMark
from manyi.standards.queries import audits, visits
from manyi.web.templatetags.web import localised

WORST = 5


def register() -> None:
    on("audit", _audit)
    on("visit-check", _visit_check)
    on("visit", _visit)


def _audit(scope: Scope, key: str, at: datetime) -> Source:
    mark = audits.shown_mark(scope, key)
    if mark is None:
        raise unknown()
    return _check(
        "audit", mark, f"{reverse('audit', args=[mark.round.pk])}#mark-{mark.pk}", mark.round.submitted_at, at
    )


def _visit_check(scope: Scope, key: str, at: datetime) -> Source:
    mark = visits.shown_mark(scope, key)
    if mark is None:
        raise unknown()
    url = f"{reverse('visit', args=[mark.round.key])}#mark-{mark.pk}"
    return _check("visit-check", mark, url, mark.round.visited_at, at)


def _check(kind: str, mark: AuditMark | VisitMark, url: str, when: datetime | None, at: datetime) -> Source:
    value, _not_applicable = mark.final
    day = timezone.localtime(when).date().isoformat() if when else ""
    facts: list[Any] = [mark.round.checklist.name, both(lambda: _("Seen on %(day)s") % {"day": day})]
    if mark.note:
        facts.append({"zh": mark.note, "en": mark.note})
    return Source(
        kind=Finding.Kind.AUDIT if kind == "audit" else Finding.Kind.VISIT,
        key=f"{kind}:{mark.pk}",
        unit=mark.round.unit,
        title=_("Not met: “%(check)s”") % {"check": localised(mark.text)},
        evidence=evidence(
            name=mark.standard.name if mark.standard else mark.text,
            figure=both(lambda: _("Check marked with %(value)d of 100") % {"value": value or 0}),
            facts=tuple(facts), url=url, at=at, value=value, n=1,
            **({"standard": mark.standard.code} if mark.standard else {}),
        ),
    )  # fmt: skip


def _visit(scope: Scope, key: str, at: datetime) -> Source:
    row = visits.shown_visit(scope, key)
    if row is None:
        raise unknown()
    found = visits.final_score(row)
    short = visits.shortfalls(list(row.marks.select_related("standard")))

    def said() -> str:
        return ngettext(
            "%(value).1f of 100 (%(low).1f to %(high).1f), %(n)d check",
            "%(value).1f of 100 (%(low).1f to %(high).1f), %(n)d checks",
            found.n,
        ) % {"value": found.value or 0, "low": found.low or 0, "high": found.high or 0, "n": found.n}

    return Source(
        kind=Finding.Kind.VISIT,
        key=f"visit:{row.key}",
        unit=row.unit,
        title=_("Mystery visit “%(name)s” scores %(score).1f")
        % {"name": localised(row.checklist.name), "score": found.value or 0},
        evidence=evidence(
            name=row.checklist.name, figure=both(said), facts=tuple(mark.text for mark in short[:WORST]),
            url=reverse("visit", args=[row.key]), at=at, value=found.value, low=found.low, high=found.high, n=found.n,
        ),
    )  # fmt: skip
