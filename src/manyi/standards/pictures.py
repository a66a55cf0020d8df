"""The picture of a standard over the months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart, Series, Table
from manyi.standards.models import ServiceStandard
from manyi.standards.period import Period
from manyi.standards.queries.standards import Measured
from manyi.web.templatetags.web import localised


def unit_of_measure(standard: ServiceStandard) -> str:
    return _("points") if standard.measure == "points" else standard.measure


def history(standard: ServiceStandard, months: Sequence[tuple[Period, Measured]]) -> Chart | None:
    """Value, interval and target line by month; None where no month was measured. The table behind also has n, the
    target and the status of each month.
    """
    if not any(row.reading.value is not None for _part, row in months):
        return None
    readings = [row.reading for _part, row in months]
    line = Series(
        unit_of_measure(standard),
        [found.value for found in readings],
        [found.low for found in readings],
        [found.high for found in readings],
    )
    texts = replace(charts.texts_for(get_language() or "zh"), item=_("Month"))
    title = _("%(standard)s, by month") % {"standard": localised(standard.name)}
    points = [part.key for part, _row in months]
    chart = charts.trend(points, [line], title=title, texts=texts, target=standard.target)
    headers = (*chart.table.headers, _("Cases"), _("Target"), _("Status"))
    rows = tuple(
        (*cells, row.reading.n, standard.target, str(row.verdict.status.label))
        for cells, (_part, row) in zip(chart.table.rows, months, strict=True)
    )
    return replace(chart, table=Table(headers, rows))
