"""Every picture of a result by name: page, download, PDF and XLSX all draw from this one list.

A builder takes the result and gives a chart in the active language, or None where there is nothing to draw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart, Score, Series, Shares, Texts
from manyi.insights.queries import WaveResult
from manyi.measures.results import NodeScore
from manyi.surveys.models import NotAsked
from manyi.web.templatetags.web import localised

MOST_GROUPS = 40
Builder = Callable[[WaveResult, str], Chart | None]


@dataclass(frozen=True, slots=True)
class Picture:
    """`title` and `help` are lazy translations: what it shows, and how to read it."""

    name: str
    title: Promise
    help: Promise
    build: Builder

    def draw(self, result: WaveResult, node: str = "") -> Chart | None:
        """The chart; `node` is the group whose children are shown, '' for the index."""
        return self.build(result, node or result.tree.code)


def _texts() -> Texts:
    return charts.texts_for(get_language() or "zh")


def _dimensions(result: WaveResult, node: str) -> Chart | None:
    items = [_score(result, child) for child in result.children(node)]
    if not items:
        return None
    return charts.score_bars(items, title=_title("dimensions", result, node), texts=_texts())


def _score(result: WaveResult, node: NodeScore) -> Score:
    if node.score is None:
        return Score(result.name(node.code), None)
    return Score(result.name(node.code), node.score, node.ci_low, node.ci_high, node.n)


def _radar(result: WaveResult, node: str) -> Chart | None:
    children = result.children(node)
    if len(children) < 3:
        return None
    series = [Series(localised(result.wave.name), [child.score for child in children])]
    if result.previous is not None and result.previous_wave is not None:
        old = {known.code: known.score for known in result.previous.nodes}
        if all(old.get(child.code) is not None for child in children):
            series.append(
                Series(localised(result.previous_wave.name), [old[child.code] for child in children])
            )
    axes = [result.name(child.code) for child in children]
    return charts.radar(axes, series, title=_title("radar", result, node), texts=_texts())


def _items(result: WaveResult, node: str) -> Chart | None:
    if not result.leaves:
        return None
    items = [_score(result, leaf) for leaf in result.leaves]
    return charts.score_bars(items, title=str(PICTURES["items"].title), texts=_texts())


def _distribution(result: WaveResult, node: str) -> Chart | None:
    """Items below the node that share its first item's scale; others have another number of points."""
    places = {place.code: place for place in result.tree.nodes()}

    def inside(code: str | None) -> bool:
        return code is not None and (code == node or inside(places[code].parent))

    leaves = [place for place in result.tree.leaves() if inside(place.code)]
    if not leaves or result.index is None:
        return None
    scale = result.tree.scale_of(leaves[0].node)
    if scale.max - scale.min > 10:
        return None
    points = [float(value) for value in range(int(scale.min), int(scale.max) + 1)]
    rows = []
    for place in leaves:
        if result.tree.scale_of(place.node) != scale:
            continue
        spread = result.spreads[place.code]
        whole = sum(spread.shares.get(point, 0.0) for point in points) if spread else 0.0
        if spread is None or not whole:
            rows.append(Shares(result.name(place.code), None))
        else:
            shares = [spread.shares.get(point, 0.0) / whole for point in points]
            rows.append(Shares(result.name(place.code), shares, spread.n))
    return charts.distribution(
        rows,
        _point_names(result, str(leaves[0].node.column), points),
        title=_title("distribution", result, node),
        texts=_texts(),
    )


def _point_names(result: WaveResult, column: str, points: list[float]) -> list[str]:
    question = result.question_of(column)
    labels = question.scale.labels if question and question.scale else {}
    return [
        f"{point:g} {localised(labels[int(point)])}" if int(point) in labels else f"{point:g}"
        for point in points
    ]


def _heatmap(attribute: str) -> Builder:
    def build(result: WaveResult, node: str) -> Chart | None:
        groups = result.groups(attribute)[:MOST_GROUPS]
        children = result.children(node)
        if len(groups) < 2 or not children:
            return None
        codes = [node, *(child.code for child in children)]
        cells: list[list[NodeScore | None]] = [
            [group.result.node(code) if group.result else None for code in codes] for group in groups
        ]
        return charts.heatmap(
            [group.label for group in groups],
            [_("Index") if code == result.tree.code else result.name(code) for code in codes],
            [[cell.score if cell else None for cell in row] for row in cells],
            [[cell.n if cell else None for cell in row] for row in cells],
            hidden=[[cell is None or cell.score is None for cell in row] for row in cells],
            title=_title(f"{attribute}s", result, node),
            texts=_texts(),
        )

    return build


def _measures(result: WaveResult, node: str) -> Chart | None:
    """The shares among the standard measures, in per cent, on one axis."""
    items = []
    for measure in result.measures:
        if not measure.is_share:
            continue
        label = _("satisfied") if measure.kind == "satisfied" else _("dissatisfied")
        found = measure.estimate
        name = f"{localised(measure.question)} · {label}"
        if found.value is None or found.low is None or found.high is None:
            items.append(Score(name, None))
        else:
            items.append(Score(name, found.value * 100, found.low * 100, found.high * 100, found.n))
    if not items:
        return None
    return charts.score_bars(items, title=str(PICTURES["shares"].title), texts=_texts(), sort=False)


