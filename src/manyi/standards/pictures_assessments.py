"""Pictures of a self-assessment; page, download and report draw the same."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart, Series
from manyi.standards.assessment import Result
from manyi.standards.queries.assessments import Past
from manyi.web.templatetags.web import localised


def _texts() -> charts.Texts:
    return charts.texts_for(get_language() or "zh")


def radar(result: Result, before: Result | None = None) -> Chart:
    """The seven percentages, the targets, and the round before."""
    series = [Series(_("This round"), [c.percent for c in result.categories])]
    series.append(Series(_("Target"), [float(c.target) for c in result.categories]))
    if before is not None:
        series.append(Series(_("Round before"), [c.percent for c in before.categories]))
    axes = [localised(c.category.short) for c in result.categories]
    return charts.radar(axes, series, title=_("Categories against their targets"), texts=_texts())


def history(past: Sequence[Past]) -> Chart:
    """The overall percentage of each round, the oldest first."""
    names = [localised(one.assessment.name) for one in past]
    values = [one.result.percent for one in past]
    return charts.trend(
        names, [Series(_("Percentage of all points"), values)], title=_("Round by round"), texts=_texts()
    )


def pictures(past: Sequence[Past], result: Result) -> dict[str, Chart]:
    """By name. `past` ends with the round of the result; the history needs two rounds."""
    before = past[-2].result if len(past) > 1 else None
    found = {"radar": radar(result, before)}
    if len(past) > 1:
        found["history"] = history(past)
    return found
