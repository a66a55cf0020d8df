import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures import pls
from manyi.measures.errors import ColumnError, OptionError, TooFewError, WeightError

NAMES = {
    "IMAG": "image",
    "EXPE": "expectation",
    "QUAL": "quality",
    "VAL": "value",
    "SAT": "satisfaction",
    "LOY": "loyalty",
}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(test_data):
    return test_data / "measures"


@pytest.fixture
def bank(folder):
    """The bank survey, and the European model without complaints on it."""
    data = rows(folder / "satisfaction.csv")
    answers = {name: np.array([float(row[name]) for row in data]) for name in data[0] if name[-1:].isdigit()}
    blocks = {long: [c for c in answers if c.startswith(short.lower())] for short, long in NAMES.items()}
    return answers, blocks


def effect_names(row):
    return NAMES[row["from"]], NAMES[row["to"]]


@pytest.mark.reference
def test_paths_effects_and_r2_of_the_bank_survey(bank, folder):
    answers, blocks = bank
    found = pls.fit(answers, pls.Model.ecsi(blocks), scheme="centroid", metric="covariance")
    for row in rows(folder / "satisfaction.effects.csv"):
        pair = effect_names(row)
        assert found.paths.get(pair, 0.0) == pytest.approx(float(row["direct"]), abs=1e-6)
        assert found.total_effects[pair] == pytest.approx(float(row["total"]), abs=1e-6)
    assert len(found.total_effects) == len(rows(folder / "satisfaction.effects.csv"))
    expected = {
        "expectation": 0.335194,
        "quality": 0.719688,
        "value": 0.590084,
        "satisfaction": 0.707321,
        "loyalty": 0.509923,
    }
    assert found.r2 == pytest.approx(expected, abs=1e-6)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("scheme", "file"),
    [
        ("centroid", "satisfaction.outer-model.csv"),
        ("path", "satisfaction.outer-model-path.csv"),
        ("factorial", "satisfaction.outer-model-factorial.csv"),
    ],
)
def test_weights_and_loadings_of_the_bank_survey_by_each_scheme(bank, folder, scheme, file):
    answers, blocks = bank
    found = pls.fit(answers, pls.Model.ecsi(blocks), scheme=scheme, metric="covariance")
    for row in rows(folder / file):
        assert found.outer_weights[row["name"]] == pytest.approx(float(row["weight"]), abs=1e-6)
        assert found.loadings[row["name"]] == pytest.approx(float(row["loading"]), abs=1e-6)


@pytest.mark.reference
def test_cross_loadings_and_extracted_variance_of_the_bank_survey(bank, folder):
    answers, blocks = bank
    found = pls.fit(answers, pls.Model.ecsi(blocks), scheme="centroid", metric="covariance")
    for row in rows(folder / "satisfaction.crossloadings.csv"):
        for short, long in NAMES.items():
            assert found.cross_loadings[row["name"]][long] == pytest.approx(float(row[short]), abs=1e-6)
    for row in rows(folder / "satisfaction.inner-summary.csv"):
        assert found.reliability[NAMES[row[""]]].ave == pytest.approx(float(row["ave"]), abs=1e-6)


@pytest.mark.reference
def test_standardised_paths_of_the_bank_survey(bank):
    answers, blocks = bank
    found = pls.fit(answers, pls.Model.ecsi(blocks), scheme="centroid")
    into = [found.paths[source, "satisfaction"] for source in ("image", "expectation", "quality", "value")]
    assert into == pytest.approx([0.1833, 0.0072, 0.1389, 0.5821], abs=5.1e-5)
    assert found.r2["satisfaction"] == pytest.approx(0.7032, abs=5.1e-5)


@pytest.mark.reference
def test_constructs_formed_by_their_items(bank, folder):
    answers, blocks = bank
    modes = dict.fromkeys(blocks, "B")
    found = pls.fit(answers, pls.Model.ecsi(blocks, modes), scheme="centroid", metric="covariance")
    for row in rows(folder / "satisfaction.modeb.inner-summary.csv"):
        name = NAMES[row[""]]
        if name in found.r2:
            assert found.r2[name] == pytest.approx(float(row["r_squared"]), abs=1e-4)
        communality = np.mean([found.loadings[c] ** 2 for c in blocks[name]])
        assert communality == pytest.approx(float(row["block_communality"]), abs=1e-4)
    assert math.isnan(found.reliability["image"].ave)


