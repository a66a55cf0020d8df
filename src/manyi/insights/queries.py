"""Reading results of waves. Everything a page, report or API shows comes out of a :class:`WaveResult`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import translation

from manyi.charts import Chart
from manyi.insights import rows, standard
from manyi.insights.disclosure import (
    ANONYMOUS_MINIMUM,
    Disclosure,
    Forest,
    Refusal,
    masked,
    masked_groups,
)
from manyi.insights.models import Result
from manyi.insights.selection import Selection
from manyi.measures import compare
from manyi.measures.compare import FEWEST_TO_TEST, Difference
from manyi.measures.contributions import Contributions, contributions
from manyi.measures.disclosure import visible_groups
from manyi.measures.errors import MeasureError
from manyi.measures.index import from_moments
from manyi.measures.moments import Moments
from manyi.measures.results import IndexResult, NodeScore
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys.models import Invitation, NotAsked, Wave
from manyi.surveys.questionnaire import Form, Question
from manyi.warehouse.reads import Spread
from manyi.web.templatetags.web import localised

RIGHT = "results.read"
LONGEST_TREND = 12
ALPHA = 0.05
GROUPED = ("unit", "tier", "segment")
COLUMN = {"unit": "unit_id", "tier": "tier", "segment": "segment"}


def waves(scope: Scope) -> QuerySet[Wave]:
    """Waves with results that the scope may read, newest first: those of its units and of the units above
    (there it sees its own answers only).
    """
    found = Wave.objects.exclude(state=Wave.State.DRAFT).select_related(
        "unit", "tree_version__tree", "questionnaire_version"
    )
    lineage = scope.lineage_for(RIGHT)
    if lineage is not None:
        found = found.filter(unit_id__in=lineage)
    return found.order_by("-opened_at", "-created_at", "-pk")


def wave(scope: Scope, code: str) -> Wave:
    """:raises Wave.DoesNotExist: also for a wave outside the scope. :raises NotAllowed: without the right."""
    scope.require(RIGHT)
    return waves(scope).get(code=code)


def forest(scope: Scope, right: str = RIGHT) -> tuple[Forest, dict[int, OrgUnit]]:
    """The org units the scope may see by a right, and how they hang together."""
    units = {unit.pk: unit for unit in scope.limit(OrgUnit.objects.order_by("path"), right, field="pk")}
    parents = {
        pk: next((above for above in reversed(unit.lineage_ids[:-1]) if above in units), None)
        for pk, unit in units.items()
    }
    return Forest(parents), units


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One wave of a series. `root` is None where there are too few answers to show or to compare (below 10)."""

    wave: Wave
    root: NodeScore | None


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One group of an attribute. `result` is None, and `n` 0, where it may not be shown."""

    key: str
    label: str
    n: int
    result: IndexResult | None


@dataclass(frozen=True, slots=True)
class Fielding:
    """Who was asked, reached and answered. `opened` is None in anonymous waves, where it is not recorded."""

    asked: int
    bounced: int
    opened: int | None
    answered: int
    not_asked: Mapping[str, int]

    @property
    def rate(self) -> float | None:
        """Share (0–1) of those asked who answered."""
        return self.answered / self.asked if self.asked else None


class WaveResult:
    """The figures of one wave as one reader may see them, each computed when it is first looked at.

    Nothing that `manyi.insights.disclosure` hides can be read from its public attributes.
    """

    def __init__(self, scope: Scope, wave: Wave, selection: Selection) -> None:
        """:raises UnknownUnit: when the selection names a unit the reader may not see."""
        scope.require(RIGHT)
        self.scope, self.wave, self.selection = scope, wave, selection
        self.forest, self.units = forest(scope)
        self.minimum = organisation().anonymity_minimum
        self._filters = selection.filters(self.forest)
        self._series = self._waves_of_series()
        self._rows = rows.rows_for([wave, *self._series], scope.units_for(RIGHT))
        self._disclosures: dict[int, Disclosure] = {}

    # --- what may be shown

    @cached_property
    def tree(self) -> Tree:
        return rows.tree_of(self.wave)

    @cached_property
    def form(self) -> Form | None:
        return rows.form_of(self.wave)

    @property
    def rows(self) -> rows.Rows:
        """The wave's rows in the reader's units, unfiltered; for other reads of the same answers."""
        return self._rows[self.wave.pk]

    @property
    def disclosure(self) -> Disclosure:
        return self._disclosure(self.wave)

    def _disclosure(self, wave: Wave) -> Disclosure:
        if wave.pk not in self._disclosures:
            self._disclosures[wave.pk] = Disclosure(
                rows.cells(self._rows[wave.pk]),
                self.forest,
                minimum=self.minimum,
                cross_minimum=ANONYMOUS_MINIMUM if wave.anonymous else self.minimum,
            )
        return self._disclosures[wave.pk]

    @cached_property
    def refusal(self) -> Refusal | None:
        """Why this selection may not be shown, None when it may."""
        return self.disclosure.refusal(self.selection.chosen)

    @property
    def total(self) -> int:
        """Answers the reader has in this wave, without filters."""
        return self.disclosure.total

    @cached_property
    def n(self) -> int:
        """Answers in the selection; 0 where it may not be shown."""
        return 0 if self.refusal else self.disclosure.count(self.selection.chosen)

    def choices(self, attribute: str) -> list[str]:
        """Values of a filter that may be chosen next to the filters already set, in order."""
        chosen = {name: value for name, value in self.selection.chosen.items() if name != attribute}
        if attribute == "unit":
            found = {str(pk) for pk in self.units if self.disclosure.refusal({"unit": str(pk)}) is None}
            found = {pk for pk in found if self.disclosure.count({"unit": pk})}
            return [str(pk) for pk in self.units if str(pk) in found]
        return sorted(self.disclosure.groups(attribute, chosen))

    # --- the index

    @cached_property
    def index(self) -> IndexResult | None:
        """Index and nodes of the selection; None without answers or where it may not be shown."""
        return self._index(self.wave, self.selection)

    def index_of(self, selection: Selection) -> IndexResult | None:
        """Index and nodes of another selection of the same wave, by the same rules."""
        return self._index(self.wave, selection)

    def _index(self, wave: Wave, selection: Selection) -> IndexResult | None:
        disclosure = self._disclosure(wave)
        if disclosure.refusal(selection.chosen) or not disclosure.count(selection.chosen):
            return None
        sums = rows.moments(self._rows[wave.pk].filtered(selection.filters(self.forest))).get(None, {})
        return masked(from_moments(self._tree(wave), sums), self.minimum)

    def _tree(self, wave: Wave) -> Tree:
        return self._rows[wave.pk].tree

    def name(self, code: str) -> str:
        """A node's name in the active language."""
        return localised(self._names.get(code, code))

    @cached_property
    def _names(self) -> dict[str, Mapping[str, str]]:
        trees = [self._tree(self.previous_wave)] if self.previous_wave else []
        return {place.code: place.node.name for tree in [*trees, self.tree] for place in tree.nodes()}

    def node(self, code: str | None) -> NodeScore | None:
        if self.index is None:
            return None
        return next((node for node in self.index.nodes if node.code == code), None)

    def children(self, code: str) -> list[NodeScore]:
        return [node for node in self.index.nodes if node.parent == code] if self.index else []

    @cached_property
    def leaves(self) -> list[NodeScore]:
        codes = {place.code for place in self.tree.leaves()}
        return [node for node in self.index.nodes if node.code in codes] if self.index else []

    # --- compared with other waves

    def _waves_of_series(self) -> list[Wave]:
        if not self.wave.series:
            return []
        found = waves(self.scope).filter(series=self.wave.series).exclude(pk=self.wave.pk)
        return sorted(found, key=_time, reverse=True)[: LONGEST_TREND * 2]

    @cached_property
    def previous_wave(self) -> Wave | None:
        earlier = [wave for wave in self._series if _time(wave) < _time(self.wave)]
        return earlier[0] if earlier else None

    @cached_property
    def previous(self) -> IndexResult | None:
        """The same selection in the wave before; None where there is none to compare with."""
        if self.previous_wave is None or self.selection.week:
            return None
        return self._index(self.previous_wave, self.selection)

    @cached_property
    def changes(self) -> dict[str, Difference]:
        """Node → difference to the wave before; p values adjusted (Holm) over all nodes but the index itself."""
        if self.index is None or self.previous is None:
            return {}
        old = {node.code: node for node in self.previous.nodes}
        found = {
            node.code: compare.means(node.estimate, old[node.code].estimate)
            for node in self.index.nodes
            if node.code in old
        }
        return _adjusted(found, keep=self.tree.code)

    @cached_property
    def against_index(self) -> dict[str, Difference]:
        """Node → difference to the index of the same people; p values adjusted (Holm).

        The test takes node and index as independent. They are not, they move together; so the true error is
        smaller and the test errs on the side of silence.
        """
        if self.index is None:
            return {}
        root = self.index.root
        found = {node.code: compare.means(node.estimate, root.estimate) for node in self.index.nodes[1:]}
        return _adjusted(found)

    @cached_property
    def trend(self) -> list[TrendPoint]:
        """The series up to now, oldest first, for the same selection without its week."""
        selection = self.selection.timeless()
        points = []
        for wave in sorted([self.wave, *self._series], key=_time)[-LONGEST_TREND:]:
            result = self._index(wave, selection)
            shown = result is not None and result.n >= max(FEWEST_TO_TEST, self.minimum)
            points.append(TrendPoint(wave, result.root if result and shown else None))
        return points

    @cached_property
    def contributions(self) -> Contributions | None:
        """What moved the index since the wave before; None where one of the two has fewer than 10 answers."""
        if self.index is None or self.previous is None:
            return None
        if min(self.index.n, self.previous.n) < FEWEST_TO_TEST:
            return None
        try:
            return contributions(self.previous, self.index)
        except MeasureError:
            return None

    # --- groups

    def groups(self, attribute: str) -> list[GroupScore]:
        """The groups of `unit` (the parts of the chosen or top unit), `tier` or `segment`; hidden ones last."""
        if attribute not in self._groups:
            self._groups[attribute] = self._group_scores(attribute)
        return self._groups[attribute]

    @cached_property
    def _groups(self) -> dict[str, list[GroupScore]]:
        return {}

    def _group_scores(self, attribute: str) -> list[GroupScore]:
        if self.index is None:
            return []
        chosen = self.selection.chosen
        counts = self.disclosure.counts(attribute, chosen)
        visible = self.disclosure.groups(attribute, chosen)
        # Under another filter, empty groups are listed like hidden ones: which are empty tells too much.
        alone = {name: value for name, value in chosen.items() if name == attribute == "unit"}
        listed = self.disclosure.counts(attribute, alone)
        within = self.disclosure.within(chosen) if attribute == "unit" else None
        sums: dict[str, dict[str, Moments]] = {}
        filtered = self._rows[self.wave.pk].filtered(self._filters)
        for value, nodes in rows.moments(filtered, COLUMN[attribute]).items():
            if value is None or (attribute == "unit" and value not in self.forest.parents):
                continue
            key = self.forest.part(value, within) if attribute == "unit" else str(value)
            own = sums.setdefault(key, {})
            for code, moment in nodes.items():
                own[code] = own.get(code, Moments()) + moment
        parts = {key: from_moments(self.tree, nodes) for key, nodes in sums.items()}
        whole = from_moments(self.tree, rows.moments(filtered).get(None, {}))
        shown = masked_groups(whole, parts, visible, self.minimum)
        found = [
            GroupScore(
                key, self.label(attribute, key), counts.get(key, 0) if key in shown else 0, shown.get(key)
            )
            for key in listed
        ]
        return sorted(found, key=lambda group: (group.result is None, group.label))

    def label(self, attribute: str, key: str) -> str:
        """A group's name in the active language."""
        if attribute == "unit":
            return localised(self.units[int(key)].name)
        return key

    # --- other figures

    @cached_property
    def measures(self) -> list[standard.Measure]:
        """Standard measures (overall, shares, NPS, effort), each with its change since the wave before."""
        found = self._measures(self.wave, self.form, self.selection)
        if self.previous is None or self.previous_wave is None:
            return found
        before = self._measures(self.previous_wave, rows.form_of(self.previous_wave), self.selection)
        return standard.with_changes(found, before)

    def _measures(self, wave: Wave, form: Form | None, selection: Selection) -> list[standard.Measure]:
        if self._disclosure(wave).refusal(selection.chosen):
            return []
        filtered = self._rows[wave.pk].filtered(selection.filters(self.forest))
        return standard.measures(form, rows.ratings(filtered, standard.columns(form)), minimum=self.minimum)

    @cached_property
    def spreads(self) -> Mapping[str, Spread | None]:
        """Item code → spread of its answers over the scale; None where too few answered."""
        columns = tuple(str(place.node.column) for place in self.tree.leaves())
        found = rows.spreads(self._rows[self.wave.pk].filtered(self._filters), columns) if self.n else {}
        result: dict[str, Spread | None] = {}
        for place in self.tree.leaves():
            spread = found.get(str(place.node.column))
            result[place.code] = spread if spread and spread.n >= self.minimum else None
        return result

    def question_of(self, column: str) -> Question | None:
        return self.form.columns().get(column) if self.form else None

    @cached_property
    def fielding(self) -> Fielding | None:
        """Who was asked and who was not; None for an imported wave. Of the filters only people's own count."""
        if self.wave.source == Wave.Source.IMPORTED:
            return None
        asked = self.scope.limit(Invitation.objects.filter(wave=self.wave), RIGHT)
        not_asked = self.scope.limit(NotAsked.objects.filter(wave=self.wave), RIGHT)
        if self._filters.units is not None:
            asked = asked.filter(unit_id__in=self._filters.units)
            not_asked = not_asked.filter(unit_id__in=self._filters.units)
        for name in ("tier", "segment", "language"):
            if value := getattr(self.selection, name):
                asked = asked.filter(**{name: value})
        figures = asked.exclude(state=Invitation.State.QUEUED).aggregate(
            asked=Count("pk"),
            bounced=Count("pk", filter=Q(state=Invitation.State.BOUNCED)),
            opened=Count("pk", filter=Q(opened_at__isnull=False) | Q(answered=True)),
            answered=Count("pk", filter=Q(answered=True)),
        )
        reasons = dict(not_asked.order_by().values_list("reason").annotate(n=Count("pk")))
        opened = None if self.wave.anonymous else figures["opened"]
        return Fielding(figures["asked"], figures["bounced"], opened, figures["answered"], reasons)


