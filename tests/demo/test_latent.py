"""The sample shows what its model says: drivers, trend, weak branch, weak point."""

import numpy as np
import pytest

from manyi.demo import latent
from manyi.demo.model import latent_model
from manyi.measures import compare, drivers, index, kano, pls, servqual, shares
from manyi.surveys.industry import template
from manyi.surveys.models import TreeVersion

N = 1200


def people(rng: np.random.Generator, n: int = N) -> latent.People:
    return latent.People(
        unit=rng.choice(latent.UNITS, n), segment=rng.choice(latent.SEGMENTS, n),
        tier=rng.choice(latent.TIERS, n, p=[0.1, 0.2, 0.4, 0.3]), bond=rng.standard_normal(n),
    )  # fmt: skip


@pytest.fixture(scope="module")
def waves() -> list[tuple[latent.People, latent.Drawn]]:
    rng = np.random.default_rng(7)
    found = []
    for period in range(3):
        asked = people(rng)
        found.append((asked, latent.draw(asked, period=period, rng=rng)))
    return found


def dimension(drawn: latent.Drawn, code: str, where: np.ndarray | slice = slice(None)) -> object:
    tree = template("manufacturing").tree
    result = index.score(tree, {column: values[where] for column, values in drawn.answers.items()})
    return next(node for node in result.nodes if node.code == code).estimate


def test_the_same_seed_gives_the_same_answers() -> None:
    drawn = [
        latent.draw(people(np.random.default_rng(3), 50), period=1, rng=np.random.default_rng(4))
        for _ in "ab"
    ]
    for column, values in drawn[0].answers.items():
        np.testing.assert_array_equal(values, drawn[1].answers[column])


def test_every_item_of_the_tree_is_answered_on_its_scale(
    waves: list[tuple[latent.People, latent.Drawn]],
) -> None:
    answers = waves[0][1].answers
    tree = template("manufacturing").tree
    columns = {leaf["column"] for top in tree["tree"] for leaf in top["children"]}
    assert columns <= set(answers)
    for column, values in answers.items():
        known = values[~np.isnan(values)]
        assert known.min() >= (0 if column == "nps" else 1)
        assert known.max() <= (10 if column == "nps" else 5)
    assert 0.08 < np.isnan(answers["urgent"]).mean() < 0.16


def test_service_drives_satisfaction_most_and_cooperation_least(
    waves: list[tuple[latent.People, latent.Drawn]],
) -> None:
    drawn = waves[2][1]
    tree = template("manufacturing").tree
    means = {
        top["code"]: np.nanmean([drawn.answers[leaf["column"]] for leaf in top["children"]], axis=0)
        for top in tree["tree"]
    }
    found = drivers.shapley(means, drawn.answers["csat"])
    order = sorted(found.shares, key=lambda name: -found.shares[name])
    assert order[0] == "service"
    assert order[-1] == "cooperation"
    assert 0.4 < found.r2 < 0.9


def test_satisfaction_follows_its_paths(waves: list[tuple[latent.People, latent.Drawn]]) -> None:
    drawn = waves[0][1].constructs
    causes = [cause for cause, effect in latent.PATHS if effect == "satisfaction"]
    x = np.column_stack([np.ones(N), *(drawn[cause] for cause in causes)])
    estimated = np.linalg.lstsq(x, drawn["satisfaction"], rcond=None)[0][1:]
    known = [latent.PATHS[cause, "satisfaction"] for cause in causes]
    np.testing.assert_allclose(estimated, known, atol=0.06)


