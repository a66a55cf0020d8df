"""Every picture of the analysis by page and name: page, download and weekly report draw from this one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from manyi import charts
from manyi.charts import Chart, Score, Texts
from manyi.charts.tallies import Tally, count_map, counts_over_time
from manyi.complaints.models import Complaint
from manyi.complaints.queries import analysis, limits
from manyi.complaints.queries.listing import Selection
from manyi.complaints.spread import Spread
from manyi.measures.estimates import LOW_BASE, Estimate
from manyi.scope import Scope


@dataclass(frozen=True)
class Choice:
    """How the complaints are divided: by what (`by`, `across`) and in which steps of time."""

    by: str = "category"
    across: str = "product"
    step: str = "month"

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Choice:
        """Unknown values become the usual ones; a dimension is not crossed with itself."""
        by, across = parameters.get("by", ""), parameters.get("across", "")
        by = by if by in analysis.DIMENSIONS else "category"
        across = across if across in analysis.DIMENSIONS and across != by else ""
        across = across or ("product" if by != "product" else "category")
        return cls(by, across, "week" if parameters.get("step") == "week" else "month")


class Look:
    """One look at the complaints of a selection; each figure is read once, when a page or picture asks for it."""

    def __init__(self, scope: Scope, chosen: Selection, choice: Choice, *, at: datetime) -> None:
        self.scope, self.chosen, self.choice, self.at = scope, chosen, choice, at

    @property
    def rows(self) -> QuerySet[Complaint]:
        return analysis.received(self.scope, self.chosen, at=self.at)

    @cached_property
    def bases(self) -> analysis.Bases:
        return analysis.bases(self.rows)

    @cached_property
    def parts(self) -> list[analysis.Part]:
        return analysis.parts(self.rows, self.choice.by)

    @cached_property
    def crossed(self) -> analysis.Crossed:
        return analysis.crossed(self.rows, self.choice.by, self.choice.across)

    @cached_property
    def line(self) -> analysis.Line:
        return analysis.over_time(self.rows, step=self.choice.step)

    @cached_property
    def durations(self) -> list[tuple[str | Promise, Spread]]:
        return [(label, analysis.durations(self.rows, stamp)) for stamp, label in analysis.STAMPS.items()]

    @cached_property
    def durations_by(self) -> list[tuple[analysis.Part, Spread]]:
        return analysis.durations_by(self.rows, "resolved_at", self.choice.by)

    @cached_property
    def open_hours(self) -> list[tuple[str | Promise, Spread]]:
        steps = zip(limits.TARGETS, list(analysis.STAMPS.values())[:3], strict=True)
        return [(label, limits.open_hours(self.rows, target)) for target, label in steps]

    @cached_property
    def kept(self) -> list[analysis.Rate]:
        return [limits.kept(self.rows, target, self.at) for target in limits.TARGETS]

    @cached_property
    def kept_by(self) -> list[tuple[analysis.Part, Estimate, Estimate]]:
        """Answered and resolved in time, for each value of the dimension."""
        answered, resolved = (
            limits.kept_by(self.rows, target, self.choice.by, self.at) for target in ("respond", "resolve")
        )
        return [(part, one, other) for (part, one), (_same, other) in zip(answered, resolved, strict=True)]

    @cached_property
    def rates(self) -> list[analysis.Rate]:
        return analysis.rates(self.scope, self.rows, at=self.at)

    @cached_property
    def costs(self) -> list[analysis.Cost]:
        return analysis.costs(self.rows)


def _texts(**changes: str) -> Texts:
    own = {
        "n": gettext("Complaints"),
        "count": gettext("Complaints"),
        "no_data": gettext("No complaints"),
        **changes,
    }
    return replace(charts.texts_for(get_language() or "zh"), **own)


def name_of(dimension: str) -> str:
    return str(analysis.DIMENSIONS[dimension][0])


def _pareto(look: Look) -> Chart | None:
    if not look.parts:
        return None
    title = gettext("What the complaints are about, by %(what)s") % {"what": name_of(look.choice.by)}
    labels = [part.label for part in look.parts]
    return charts.pareto(labels, [part.n for part in look.parts], title=title, texts=_texts())


def _trend(look: Look) -> Chart | None:
    if not look.line.points:
        return None
    form = "%Y-%m-%d" if look.choice.step == "week" else "%Y-%m"
    lines = [
        Tally(gettext("Received"), look.line.received),
        Tally(gettext("Of these, closed"), look.line.closed),
    ]
    title = (
        gettext("Received and closed, by week")
        if look.choice.step == "week"
        else gettext("Received and closed, by month")
    )
    points = [point.strftime(form) for point in look.line.points]
    return counts_over_time(points, lines, title=title, texts=_texts())


def _map(look: Look) -> Chart | None:
    found = look.crossed
    if not found.rows:
        return None
    title = f"{name_of(look.choice.by)} × {name_of(look.choice.across)}"
    return count_map(
        [part.label for part in found.rows], [part.label for part in found.columns], found.counts, title=title,
        texts=_texts(),
    )  # fmt: skip


def _bar(label: str, found: Spread) -> Score:
    median = found.median
    if median.value is None:
        return Score(label, None)
    return Score(label, median.value, median.low, median.high, found.n)


def _hours(items: list[Score], title: str, *, sort: bool) -> Chart | None:
    if not any(item.value is not None for item in items):
        return None
    most = max(item.high or item.value or 0.0 for item in items)
    texts = _texts(score=gettext("Median, hours"))
    return charts.score_bars(items, title=title, texts=texts, scale=(0.0, most or 1.0), sort=sort)


def _steps(look: Look) -> Chart | None:
    items = [_bar(str(label), found) for label, found in look.durations]
    return _hours(items, gettext("Hours from receipt, median with interval"), sort=False)


def _resolving(look: Look) -> Chart | None:
    items = [_bar(part.label, found) for part, found in look.durations_by]
    title = gettext("Hours until resolved, by %(what)s") % {"what": name_of(look.choice.by)}
    return _hours(items, title, sort=True)


def _share(label: str, found: Estimate | None) -> Score:
    if found is None or found.value is None or found.low is None or found.high is None:
        return Score(label, None)
    return Score(label, found.value * 100, found.low * 100, found.high * 100, found.n)


def _shares(items: list[Score], title: str, axis: str, *, sort: bool) -> Chart | None:
    if not any(item.value is not None for item in items):
        return None
    return charts.score_bars(items, title=title, texts=_texts(score=axis), sort=sort)


def _rates(look: Look) -> Chart | None:
    items = [_share(str(rate.label), rate.per_case) for rate in look.rates]
    return _shares(items, gettext("Shares of cases, in per cent"), gettext("Share of cases, %"), sort=False)


def _kept(look: Look) -> Chart | None:
    items = [_share(str(rate.label), rate.per_case) for rate in look.kept]
    return _shares(items, gettext("Time limits kept, in per cent"), gettext("Share of cases, %"), sort=False)


def _kept_by(look: Look) -> Chart | None:
    items = [_share(part.label, resolved) for part, _answered, resolved in look.kept_by]
    title = gettext("Resolved in time, by %(what)s") % {"what": name_of(look.choice.by)}
    return _shares(items, title, gettext("Share of rounds, %"), sort=True)


@dataclass(frozen=True)
class Picture:
    help: str | Promise
    draw: Callable[[Look], Chart | None]


#: page → name → picture
PICTURES: dict[str, dict[str, Picture]] = {
    "what": {
        "pareto": Picture(_("The vital few first; the line adds up their shares."), _pareto),
        "trend": Picture(_("When they were received, and when these were closed."), _trend),
        "map": Picture(_("Where they pile up. The twelve most frequent of each; a number leads to the list."), _map),
    },
    "times": {
        "kept": Picture(_("Of the limits that were reached or have run out; pauses and business time as the policy says."), _kept),
        "kept_by": Picture(_("Where intervals overlap widely, the order is not certain. Fewer than 30 cases say little."), _kept_by),
        "steps": Picture(_("By the clock on the wall. Half of the cases were faster than the median."), _steps),
        "resolving": Picture(
            _("Where intervals overlap widely, the order is not certain. Fewer than 30 cases say little."), _resolving
        ),
    },
    "outcome": {
        "rates": Picture(_("Each share with its interval, per case."), _rates),
    },
}  # fmt: skip


def few(found: Spread) -> bool:
    """Whether too few cases stand behind a figure to rely on it without its interval."""
    return 0 < found.n < LOW_BASE
