"""Pictures of the analysis pages; each has its table, and page and download draw the same one."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import (
    Chart,
    Construct,
    PathArrow,
    Point,
    Quadrants,
    Score,
    Series,
    Shares,
    Texts,
    path_diagram,
)
from manyi.charts.layout import nice_limits
from manyi.insights import kano as kano_rows
from manyi.insights.comparison import Compared
from manyi.insights.gaps import Found as Gaps
from manyi.insights.gaps_house import HouseGap
from manyi.insights.models import ModelRun
from manyi.insights.priorities import Found, strategy_name
from manyi.insights.queries_models import Past
from manyi.insights.structural import Spec
from manyi.measures.drivers import Drivers
from manyi.measures.kano import Category
from manyi.web.templatetags.web import localised


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


def model(run: ModelRun, spec: Spec, past: Sequence[Past]) -> dict[str, Chart]:
    """`diagram`, `constructs` (the indices), and `trend` where the series has the same model twice."""
    names = spec.labels
    figures = run.figures["constructs"]
    boxes = [
        Construct(
            row["key"],
            names[row["key"]],
            [
                *([] if row["index"] is None else [f"{row['index']:.1f}"]),
                *([] if row["r2"] is None else [f"R² {row['r2']:.2f}"]),
            ],
        )
        for row in figures
    ]
    arrows = [
        PathArrow(row["from"], row["to"], row["value"], row.get("low"), row.get("high"), row.get("p_value"))
        for row in run.figures["paths"]
    ]
    drawn = {
        "diagram": path_diagram(
            boxes,
            arrows,
            title=_("Path diagram"),
            texts=texts(),
            headers=(_("From"), _("To"), _("Path"), texts().low, texts().high, "p"),
        ),
        "constructs": charts.score_bars(
            [
                Score(names[row["key"]], row["index"], row["index_low"], row["index_high"], run.n)
                if row["index"] is not None
                else Score(names[row["key"]], None)
                for row in figures
            ],
            title=_("Index of each construct"),
            texts=texts(),
        ),
    }
    if len(past) > 1:
        lines = [
            Series(
                names[row["key"]],
                *([one.index.get(row["key"], {}).get(what) for one in past] for what in ("index", "index_low", "index_high")),
            )
            for row in figures
        ]  # fmt: skip
        waves = [localised(one.wave.name) for one in past]
        drawn["trend"] = charts.trend(waves, lines, title=_("Trend of the constructs"), texts=texts())
    return drawn


def comparison(found: Compared) -> dict[str, Chart]:
    """`differences` of the nodes below the index, the largest first."""
    items = []
    for row in found.rows[1:]:
        own = row.difference
        # A difference that was not tested stands in the table only: without an interval a bar says too much.
        tested = own.low is not None
        items.append(Score(row.name, own.value if tested else None, own.low, own.high))
    limits = [
        abs(limit) for item in items for limit in (item.value, item.low, item.high) if limit is not None
    ]
    most = _round_up([*limits])
    return {"differences": charts.score_bars(items, title=found.title, texts=texts(), scale=(-most, most))}


def _round_up(values: Sequence[float | None]) -> float:
    return nice_limits([0.0, *(value for value in values if value is not None)])[1]


def kano(found: Sequence[kano_rows.Row]) -> dict[str, Chart]:
    """`levels` (better and worse) and `shares` of the categories; none where nothing may be shown."""
    known = [(row, row.found) for row in found if row.found is not None]
    if not known:
        return {}
    points = [
        Point(row.feature.name, None if made.worse is None else -made.worse, made.better, made.n)
        for row, made in known
    ]
    named = {category: kano_rows.category_name(category) for category in ORDER_OF_CATEGORIES}
    return {
        "levels": charts.quadrant(
            points,
            0.5,
            0.5,
            x_name=_("Worse: how much its lack dissatisfies"),
            y_name=_("Better: how much having it satisfies"),
            quadrants=Quadrants(named["A"], named["O"], named["I"], named["M"]),
            title=_("Better and worse"),
            limits=(0.0, 1.0),
            texts=texts(),
        ),
        "shares": charts.distribution(
            [
                Shares(
                    row.feature.name,
                    [made.shares[category] for category in ORDER_OF_CATEGORIES],
                    made.n,
                )
                for row, made in known
            ],
            [named[category] for category in ORDER_OF_CATEGORIES],
            title=_("How people answered"),
            texts=texts(),
        ),
    }


ORDER_OF_CATEGORIES: tuple[Category, ...] = ("Q", "R", "I", "A", "O", "M")


def gaps(found: Gaps, house: Sequence[HouseGap] = ()) -> dict[str, Chart]:
    """`gaps` by dimension (by item where there is one dimension), `profile` of both sides from three on, and
    `house`: gaps 1 to 4 by dimension as far as they are measured in points.
    """
    drawn = _gap_five(found)
    bars = [
        Score(f"{gap.number} · {one.label}", one.value, one.low, one.high)
        for gap in house
        for one in gap.figures
        if one.points and one.value is not None
    ]
    if bars:
        most = _round_up([abs(limit) for bar in bars for limit in (bar.value, bar.low, bar.high) if limit is not None])  # fmt: skip
        drawn["house"] = charts.score_bars(
            bars, title=_("Gaps 1 to 4"), texts=texts(), scale=(-most, most), sort=False
        )
    return drawn


def _gap_five(found: Gaps) -> dict[str, Chart]:
    rows = [row for row in found.rows if row.level == 1]
    if len(rows) < 2:
        rows = [row for row in found.rows if row.level > 0]
    known = [
        (row.name, row.score) for row in rows if row.score is not None and row.score.gap.value is not None
    ]
    if not known:
        return {}
    bars = [Score(name, score.gap.value, score.gap.low, score.gap.high, score.gap.n) for name, score in known]
    most = _round_up([abs(limit) for bar in bars for limit in (bar.value, bar.low, bar.high) if limit is not None])  # fmt: skip
    drawn = {
        "gaps": charts.score_bars(
            bars, title=_("Perception less expectation"), texts=texts(), scale=(-most, most)
        )
    }
    if len(known) > 2 and found.asked.scale is not None:
        drawn["profile"] = charts.radar(
            [name for name, _score in known],
            [
                Series(_("Expected"), [score.expectation.value for _name, score in known]),
                Series(_("Perceived"), [score.perception.value for _name, score in known]),
            ],
            title=_("Expected and perceived"),
            texts=texts(),
            scale=found.asked.scale,
        )
    return drawn
