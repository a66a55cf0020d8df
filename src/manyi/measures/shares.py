"""Standard measures of a rating question: NPS, CSAT, CES, top and bottom boxes, each with n and interval.

Ratings are one-dimensional; NaN and the codes given as ``missing`` are left out, and a rating outside the
scale is an error. Weighted measures use the effective sample size of Kish wherever a formula asks for n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from .arrays import FloatArray, floats, probability, survey_weights
from .errors import ColumnError, OptionError
from .estimates import Estimate


@dataclass(frozen=True, slots=True)
class NetPromoterScore(Estimate):
    """An NPS in points (−100 to 100) and the shares (0–1) it is made of, None without answers."""

    promoters: float | None
    passives: float | None
    detractors: float | None


def nps(
    ratings: Any, weights: Any = None, *, missing: Sequence[float] = (), confidence: float = 0.95
) -> NetPromoterScore:
    """Net promoter score: share of 9–10 minus share of 0–6, times 100.

    ``se = 100 · √((p₊ + p₋ − (p₊ − p₋)²) / n_eff)``, interval ``value ± z·se`` cut off at ±100.

    :param ratings: answers 0–10 to 'would you recommend us', shape ``(n,)``.
    :param weights: survey weights, shape ``(n,)``.
    :returns: points from −100 to 100.
    :raises ColumnError: for a rating outside 0–10. :raises WeightError: for unusable weights.

    Source: Reichheld (2003), The One Number You Need to Grow; variance of a difference of multinomial shares.

    >>> result = nps([10] * 50 + [8] * 30 + [3] * 20)
    >>> round(result.value, 6), round(result.high - result.value, 2), result.n
    (30.0, 15.31, 100)
    """
    rated, w = _rated(ratings, weights, 0, 10, missing)
    return nps_from_shares(
        _share(rated >= 9, w), _share(rated <= 6, w), rated.size, _n_eff(w, rated.size), confidence=confidence
    )


def nps_from_shares(
    promoters: float, detractors: float, n: int, n_eff: float | None = None, *, confidence: float = 0.95
) -> NetPromoterScore:
    """NPS from the (weighted) shares of promoters and detractors, each 0–1, among `n` answers.

    :raises OptionError: when the shares are not between 0 and 1 or exceed 1 together.

    >>> [round(nps_from_shares(0.5, 0.2, n).high - 30, 2) for n in (100, 400, 1000)]
    [15.31, 7.65, 4.84]
    """
    z = _z(confidence)
    worth = float(n if n_eff is None else n_eff)
    if n == 0:
        return NetPromoterScore(None, None, None, 0, None, 0.0, None, None, None)
    if not (0 <= promoters <= 1 and 0 <= detractors <= 1 and promoters + detractors <= 1 + 1e-9):
        raise OptionError(
            "Shares of promoters ({promoters}) and detractors ({detractors}) must lie between 0 and 1.",
            promoters=promoters,
            detractors=detractors,
        )
    net = promoters - detractors
    se = 100 * sqrt(max(0.0, promoters + detractors - net * net) / worth)
    return NetPromoterScore(
        value=100 * net,
        low=max(-100.0, 100 * net - z * se),
        high=min(100.0, 100 * net + z * se),
        n=n,
        se=se,
        n_eff=worth,
        promoters=promoters,
        passives=max(0.0, 1 - promoters - detractors),
        detractors=detractors,
    )


def csat(
    ratings: Any,
    weights: Any = None,
    *,
    low: float = 1,
    high: float = 5,
    missing: Sequence[float] = (),
    confidence: float = 0.95,
) -> Estimate:
    """Customer satisfaction: the share (0–1) of the two best answers, with its Wilson interval.

    The same as ``top_box(..., boxes=2)``; see there for parameters and errors.

    >>> result = csat([5, 4, 4, 3, 1])
    >>> result.value, round(result.low, 4), round(result.high, 4)
    (0.6, 0.2307, 0.8824)
    """
    return top_box(ratings, weights, boxes=2, low=low, high=high, missing=missing, confidence=confidence)


def top_box(
    ratings: Any,
    weights: Any = None,
    *,
    boxes: int = 2,
    low: float = 1,
    high: float = 5,
    missing: Sequence[float] = (),
    confidence: float = 0.95,
) -> Estimate:
    """Share (0–1) of ratings in the `boxes` best answers, ``rating ≥ high − boxes + 1``, with its Wilson
    interval.

    :param ratings: shape ``(n,)``, on a scale from `low` to `high` in steps of one.
    :raises ColumnError: for a rating outside the scale. :raises OptionError: for more boxes than the scale
        has.

    >>> top_box([5, 4, 4, 3, 1], boxes=1).value
    0.2
    """
    rated, w = _rated(ratings, weights, low, high, missing)
    return _box(rated >= high - _boxes(boxes, low, high) + 1, w, confidence)


def bottom_box(
    ratings: Any,
    weights: Any = None,
    *,
    boxes: int = 2,
    low: float = 1,
    high: float = 5,
    missing: Sequence[float] = (),
    confidence: float = 0.95,
) -> Estimate:
    """Share (0–1) of ratings in the `boxes` worst answers: with two boxes the share of the dissatisfied.

    Parameters and errors as :func:`top_box`.

    >>> bottom_box([5, 4, 4, 3, 1]).value
    0.2
    """
    rated, w = _rated(ratings, weights, low, high, missing)
    return _box(rated <= low + _boxes(boxes, low, high) - 1, w, confidence)


def ces(
    ratings: Any,
    weights: Any = None,
    *,
    low: float = 1,
    high: float = 7,
    missing: Sequence[float] = (),
    confidence: float = 0.95,
) -> Estimate:
    """Customer effort score: the mean rating with its t interval, in points of the scale, cut off at its
    ends.

    :raises ColumnError: for a rating outside `low` to `high`.

    Source: Dixon, Freeman & Toman (2010), Stop Trying to Delight Your Customers.

    >>> result = ces([7, 6, 5, 6, 4])
    >>> result.value, round(result.low, 3), round(result.high, 3)
    (5.6, 4.184, 7)
    """
    rated, w = _rated(ratings, weights, low, high, missing)
    found = _mean(rated, w, confidence)
    if found.low is None or found.high is None:
        return found
    return Estimate(found.value, max(low, found.low), min(high, found.high), found.n, found.se, found.n_eff)


def mean(values: Any, weights: Any = None, *, confidence: float = 0.95) -> Estimate:
    """Weighted mean with its t interval (``n_eff − 1`` degrees of freedom), NaN left out.

    ``se² = Σ w²(x − x̄)² / (Σ w)² · n / (n − 1)``: without weights the usual s²/n.

    :raises ColumnError: when the values are not numbers.

    >>> result = mean([2.0, 4.0, 6.0])
    >>> result.value, round(result.se, 4), round(result.low, 3)
    (4.0, 1.1547, -0.968)
    """
    data = floats(values, "values")
    w = survey_weights(weights, data.size)
    keep = ~np.isnan(data) if w is None else ~np.isnan(data) & (w > 0)
    return _mean(data[keep], None if w is None else w[keep], confidence)


def wilson(count: float, n: float, confidence: float = 0.95) -> Estimate:
    """Share ``count / n`` (0–1) with the score interval of Wilson.

    :param count: how many of `n`; both may be effective (fractional) numbers. n = 0 gives None throughout.
    :raises OptionError: when count is not between 0 and n.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.

    >>> result = wilson(81, 263)
    >>> round(result.low, 4), round(result.high, 4)
    (0.2553, 0.3662)
    """
    probability(confidence, "confidence")
    if not 0 <= count <= n * (1 + 1e-12):
        raise OptionError("A share of {count} out of {n} is not possible.", count=count, n=n)
    if n == 0:
        return Estimate(None, None, None, 0, None, 0.0)
    p = min(1.0, count / n)
    low, high = wilson_limits(p, n, confidence)
    return Estimate(p, low, high, round(n), sqrt(p * (1 - p) / n), float(n))


def wilson_limits(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper limit (0–1) of Wilson's interval for a share of `n` answers, n above zero.

    ``(p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)``

    >>> [round(limit, 4) for limit in wilson_limits(0.0, 20)]
    [0.0, 0.1611]
    """
    z = _z(confidence)
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return 0.0 if share <= 0 else (middle - half) / scale, 1.0 if share >= 1 else (middle + half) / scale