@pytest.mark.reference
def test_standardised_alphas_of_the_bank_survey(bank, folder):
    answers, blocks = bank
    found = pls.fit(answers, pls.Model.ecsi(blocks))
    for row in rows(folder / "satisfaction_unidim.csv"):
        name = NAMES[row[""]]
        assert found.reliability[name].alpha_std == pytest.approx(float(row["cronbach_alpha"]), abs=1e-9)


@pytest.mark.reference
def test_bootstrap_agrees_with_the_published_one_within_its_own_noise(bank, folder):
    answers, blocks = bank
    found = pls.fit(
        answers, pls.Model.ecsi(blocks), scheme="centroid", metric="covariance", bootstrap=2000, seed=1
    )
    assert found.failed == 0
    for row in rows(folder / "satisfaction_boot_paths.csv"):
        a, b = (NAMES[name] for name in row[""].split(" -> "))
        interval = found.intervals["paths"][a, b]
        published = float(row["std.error"])
        assert interval.value == pytest.approx(float(row["original"]), abs=1e-6)
        # the published standard errors come from 200 replicates or so: relative noise 1/√400
        assert interval.se == pytest.approx(published, rel=0.25)
        assert interval.mean == pytest.approx(float(row["mean"]), abs=0.3 * published)


def test_index_of_a_construct_is_its_weighted_mean_on_0_to_100(bank):
    answers, blocks = bank
    found = pls.fit(answers, pls.Model.ecsi(blocks), scale=(0, 10))
    for name, block in blocks.items():
        w = np.array([found.outer_weights[c] / answers[c].std() for c in block])
        w /= w.sum()
        composite = sum(wi * answers[c] for wi, c in zip(w, block, strict=True))
        index = found.index[name]
        assert index.score == pytest.approx(composite.mean() * 10, abs=1e-9)
        assert index.se == pytest.approx(composite.std(ddof=1) / math.sqrt(250) * 10, abs=1e-9)
        assert list(index.weights.values()) == pytest.approx(w.tolist())
        assert index.low < index.score < index.high


# --- known truth


def latent(n, rng, noise=0.6, paths=(0.6, 0.5, 0.3)):
    """quality → value → satisfaction, quality → satisfaction; three items each, on about 1 to 10."""
    a, b, c = paths
    quality = rng.normal(size=n)
    value = a * quality + math.sqrt(1 - a * a) * rng.normal(size=n)
    satisfaction = b * value + c * quality + 0.5 * rng.normal(size=n)
    return {
        f"{name}{k}": 6 + 1.5 * (score + noise * rng.normal(size=n))
        for name, score in (("q", quality), ("v", value), ("s", satisfaction))
        for k in (1, 2, 3)
    }


BLOCKS = {"quality": ["q1", "q2", "q3"], "value": ["v1", "v2", "v3"], "satisfaction": ["s1", "s2", "s3"]}
MODEL = pls.Model(BLOCKS, [("quality", "value"), ("value", "satisfaction"), ("quality", "satisfaction")])


def by_lohmoeller(answers, scheme):
    """The textbook iteration on scores of respondents, for mode A with standardised data."""
    names = list(BLOCKS)
    x = {name: np.column_stack([answers[c] for c in BLOCKS[name]]) for name in names}
    x = {name: (block - block.mean(0)) / block.std(0) for name, block in x.items()}
    w = {name: np.ones(3) for name in names}
    for _ in range(500):
        y = {name: (s := x[name] @ w[name]) / s.std() for name in names}
        for name in names:
            proxy = np.zeros(len(y[name]))
            before = [a for a, b in MODEL.paths if b == name]
            for other in [b for a, b in MODEL.paths if a == name]:
                r = np.corrcoef(y[name], y[other])[0, 1]
                proxy += y[other] * (np.sign(r) if scheme == "centroid" else r)
            if scheme == "path" and before:
                z = np.column_stack([y[a] for a in before])
                proxy += z @ np.linalg.lstsq(z, y[name], rcond=None)[0]
            else:
                for other in before:
                    r = np.corrcoef(y[name], y[other])[0, 1]
                    proxy += y[other] * (np.sign(r) if scheme == "centroid" else r)
            w[name] = x[name].T @ proxy / len(proxy)
    y = {name: (s := x[name] @ w[name]) / s.std() for name in names}
    paths = {}
    for name in names:
        before = [a for a, b in MODEL.paths if b == name]
        if before:
            z = np.column_stack([y[a] for a in before])
            for a, beta in zip(before, np.linalg.lstsq(z, y[name], rcond=None)[0], strict=True):
                paths[a, name] = beta
    return paths