@pytest.mark.parametrize("period", [0, 1, 2])
def test_the_model_page_s_method_finds_the_paths(
    waves: list[tuple[latent.People, latent.Drawn]], period: int
) -> None:
    drawn = waves[period][1]
    spec = latent_model(TreeVersion(definition=template("manufacturing").tree))
    key = dict(
        zip(("expectation", *latent.DIMENSIONS, "value", "satisfaction", "loyalty"), spec.labels, strict=True)
    )
    fit = pls.fit(dict(drawn.answers), spec.model(), bootstrap=200, seed=1)
    z = {name: (values - values.mean()) / values.std() for name, values in drawn.constructs.items()}
    for effect in {effect for _cause, effect in latent.PATHS}:
        causes = [cause for cause, to in latent.PATHS if to == effect]
        known = np.linalg.lstsq(np.column_stack([z[cause] for cause in causes]), z[effect], rcond=None)[0]
        found = [fit.paths[key[cause], key[effect]] for cause in causes]
        # Answers are rounded and noisy, so composites find a little less than what is there.
        np.testing.assert_allclose(found, known, atol=0.15)
        assert all(fit.intervals["paths"][key[cause], key[effect]].low > 0 for cause in causes)
        if effect == "satisfaction":
            assert causes[int(np.argmax(found))] == "service"
            assert causes[int(np.argmin(found))] == "cooperation"


def test_features_are_of_the_quality_levels_that_were_drawn(
    waves: list[tuple[latent.People, latent.Drawn]],
) -> None:
    answers = latent.draw_topics(waves[2][1], rng=np.random.default_rng(8))
    for feature, tenths in latent.FEATURES.items():
        found = kano.classify(answers[f"{feature}__f"], answers[f"{feature}__d"])
        assert found.category == max(tenths, key=lambda category: tenths[category])
        for category, tenth in tenths.items():
            assert found.counts[category] / N == pytest.approx(tenth / 10, abs=0.05)


def test_service_falls_short_of_what_is_expected_by_the_known_gaps(
    waves: list[tuple[latent.People, latent.Drawn]],
) -> None:
    answers = latent.draw_topics(waves[2][1], rng=np.random.default_rng(8))
    sides = [
        {f"{dimension}{i}": answers[f"{dimension}{i}__{side}"] for dimension in latent.SERVICE_GAPS for i in (1, 2)}
        for side in "ep"
    ]  # fmt: skip
    found = servqual.gaps(*sides, {name: [f"{name}1", f"{name}2"] for name in latent.SERVICE_GAPS})
    for dimension, gap in latent.SERVICE_GAPS.items():
        assert found.dimensions[dimension].gap.value == pytest.approx(gap, abs=0.1)


def test_east_delivers_worst_and_better_in_the_last_wave(
    waves: list[tuple[latent.People, latent.Drawn]],
) -> None:
    def delivery(period: int, unit: str) -> object:
        asked, drawn = waves[period]
        return dimension(drawn, "delivery", asked.unit == unit)

    for period in range(3):
        gap = compare.means(delivery(period, "east"), delivery(period, "west"))
        assert gap.high < 0, "east is behind west"
    better = compare.means(delivery(2, "east"), delivery(1, "east"))
    assert better.low > 0
    south = compare.means(delivery(2, "south"), delivery(2, "west"))
    assert south.low > 0


def test_quality_rises_and_complaints_are_the_weak_point(
    waves: list[tuple[latent.People, latent.Drawn]],
) -> None:
    rise = compare.means(dimension(waves[2][1], "quality"), dimension(waves[0][1], "quality"))
    assert rise.low > 0
    leaves = {
        leaf["code"]: dimension(waves[2][1], leaf["code"]).value
        for top in template("manufacturing").tree["tree"] for leaf in top["children"]
    }  # fmt: skip
    assert min(leaves, key=leaves.__getitem__) == "complaint"


def test_recommendation_is_believable(waves: list[tuple[latent.People, latent.Drawn]]) -> None:
    found = shares.nps(waves[2][1].answers["nps"])
    assert 0 < found.value < 50


def test_some_are_hasty_and_some_tick_one_column(waves: list[tuple[latent.People, latent.Drawn]]) -> None:
    drawn = waves[0][1]
    assert 0.01 < (drawn.seconds < 40).mean() < 0.05
    assert 0.005 < drawn.careless.mean() < 0.05
    rows = np.column_stack([drawn.answers[column] for column in latent.ITEMS])[drawn.careless]
    assert (rows == rows[:, :1]).all()