@dataclass(frozen=True, slots=True)
class Overview:
    """A wave in a list. `root` is None where there are no answers, or too few to show."""

    wave: Wave
    n: int
    root: NodeScore | None


def overview(scope: Scope, listed: Sequence[Wave]) -> list[Overview]:
    """The index of several waves at once."""
    scope.require(RIGHT)
    seen, _units = forest(scope)
    minimum = organisation().anonymity_minimum
    every = rows.rows_for(listed, scope.units_for(RIGHT))
    found = []
    for wave in listed:
        own = every[wave.pk]
        disclosure = Disclosure(rows.cells(own), seen, minimum=minimum, cross_minimum=minimum)
        shown = disclosure.total and disclosure.refusal({}) is None
        result = masked(from_moments(own.tree, rows.moments(own).get(None, {})), minimum) if shown else None
        found.append(Overview(wave, disclosure.total, result.root if result else None))
    return found


def result_of(scope: Scope, wave: Wave, selection: Selection | None = None) -> WaveResult:
    """The wave's figures as the scope may see them.

    :raises NotAllowed: without the right. :raises UnknownUnit: for a unit outside the scope.
    """
    return WaveResult(scope, wave, selection or Selection())


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything a PDF or XLSX of a wave needs, in one language.

    `charts` are (name, chart) pairs in the order of the page, each chart with its table; `sentences` say what
    is good, what is bad and what to do next. `result` has the figures themselves.
    """

    result: WaveResult
    language: str
    title: str
    subtitle: str
    sentences: Sequence[Any]
    charts: Sequence[tuple[str, Chart]]


def report_data(
    scope: Scope, wave: Wave, selection: Selection | None = None, language: str = "zh-hans"
) -> ReportData:
    """The wave for a report in `language` ('zh-hans' or 'en'); same figures and rules as the page.

    :raises NotAllowed, UnknownUnit: as :func:`result_of`.
    """
    from manyi.insights import pictures, sentences  # both are written in terms of WaveResult

    result = result_of(scope, wave, selection)
    with translation.override(language):
        return ReportData(
            result=result,
            language=language,
            title=localised(wave.name),
            subtitle=localised(wave.unit.name),
            sentences=sentences.sentences(result),
            charts=pictures.drawn(result),
        )


def stored_results(scope: Scope, wave: Wave) -> QuerySet[Result]:
    """Stored results of the wave for those who may see all its answers; none for others."""
    found = Result.objects.filter(wave=wave)
    return found if may_see_whole(scope, wave) else found.none()


def may_see_whole(scope: Scope, wave: Wave) -> bool:
    """A stored result holds everybody's answers, so it takes the right for the wave's own unit."""
    return scope.may(RIGHT, wave.unit_id)


def _time(wave: Wave) -> Any:
    return (wave.opened_at or wave.created_at, wave.pk)


def _adjusted(found: dict[str, Difference], keep: str | None = None) -> dict[str, Difference]:
    codes = [code for code in found if code != keep]
    p_values = compare.adjust([found[code].p_value for code in codes])
    return {
        **found,
        **{code: replace(found[code], p_value=p) for code, p in zip(codes, p_values, strict=True)},
    }


@dataclass(frozen=True, slots=True)
class StoredFigures:
    """A stored result as it may be shown: the whole, and groups as (attribute, [(label, result or None)])."""

    whole: IndexResult
    groups: list[tuple[str, list[tuple[str, IndexResult | None]]]]


def stored_figures(row: Result) -> StoredFigures:
    """The stored numbers, none computed anew, under the minimum that holds today or held then (the larger)."""
    minimum = max(organisation().anonymity_minimum, row.figures.get("minimum", 0))
    whole = IndexResult.from_dict(row.figures)
    names = row.figures.get("units", {})
    shown = []
    for attribute, parts in whole.groups.items():
        counts = {key: part.n for key, part in parts.items()}
        visible = visible_groups(counts, minimum, max(whole.n, sum(counts.values())))
        masked_parts = masked_groups(whole, parts, visible, minimum)
        labelled = [
            (localised(names.get(key, key)) if attribute == "unit" else key, masked_parts.get(key))
            for key in parts
        ]
        shown.append((attribute, sorted(labelled, key=lambda pair: (pair[1] is None, pair[0]))))
    return StoredFigures(masked(replace(whole, groups={}), minimum), shown)
