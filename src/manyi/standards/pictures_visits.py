"""Pictures of mystery visits: the league of units and the trend, with intervals."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart
from manyi.standards.models import MysteryVisit
from manyi.standards.queries.visits import Place, trend
from manyi.web.templatetags.web import localised

NAMES = ("league", "trend")


def league_chart(places: Iterable[Place]) -> Chart:
    """Bars of units, best first; n is how many visits."""
    texts = charts.texts_for(get_language() or "zh")
    bars = [
        charts.Score(localised(p.unit.name), p.score.value, p.score.low, p.score.high, p.score.rounds)
        for p in places
    ]
    return charts.score_bars(bars, title=_("Mystery visits by unit"), texts=texts)


def trend_chart(rows: Iterable[MysteryVisit]) -> Chart:
    """All visits in sight by quarter."""
    points = trend(rows)
    line = charts.Series(
        _("Mean of the visits"),
        [score.value for _quarter, score in points],
        [score.low for _quarter, score in points],
        [score.high for _quarter, score in points],
    )
    texts = charts.texts_for(get_language() or "zh")
    return charts.trend([q for q, _score in points], [line], title=_("Mystery visits over time"), texts=texts)
