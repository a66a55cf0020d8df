"""The numbers of a management review as tables: what slides and workbook draw their native charts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from manyi.charts import Table
from manyi.charts.chart import Cell
from manyi.insights.priorities import strategy_name
from manyi.reports.narrative import cut
from manyi.reports.one_page import judged_line
from manyi.reports.review import Review
from manyi.web.templatetags.web import localised

Kind = Literal["line", "bar", "scatter", "columns"]
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Plot:
    """One native chart: its kind, and which columns of `table` it shows. Of `scatter`, the first of `columns` is x.

    `says` are sentences that belong beside it. `table` holds all rows; a slide shows the first MOST_ROWS.
    """

    key: str
    title: str
    kind: Kind
    table: Table
    columns: Sequence[int]
    says: Sequence[str] = ()
    note: str = ""


def plots(review: Review) -> list[Plot]:
    """Those there is something to draw for, in the active language."""
    made = [_index(review), _priorities(review), _complaints(review), _actions(review)]
    return [plot for plot in made if plot is not None]


def _said(review: Review, *topics: str) -> list[str]:
    return [said.text for said in review.said if said.topic in topics]


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)


def _index(review: Review) -> Plot | None:
    points = review.result.trend if review.result else []
    if not any(point.root for point in points):
        return None
    rows: list[tuple[Cell, ...]] = []
    for point in points:
        month = f"{localtime(point.wave.opened_at or point.wave.created_at):%Y-%m}"
        root = point.root
        figures = (root.score, root.ci_low, root.ci_high) if root else (None, None, None)
        rows.append(
            (month, *(_rounded(f) for f in figures), root.n if root else None, localised(point.wave.name))
        )
    headers = (_("Opened in"), _("Index"), _("Low"), _("High"), "n", _("Wave"))
    return Plot("index", _("The index over time"), "line", Table(headers, tuple(rows)), (1, 2, 3), _said(review, "index"),
                _("Low and high are the ends of the 95%% interval.") % {})  # fmt: skip


def _priorities(review: Review) -> Plot | None:
    found = review.priorities
    if found is None:
        return None
    headers = (
        _("Indicator"),
        _("Satisfaction, 0–100"),
        _("Importance, %"),
        _("Field"),
        _("Gain in points of the index"),
    )
    rows = tuple(
        (row.name, _rounded(row.node.score), _rounded(row.importance), strategy_name(row.strategy),
         _rounded(row.gain.gain, 2) if row.gain else None)
        for row in found.rows
    )  # fmt: skip
    cuts = _("Cut lines: satisfaction %(x).1f, importance %(y).1f %%.") % {
        "x": found.performance_cut, "y": found.importance_cut,
    }  # fmt: skip
    return Plot(
        "priorities",
        _("Where to act first"),
        "scatter",
        Table(headers, rows),
        (1, 2),
        _said(review, "risk"),
        cuts,
    )


def _complaints(review: Review) -> Plot | None:
    if not review.sees_complaints or not review.categories:
        return None
    total = sum(part.n for part in review.categories)
    rows, running = [], 0
    for part in review.categories:
        running += part.n
        rows.append((part.label, part.n, round(part.n / total * 100, 1), round(running / total * 100, 1)))
    headers = (_("Category"), _("Complaints"), _("Share, %"), _("Added up, %"))
    return Plot("complaints", _("What the complaints are about"), "bar", Table(headers, tuple(rows)), (1,),
                _said(review, "complaints", "promises"))  # fmt: skip


def _actions(review: Review) -> Plot | None:
    if not review.sees_improvements:
        return None
    rows: list[tuple[Cell, ...]] = []
    for judged in review.judged:
        found, action = judged.verification, judged.action
        before, after = (_rounded(side.get("value")) for side in (found.before, found.after))
        rows.append(
            (
                action.title,
                before,
                after,
                judged_line(judged),
                action.owner.get_full_name(),
                _cost(action.cost),
            )
        )
    judged_keys = {judged.action.pk for judged in review.judged}
    for action in review.running:
        if action.pk not in judged_keys:
            due = _("due %(day)s") % {"day": action.due_on}
            rows.append((action.title, _rounded(action.baseline), None, f"{action.get_state_display()}, {due}",
                         action.owner.get_full_name(), _cost(action.cost)))  # fmt: skip
    if not rows:
        return None
    headers = (_("Improvement action"), _("Before"), _("After"), _("What moved"), _("Owner"), _("Cost"))
    return Plot("actions", _("What was done, and what moved"), "columns", Table(headers, tuple(rows)), (1, 2),
                _said(review, "improvements", "money"), _("Before and after are the figure each action was to move."))  # fmt: skip


def _cost(cost: Decimal | None) -> float | int | None:
    if cost is None:
        return None
    return int(cost) if cost == int(cost) else float(cost)


def short(cell: Cell, most: int = 34) -> str:
    """A cell as text on a slide."""
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.1f}"
    return f"{cell:,}" if isinstance(cell, int) else cut(cell, most)
