import csv
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.special import gamma

from manyi.measures.errors import ColumnError, TooFewError
from manyi.measures.lifetime import BetaGeo, GammaGamma, _beta_geo_likelihood, _gamma_gamma_likelihood


@pytest.fixture
def cdnow(test_data):
    with (test_data / "measures" / "cdnow_customers_summary_with_transactions.csv").open(
        encoding="utf-8"
    ) as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")}


PUBLISHED = BetaGeo(r=0.2426, alpha=4.4135, a=0.7929, b=2.4258)


@pytest.mark.reference
def test_beta_geo_of_cdnow(cdnow):
    model = BetaGeo.fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    assert (model.r, model.alpha, model.a, model.b) == (
        pytest.approx(0.2426, abs=5.1e-4),
        pytest.approx(4.4135, abs=5e-3),
        pytest.approx(0.7929, abs=2e-3),
        pytest.approx(2.4258, abs=5e-3),
    )
    assert model.log_likelihood == pytest.approx(-9582.43, abs=0.005)
    assert model.n == 2357
    assert model.expected_orders(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5.1e-4)


@pytest.mark.reference
def test_gamma_gamma_of_cdnow(cdnow):
    model = GammaGamma.fit(cdnow["x"], cdnow["zbar"])
    assert model.n == 946
    assert (model.p, model.q, model.v) == (
        pytest.approx(6.25, abs=0.01),
        pytest.approx(3.74, abs=0.01),
        pytest.approx(15.44, abs=0.02),
    )
    expected = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert model.expected_value(cdnow["x"][:10], cdnow["zbar"][:10]) == pytest.approx(expected, abs=0.011)


def test_the_unit_of_time_and_money_does_not_matter(cdnow):
    weeks = BetaGeo.fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    days = BetaGeo.fit(cdnow["x"], cdnow["t_x"] * 7, cdnow["T"] * 7)
    assert days.r == pytest.approx(weeks.r, rel=1e-3)
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-3)
    assert days.expected_orders(70, 2, 70, 140) == pytest.approx(
        weeks.expected_orders(10, 2, 10, 20), rel=1e-3
    )
    assert days.log_likelihood == pytest.approx(
        weeks.log_likelihood - cdnow["x"].sum() * math.log(7), abs=0.01
    )
    money = GammaGamma.fit(cdnow["x"], cdnow["zbar"] * 100)
    assert money.v == pytest.approx(100 * GammaGamma.fit(cdnow["x"], cdnow["zbar"]).v, rel=1e-3)


@pytest.mark.parametrize("parameters", [(0.3, 4.0, 0.8, 2.0), (1.5, 9.0, 1.2, 0.7)])
def test_slopes_of_the_likelihoods_are_right(parameters):
    x = np.array([0.0, 1, 4, 0])
    t_x, t, count = np.array([0.0, 3, 20, 0]), np.array([30.0, 33, 21, 5]), np.array([5.0, 1, 2, 1])
    at = np.array(parameters)
    for likelihood in (
        lambda p: _beta_geo_likelihood(p, x, t_x, t, count),
        lambda p: _gamma_gamma_likelihood(p[:3], x[1:3], t[1:3]),
    ):
        slope = likelihood(at)[1]
        for k in range(slope.size):
            step = np.zeros(4)
            step[k] = 1e-6
            by_difference = (likelihood(at + step)[0] - likelihood(at - step)[0]) / 2e-6
            assert slope[k] == pytest.approx(by_difference, rel=1e-5, abs=1e-6)


def test_the_likelihood_is_the_integral_over_customers():
    """One customer with x orders: integrate rate and leaving probability out numerically."""
    r, alpha, a, b = 0.7, 3.0, 0.9, 2.0
    x, t_x, t = 2, 5.0, 8.0

    def given_rate(rate):
        density = alpha**r * rate ** (r - 1) * math.exp(-alpha * rate) / gamma(r)

        def given_p(p):
            weight = p ** (a - 1) * (1 - p) ** (b - 1) / beta_function(a, b)
            stays = (1 - p) ** x * rate**x * math.exp(-rate * t)
            leaves = p * (1 - p) ** (x - 1) * rate**x * math.exp(-rate * t_x)
            return weight * (stays + leaves)

        return density * quad(given_p, 0, 1)[0]

    expected = math.log(quad(given_rate, 0, math.inf)[0])
    found = _beta_geo_likelihood(np.array([r, alpha, a, b]), *(np.array([float(v)]) for v in (x, t_x, t, 1)))[
        0
    ]
    assert found == pytest.approx(expected, abs=1e-6)


