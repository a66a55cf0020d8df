"""Did it work? A verdict from a before/after difference. Pure.

Whoever looks again and again finds an improvement in the end, so that the k-th look at an action is tested at
``α / (k (k + 1))``: over any number of looks these sum to at most α, which bounds the chance that an action
without any effect is ever called effective (a union bound; compare the spending functions of Lan & DeMets 1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from manyi.measures.compare import Difference

ALPHA = 0.05
MOST_LOOKS = 4

Verdict = Literal["effective", "not_yet", "not_effective"]


@dataclass(frozen=True, slots=True)
class Judged:
    """`p_one_sided` is the chance of so large an improvement without any; None where nothing could be tested.

    `level` is what it was held against. `shown` says whether an improvement is shown, `reached` whether the
    target is (None without one).
    """

    verdict: Verdict
    level: float
    p_one_sided: float | None
    shown: bool
    reached: bool | None


def level(look: int, alpha: float = ALPHA) -> float:
    """The level of the k-th look, k from 1.

    :raises ValueError: for a look below 1.

    >>> [round(level(k), 4) for k in (1, 2, 3)]
    [0.025, 0.0083, 0.0042]
    """
    if look < 1:
        raise ValueError(f"look {look} is below 1")
    return alpha / (look * (look + 1))


def judge(
    difference: Difference,
    *,
    after: float | None,
    target: float | None,
    lower_is_better: bool = False,
    look: int = 1,
    alpha: float = ALPHA,
) -> Judged:
    """Effective: an improvement is shown and the target, if there is one, reached. Not effective: the interval
    excludes what was aimed at (any improvement, without a target), or MOST_LOOKS looks have not shown it.
    Otherwise not yet.

    :param difference: after − before, with interval and two-sided p value.
    :param after: the figure now; `target` is in the same unit.
    """
    held = level(look, alpha)
    sign = -1.0 if lower_is_better else 1.0
    if difference.value is None or after is None:
        verdict: Verdict = "not_effective" if look >= MOST_LOOKS else "not_yet"
        return Judged(verdict, held, None, False, None)
    gain = sign * difference.value
    p = difference.p_value
    one_sided = None if p is None else (p / 2 if gain > 0 else 1 - p / 2)
    shown = one_sided is not None and one_sided < held
    reached = None if target is None else sign * after >= sign * target
    if shown and reached is not False:
        return Judged("effective", held, one_sided, shown, reached)
    best = None
    if difference.low is not None and difference.high is not None:
        best = difference.high if sign > 0 else -difference.low
    wanted = 0.0 if target is None else sign * (target - (after - difference.value))
    if (best is not None and best <= wanted and not shown) or look >= MOST_LOOKS:
        return Judged("not_effective", held, one_sided, shown, reached)
    return Judged("not_yet", held, one_sided, shown, reached)
