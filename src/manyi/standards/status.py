"""Is a standard met? A pure rule over a figure with its interval; it says how sure that is, too."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

#: With fewer cases nothing is called sure, however far off the value is.
FEWEST = 10
#: Figures are sums of floats: what lies this close to a border lies on it.
_CLOSE = 1e-9


class Status(models.TextChoices):
    MET = "met", _("Standard met")
    WATCHED = "watched", _("Standard watched")
    MISSED = "missed", _("Standard missed")
    UNMEASURED = "unmeasured", _("Not measured")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`gap` is how far the value lies beyond the target, negative when it falls short, in the standard's unit.

    `sure`: the whole interval lies on the value's side of the target, so that chance is an unlikely reason; None
    where there is no interval. `few`: it rests on fewer than FEWEST cases, so it is not sure.
    """

    status: Status
    gap: float | None = None
    sure: bool | None = None
    few: bool = False


def judge(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    target: float,
    tolerance: float = 0.0,
    higher: bool = True,
    n: int = FEWEST,
) -> Verdict:
    """Compare a value with the target: on its good side (or on it) the standard is met; short of it by no more
    than `tolerance` it is watched; beyond that it is missed.

    :param low, high: ends of the value's interval. :param higher: more is better; False: less is.
    :param n: how many cases the value rests on.
    """
    if value is None:
        return Verdict(Status.UNMEASURED)
    sign = 1.0 if higher else -1.0
    gap = sign * (value - target)
    status = Status.WATCHED if gap >= -tolerance - _CLOSE else Status.MISSED
    status = Status.MET if gap >= -_CLOSE else status
    if low is None or high is None:
        return Verdict(status, gap, None, n < FEWEST)
    worst, best = sorted((sign * (low - target), sign * (high - target)))
    apart = worst >= -_CLOSE if status is Status.MET else best < -_CLOSE
    return Verdict(status, gap, apart and n >= FEWEST, n < FEWEST)
