"""A figure together with what may be believed of it: the one form in which shares, means and scores come out."""

from __future__ import annotations

from dataclasses import dataclass

LOW_BASE = 30
"""Below this many respondents a figure is marked 'low base': show it with its interval only."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its confidence interval.

    ``value``, ``low``, ``high`` and ``se`` are in the unit of the measure, None where it is undefined (nobody
    answered, or one answer has no spread). ``n`` counts answers; ``n_eff`` is what they are worth after
    weighting (Kish).

    >>> Estimate(0.31, 0.26, 0.37, 263, 0.0285, 263.0).low_base
    False
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    se: float | None
    n_eff: float

    @property
    def low_base(self) -> bool:
        """Whether fewer than 30 answers stand behind the value: show it with its interval only."""
        return self.n < LOW_BASE
