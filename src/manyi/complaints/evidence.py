"""What has to be proved before a problem closes, and keeps it closed. Pure.

Each gate is judged from plain figures, so that the page, the closing and the daily check say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Figures:
    """`corrected_at` is when the last corrective action was done, None before. `recurrences` are the numbers of
    complaints that came after it. `score` is the mean over the `scored` complaints that were followed up.
    `promises_broken` counts broken promises that no later one about the same case has made good.
    """

    signed: tuple[str, ...]
    unsigned: tuple[str, ...]
    corrected_at: datetime | None
    quiet_days: int
    recurrences: tuple[str, ...]
    score: float | None
    scored: int
    complaints: int
    target: float
    actions_open: int
    promises_open: int
    promises_broken: int


@dataclass(frozen=True)
class Gate:
    """`code`: 'steps', 'quiet', 'score' or 'promises'; `said` is the evidence in a sentence."""

    code: str
    title: str
    passed: bool
    said: str


def gates(figures: Figures, at: datetime) -> list[Gate]:
    """The four gates in the order they are usually passed."""
    return [_steps(figures), _quiet(figures, at), _score(figures), _promises(figures)]


def _steps(figures: Figures) -> Gate:
    said = (
        _("Not signed yet: %(steps)s.") % {"steps": ", ".join(figures.unsigned)}
        if figures.unsigned
        else _("All eight disciplines are signed.")
    )
    return Gate("steps", _("Eight disciplines signed"), not figures.unsigned, said)


def _quiet(figures: Figures, at: datetime) -> Gate:
    title = ngettext("No recurrence in %(n)s day", "No recurrence in %(n)s days", figures.quiet_days) % {
        "n": figures.quiet_days
    }
    if figures.corrected_at is None:
        return Gate("quiet", title, False, _("The corrective actions are not done yet."))
    if figures.recurrences:
        numbers = ", ".join(figures.recurrences[:5])
        return Gate("quiet", title, False, _("It came back: %(numbers)s.") % {"numbers": numbers})
    quiet = max(0, (at - figures.corrected_at) // timedelta(days=1))
    values = {"n": quiet, "since": f"{figures.corrected_at:%Y-%m-%d}"}
    said = _("%(n)s days without recurrence since the corrective action of %(since)s.") % values
    return Gate("quiet", title, quiet >= figures.quiet_days, said)


def _score(figures: Figures) -> Gate:
    title = _("Follow-up score of at least %(target)s") % {"target": f"{figures.target:.1f}"}
    if figures.score is None:
        return Gate("score", title, False, _("No follow-up of its complaints has a score yet."))
    values = {"score": f"{figures.score:.1f}", "n": figures.scored, "all": figures.complaints}
    said = _("%(score)s from %(n)s of %(all)s complaints.") % values
    return Gate("score", title, figures.score >= figures.target, said)


def _promises(figures: Figures) -> Gate:
    title = _("Promised things done")
    said = []
    if figures.actions_open:
        said.append(
            ngettext("%(n)s action is not done.", "%(n)s actions are not done.", figures.actions_open)
            % {"n": figures.actions_open}
        )
    if figures.promises_open:
        said.append(
            ngettext(
                "%(n)s promise to a customer is open.",
                "%(n)s promises to customers are open.",
                figures.promises_open,
            )
            % {"n": figures.promises_open}
        )
    if figures.promises_broken:
        said.append(
            ngettext(
                "%(n)s promise to a customer was broken and not made good.",
                "%(n)s promises to customers were broken and not made good.",
                figures.promises_broken,
            )
            % {"n": figures.promises_broken}
        )
    if said:
        return Gate("promises", title, False, " ".join(said))
    return Gate("promises", title, True, _("All actions are done and no promise to a customer is open."))