@pytest.mark.parametrize("scheme", ["path", "centroid", "factorial"])
def test_working_on_the_matrix_equals_working_on_scores(scheme):
    answers = latent(300, np.random.default_rng(5))
    found = pls.fit(answers, MODEL, scheme=scheme)
    assert found.paths == pytest.approx(by_lohmoeller(answers, scheme), abs=1e-6)


def test_known_paths_are_recovered_when_items_are_nearly_free_of_noise():
    found = pls.fit(latent(20_000, np.random.default_rng(1), noise=0.05), MODEL)
    sd = math.sqrt(0.5**2 + 0.3**2 + 2 * 0.5 * 0.3 * 0.6 + 0.25)
    assert found.paths["quality", "value"] == pytest.approx(0.6, abs=0.02)
    assert found.paths["value", "satisfaction"] == pytest.approx(0.5 / sd, abs=0.02)
    assert found.paths["quality", "satisfaction"] == pytest.approx(0.3 / sd, abs=0.02)


def test_bootstrap_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(3)
    truth = pls.fit(latent(200_000, rng), MODEL).paths["value", "satisfaction"]
    hits = 0
    for trial in range(120):
        found = pls.fit(latent(150, rng), MODEL, bootstrap=200, seed=trial)
        interval = found.intervals["paths"]["value", "satisfaction"]
        hits += interval.low <= truth <= interval.high
    assert abs(hits / 120 - 0.95) < 3.5 * math.sqrt(0.95 * 0.05 / 120)


def test_bootstrap_samples_in_pieces_have_the_same_distribution(monkeypatch):
    from manyi.measures.pls import sums

    answers = latent(3000, np.random.default_rng(2))
    whole = pls.fit(answers, MODEL, bootstrap=400, seed=1)
    monkeypatch.setattr(sums, "CHUNK_BYTES", 300_000)
    pieces = pls.fit(answers, MODEL, bootstrap=400, seed=1)
    for key, interval in whole.intervals["paths"].items():
        assert pieces.intervals["paths"][key].se == pytest.approx(interval.se, rel=0.25)
        assert pieces.intervals["paths"][key].mean == pytest.approx(interval.mean, abs=interval.se / 3)


def test_a_replicate_equals_fitting_the_rows_it_drew():
    from manyi.measures.pls import sums
    from manyi.measures.pls.algorithm import Plan, iterate, regress

    answers = latent(80, np.random.default_rng(9))
    x = np.column_stack([answers[c] for c in MODEL.columns])
    items = sums.Items.of(x, None)
    drawn = np.random.default_rng(4).integers(0, 80, 80)
    again = {c: x[drawn, i] for i, c in enumerate(MODEL.columns)}
    counts = np.bincount(drawn, minlength=80).astype(float)
    total = sums._products(items, slice(0, 80), "mean").T @ counts[:, None]
    found = sums._covariances(total, x.shape[1], "mean")
    d = np.sqrt(np.einsum("iib->ib", found.matrix))
    solution = iterate(found.matrix / (d[:, None] * d[None]), Plan.of(MODEL), "path")
    paths, _ = regress(solution.correlations, Plan.of(MODEL))
    fresh = pls.fit(again, MODEL).paths
    assert abs(paths[0, 1, 0]) == pytest.approx(abs(fresh["quality", "value"]), abs=1e-6)


# --- invariants


@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
def test_unit_shift_and_order_of_rows_do_not_matter(seed, factor, shift):
    rng = np.random.default_rng(seed)
    answers = latent(120, rng)
    found = pls.fit(answers, MODEL)
    order = rng.permutation(120)
    moved = {c: v[order] * (factor if c == "q2" else 1) + shift for c, v in answers.items()}
    again = pls.fit(moved, MODEL)
    assert again.paths == pytest.approx(found.paths, abs=1e-6)
    assert again.loadings == pytest.approx(found.loadings, abs=1e-6)


@given(st.integers(0, 1000))
def test_turning_all_items_of_a_construct_turns_its_paths(seed):
    answers = latent(120, np.random.default_rng(seed))
    found = pls.fit(answers, MODEL)
    turned = pls.fit(answers | {c: -answers[c] for c in BLOCKS["quality"]}, MODEL)
    assert turned.paths["quality", "value"] == pytest.approx(-found.paths["quality", "value"], abs=1e-6)
    assert turned.paths["value", "satisfaction"] == pytest.approx(
        found.paths["value", "satisfaction"], abs=1e-6
    )


