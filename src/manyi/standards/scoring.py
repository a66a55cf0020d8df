"""How well the checks of an audit or a mystery visit were met, and how sure that is. Pure.

A check's value runs from 0 (not met) to 100 (met); one that does not apply counts neither way. A score is the
weighted mean of the values. Its interval is Wilson's for a share with the effective number of checks
``(Σw)² / Σw²``: values between 0 and 100 spread no more than yes and no with the same mean, so that it errs on
the wide side, and a few checks give a wide interval even when all of them were met.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from manyi.measures import shares

FULL = 100.0


@dataclass(frozen=True, slots=True)
class Marked:
    """One check: its positive `weight`, its `value` 0–100 (None: not answered), the `group` it counts in."""

    weight: float
    value: float | None
    not_applicable: bool = False
    group: str = ""

    @property
    def counts(self) -> bool:
        return self.value is not None and not self.not_applicable


@dataclass(frozen=True, slots=True)
class Score:
    """`value`, `low` and `high` 0–100, None where nothing counts; `n` checks, worth `worth` equal ones.

    `rounds` is of how many audits or visits it is the mean.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    worth: float
    rounds: int = 1


NOTHING = Score(None, None, None, 0, 0.0, 0)


def score(marks: Iterable[Marked], *, confidence: float = 0.95) -> Score:
    """Weighted mean of the checks that apply and were answered, with Wilson's interval.

    :raises ValueError: for a weight that is not positive or a value outside 0–100.

    >>> found = score([Marked(1, 100), Marked(1, 100), Marked(2, 0), Marked(5, None, True)])
    >>> found.value, round(found.low, 1), round(found.high, 1), found.n
    (50.0, 11.6, 88.4, 3)
    """
    counted = [m for m in marks if m.counts]
    for mark in counted:
        if mark.weight <= 0 or not 0 <= (mark.value or 0.0) <= FULL:
            raise ValueError(f"weight {mark.weight} must be positive and value {mark.value} within 0–100")
    if not counted:
        return Score(None, None, None, 0, 0.0)
    total = sum(m.weight for m in counted)
    worth = total * total / sum(m.weight**2 for m in counted)
    share = min(1.0, sum(m.weight * (m.value or 0.0) for m in counted) / total / FULL)
    low, high = shares.wilson_limits(share, worth, confidence)
    # Rounding must not put the value outside its own interval.
    return Score(
        FULL * share, FULL * max(0.0, min(low, share)), FULL * min(1.0, max(high, share)), len(counted), worth
    )


def by_group(marks: Iterable[Marked], *, confidence: float = 0.95) -> dict[str, Score]:
    """A score for each group, in the order in which the groups appear."""
    groups: dict[str, list[Marked]] = {}
    for mark in marks:
        groups.setdefault(mark.group, []).append(mark)
    return {name: score(members, confidence=confidence) for name, members in groups.items()}


def pooled(scores: Sequence[Score], *, confidence: float = 0.95) -> Score:
    """Mean of several audits or visits, each counting alike.

    Two intervals are made, and the wider limits hold: Student's over the rounds, which knows that checks of one
    visit go together, and Wilson's over all checks, which does not shrink to nothing when few rounds agree.

    >>> one = Score(80.0, 55.0, 93.0, 15, 15.0)
    >>> other = Score(90.0, 65.0, 97.0, 15, 15.0)
    >>> found = pooled([one, other])
    >>> found.value, found.rounds, found.n, round(found.low, 1), found.high
    (85.0, 2, 30, 21.5, 100.0)
    """
    known = [s for s in scores if s.value is not None]
    if not known:
        return NOTHING
    values = [s.value or 0.0 for s in known]
    value, worth = min(FULL, sum(values) / len(values)), sum(s.worth for s in known)
    low, high = (FULL * limit for limit in shares.wilson_limits(value / FULL, worth, confidence))
    over_rounds = shares.mean(values, confidence=confidence)
    if over_rounds.low is not None and over_rounds.high is not None:
        low, high = min(low, over_rounds.low), max(high, over_rounds.high)
    return Score(
        value, max(0.0, min(low, value)), min(FULL, max(high, value)), sum(s.n for s in known), worth, len(known)
    )  # fmt: skip
