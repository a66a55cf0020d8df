"""What follows from a fit, against plspm's published output and against regressions on the scores themselves."""

import numpy as np
import pytest

from manyi.measures import pls

from .test_fitting import bank, effect_names, folder, rows  # noqa: F401 - fixtures


@pytest.fixture
def found(bank):  # noqa: F811
    answers, blocks = bank
    return pls.fit(answers, pls.Model.ecsi(blocks), scheme="centroid", metric="covariance"), answers


def explained(x, y):
    x = np.column_stack([np.ones(len(y)), *x])
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return 1 - residual.var() / y.var()


@pytest.mark.reference
def test_indirect_effects_of_the_bank_survey(found, folder):  # noqa: F811
    fit, _ = found
    indirect = pls.indirect_effects(fit)
    for row in rows(folder / "satisfaction.effects.csv"):
        assert indirect.get(effect_names(row), 0.0) == pytest.approx(float(row["indirect"]), abs=1e-6)


@pytest.mark.reference
def test_scores_of_the_bank_survey(found, folder):  # noqa: F811
    fit, answers = found
    scores = pls.construct_scores(fit, answers)
    published = rows(folder / "satisfaction.scores.csv")
    for name, column in zip(fit.model.constructs, published[0], strict=True):
        theirs = np.array([float(row[column]) for row in published])
        assert np.corrcoef(scores[name], theirs)[0, 1] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("metric", ["standardised", "covariance"])
def test_effect_sizes_and_collinearity_equal_regressions_on_the_scores(bank, metric):  # noqa: F811
    answers, blocks = bank
    fit = pls.fit(answers, pls.Model.ecsi(blocks), metric=metric)
    scores = pls.construct_scores(fit, answers)
    assert all(s.var() == pytest.approx(1) for s in scores.values())
    for (a, b), f2 in pls.f_squared(fit).items():
        sources = fit.model.predecessors(b)
        others = [scores[name] for name in sources if name != a]
        whole = explained([scores[name] for name in sources], scores[b])
        part = explained(others, scores[b]) if others else 0.0
        assert f2 == pytest.approx((whole - part) / (1 - whole), abs=1e-6)
        vif = 1 / (1 - explained(others, scores[a])) if others else 1.0
        assert pls.inner_vif(fit)[a, b] == pytest.approx(vif, abs=1e-6)


def test_adjusted_r2_by_hand(found):
    fit, _ = found
    assert pls.r2_adjusted(fit)["satisfaction"] == pytest.approx(
        1 - (1 - fit.r2["satisfaction"]) * 249 / (249 - 4)
    )


def test_item_collinearity_equals_regressions_on_the_other_items(found):
    fit, answers = found
    for columns in fit.model.blocks.values():
        for column in columns:
            others = [answers[c] for c in columns if c != column]
            assert fit.item_vif[column] == pytest.approx(1 / (1 - explained(others, answers[column])))


def test_an_item_that_repeats_another_has_infinite_collinearity():
    assert np.isinf(pls.item_vif(np.ones((2, 2)))).all()


def test_residual_correlations_are_near_zero_where_the_model_is_true_and_not_where_it_is_false():
    rng = np.random.default_rng(2)
    n = 4000
    a = rng.normal(size=n)
    b = 0.6 * a + 0.8 * rng.normal(size=n)
    data = {f"a{k}": a + 0.2 * rng.normal(size=n) for k in range(3)}
    data |= {f"b{k}": b + 0.2 * rng.normal(size=n) for k in range(3)}
    right = pls.Model({"A": ["a0", "a1", "a2"], "B": ["b0", "b1", "b2"]}, [("A", "B")])
    wrong = pls.Model({"A": ["a0", "a1", "b2"], "B": ["b0", "b1", "a2"]}, [("A", "B")])
    assert pls.fit(data, right).srmr < 0.02
    assert pls.fit(data, wrong).srmr > 0.15
