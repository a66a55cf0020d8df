"""A report as data: headings, sentences, figures, charts with their tables.

One Document becomes HTML, PDF and XLSX (`manyi.reports.render`), so that every form of a report holds the
same numbers. Built by `manyi.reports.analyst` (a spreadsheet) and `manyi.reports.wave` (a wave).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from manyi.charts import Chart, Score, Table, heatmap, radar, score_bars, texts_for
from manyi.charts.scores import Series
from manyi.measures.results import IndexResult, NodeScore
from manyi.measures.tree import Tree

LOW_BASE = 30


@dataclass(frozen=True)
class Figure:
    """A headline number: `value` as text, its 95 % interval as text (may be empty), n, and a remark."""

    label: str
    value: str
    interval: str = ""
    n: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Part:
    """One section. `table` without `chart` stands alone; a chart brings its own table. `prose` is a table of texts."""

    heading: str
    sentences: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    table: Table | None = None
    new_page: bool = False
    prose: bool = False

    @property
    def numbers(self) -> Table | None:
        return self.chart.table if self.chart else self.table


@dataclass(frozen=True)
class Document:
    """`language` is 'zh-hans' or 'en'; `made` is the date shown on the cover line."""

    title: str
    subtitle: str
    language: str
    made: str
    parts: Sequence[Part] = field(default_factory=list)
    notes: Sequence[str] = field(default_factory=list)


def text(names: object, language: str) -> str:
    """The name in the report's language, else whatever there is."""
    if not isinstance(names, dict):
        return str(names or "")
    short = language[:2]
    return str(names.get(short) or names.get("zh") or names.get("en") or next(iter(names.values()), ""))


def score_text(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def interval_text(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.1f}–{high:.1f}"


def index_figure(result: IndexResult) -> Figure:
    """The index with interval and, below 30 answers, the warning that goes with it."""
    note = _("Low base: read the interval, not the figure.") if result.low_base else ""
    root = result.root
    return Figure(
        _("Customer satisfaction index"),
        score_text(root.score),
        interval_text(root.ci_low, root.ci_high),
        root.n,
        note,
    )


def _bar(node: NodeScore, language: str) -> Score:
    return Score(text(dict(node.name), language), node.score, node.ci_low, node.ci_high, node.n)


def dimension_part(result: IndexResult, language: str) -> Part:
    """Scores of the level below the index."""
    nodes = [n for n in result.nodes if n.level == 2]
    chart = score_bars([_bar(n, language) for n in nodes], title=_("Dimensions"), texts=texts_for(language))
    known = [n for n in nodes if n.score is not None]
    sentences = []
    if len(known) > 1:
        best, worst = max(known, key=lambda n: n.score or 0), min(known, key=lambda n: n.score or 0)
        sentences.append(
            _("Highest: %(best)s with %(high)s. Lowest: %(worst)s with %(low)s.")
            % {
                "best": text(dict(best.name), language), "high": score_text(best.score),
                "worst": text(dict(worst.name), language), "low": score_text(worst.score),
            }
        )  # fmt: skip
        if not apart(best, worst):
            sentences.append(_("Their intervals overlap: the order may be chance."))
    return Part(_("Dimensions"), sentences, chart=chart)


def apart(one: NodeScore, other: NodeScore) -> bool:
    """Whether two 95 % intervals do not overlap, a cautious sign of a real difference."""
    if None in (one.ci_low, one.ci_high, other.ci_low, other.ci_high):
        return False
    return one.ci_low > other.ci_high or other.ci_low > one.ci_high  # type: ignore[operator]


def radar_part(result: IndexResult, language: str) -> Part | None:
    nodes = [n for n in result.nodes if n.level == 2]
    if not 3 <= len(nodes) <= 10:
        return None
    chart = radar(
        [text(dict(n.name), language) for n in nodes],
        [Series(_("Score"), [n.score for n in nodes])],
        title=_("Profile"),
        texts=texts_for(language),
    )
    return Part(_("Profile"), chart=chart)


def item_part(tree: Tree, result: IndexResult, language: str) -> Part:
    """Scores of the items, the leaves of the tree."""
    leaves = {place.code for place in tree.leaves()}
    items = [n for n in result.nodes if n.code in leaves]
    chart = score_bars([_bar(n, language) for n in items], title=_("Items"), texts=texts_for(language))
    return Part(_("Items"), chart=chart)


def tree_part(result: IndexResult, language: str) -> Part:
    """Every node with weight, score, interval and n."""
    headers = (
        _("Indicator"),
        _("Level"),
        _("Weight"),
        _("Score"),
        _("Low"),
        _("High"),
        "n",
        _("Design effect"),
    )
    rows = tuple(
        (
            "　" * (n.level - 1) + text(dict(n.name), language),
            n.level,
            round(n.weight, 4),
            _rounded(n.score),
            _rounded(n.ci_low),
            _rounded(n.ci_high),
            n.n,
            _rounded(n.deff),
        )
        for n in result.nodes
    )
    return Part(_("All indicators"), table=Table(headers, rows))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def group_parts(result: IndexResult, names: dict[str, str], language: str) -> list[Part]:
    """For every grouping: index by group, and a heat map of groups × dimensions."""
    parts = []
    for grouping, groups in result.groups.items():
        name = names.get(grouping, grouping)
        bars = [Score(v, r.index, r.root.ci_low, r.root.ci_high, r.n) for v, r in groups.items()]
        title = _("Index by %(name)s") % {"name": name}
        small = [v for v, r in groups.items() if r.n < LOW_BASE]
        sentences = []
        if small:
            sentences.append(_("Low base (n < 30): %(groups)s.") % {"groups": ", ".join(small)})
        parts.append(
            Part(
                title,
                sentences,
                chart=score_bars(bars, title=title, texts=texts_for(language)),
                new_page=True,
            )
        )
        dimensions = [n.code for n in result.nodes if n.level == 2]
        if len(groups) > 1 and dimensions:
            title = _("%(name)s × dimension") % {"name": name}
            cells = [[r.node(code) for code in dimensions] for r in groups.values()]
            chart = heatmap(
                list(groups),
                [text(dict(result.node(code).name), language) for code in dimensions],
                [[c.score for c in row] for row in cells],
                [[c.n for c in row] for row in cells],
                title=title,
                texts=texts_for(language),
            )
            parts.append(Part(title, chart=chart))
    return parts


def method_notes(tree: Tree, *, weighted: bool) -> list[str]:
    """How the numbers came about, for whoever has to defend them."""
    notes = [
        _("Each answer is put on 0–100 by (answer − lowest) ÷ (highest − lowest) × 100; 'not applicable' is left out."),
        _("A respondent’s score of an indicator is the weighted mean of what he answered below it; "
          "at least half its weight must be answered. The index is the mean over respondents."),
        _("Intervals are confidence intervals of the mean at 95 per cent. Below 30 answers (‘low base’) only the interval counts."),
    ]  # fmt: skip
    if weighted:
        notes.append(
            _(
                "Respondents are weighted; n is their number, the interval uses the effective sample size (Kish)."
            )
        )
    return notes