@given(st.integers(0, 1000))
def test_a_row_twice_counts_like_weight_two(seed):
    answers = latent(100, np.random.default_rng(seed))
    twice = {c: np.append(v, v[:7]) for c, v in answers.items()}
    weighted = pls.fit(answers, MODEL, weights=[2.0] * 7 + [1.0] * 93)
    found = pls.fit(twice, MODEL)
    assert found.paths == pytest.approx(weighted.paths, abs=1e-6)
    assert found.index["value"].score is not None
    scale = (-20, 30)
    one = pls.fit(twice, MODEL, scale=scale).index["value"].score
    assert pls.fit(answers, MODEL, weights=[2.0] * 7 + [1.0] * 93, scale=scale).index[
        "value"
    ].score == pytest.approx(one)


def test_the_same_seed_gives_the_same_intervals_and_a_missing_seed_is_recorded():
    answers = latent(100, np.random.default_rng(1))
    one = pls.fit(answers, MODEL, bootstrap=100)
    two = pls.fit(answers, MODEL, bootstrap=100, seed=one.seed)
    assert one.intervals == two.intervals


def test_weighted_bootstrap_follows_the_weights():
    rng = np.random.default_rng(6)
    answers = latent(400, rng)
    weights = np.r_[np.full(200, 5.0), np.full(200, 0.1)]
    found = pls.fit(answers, MODEL, weights=weights, bootstrap=300, seed=2)
    half = pls.fit({c: v[:200] for c, v in answers.items()}, MODEL)
    assert found.paths["quality", "value"] == pytest.approx(half.paths["quality", "value"], abs=0.03)
    interval = found.intervals["paths"]["quality", "value"]
    assert interval.mean == pytest.approx(interval.value, abs=interval.se)


# --- robustness


def test_single_item_constructs_have_a_loading_of_one_and_no_alpha():
    answers = latent(120, np.random.default_rng(1))
    model = pls.Model({"quality": ["q1"], "satisfaction": ["s1", "s2"]}, [("quality", "satisfaction")])
    found = pls.fit(answers, model, bootstrap=50, seed=1)
    assert found.loadings["q1"] == pytest.approx(1)
    assert math.isnan(found.reliability["quality"].alpha)
    assert math.isnan(found.htmt["quality", "satisfaction"])
    assert found.failed == 0


def test_an_item_that_is_constant_in_some_replicates_does_not_break_them():
    answers = latent(100, np.random.default_rng(1))
    answers["q3"] = np.r_[1.0, np.zeros(99)]
    found = pls.fit(answers, MODEL, bootstrap=200, seed=1)
    assert found.failed == 0
    assert all(math.isfinite(i.se) for i in found.intervals["paths"].values())


def test_replicates_of_a_construct_without_variance_are_left_out_and_counted():
    answers = latent(100, np.random.default_rng(1))
    answers["x"] = np.r_[1.0, np.zeros(99)]
    model = pls.Model({"odd": ["x"], "value": BLOCKS["value"]}, [("odd", "value")])
    found = pls.fit(answers, model, bootstrap=300, seed=1)
    assert 70 < found.failed < 150  # (1 − 1/100)^100 = 37 %
    assert any("could not be estimated" in str(w) for w in found.warnings)


def test_predecessors_that_say_the_same_are_reported():
    answers = latent(200, np.random.default_rng(1))
    answers |= {"d1": answers["q1"], "e1": answers["q1"]}
    model = pls.Model({"a": ["d1"], "b": ["e1"], "s": ["s1"]}, [("a", "s"), ("b", "s")])
    found = pls.fit(answers, model, bootstrap=20, seed=1)
    assert any("says the same thing twice" in str(w) for w in found.warnings)
    assert math.isfinite(found.paths["a", "s"])
    assert found.r2["s"] == pytest.approx(np.corrcoef(answers["q1"], answers["s1"])[0, 1] ** 2)


