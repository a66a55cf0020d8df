"""Pictures of staff surveys, and of staff beside customers. The same charts for page and download."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart, Point, Quadrants, Score, Texts
from manyi.insights.staff import Row, StaffResult
from manyi.insights.staff_link import Link
from manyi.measures.results import NodeScore
from manyi.web.templatetags.web import localised


def _texts() -> Texts:
    return charts.texts_for(get_language() or "zh")


def _score(label: str, node: NodeScore) -> Score:
    return Score(label, node.score, node.ci_low, node.ci_high, node.n)


def _bars(nodes: Sequence[NodeScore], title: str) -> Chart:
    return charts.score_bars(
        [_score(localised(node.name), node) for node in nodes], title=title, texts=_texts()
    )


def staff(result: StaffResult, row: Row | None) -> dict[str, Chart]:
    """`units` and `heat` of all rows; `dimensions`, `items` and `drivers` of one."""
    with_index = [one for one in result.rows if one.result]
    found: dict[str, Chart] = {}
    if len(with_index) > 1:
        bars = [_score(localised(one.name), one.result.root) for one in with_index if one.result]
        found["units"] = charts.score_bars(bars, title=_("By org unit"), texts=_texts())
        found["heat"] = _heat(with_index)
    if row is None or row.result is None:
        return found
    dimensions = [node for node in row.result.nodes if node.level == 2]
    items = [node for node in row.result.nodes if node.level > 2]
    name = localised(row.name)
    found["dimensions"] = _bars(dimensions, _("Dimensions: %(unit)s") % {"unit": name})
    if row.drivers:
        names = {node.code: localised(node.name) for node in dimensions}
        found["drivers"] = charts.score_bars(
            [Score(names[code], 100 * share, n=row.n) for code, share in row.drivers.items() if code in names],
            title=_("What overall satisfaction hangs on: %(unit)s") % {"unit": name}, texts=_texts(),
        )  # fmt: skip
    if items:
        found["items"] = _bars(items, _("Items: %(unit)s") % {"unit": name})
    return found


def _heat(rows: Sequence[Row]) -> Chart:
    first = rows[0].result
    codes = [(node.code, localised(node.name)) for node in first.nodes if node.level == 2] if first else []
    cells = [[row.node(code) for code, _name in codes] for row in rows]
    return charts.heatmap(
        [localised(row.name) for row in rows], [name for _code, name in codes],
        [[cell.score if cell else None for cell in line] for line in cells],
        [[cell.n if cell else None for cell in line] for line in cells],
        title=_("Units and dimensions"), texts=_texts(),
    )  # fmt: skip


def link(found: Link) -> dict[str, Chart]:
    """`scatter`: units by staff (across) and customers (up), around the means of both."""
    if len(found.points) < 2:
        return {}
    xs, ys = ([p.staff.score or 0.0 for p in found.points], [p.customers.score or 0.0 for p in found.points])
    return {
        "scatter": charts.quadrant(
            [Point(p.name, p.staff.score, p.customers.score, p.customers.n) for p in found.points],
            fmean(xs), fmean(ys), x_name=_("Staff satisfaction"), y_name=_("Customer satisfaction"),
            quadrants=Quadrants(
                _("customers ahead"), _("both high"),
                _("both low"), _("staff ahead"),
            ),
            title=_("Staff and customers by unit"), texts=_texts(),
        )
    }  # fmt: skip
