"""The funnel plot of a branch league; page and download draw the same one."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi import charts
from manyi.charts import Chart
from manyi.charts.funnel import Limits, Names, Unit, funnel_plot
from manyi.insights.league import League
from manyi.measures.funnel import INNER, OUTER, Verdict

STEPS = 60
KINDS: dict[Verdict, int] = {
    "average": 0, "perhaps above": 1, "perhaps below": 1, "above": 2, "below": 2, "too few": 3,
}  # fmt: skip


def funnel(found: League) -> Chart:
    """Score by effective number of answers, with both pairs of limits."""
    units = [
        Unit(
            entry.label,
            entry.score.score or 0.0,
            entry.score.n_eff or entry.score.n,
            KINDS[entry.place.verdict],
        )
        for entry in found.entries
    ]
    return funnel_plot(
        units,
        _limits(found, [unit.n for unit in units]),
        found.funnel.centre,
        names=Names(
            n=_("Answers (effective)"),
            value=found.result.name(found.node),
            centre=_("Average"),
            inner=_("Limits of 95%"),
            outer=_("Limits of 99.8%"),
            kinds=(
                _("Not told from the average"), _("Between the limits"), _("Outside the limits"),
                _("Too few to judge"),
            ),
        ),
        title=_("Score against number of answers"),
        texts=charts.texts_for(get_language() or "zh"),
    )  # fmt: skip


def _limits(found: League, at: list[float]) -> list[Limits]:
    """Limits at every unit's n, between, and a little to the left, where the funnel opens."""
    most = max(at) * 1.08
    start = max(2.0, min(at) * 0.35)
    steps = {start * (most / start) ** (step / STEPS) for step in range(STEPS + 1)}
    limits = []
    for n in sorted(steps | set(at)):
        inner, outer = found.funnel.band(n, INNER), found.funnel.band(n, OUTER)
        limits.append(Limits(n, inner.low, inner.high, outer.low, outer.high))
    return limits