def _z(confidence: float) -> float:
    return float(ndtri((1 + probability(confidence, "confidence")) / 2))


def _rated(
    ratings: Any, weights: Any, low: float, high: float, missing: Sequence[float]
) -> tuple[FloatArray, FloatArray | None]:
    """Ratings that count (answered, with a positive weight) and their weights."""
    if not low < high:
        raise OptionError("The scale must rise: low {low} is not below high {high}.", low=low, high=high)
    data = floats(ratings, "ratings")
    w = survey_weights(weights, data.size)
    keep = ~np.isnan(data)
    for code in missing:
        keep &= data != code
    outside = keep & ((data < low) | (data > high))
    if outside.any():
        row = int(np.argmax(outside))
        raise ColumnError(
            "Column '{column}' holds {value:g} in row {row}, outside its scale {low:g} to {high:g}.",
            column="ratings",
            value=float(data[row]),
            row=row + 1,
            low=low,
            high=high,
        )
    if w is not None:
        keep &= w > 0
    return data[keep], None if w is None else w[keep]


def _boxes(boxes: int, low: float, high: float) -> int:
    if not 1 <= boxes <= high - low + 1:
        raise OptionError(
            "{boxes} boxes do not fit a scale of {low} to {high}.", boxes=boxes, low=low, high=high
        )
    return boxes


def _share(hit: Any, weights: FloatArray | None) -> float:
    if hit.size == 0:
        return 0.0
    return float(hit.mean()) if weights is None else float(weights[hit].sum() / weights.sum())


def _n_eff(weights: FloatArray | None, n: int) -> float:
    if weights is None or n == 0:
        return float(n)
    return float(weights.sum() ** 2 / (weights @ weights))


def _box(hit: Any, weights: FloatArray | None, confidence: float) -> Estimate:
    worth = _n_eff(weights, hit.size)
    share = wilson(min(1.0, _share(hit, weights)) * worth, worth, confidence)
    return Estimate(share.value, share.low, share.high, hit.size, share.se, worth)


def _mean(data: FloatArray, weights: FloatArray | None, confidence: float) -> Estimate:
    probability(confidence, "confidence")
    n = data.size
    if n == 0:
        return Estimate(None, None, None, 0, None, 0.0)
    w = np.ones(n) if weights is None else weights
    value = float(w @ data / w.sum())
    worth = _n_eff(weights, n)
    if n == 1 or worth <= 1 + 1e-12:
        return Estimate(value, None, None, n, None, worth)
    se = sqrt(float(np.square(w * (data - value)).sum()) * n / (n - 1)) / float(w.sum())
    t = float(stdtrit(worth - 1, (1 + confidence) / 2))
    return Estimate(value, value - t * se, value + t * se, n, se, worth)