def _trend(result: WaveResult, node: str) -> Chart | None:
    points = result.trend
    if sum(1 for point in points if point.root) < 2:
        return None
    roots = [point.root for point in points]
    line = Series(
        result.name(result.tree.code),
        [root.score if root else None for root in roots],
        [root.ci_low if root else None for root in roots],
        [root.ci_high if root else None for root in roots],
    )
    names = [localised(point.wave.name) for point in points]
    return charts.trend(names, [line], title=str(PICTURES["trend"].title), texts=_texts())


def _waterfall(result: WaveResult, node: str) -> Chart | None:
    moved = result.contributions
    if moved is None or result.previous_wave is None:
        return None
    change = moved.node(result.tree.code)
    deltas: list[tuple[str, float]] = [(result.name(part.code), part.points) for part in change.parts]
    if abs(change.weight_change) > 1e-6:
        deltas.append((_("Other weights"), change.weight_change))
    if abs(change.mix_change) > 1e-6:
        deltas.append((_("Who answered what"), change.mix_change))
    return charts.waterfall(
        (localised(result.previous_wave.name), change.before),
        deltas,
        (localised(result.wave.name), change.after),
        title=str(PICTURES["waterfall"].title),
        texts=_texts(),
    )


def _response(result: WaveResult, node: str) -> Chart | None:
    fielding = result.fielding
    if fielding is None or fielding.opened is None or not fielding.asked:
        return None
    return charts.response_funnel(
        fielding.asked,
        fielding.opened,
        None,
        fielding.answered,
        title=str(PICTURES["response"].title),
        texts=_texts(),
    )


def _not_asked(result: WaveResult, node: str) -> Chart | None:
    fielding = result.fielding
    if fielding is None or not fielding.not_asked:
        return None
    labels: dict[str, Any] = dict(NotAsked.Reason.choices)
    return charts.pareto(
        [str(labels.get(reason, reason)) for reason in fielding.not_asked],
        list(fielding.not_asked.values()),
        title=str(PICTURES["not-asked"].title),
        texts=_texts(),
    )


def _title(name: str, result: WaveResult, node: str) -> str:
    title = str(PICTURES[name].title)
    return title if node == result.tree.code else f"{title} · {result.name(node)}"


PICTURES: dict[str, Picture] = {
    picture.name: picture
    for picture in (
        Picture(
            "radar",
            gettext_lazy("Profile of scores"),
            gettext_lazy("How even the profile is, now and before."),
            _radar,
        ),
        Picture(
            "dimensions",
            gettext_lazy("Scores by dimension"),
            gettext_lazy("Bars with their intervals: where these overlap widely, the order is not certain."),
            _dimensions,
        ),
        Picture(
            "distribution",
            gettext_lazy("How the answers are spread"),
            gettext_lazy("The same average can hide many unhappy people."),
            _distribution,
        ),
        Picture(
            "items",
            gettext_lazy("All items, best first"),
            gettext_lazy("Every item asked, with its interval."),
            _items,
        ),
        Picture(
            "units",
            gettext_lazy("By org unit"),
            gettext_lazy("Hatched cells have too few answers to show."),
            _heatmap("unit"),
        ),
        Picture(
            "segments",
            gettext_lazy("By customer segment"),
            gettext_lazy("Hatched cells have too few answers to show."),
            _heatmap("segment"),
        ),
        Picture(
            "tiers",
            gettext_lazy("By customer tier"),
            gettext_lazy("Hatched cells have too few answers to show."),
            _heatmap("tier"),
        ),
        Picture(
            "shares",
            gettext_lazy("Satisfied and dissatisfied"),
            gettext_lazy("The two best and the two worst answers, in per cent."),
            _measures,
        ),
        Picture(
            "trend",
            gettext_lazy("Trend of the index"),
            gettext_lazy("The band is the interval of each wave."),
            _trend,
        ),
        Picture(
            "waterfall",
            gettext_lazy("What moved the index"),
            gettext_lazy("From the wave before to this one; the parts add up to the change."),
            _waterfall,
        ),
        Picture(
            "response",
            gettext_lazy("From asked to answered"),
            gettext_lazy("Where people were lost."),
            _response,
        ),
        Picture(
            "not-asked",
            gettext_lazy("Who was not asked, and why"),
            gettext_lazy("Every customer who was not asked has a reason."),
            _not_asked,
        ),
    )
}


def drawn(result: WaveResult, node: str = "") -> list[tuple[str, Chart]]:
    """All pictures there are of a result, in the order of the page; none where it may not be shown."""
    if result.index is None:
        return []
    found = ((name, picture.draw(result, node)) for name, picture in PICTURES.items())
    return [(name, chart) for name, chart in found if chart is not None]