@pytest.mark.parametrize("missing", ["mean", "pairwise"])
def test_missing_answers_are_bridged(missing):
    rng = np.random.default_rng(8)
    answers = latent(2000, rng)
    full = pls.fit(answers, MODEL)
    for c in answers:
        answers[c][rng.random(2000) < 0.1] = np.nan
    found = pls.fit(answers, MODEL, missing=missing, bootstrap=100, seed=1)
    assert found.paths == pytest.approx(full.paths, abs=0.06)
    assert found.failed == 0
    for key, interval in found.intervals["paths"].items():
        assert interval.mean == pytest.approx(found.paths[key], abs=0.02)
    assert any("missing answers" in str(w) for w in found.warnings)


def test_pairwise_without_gaps_is_the_same_as_mean():
    answers = latent(100, np.random.default_rng(8))
    assert pls.fit(answers, MODEL, missing="pairwise").paths == pls.fit(answers, MODEL).paths


def test_respondents_without_any_answer_do_not_count():
    answers = {c: np.append(v, np.nan) for c, v in latent(100, np.random.default_rng(8)).items()}
    assert pls.fit(answers, MODEL).n == 100


def test_a_negative_weight_forbids_the_index():
    rng = np.random.default_rng(1)
    answers = latent(300, rng)
    answers["q3"] = 12 - answers["q1"] + 0.3 * rng.normal(size=300)
    found = pls.fit(answers, MODEL)
    assert found.index["quality"].score is None
    assert found.index["value"].score is not None
    assert any("negative weight" in str(w) for w in found.warnings)


def test_pandas_columns_and_frames_out(bank):
    pd = pytest.importorskip("pandas")
    answers, blocks = bank
    found = pls.fit(pd.DataFrame(answers), pls.Model.ecsi(blocks), bootstrap=50, seed=1)
    for what in (
        "paths", "total_effects", "r2", "loadings", "outer_weights", "cross_loadings", "correlations",
        "fornell_larcker", "index", "reliability", "htmt",
    ):  # fmt: skip
        assert len(found.to_frame(what)) >= 5
    frame = found.to_frame("fornell_larcker")
    assert frame.loc["value", "value"] == pytest.approx(found.reliability["value"].ave ** 0.5)
    assert frame.loc["value", "image"] == frame.loc["image", "value"]
    assert found.to_frame("paths").loc[("image", "loyalty"), "se"] > 0
    with pytest.raises(OptionError, match="no table 'x'"):
        found.to_frame("x")


def test_few_respondents_are_refused_or_warned_of():
    with pytest.raises(TooFewError, match="needs 50 respondents; there are 49"):
        pls.fit(latent(49, np.random.default_rng(1)), MODEL)
    found = pls.fit(latent(60, np.random.default_rng(1)), MODEL)
    assert any("60 respondents are few: paths weaker than 0.32" in str(w) for w in found.warnings)
    assert not any(
        "are few" in str(w) for w in pls.fit(latent(155, np.random.default_rng(1)), MODEL).warnings
    )


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({"q1": None}, {}, ColumnError, "Column 'q1' is not in the data"),
        ({"q1": np.ones(100)}, {}, ColumnError, "Column 'q1' has the same answer from everybody"),
        ({"q1": np.full(100, np.nan)}, {}, ColumnError, "Column 'q1' has no answers"),
        ({"q1": np.r_[np.inf, np.ones(99)]}, {}, ColumnError, "Column 'q1' holds an infinite value"),
        ({"q2": np.ones(5)}, {}, ColumnError, "Column 'q2' has 5 rows, not 100"),
        ({"q2": ["x"] * 100}, {}, ColumnError, "Column 'q2' holds 'x' in row 1"),
        ({}, {"scale": (0, 5)}, ColumnError, "outside its scale 0 to 5"),
        ({}, {"scale": (5, 5)}, OptionError, "must rise"),
        ({}, {"scale": {"quality": (0, 20)}}, OptionError, "no scale for the construct 'value'"),
        ({}, {"scheme": "other"}, OptionError, "scheme is 'other'"),
        ({}, {"metric": "other"}, OptionError, "metric is 'other'"),
        ({}, {"missing": "other"}, OptionError, "missing is 'other'"),
        ({}, {"bootstrap": -1}, OptionError, "bootstrap must be zero or more"),
        ({}, {"weights": [1]}, WeightError, "1 weights for 100 rows"),
    ],
)
def test_bad_input_is_named(change, options, error, message):
    answers = latent(100, np.random.default_rng(1)) | change
    answers = {c: v for c, v in answers.items() if v is not None}
    with pytest.raises(error, match=message):
        pls.fit(answers, MODEL, **options)
