"""Findings from self-assessments: a category that misses its target. Key: `<id of the round>:<code of the category>`."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.improvement.models import Finding
from manyi.improvement.sources import Source, both, evidence, unknown
from manyi.improvement.sources import register as on
from manyi.scope import Scope
from manyi.standards.queries.assessments import weak_category
from manyi.web.templatetags.web import localised

STATEMENTS = 3


def register() -> None:
    on("self_assessment", _category)


def _category(scope: Scope, key: str, at: datetime) -> Source:
    weak = weak_category(scope, key, timezone.localtime(at).date())
    if weak is None:
        raise unknown()
    found, row = weak.category, weak.assessment

    def said() -> str:
        return _("%(percent).1f%% of the points, target %(target)d%% · %(raters)d raters") % {
            "percent": found.percent, "target": found.target, "raters": weak.result.raters,
        }  # fmt: skip

    weakest = [s for s in weak.result.statements if s.category.code == found.category.code][:STATEMENTS]
    return Source(
        kind=Finding.Kind.SELF_ASSESSMENT,
        key=f"self_assessment:{key}",
        unit=row.unit,
        title=_("Self-assessment: “%(category)s” reaches %(percent).1f%%")
        % {"category": localised(found.category.name), "percent": found.percent},
        evidence=evidence(
            name=found.category.name,
            figure=both(said),
            facts=(
                row.name,
                *(
                    {language: f"{text} ({s.mean:.1f} / 5)" for language, text in s.statement.text.items()}
                    for s in weakest
                ),
            ),
            url=reverse("self-assessment", args=[row.pk]),
            at=at,
            value=found.percent,
            n=weak.result.raters,
            target=found.target,
        ),
    )