def simulate(rng, n, horizon, r=1.2, alpha=8.0, a=1.5, b=6.0):
    """Orders of n customers by the story of the model: (times of orders after the first) for each."""
    rates, leaving = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    histories = []
    for rate, p in zip(rates, leaving, strict=True):
        times, now = [], 0.0
        while True:
            now += rng.exponential(1 / rate)
            if now > horizon:
                break
            times.append(now)
            if rng.random() < p:
                break
        histories.append(times)
    return histories


def test_known_parameters_are_recovered_and_forecasts_hold():
    rng = np.random.default_rng(1)
    histories = simulate(rng, 8000, 60)
    seen = [[t for t in times if t <= 40] for times in histories]
    x = np.array([len(times) for times in seen])
    t_x = np.array([times[-1] if times else 0 for times in seen])
    model = BetaGeo.fit(x, t_x, np.full(8000, 40.0))
    assert (model.r, model.alpha) == (pytest.approx(1.2, rel=0.1), pytest.approx(8, rel=0.12))
    assert model.a / (model.a + model.b) == pytest.approx(0.2, abs=0.02)
    later = np.array([sum(t > 40 for t in times) for times in histories])
    forecast = model.expected_orders(20, x, t_x, 40.0)
    assert forecast.sum() == pytest.approx(later.sum(), rel=0.06)
    best = forecast >= np.quantile(forecast, 0.9)
    assert forecast[best].mean() == pytest.approx(later[best].mean(), rel=0.1)
    assert model.expected_orders_of_new(40) == pytest.approx(x.mean(), rel=0.03)


def test_without_repeat_orders_being_active_is_certain_and_known_to_say_nothing():
    assert PUBLISHED.probability_active([0, 0], 0, [1, 500]).tolist() == [1.0, 1.0]
    assert PUBLISHED.knows([0, 1]).tolist() == [False, True]
    late, early = PUBLISHED.probability_active(3, [38, 5], 39)
    assert 0 <= early < late <= 1


def test_a_customers_value_lies_between_his_own_mean_and_everybodys():
    model = GammaGamma(6.25, 3.74, 15.44)
    everybody = model.expected_value(0, 0)
    values = model.expected_value([1, 5, 1000], 100)
    assert everybody < values[0] < values[1] < values[2] < 100
    assert values[2] == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    ("x", "t_x", "t", "message"),
    [
        ([-1], [0], [1], r"'frequency' holds -1\.0 in row 1; it must be a whole number"),
        ([1.5], [1], [2], "whole number"),
        ([1], [-1], [2], "'recency' holds"),
        ([1], [3], [2], "'age' holds 2.0 in row 1; it must not be below the recency"),
        ([0], [3], [4], "must be zero without repeat orders"),
        ([math.nan], [0], [1], "'frequency' holds nan"),
        ([1], [1, 2], [2], "'recency' has 2 rows, not 1"),
        ([0], [0], [0], "'age' is zero for everybody"),
    ],
)
def test_contradictory_histories_are_named(x, t_x, t, message):
    with pytest.raises(ColumnError, match=message):
        BetaGeo.fit(x, t_x, t)


def test_too_few_customers_and_worthless_orders_are_refused():
    with pytest.raises(TooFewError, match="needs ten customers, some with repeat orders; there are 1 and 1"):
        BetaGeo.fit([1], [1], [2])
    with pytest.raises(TooFewError, match="there are 12 and 0"):
        BetaGeo.fit([0] * 12, [0] * 12, [5] * 12)
    with pytest.raises(TooFewError, match="there are 1"):
        GammaGamma.fit([1, 0], [5, 0])
    with pytest.raises(ColumnError, match="'monetary' holds 0"):
        GammaGamma.fit([1] * 12, [0] * 12)
    with pytest.raises(ColumnError, match="'monetary' has 1 rows"):
        GammaGamma.fit([1, 2], [5])
