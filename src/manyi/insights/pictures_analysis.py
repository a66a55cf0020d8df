"""Pictures of the analysis pages; each has its table, and page and download draw the same one."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart, Point, Quadrants, Score, Texts
from manyi.charts.layout import nice_limits
from manyi.insights.priorities import Found, strategy_name
from manyi.measures.drivers import Drivers


def texts() -> Texts:
    """The words of charts in the active language."""
    return charts.texts_for(get_language() or "zh")


def priorities(found: Found) -> dict[str, Chart]:
    """`matrix`, `drivers` (where there are any) and `gains`, by name."""
    drawn = {"matrix": _matrix(found)}
    if found.drivers is not None:
        drawn["drivers"] = _drivers(found, found.drivers)
    if found.gains:
        drawn["gains"] = _gains(found)
    return drawn


def _matrix(found: Found) -> Chart:
    stated = found.choice.importance == "stated"
    return charts.quadrant(
        [Point(row.name, row.node.score, row.importance, row.node.n) for row in found.rows],
        found.performance_cut,
        found.importance_cut,
        x_name=_("Satisfaction, 0–100"),
        y_name=_("Importance by weight, %") if stated else _("Importance as driver, %"),
        quadrants=Quadrants(
            strategy_name("improve"),
            strategy_name("advantage"),
            strategy_name("opportunity"),
            strategy_name("maintain"),
        ),
        title=_("Importance and satisfaction"),
        texts=texts(),
    )


def _drivers(found: Found, drivers: Drivers) -> Chart:
    names = {row.node.code: row.name for row in found.rows}
    items = []
    for code, share in drivers.shares.items():
        low, high = drivers.intervals.get(code, (None, None))
        items.append(Score(names[code], share * 100, _hundred(low), _hundred(high)))
    return charts.score_bars(
        items,
        title=_("What “%(target)s” depends on") % {"target": found.target},
        texts=texts(),
        scale=(0.0, _round_up([limit for item in items for limit in (item.value, item.high)])),
    )


def _hundred(share: float | None) -> float | None:
    return None if share is None else share * 100


def _gains(found: Found) -> Chart:
    items = [
        Score(name, gain.gain, gain.low, gain.high) for name, gain in found.gains if gain.gain is not None
    ]
    limits = [limit for item in items for limit in (item.value, item.high)]
    return charts.score_bars(
        items, title=_("What the index would gain"), texts=texts(), scale=(0.0, _round_up(limits))
    )


def _round_up(values: list[float | None]) -> float:
    return nice_limits([0.0, *(value for value in values if value is not None)])[1]
