"""The few sums from which a mean, its standard error and its design effect follow."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, sqrt

import numpy as np

from .arrays import FloatArray

ABOUT = 50.0
"""Sums are taken about the middle of the 0–100 scale, which keeps them small whatever the scores are."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over the respondents who have a score and a positive weight; ``d = s − 50`` is the centred score.

    ======== =========================  =========================================
    field    sum                        in SQL (rows with a score and ``w > 0``)
    ======== =========================  =========================================
    n        number of respondents      ``count(*)``
    sum_w    Σ w                        ``sum(w)``
    sum_w2   Σ w²                       ``sum(w*w)``
    sum_wd   Σ w d                      ``sum(w*(s-50))``
    sum_w2d  Σ w² d                     ``sum(w*w*(s-50))``
    sum_w2d2 Σ w² d²                    ``sum(w*w*(s-50)*(s-50))``
    ======== =========================  =========================================

    Sums of disjoint sets of respondents add up: ``a + b``.

    Rounding: since ``|d| ≤ 50``, the variance in ``se²`` is off by at most about ``2500 · 1e-15``; mean and
    se agree with a two-pass computation to 1e-9 as soon as the standard deviation of the scores exceeds 0.01
    points. Below that, a variance that cannot be told from rounding is reported as exactly 0 (everybody gave
    the same answer).

    >>> both = Moments.of(np.array([40.0, 60.0])) + Moments.of(np.array([80.0]))
    >>> both.n, both.mean, round(both.se, 6)
    (3, 60.0, 11.547005)
    """

    n: int = 0
    sum_w: float = 0.0
    sum_w2: float = 0.0
    sum_wd: float = 0.0
    sum_w2d: float = 0.0
    sum_w2d2: float = 0.0

    @classmethod
    def of(
        cls, scores: FloatArray, weights: FloatArray | None = None, have: FloatArray | None = None
    ) -> Moments:
        """Sums of scores of shape ``(n,)``, with survey weights of the same shape or none.

        :param have: 1 for a score, 0 for a missing one (whatever finite number stands there); None when all
            are there.

        >>> Moments.of(np.array([50.0, 60.0, 0.0]), have=np.array([1.0, 1.0, 0.0])).sum_wd
        10.0
        """
        d = scores - ABOUT
        if weights is None:
            if have is None:
                n = d.size
            else:
                d *= have
                n = int(np.count_nonzero(have))
            total = float(d.sum())
            return cls(n, float(n), float(n), total, total, float(d @ d))
        if have is not None:
            weights = weights * have
        wd = weights * d
        return cls(
            n=int(np.count_nonzero(weights)),
            sum_w=float(weights.sum()),
            sum_w2=float(weights @ weights),
            sum_wd=float(wd.sum()),
            sum_w2d=float(weights @ wd),
            sum_w2d2=float(wd @ wd),
        )

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.n + other.n,
            self.sum_w + other.sum_w,
            self.sum_w2 + other.sum_w2,
            self.sum_wd + other.sum_wd,
            self.sum_w2d + other.sum_w2d,
            self.sum_w2d2 + other.sum_w2d2,
        )

    @property
    def mean(self) -> float | None:
        """Weighted mean score, 0–100; None without respondents."""
        if self.n == 0:
            return None
        return min(100.0, max(0.0, ABOUT + self.sum_wd / self.sum_w))

    @property
    def se(self) -> float | None:
        """Standard error of the mean, in points; None below two respondents."""
        if self.n < 2:
            return None
        shift = self.sum_wd / self.sum_w
        terms = (self.sum_w2d2, -2.0 * shift * self.sum_w2d, shift * shift * self.sum_w2)
        spread = fsum(terms)
        if spread <= 1e-14 * (abs(terms[0]) + abs(terms[1]) + abs(terms[2])):
            return 0.0
        return sqrt(spread * self.n / (self.n - 1)) / self.sum_w

    @property
    def n_eff(self) -> float | None:
        """Effective sample size of Kish, ``(Σ w)² / Σ w²``; None without respondents."""
        return self.sum_w * self.sum_w / self.sum_w2 if self.n else None

    @property
    def deff(self) -> float | None:
        """Design effect of unequal weights, ``n / n_eff`` (1 when all weights are equal); None without
        respondents.
        """
        return self.n * self.sum_w2 / (self.sum_w * self.sum_w) if self.n else None
