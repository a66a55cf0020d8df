"""Customer value without a contract: how many orders to expect (BG/NBD), and of what value (Gamma-Gamma)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma, expit, gammaln, hyp2f1

from .arrays import FloatArray, floats
from .errors import ColumnError, MeasureError, TooFewError


@dataclass(frozen=True, slots=True)
class BetaGeo:
    """Repeat buying by the BG/NBD model.

    While active, a customer orders at a rate that differs between customers by a gamma distribution (`r`,
    `alpha`); after each order the customer leaves for good with a probability that differs by a beta
    distribution (`a`, `b`). Times are in the unit of the data that were fitted.

    Source: Fader, Hardie & Lee (2005), 'Counting your customers' the easy way.

    >>> model = BetaGeo(r=0.2426, alpha=4.4135, a=0.7929, b=2.4258)
    >>> round(float(model.expected_orders(39, 2, 30.43, 38.86)), 3)
    1.226
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")
    n: int = 0

    @classmethod
    def fit(cls, frequency: Any, recency: Any, age: Any) -> BetaGeo:
        """Maximum likelihood from three numbers per customer, each of shape ``(n,)``.

        :param frequency: repeat orders (orders after the first), whole numbers ≥ 0.
        :param recency: time from the first to the last order, 0 without a repeat order.
        :param age: time from the first order to today, at least the recency.
        :raises ColumnError: negative, missing or contradictory numbers; the text says which row.
        :raises TooFewError: below ten customers, or nobody ordered again.
        :raises MeasureError: when no maximum was found.

        >>> model = BetaGeo.fit([0, 2, 1, 0, 5, 3, 0, 1, 0, 4], [0, 20, 9, 0, 30, 21, 0, 3, 0, 33],
        ...                     [30, 31, 32, 33, 34, 35, 36, 37, 38, 39])
        >>> model.n, model.r > 0
        (10, True)
        """
        x, t_x, t = _orders(frequency, recency, age)
        if x.size < 10 or not x.any():
            raise TooFewError(
                "The model needs ten customers, some with repeat orders; there are {n} and {repeat}.",
                n=x.size,
                repeat=int(np.count_nonzero(x)),
            )
        # Customers with the same history count together: most have no repeat order and a common first day.
        rows, count = np.unique(np.column_stack([x, t_x, t]), axis=0, return_counts=True)
        x, t_x, t = rows.T
        scale = float(t.max())
        found = _maximise(
            lambda log: _beta_geo_likelihood(
                np.exp(log), x, t_x / scale, t / scale, count.astype(np.float64)
            ),
            # a rate near the mean one, in units of the longest time
            np.log([0.5, 0.5, 1.0, 2.0]),
        )
        r, alpha, a, b = np.exp(found)
        # In time units of the data the density changes by the scale, once for every order.
        value = _beta_geo_likelihood(np.exp(found), x, t_x / scale, t / scale, count.astype(np.float64))[0]
        value -= float(count @ x) * np.log(scale)
        return cls(float(r), float(alpha * scale), float(a), float(b), float(value), int(count.sum()))

    def expected_orders(self, period: Any, frequency: Any, recency: Any, age: Any) -> FloatArray:
        """Expected number of orders in the coming `period`, given the customer's history; arguments
        broadcast.

        >>> BetaGeo(0.2426, 4.4135, 0.7929, 2.4258).expected_orders(10, [0, 5], [0, 30], [38, 38]).round(3)
        array([0.055, 0.845])
        """
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        t, x, t_x, age = np.broadcast_arrays(
            *(np.asarray(v, dtype=np.float64) for v in (period, frequency, recency, age))
        )
        z = t / (alpha + age + t)
        grown = 1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
        return np.asarray((a + b + x - 1) / (a - 1) * grown * self.probability_active(x, t_x, age))

    def expected_orders_of_new(self, period: Any) -> FloatArray:
        """Expected number of repeat orders of a new customer within `period` of the first order.

        >>> round(float(BetaGeo(0.2426, 4.4135, 0.7929, 2.4258).expected_orders_of_new(39)), 3)
        1.195
        """
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        t = np.asarray(period, dtype=np.float64)
        grown = 1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t))
        return np.asarray((a + b - 1) / (a - 1) * grown)

    def probability_active(self, frequency: Any, recency: Any, age: Any) -> FloatArray:
        """Probability that the customer has not left, 0–1; arguments broadcast.

        It is 1 without repeat orders, since in this model nobody leaves before the second order: that is a
        property of the model, **not** a sign of health, and must not be shown as such (see :meth:`knows`).

        >>> BetaGeo(0.2426, 4.4135, 0.7929, 2.4258).probability_active([0, 2], [0, 30.43], [38.86, 38.86]).round(4)
        array([1.    , 0.7266])
        """
        x, t_x, age = np.broadcast_arrays(
            *(np.asarray(v, dtype=np.float64) for v in (frequency, recency, age))
        )
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            odds = self.a / (self.b + x - 1) * ((self.alpha + age) / (self.alpha + t_x)) ** (self.r + x)
        return np.asarray(np.where(x > 0, 1 / (1 + odds), 1.0))

    @staticmethod
    def knows(frequency: Any) -> NDArray[np.bool_]:
        """Whether the probability of being active says anything: only after a repeat order.

        >>> BetaGeo.knows([0, 3]).tolist()
        [False, True]
        """
        return np.asarray(np.asarray(frequency) > 0)


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Value of an order by the Gamma-Gamma model: a customer's orders vary (`p`) about the customer's own
    mean, which varies between customers (`q`, `v`), independently of how often orders come.

    Source: Fader, Hardie & Lee (2005), RFM and CLV; Fader & Hardie (2013), The Gamma-Gamma model of monetary
    value.

    >>> model = GammaGamma(p=6.25, q=3.74, v=15.44)
    >>> [round(float(model.expected_value(x, m)), 2) for x, m in ((2, 22.35), (0, 0))]
    [24.66, 35.22]
    """

    p: float
    q: float
    v: float
    log_likelihood: float = float("nan")
    n: int = 0

    @classmethod
    def fit(cls, frequency: Any, monetary: Any) -> GammaGamma:
        """Maximum likelihood from customers with repeat orders, each array of shape ``(n,)``.

        :param frequency: orders that the mean is over, ≥ 0; customers with 0 are left out.
        :param monetary: mean value of these orders, above 0.
        :raises ColumnError: negative or missing numbers. :raises TooFewError: below ten customers with
            orders.
        :raises MeasureError: when no maximum was found.

        >>> model = GammaGamma.fit([1, 2, 3, 1, 2, 4, 1, 2, 5, 1], [20, 35, 30, 12, 50, 41, 33, 18, 27, 60])
        >>> model.n, 20 < float(model.expected_value(0, 0)) < 50
        (10, True)
        """
        x, z = floats(frequency, "frequency"), floats(monetary, "monetary")
        _same_length(x, "monetary", z)
        _refuse(~np.isfinite(x) | (x < 0), "frequency", x, "must be zero or more")
        repeat = x > 0
        x, z = x[repeat], z[repeat]
        _refuse(~np.isfinite(z) | (z <= 0), "monetary", z, "must be above zero where there are orders")
        if x.size < 10:
            raise TooFewError("The model needs ten customers with orders; there are {n}.", n=x.size)
        scale = float(z.mean())
        found = _maximise(
            lambda log: _gamma_gamma_likelihood(np.exp(log), x, z / scale), np.log([2.0, 3.0, 1.0])
        )
        p, q, v = np.exp(found)
        value = _gamma_gamma_likelihood(np.exp(found), x, z / scale)[0] - x.size * np.log(scale)
        return cls(float(p), float(q), float(v * scale), float(value), int(x.size))

    def expected_value(self, frequency: Any, monetary: Any) -> FloatArray:
        """Expected mean value of a customer's orders, given `frequency` orders of mean value `monetary`.

        ``p(v + x·m) / (p·x + q − 1)``: between the customer's own mean and that of all customers. Arguments
        broadcast; frequency 0 gives the mean of all customers.

        >>> GammaGamma(6.25, 3.74, 15.44).expected_value([1, 10], [100, 100]).round(2)
        array([80.26, 97.28])
        """
        x, m = np.broadcast_arrays(
            np.asarray(frequency, dtype=np.float64), np.asarray(monetary, dtype=np.float64)
        )
        return np.asarray(self.p * (self.v + np.where(x > 0, x * m, 0.0)) / (self.p * x + self.q - 1))


def _orders(frequency: Any, recency: Any, age: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    x, t_x, t = floats(frequency, "frequency"), floats(recency, "recency"), floats(age, "age")
    _same_length(x, "recency", t_x)
    _same_length(x, "age", t)
    _refuse(
        ~np.isfinite(x) | (x < 0) | (x != np.floor(x)),
        "frequency",
        x,
        "must be a whole number of zero or more",
    )
    _refuse(~np.isfinite(t_x) | (t_x < 0), "recency", t_x, "must be zero or more")
    _refuse(~np.isfinite(t) | (t < t_x), "age", t, "must not be below the recency")
    _refuse((x == 0) & (t_x > 0), "recency", t_x, "must be zero without repeat orders")
    if x.size and not t.max() > 0:
        raise ColumnError("Column '{column}' is zero for everybody.", column="age")
    return x, t_x, t


def _same_length(x: FloatArray, name: str, values: FloatArray) -> None:
    if values.size != x.size:
        raise ColumnError(
            "Column '{column}' has {rows} rows, not {expected}.",
            column=name,
            rows=values.size,
            expected=x.size,
        )


def _refuse(wrong: NDArray[np.bool_], name: str, values: FloatArray, rule: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ColumnError(
            "Column '{column}' holds {value} in row {row}; it {rule}.",
            column=name,
            value=float(values[row]),
            row=row + 1,
            rule=rule,
        )


def _maximise(likelihood: Callable[[FloatArray], tuple[float, FloatArray]], start: FloatArray) -> FloatArray:
    """Parameters (as logarithms) of the largest likelihood, which returns its value and its slope per
    parameter.
    """

    def negative(log: FloatArray) -> tuple[float, FloatArray]:
        value, slope = likelihood(log)
        return -value, -slope * np.exp(log)

    found = minimize(
        negative,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-12, 12)] * start.size,
        options={"ftol": 1e-13, "gtol": 1e-6},
    )
    if not np.isfinite(found.fun) or (
        not found.success and np.abs(found.jac).max() > 1e-3 * max(1.0, abs(found.fun))
    ):
        raise MeasureError("The model did not fit: {reason}.", reason=str(found.message))
    return np.asarray(found.x, dtype=np.float64)


def _beta_geo_likelihood(
    parameters: FloatArray, x: FloatArray, t_x: FloatArray, t: FloatArray, count: FloatArray
) -> tuple[float, FloatArray]:
    """Log-likelihood of the BG/NBD model and its slope for (r, α, a, b), equation (6) of the paper.

    ``L = Γ(r+x)αʳ/Γ(r) · [B(a, b+x)/B(a, b) (α+T)^−(r+x) + 1{x>0} B(a+1, b+x−1)/B(a, b) (α+t_x)^−(r+x)]``
    """
    r, alpha, a, b = parameters
    # Gamma functions depend on the number of orders only, of which there are few: once for each, not for each
    # customer.
    orders = np.arange(x.max() + 1)
    before = np.where(orders > 0, b + orders - 1, 1.0)
    stay_part = betaln(a, b + orders)
    leave_part = np.where(orders > 0, betaln(a + 1, before), -np.inf)
    constant = gammaln(r + orders) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    k = x.astype(np.intp)
    log_age, log_recency = np.log(alpha + t), np.log(alpha + t_x)
    # How likely each of the two stories is: still active, or left after the last order.
    odds = leave_part[k] - stay_part[k] + (r + x) * (log_age - log_recency)
    left = expit(odds)
    stayed = 1 - left
    value = constant[k] + stay_part[k] - (r + x) * log_age + np.logaddexp(0.0, odds)
    mean_log = stayed * log_age + left * log_recency
    mean_inverse = stayed / (alpha + t) + left / (alpha + t_x)
    both_sum = digamma(a + b + orders)  # a + (b + x) and (a + 1) + (b + x - 1) are the same
    slope_r = (digamma(r + orders) - digamma(r) + np.log(alpha))[k] - mean_log
    slope_alpha = r / alpha - (r + x) * mean_inverse
    start = digamma(a + b) - both_sum[k]
    slope_a = left / a + start  # digamma(a + 1) - digamma(a) = 1 / a
    slope_b = digamma(b + orders)[k] - left * np.where(orders > 0, 1 / before, 0.0)[k] - digamma(b) + start
    slopes = np.array([count @ slope for slope in (slope_r, slope_alpha, slope_a, slope_b)])
    return float(count @ value), slopes


def _gamma_gamma_likelihood(parameters: FloatArray, x: FloatArray, z: FloatArray) -> tuple[float, FloatArray]:
    """Log-likelihood of the mean values and its slope for (p, q, v).

    ``f(z) = Γ(px+q)/(Γ(px)Γ(q)) · v^q z^(px−1) x^(px) / (v + xz)^(px+q)``
    """
    p, q, v = parameters
    whole = np.log(v + x * z)
    value = (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(v)
        + (p * x - 1) * np.log(z)
        + p * x * np.log(x)
        - (p * x + q) * whole
    )
    joint = digamma(p * x + q)
    slope_p = x * (joint - digamma(p * x) + np.log(z) + np.log(x) - whole)
    slope_q = joint - digamma(q) + np.log(v) - whole
    slope_v = q / v - (p * x + q) / (v + x * z)
    return float(value.sum()), np.array([slope_p.sum(), slope_q.sum(), slope_v.sum()])
