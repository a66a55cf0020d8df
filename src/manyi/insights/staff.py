"""Reading what came out of staff surveys. There is nothing to filter: what may be shown was settled when the survey
closed (`surveys.staff_figures`), and a reader sees the rows of the org units that are theirs to see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from manyi.insights.queries import RIGHT
from manyi.measures import compare
from manyi.measures.compare import Difference
from manyi.measures.disclosure import visible_tree
from manyi.measures.estimates import Estimate
from manyi.measures.results import IndexResult, NodeScore
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys.models import StaffSurvey
from manyi.surveys.queries.staff import READ as SURVEYS
from manyi.surveys.queries.staff import staff_survey, staff_surveys
from manyi.surveys.services.staff import form_of
from manyi.web.templatetags.web import localised

WORDS = "responses.read"


@dataclass(frozen=True, slots=True)
class Row:
    """One org unit with everybody below it. `depth` counts from the survey's own unit; `change` is that of the index
    since the survey before, where both show this unit.
    """

    unit_id: int
    name: Mapping[str, str]
    depth: int
    asked: int
    n: int
    result: IndexResult | None
    drivers: Mapping[str, float]
    change: Difference | None = None

    @property
    def rate(self) -> float:
        """Share (0–1) of the slips that were answered."""
        return self.n / self.asked if self.asked else 0.0

    def node(self, code: str) -> NodeScore | None:
        return next((n for n in self.result.nodes if n.code == code), None) if self.result else None


class StaffResult:
    """One closed survey as one reader may see it."""

    def __init__(self, scope: Scope, survey: StaffSurvey) -> None:
        """:raises NotAllowed: without the rights `results.read` and `waves.read`."""
        scope.require(RIGHT)
        scope.require(SURVEYS)
        self.scope, self.survey = scope, survey
        self.minimum = max(organisation().anonymity_minimum, survey.figures.get("minimum", 0))

    @cached_property
    def rows(self) -> list[Row]:
        """Units in tree order; none of an open survey."""
        before = {row.unit_id: row for row in self._rows(self.before)} if self.before else {}
        found = []
        for row in self._rows(self.survey):
            old = before.get(row.unit_id)
            change = None
            if row.result and old is not None and old.result:
                change = compare.means(row.result.root.estimate, old.result.root.estimate)
            found.append(replace(row, change=change))
        return found

    def _rows(self, survey: StaffSurvey) -> list[Row]:
        units: Mapping[str, Any] = survey.figures.get("units", {})
        # The minimum may have been raised since: what is left over beside the units shown counts, too.
        parents: dict[int, int | None] = {int(key): entry["parent"] for key, entry in units.items()}
        rests = {int(key): entry["n"] for key, entry in units.items()}
        for key, entry in units.items():
            if (above := parents[int(key)]) is not None:
                rests[above] -= entry["n"]
        shown = visible_tree(rests, parents, self.minimum)
        found = []
        depths: dict[int | None, int] = {None: -1}
        for key, entry in units.items():
            unit_id = int(key)
            depths[unit_id] = depths[parents[unit_id]] + 1
            stored = entry.get("result")
            if unit_id in shown and self._may(unit_id):
                found.append(
                    Row(
                        unit_id, entry["name"], depths[unit_id], entry["asked"], entry["n"],
                        IndexResult.from_dict(stored) if stored else None, entry.get("drivers") or {},
                    )
                )  # fmt: skip
        return found

    def _may(self, unit_id: int) -> bool:
        return self.scope.may(RIGHT, unit_id) and self.scope.may(SURVEYS, unit_id)

    @cached_property
    def before(self) -> StaffSurvey | None:
        """The survey of the series before this one."""
        if not self.survey.series or self.survey.closed_at is None:
            return None
        rows = staff_surveys(self.scope).filter(
            series=self.survey.series, closed_at__lt=self.survey.closed_at
        )
        return rows.order_by("-closed_at").first()

    def row(self, unit_id: int | None) -> Row | None:
        """The row of a unit; the topmost one where none is named."""
        if unit_id is None:
            return self.rows[0] if self.rows else None
        return next((row for row in self.rows if row.unit_id == unit_id), None)

    def finest(self, rows: Sequence[Row]) -> list[Row]:
        """Those of the rows that hold none of the others: no person is in two of them."""
        parents = {int(key): entry["parent"] for key, entry in self.survey.figures.get("units", {}).items()}
        above: set[int | None] = set()
        for row in rows:
            here = parents[row.unit_id]
            while here is not None:
                above.add(here)
                here = parents[here]
        return [row for row in rows if row.unit_id not in above]

    @property
    def sees_whole(self) -> bool:
        return self._may(self.survey.unit_id)

    @property
    def columns(self) -> Mapping[str, Estimate]:
        """Mean of each rated column and grid, of all together, in points of its scale; empty for who sees a part."""
        if not self.sees_whole or self.survey.figures.get("n", 0) < self.minimum:
            return {}
        return {
            name: Estimate(value, low, high, n, se, float(n))
            for name, (value, low, high, n, se) in self.survey.figures.get("columns", {}).items()
        }

    @property
    def ratings(self) -> list[tuple[str, Estimate]]:
        """What was asked, in words, with its mean: for surveys without a tree."""
        found, known = [], self.columns
        for question in form_of(self.survey).questions():
            items = question.items or (question,)
            found += [(localised(item.text), known[item.code]) for item in items if item.code in known]
        return found

    @property
    def may_read_words(self) -> bool:
        """Whether words were asked for and this reader may see them; that takes `responses.read` too."""
        asked = any(question.type == "text" for question in form_of(self.survey).questions())
        return asked and self.sees_whole and self.scope.may(WORDS, self.survey.unit_id)

    @property
    def texts(self) -> list[tuple[str, Sequence[str]]]:
        """What was written, by question, of all together."""
        if not self.may_read_words:
            return []
        asked = {question.code: localised(question.text) for question in form_of(self.survey).questions()}
        return [
            (asked.get(code, code), words) for code, words in self.survey.figures.get("texts", {}).items()
        ]


def staff_results(scope: Scope, respondents: str = StaffSurvey.Respondents.STAFF) -> list[StaffResult]:
    """Closed surveys the reader may see, the newest first."""
    rows = staff_surveys(scope).filter(state=StaffSurvey.State.CLOSED, respondents=respondents)
    return [StaffResult(scope, survey) for survey in rows.order_by("-closed_at", "-pk")]


def staff_result(scope: Scope, code: str) -> StaffResult:
    """:raises StaffSurvey.DoesNotExist: also for a survey outside the scope."""
    return StaffResult(scope, staff_survey(scope, code))


def change_in_words(change: Difference | None) -> str:
    """What the change since the survey before says."""
    if change is None:
        return ""
    if change.reason == "too few":
        return _("too few to compare")
    if change.value is None or change.p_value is None or change.p_value >= 0.05:
        return _("no clear difference")
    return _("clearly higher") if change.value > 0 else _("clearly lower")


HEADER = ("unit", "asked", "answers", "node", "score", "low", "high")


def table(result: StaffResult) -> list[tuple[Any, ...]]:
    """Every figure that is shown, a line each, for downloads: columns as HEADER."""
    lines: list[tuple[Any, ...]] = [
        (localised(row.name), row.asked, row.n, localised(node.name), node.score, node.ci_low, node.ci_high)
        for row in result.rows
        for node in (row.result.nodes if row.result else ())
    ]
    if not lines:
        lines = [
            (localised(result.survey.unit.name), result.survey.figures.get("asked", 0), one.n, words, one.value, one.low, one.high)
            for words, one in result.ratings
        ]  # fmt: skip
    return lines
