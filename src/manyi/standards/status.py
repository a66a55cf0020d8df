"""Is a standard met? A pure rule over a figure with its interval; it says how sure that is, too."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

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
    where there is no interval.
    """

    status: Status
    gap: float | None = None
    sure: bool | None = None


def judge(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    target: float,
    tolerance: float = 0.0,
    higher: bool = True,
) -> Verdict:
    """Compare a value with the target: on its good side (or on it) the standard is met; short of it by no more
    than `tolerance` it is watched; beyond that it is missed.

    :param low, high: ends of the value's interval. :param higher: more is better; False: less is.
    """
    if value is None:
        return Verdict(Status.UNMEASURED)
    sign = 1.0 if higher else -1.0
    gap = sign * (value - target)
    ends = None if low is None or high is None else sorted((sign * (low - target), sign * (high - target)))
    if gap >= -_CLOSE:
        return Verdict(Status.MET, gap, None if ends is None else ends[0] >= -_CLOSE)
    status = Status.WATCHED if gap >= -tolerance - _CLOSE else Status.MISSED
    return Verdict(status, gap, None if ends is None else ends[1] < -_CLOSE)
