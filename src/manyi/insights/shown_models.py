"""A fitted model as the page shows it: numbers with verdicts in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from manyi.charts import stars
from manyi.insights.models import ModelRun
from manyi.insights.structural import Spec
from manyi.insights.wording import in_words
from manyi.measures.errors import Remark

GOOD_RELIABILITY, FAIR_RELIABILITY, TOO_ALIKE = 0.7, 0.6, 0.95
GOOD_AVE, HTMT_LIMIT, HTMT_STRICT = 0.5, 0.9, 0.85
ALPHA = 0.05
TABLES = (
    "paths", "total_effects", "indirect_effects", "constructs", "items", "cross_loadings", "correlations",
    "fornell_larcker", "htmt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PathRow:
    start: str
    end: str
    figures: Mapping[str, Any]
    stars: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ConstructRow:
    name: str
    figures: Mapping[str, Any]
    verdict: str
    tone: str  # good, fair, bad, or '' where nothing can be said


@dataclass(frozen=True, slots=True)
class HtmtRow:
    first: str
    second: str
    value: float | None
    verdict: str
    clear: bool


def path_rows(run: ModelRun, what: str, names: Mapping[str, str]) -> list[PathRow]:
    """Rows of `paths` or `total_effects`, the strongest first."""
    return [
        PathRow(names[row["from"]], names[row["to"]], row, stars(row.get("p_value")), _effect(row))
        for row in sorted(run.figures[what], key=lambda row: -abs(row["value"] or 0))
    ]


def _effect(row: Mapping[str, Any]) -> str:
    p, value = row.get("p_value"), row["value"] or 0.0
    if p is None:
        return "–"
    if p >= ALPHA:
        return _("may be zero")
    size = _("strong") if abs(value) >= 0.35 else _("moderate") if abs(value) >= 0.15 else _("weak")
    return size if value > 0 else _("%(size)s, negative") % {"size": size}


def construct_rows(run: ModelRun, names: Mapping[str, str]) -> list[ConstructRow]:
    return [ConstructRow(names[row["key"]], row, *measured(row)) for row in run.figures["constructs"]]


def measured(row: Mapping[str, Any]) -> tuple[str, str]:
    """What reliability and AVE say about a construct, in words, and its tone.

    Thresholds: composite reliability .7 (.6 in exploration), AVE .5 (Fornell & Larcker 1981; Hair et al. 2022).
    """
    if row["mode"] == "B":
        return _("Formed by its questions: these need not agree, so reliability has no meaning."), ""
    if row["items"] == 1:
        return _("One question only: how reliable it is cannot be told."), "fair"
    rho, ave = row["rho_c"], row["ave"]
    if rho is None or ave is None:
        return _("Its questions contradict each other; look whether one must be turned round."), "bad"
    if rho >= GOOD_RELIABILITY and ave >= GOOD_AVE:
        if (row["alpha_std"] or 0) > TOO_ALIKE:
            return _("Reliable, but its questions ask nearly the same; some could be left out."), "fair"
        return _("Measured well."), "good"
    if rho >= GOOD_RELIABILITY:
        return _("Reliable as a whole, but the questions have less than half in common with it."), "fair"
    if rho >= FAIR_RELIABILITY:
        return _("Barely reliable: enough to explore, not to decide on."), "fair"
    return _("Not reliable: its questions do not measure one thing. Do not rely on its paths."), "bad"


def htmt_rows(run: ModelRun, names: Mapping[str, str]) -> list[HtmtRow]:
    found = []
    for row in run.figures["htmt"]:
        value = row["value"]
        if value is None:
            continue
        verdict = (
            _("told apart")
            if value < HTMT_STRICT
            else _("close")
            if value < HTMT_LIMIT
            else _("hardly told apart")
        )
        found.append(HtmtRow(names[row["first"]], names[row["second"]], value, verdict, value < HTMT_LIMIT))
    return sorted(found, key=lambda row: -(row.value or 0))


def warnings(run: ModelRun, names: Mapping[str, str]) -> list[str]:
    return [in_words(Remark(row["template"], row["params"]), names) for row in run.figures["warnings"]]


def in_short(run: ModelRun, spec: Spec, names: Mapping[str, str]) -> list[str]:
    """What matters most for satisfaction (or else the last construct), and how much of it is explained."""
    ends = {b for _a, b in spec.paths}
    target = "satisfaction" if "satisfaction" in ends else _central(run)
    if target is None:
        return []
    effects = [row for row in run.figures["total_effects"] if row["to"] == target]
    clear = [row for row in effects if (row.get("p_value") or 0) < ALPHA and (row["value"] or 0) > 0]
    found = []
    if clear:
        best = max(clear, key=lambda row: row["value"])
        values = {"cause": names[best["from"]], "target": names[target], **best}
        if best.get("low") is None:
            found.append(_("“%(cause)s” matters most for “%(target)s”: total effect %(value).2f.") % values)
        else:
            text = _(
                "“%(cause)s” matters most for “%(target)s”: total effect %(value).2f (95%% interval %(low).2f to"
                " %(high).2f)."
            )
            found.append(text % values)
    else:
        found.append(_("No path to “%(target)s” is clear with so few answers.") % {"target": names[target]})
    r2 = next(row["r2"] for row in run.figures["constructs"] if row["key"] == target)
    if r2 is not None:
        text = _("The model explains %(share).0f%% of the differences between people in “%(target)s”.")
        found.append(text % {"share": r2 * 100, "target": names[target]})
    return found


def _central(run: ModelRun) -> str | None:
    """The construct with the most paths into it."""
    into: dict[str, int] = {}
    for row in run.figures["paths"]:
        into[row["to"]] = into.get(row["to"], 0) + 1
    return max(into, key=lambda key: into[key]) if into else None
