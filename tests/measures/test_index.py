import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from manyi.measures.errors import ColumnError, OptionError, TooFewError, WeightError
from manyi.measures.index import (
    CHUNK,
    IndexResult,
    Moments,
    contributions,
    from_moments,
    groups,
    item_scores,
    moments,
    respondent_scores,
    score,
)
from manyi.measures.tree import Node, Scale, Tree

NAN = math.nan


def item(code, weight=1.0, **more):
    return Node(code, {"en": code}, weight, column=code, **more)


def group(code, weight, *children):
    return Node(code, {"en": code}, weight, children)


TREE = Tree(
    {"en": "Index"},
    Scale(1, 5, missing=(0, 9)),
    (
        group("product", 60, item("p1", 2), item("p2", 1, reversed=True), item("p3", 1)),
        group("service", 40, item("s1", 1), item("s2", 3, scale=Scale(0, 10))),
    ),
)


def by_the_book(tree, answers, weights=None):
    """The definition read aloud, respondent by respondent, in two passes: {code: (mean, se, n)}."""
    rows = len(next(iter(answers.values())))
    weights = [1.0] * rows if weights is None else list(weights)
    scores = {place.code: [] for place in tree.nodes()}

    def value(node, row):
        if node.is_leaf:
            scale, x = tree.scale_of(node), answers[node.column][row]
            result = None
            if x is not None and not math.isnan(x) and x not in scale.missing:
                result = (x - scale.min) / (scale.max - scale.min) * 100
                result = 100 - result if node.reversed else result
        else:
            parts = [(child.weight, value(child, row)) for child in node.children]
            have = sum(w for w, s in parts if s is not None)
            total = sum(w for w, _ in parts)
            result = None
            if have >= total / 2 - 1e-9 * total and have > 0:
                result = sum(w * s for w, s in parts if s is not None) / have
        scores[node.code].append(result)
        return result

    for row in range(rows):
        value(tree.root, row)
    figures = {}
    for code, values in scores.items():
        pairs = [(w, s) for w, s in zip(weights, values, strict=True) if s is not None and w > 0]
        n, total = len(pairs), math.fsum(w for w, _ in pairs)
        mean = math.fsum(w * s for w, s in pairs) / total if n else None
        se = None
        if n > 1:
            se = math.sqrt(math.fsum((w * (s - mean)) ** 2 for w, s in pairs) * n / (n - 1)) / total
        figures[code] = (mean, se, n)
    return figures


def test_a_likert_mean_of_4_2_of_5_is_80():
    tree = Tree({"en": "x"}, Scale(1, 5), (item("q"),))
    assert score(tree, {"q": [4, 4, 4, 4, 5]}).index == pytest.approx(80.0, abs=1e-12)


def test_the_tree_may_come_as_the_file_has_it():
    answers = {"p1": [5, 3], "p2": [1, 5], "p3": [3, 9], "s1": [2, 4], "s2": [10, 1]}
    assert score(TREE.to_dict(), answers) == score(TREE, answers)


def test_hand_computed_index_with_missing_answers_reversed_items_and_weights():
    answers = {
        "p1": [5, 3, 0, 4],  # 100, 50, -, 75
        "p2": [1, 5, 2, NAN],  # reversed: 100, 0, 75, -
        "p3": [3, 9, 5, 5],  # 50, -, 100, 100
        "s1": [2, 4, NAN, 1],  # 25, 75, -, 0
        "s2": [10, NAN, 5, 0],  # scale 0-10: 100, -, 50, 0
    }
    # product (2:1:1): (200+100+50)/4 = 87.5; (100+0)/3 = 33.333; (75+100)/2 = 87.5 (exactly half);
    # (150+100)/3 = 83.333
    # service (1:3): (25+300)/4 = 81.25; only a quarter answered: none; (150)/3 = 50; 0
    # index (60:40): 85; 33.333 (60 % answered); 72.5; 50
    scores = respondent_scores(TREE, answers)
    assert scores["product"] == pytest.approx([87.5, 100 / 3, 87.5, 250 / 3])
    assert scores["service"] == pytest.approx([81.25, NAN, 50, 0], nan_ok=True)
    assert scores["index"] == pytest.approx([85, 100 / 3, 72.5, 50])

    result = score(TREE, answers, weights=[1, 2, 1, 4])
    mean = (85 + 2 * 100 / 3 + 72.5 + 4 * 50) / 8
    squares = (85 - mean) ** 2 + 4 * (100 / 3 - mean) ** 2 + (72.5 - mean) ** 2 + 16 * (50 - mean) ** 2
    se = math.sqrt(squares * 4 / 3) / 8
    root = result.root
    assert result.index == pytest.approx(mean, abs=1e-12)
    assert (result.n, root.level, root.weight) == (4, 1, 1.0)
    assert root.se == pytest.approx(se, abs=1e-12)
    assert root.ci_low == pytest.approx(mean - norm.ppf(0.975) * se, abs=1e-9)
    assert root.ci_high == pytest.approx(mean + norm.ppf(0.975) * se, abs=1e-9)
    assert root.n_eff == pytest.approx(64 / 22)
    assert root.deff == pytest.approx(4 * 22 / 64)
    assert result.node("service").n == 3
    assert result.node("service").score == pytest.approx((81.25 + 50 + 0) / 6)
    assert result.node("s2").weight == pytest.approx(0.75)
    assert result.node("s2").effective_weight == pytest.approx(0.3)


def test_a_parent_is_the_mean_over_respondents_not_of_its_childrens_means():
    tree = Tree({"en": "x"}, Scale(0, 100), (item("a"), item("b")))
    result = score(tree, {"a": [100, 100, 0], "b": [NAN, NAN, 0]})
    assert result.index == pytest.approx(200 / 3)
    assert (result.node("a").score + result.node("b").score) / 2 == pytest.approx(100 / 3)


def test_half_of_the_weight_is_enough_and_less_is_not():
    tree = Tree({"en": "x"}, Scale(0, 100), (item("a", 0.1), item("b", 0.2), item("c", 0.3)))
    scores = respondent_scores(tree, {"a": [10, 10], "b": [40, NAN], "c": [NAN, NAN]})
    assert scores["index"] == pytest.approx([30, NAN], nan_ok=True)  # .1 + .2 is .30000000000000004 in floats


def test_the_half_rule_holds_at_every_level():
    tree = Tree({"en": "x"}, Scale(0, 100), (group("g", 3, item("a"), item("b"), item("c")), item("d", 2)))
    scores = respondent_scores(tree, {"a": [60], "b": [NAN], "c": [NAN], "d": [80]})
    assert np.isnan(scores["g"][0])  # a third of the group
    assert np.isnan(scores["index"][0])  # two fifths of the index


def test_a_child_of_weight_zero_is_scored_but_does_not_count():
    tree = Tree({"en": "x"}, Scale(0, 100), (item("a", 1), item("b", 0)))
    result = score(tree, {"a": [60, NAN], "b": [0, 100]})
    assert (result.index, result.n, result.node("b").score) == (60.0, 1, 50.0)


def test_nobody_answered_gives_no_score_and_one_answer_no_interval():
    tree = Tree({"en": "x"}, Scale(1, 5), (item("a"), item("b", 0)))
    result = score(tree, {"a": [3], "b": [NAN]})
    nothing, one = result.node("b"), result.node("a")
    assert (nothing.score, nothing.n, nothing.n_eff, nothing.deff, nothing.se) == (None, 0, None, None, None)
    assert (one.score, one.n, one.ci_low, one.ci_high, one.se) == (50.0, 1, None, None, None)
    empty = score(tree, {"a": [], "b": []})
    assert (empty.index, empty.n) == (None, 0)


def test_the_interval_stays_within_the_scale_and_unanimity_has_none_to_spare():
    tree = Tree({"en": "x"}, Scale(0, 10), (item("a"),))
    wide = score(tree, {"a": [0, 10]}).root
    assert (wide.ci_low, wide.ci_high) == (0.0, 100.0)
    same = score(tree, {"a": [8.1] * 1000}, np.linspace(0.1, 3, 1000)).root
    assert same.se == 0.0
    assert same.ci_low == same.ci_high == same.score == pytest.approx(81)


def test_low_base_below_thirty():
    tree = Tree({"en": "x"}, Scale(0, 10), (item("a"),))
    assert score(tree, {"a": [5] * 29}).low_base
    assert not score(tree, {"a": [5] * 30}).low_base


def test_respondents_of_weight_zero_do_not_count():
    answers = {"p1": [5, 1], "p2": [1, 5], "p3": [5, 1], "s1": [5, 1], "s2": [10, 0]}
    result = score(TREE, answers, [2, 0])
    assert (result.index, result.n) == (100.0, 1)


@pytest.mark.parametrize(
    "kind", ["float64", "float32", "int8", "int64", "uint8", "object", "Int64", "string"]
)
def test_any_kind_of_column_gives_the_same_scores(kind):
    pd = pytest.importorskip("pandas")
    raw = {"p1": [5, 3, 0], "p2": [1, 5, 2], "p3": [3, 9, 5], "s1": [2, 4, 0], "s2": [10, 1, 5]}
    frame = pd.DataFrame(raw)
    given_ = frame.astype("string").astype(object) if kind == "string" else frame.astype(kind)
    assert score(TREE, given_).to_dict() == score(TREE, raw).to_dict()


def test_pandas_missing_values_are_missing():
    pd = pytest.importorskip("pandas")
    tree = Tree({"en": "x"}, Scale(1, 5), (item("a"),))
    frame = pd.DataFrame({"a": pd.array([5, None, 1], dtype="Int64")})
    assert (score(tree, frame).index, score(tree, frame).n) == (50.0, 2)


def test_the_answers_are_not_changed():
    answers = {c: np.array([1.0, 5.0, 0.0, NAN]) for c in TREE.columns()}
    answers["s2"] = np.array([1.0, 5.0, 0.0, NAN])
    before = {c: a.copy() for c, a in answers.items()}
    score(TREE, answers)
    item_scores(TREE, answers)
    assert all(np.array_equal(before[c], answers[c], equal_nan=True) for c in answers)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"p1": [5, 7]},
            "Column 'p1' holds 7 in row 2, outside its scale 1 to 5 and not one of its missing codes.",
        ),
        (
            {"s2": [-1, 7]},
            "Column 's2' holds -1 in row 1, outside its scale 0 to 10 and not one of its missing codes.",
        ),
        (
            {"p2": [math.inf, 0]},
            "Column 'p2' holds inf in row 1, outside its scale 1 to 5 and not one of its missing codes.",
        ),
        ({"p3": ["5", "often"]}, "Column 'p3' holds 'often' in row 2, which is not a number."),
        ({"p3": [5]}, "Column 'p3' has 1 rows but column 'p1' has 2."),
        ({"p3": [[5, 5]]}, "Column 'p3' must be a list of single values, not of shape (1, 2)."),
    ],
)
def test_a_bad_column_is_named_with_its_value(change, message):
    answers = {"p1": [5, 5], "p2": [5, 5], "p3": [5, 5], "s1": [5, 5], "s2": [5, 5]} | change
    with pytest.raises(ColumnError) as caught:
        score(TREE, answers)
    assert str(caught.value) == message


def test_the_row_is_right_beyond_the_first_chunk():
    tree = Tree({"en": "x"}, Scale(1, 5), (item("a"),))
    values = np.ones(CHUNK + 10)
    values[CHUNK + 4] = 6
    with pytest.raises(ColumnError, match=f"in row {CHUNK + 5},"):
        score(tree, {"a": values})


def test_a_missing_column_is_named_with_its_node():
    with pytest.raises(ColumnError, match="Column 'p1', needed for 'p1', is not in the answers"):
        score(TREE, {})


@pytest.mark.parametrize("weights", [[1], [1, -1], [1, NAN], [1, math.inf], [0, 0], ["a", 1]])
def test_unusable_weights_are_refused(weights):
    tree = Tree({"en": "x"}, Scale(1, 5), (item("a"),))
    with pytest.raises(WeightError):
        score(tree, {"a": [1, 2]}, weights)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, NAN])
def test_confidence_must_be_a_probability(confidence):
    tree = Tree({"en": "x"}, Scale(1, 5), (item("a"),))
    with pytest.raises(OptionError, match="confidence must lie between 0 and 1"):
        score(tree, {"a": [1, 2]}, confidence=confidence)


def test_errors_survive_a_job_queue():
    error = ColumnError("Column '{column}' is odd.", column="{q}")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.params) == ("Column '{q}' is odd.", {"column": "{q}"})


# --- sums

five_items = st.integers(1, 40).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            c: st.lists(st.sampled_from([0, 1, 2, 3, 3.7, 4, 5, 9, NAN]), min_size=n, max_size=n)
            for c in ("p1", "p2", "p3", "s1")
        }
        | {"s2": st.lists(st.sampled_from([0, 1, 5, 6.3, 10, NAN]), min_size=n, max_size=n)}
    )
)
some_weights = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 100)), min_size=40, max_size=40)


def weights_for(answers, weights):
    weights = np.array(weights[: len(answers["p1"])])
    return weights if weights.any() else None


@given(five_items, some_weights)
def test_scores_equal_the_definition_computed_in_two_passes(answers, weights):
    weights = weights_for(answers, weights)
    expected = by_the_book(TREE, answers, weights)
    for node in score(TREE, answers, weights).nodes:
        mean, se, n = expected[node.code]
        assert node.n == n
        assert node.score == (None if mean is None else pytest.approx(mean, abs=1e-9))
        assert node.se == (None if se is None else pytest.approx(se, abs=1e-6 if se < 0.01 else 1e-9))


@given(five_items, some_weights, st.integers(0, 40))
def test_sums_of_parts_add_up_to_the_sums_of_the_whole(answers, weights, cut):
    weights = np.array(weights[: len(answers["p1"])]) + 0.1
    head = moments(TREE, {c: v[:cut] for c, v in answers.items()}, weights[:cut])
    tail = moments(TREE, {c: v[cut:] for c, v in answers.items()}, weights[cut:])
    together = from_moments(TREE, {code: head[code] + tail[code] for code in head})
    for node, whole in zip(together.nodes, score(TREE, answers, weights).nodes, strict=True):
        assert node.n == whole.n
        assert (node.score or 0) == pytest.approx(whole.score or 0, abs=1e-9)
        assert (node.se or 0) == pytest.approx(whole.se or 0, abs=1e-6)


def test_large_samples_lose_no_digits():
    rng = np.random.default_rng(7)
    scores = rng.normal(96, 0.5, 300_000).clip(0, 100)
    weights = rng.uniform(1e-3, 1e4, scores.size)
    mean = np.average(scores, weights=weights)
    n = scores.size
    se = math.sqrt(math.fsum(weights**2 * (scores - mean) ** 2) * n / (n - 1)) / math.fsum(weights)
    found = Moments.of(scores, weights)
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.se == pytest.approx(se, abs=1e-9)


def test_sums_of_an_unknown_node_are_refused():
    with pytest.raises(OptionError, match="no node 'other'"):
        from_moments(TREE, {"other": Moments()})


def test_chunks_do_not_show():
    rng = np.random.default_rng(3)
    n = 2 * CHUNK + 17
    answers = {c: rng.integers(0, 6, n).astype(np.int8) for c in ("p1", "p2", "p3", "s1")}
    answers["s2"] = rng.integers(0, 11, n).astype(float)
    answers["s2"][CHUNK + 3] = NAN
    scores = respondent_scores(TREE, answers)
    for node in score(TREE, answers).nodes:
        assert node.score == pytest.approx(np.nanmean(scores[node.code]), abs=1e-9)
        assert node.n == np.count_nonzero(~np.isnan(scores[node.code]))


# --- invariants


@given(five_items, some_weights)
def test_scores_and_intervals_stay_between_0_and_100(answers, weights):
    for node in score(TREE, answers, weights_for(answers, weights)).nodes:
        for value in (node.score, node.ci_low, node.ci_high):
            assert value is None or 0 <= value <= 100
        if node.ci_low is not None:
            assert node.ci_low <= node.score <= node.ci_high
        if node.n:
            assert node.n_eff <= node.n + 1e-9
            assert node.deff >= 1 - 1e-9


@given(five_items, some_weights, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(answers, weights, random):
    weights = np.array(weights[: len(answers["p1"])]) + 0.1
    order = list(range(len(weights)))
    random.shuffle(order)
    shuffled = {c: [v[i] for i in order] for c, v in answers.items()}
    same_figures(score(TREE, answers, weights), score(TREE, shuffled, weights[order]))


def same_figures(one, other, se=True):
    for a, b in zip(one.nodes, other.nodes, strict=True):
        assert a.n == b.n
        assert a.score == (None if b.score is None else pytest.approx(b.score, abs=1e-9))
        if se:
            assert a.se == (None if b.se is None else pytest.approx(b.se, abs=1e-6))


@given(five_items, st.sampled_from([2.0, 10.0, 0.25]), st.sampled_from([-3.0, 0.0, 17.0]))
def test_moving_and_stretching_the_scale_does_not_matter(answers, factor, shift):
    def moved(node):
        scale = TREE.scale_of(node)
        return Node(
            node.code,
            node.name,
            node.weight,
            tuple(moved(child) for child in node.children),
            node.column,
            node.reversed,
            None
            if node.children
            else Scale(
                scale.min * factor + shift,
                scale.max * factor + shift,
                tuple(c * factor + shift for c in scale.missing),
            ),
        )

    other = Tree(TREE.name, TREE.scale, tuple(moved(child) for child in TREE.children))
    stretched = {c: [x * factor + shift for x in v] for c, v in answers.items()}
    # 3.7 does not stretch exactly in floats, but stays within the scale
    same_figures(score(TREE, answers), score(other, stretched))


@given(five_items)
def test_a_duplicated_row_counts_like_weight_two(answers):
    n = len(answers["p1"])
    doubled = {c: [*v, v[0]] for c, v in answers.items()}
    weighted = score(TREE, answers, [2.0] + [1.0] * (n - 1))
    for a, b in zip(score(TREE, doubled).nodes, weighted.nodes, strict=True):
        assert a.score == (None if b.score is None else pytest.approx(b.score, abs=1e-9))


@given(five_items, st.floats(0.01, 1000))
def test_only_the_proportion_of_weights_counts(answers, factor):
    def scaled(node):
        return Node(
            node.code,
            node.name,
            node.weight * factor,
            tuple(scaled(child) for child in node.children),
            node.column,
            node.reversed,
            node.scale,
        )

    other = Tree(TREE.name, TREE.scale, tuple(scaled(child) for child in TREE.children))
    n = len(answers["p1"])
    same_figures(score(TREE, answers), score(other, answers))
    same_figures(score(TREE, answers), score(TREE, answers, [factor] * n))


@given(five_items)
def test_mirrored_answers_mirror_the_index(answers):
    def mirrored(node):
        children = tuple(mirrored(child) for child in node.children)
        return Node(
            node.code,
            node.name,
            node.weight,
            children,
            node.column,
            node.is_leaf and not node.reversed,
            node.scale,
        )

    other = Tree(TREE.name, TREE.scale, tuple(mirrored(child) for child in TREE.children))
    for a, b in zip(score(TREE, answers).nodes, score(other, answers).nodes, strict=True):
        assert a.n == b.n
        assert a.score is None or a.score == pytest.approx(100 - b.score, abs=1e-9)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(11)
    tree = Tree({"en": "x"}, Scale(0, 10), (item("a"), item("b")))
    hits, trials = 0, 1000
    for _ in range(trials):
        answers = {"a": rng.binomial(10, 0.7, 200), "b": rng.binomial(10, 0.5, 200)}
        root = score(tree, answers, rng.uniform(0.5, 2, 200)).root
        hits += root.ci_low <= 60 <= root.ci_high
    assert abs(hits / trials - 0.95) < 3 * math.sqrt(0.95 * 0.05 / trials)


# --- groups and JSON


def test_groups_equal_scoring_their_rows_alone():
    rng = np.random.default_rng(5)
    answers = {c: rng.integers(1, 6, 60) for c in TREE.columns()}
    weights = rng.uniform(0.5, 2, 60)
    city = np.array(["Wuhu", "Hefei", "Anqing"])[rng.integers(0, 3, 60)]
    found = score(TREE, answers, weights, by={"city": city}).groups["city"]
    assert list(found) == ["Anqing", "Hefei", "Wuhu"]
    for name, result in found.items():
        rows = city == name
        alone = score(TREE, {c: v[rows] for c, v in answers.items()}, weights[rows])
        assert result.to_dict() == alone.to_dict()


def test_grouping_by_a_column_of_the_answers_and_leaving_out_missing_values():
    pd = pytest.importorskip("pandas")
    tree = Tree({"en": "x"}, Scale(0, 10), (item("q"),))
    frame = pd.DataFrame(
        {"q": [10, 8, 2, 4], "city": ["Hefei", None, "Wuhu", "Hefei"], "floor": [2.0, NAN, 10.0, 2.0]}
    )
    found = score(tree, frame, by=["city", "floor"]).groups
    assert {k: r.n for k, r in found["city"].items()} == {"Hefei": 2, "Wuhu": 1}
    assert {k: r.index for k, r in found["floor"].items()} == {"2": 70.0, "10": 20.0}
    frame["city"] = frame["city"].astype("category")
    assert list(score(tree, frame, by=["city"]).groups["city"]) == ["Hefei", "Wuhu"]


def test_a_group_nobody_belongs_to_and_a_group_of_weight_zero():
    tree = Tree({"en": "x"}, Scale(0, 10), (item("q"),))
    assert groups(tree, {"q": [1, 2]}, {"g": [None, None]}) == {"g": {}}
    found = groups(tree, {"q": [1, 2]}, {"g": ["a", "b"]}, [1, 0])["g"]
    assert (found["a"].n, found["b"].n, found["b"].index) == (1, 0, None)


def test_a_grouping_of_the_wrong_length_or_name_is_refused():
    tree = Tree({"en": "x"}, Scale(0, 10), (item("q"),))
    with pytest.raises(ColumnError, match="Column 'g' has shape"):
        groups(tree, {"q": [1, 2]}, {"g": ["a"]})
    with pytest.raises(ColumnError, match="'g', to group by, is not in the answers"):
        score(tree, {"q": [1, 2]}, by=["g"])


def test_json_has_the_promised_shape_and_comes_back_exactly():
    tree = Tree({"en": "x", "zh": "甲"}, Scale(0, 10), (item("q"), item("r", 0)))
    result = score(tree, {"q": [1, 2, 7], "r": [NAN] * 3}, by={"g": ["a", "b", "a"]})
    text = json.dumps(result.to_dict(), allow_nan=False)
    source = json.loads(text)
    assert {"index", "n", "nodes", "groups"} <= set(source)
    assert {"code", "level", "score", "ci_low", "ci_high", "n", "weight"} <= set(source["nodes"][0])
    assert source["groups"]["g"]["a"]["n"] == 2
    assert IndexResult.from_dict(source) == result


def test_an_unknown_node_is_said_so():
    with pytest.raises(OptionError, match="no node 'z'"):
        score(TREE, {c: [1] for c in TREE.columns()}).node("z")


# --- what moved the index


def test_without_missing_answers_the_items_explain_everything():
    tree = Tree({"en": "x"}, Scale(0, 100), (group("g", 3, item("a", 1), item("b", 3)), item("c", 1)))
    moved = contributions(
        score(tree, {"a": [40], "b": [60], "c": [80]}), score(tree, {"a": [80], "b": [50], "c": [90]})
    )
    assert (moved.before, moved.after) == (pytest.approx(61.25), pytest.approx(65.625))
    assert [(i.code, i.weight, i.points) for i in moved.items] == [
        ("a", pytest.approx(0.1875), pytest.approx(7.5)),
        ("b", pytest.approx(0.5625), pytest.approx(-5.625)),
        ("c", 0.25, pytest.approx(2.5)),
    ]
    assert moved.weight_change == pytest.approx(0, abs=1e-12)
    assert moved.mix_change == pytest.approx(0, abs=1e-12)
    assert [(p.code, p.points) for p in moved.node("g").parts] == [
        ("a", pytest.approx(10)),
        ("b", pytest.approx(-7.5)),
    ]


def test_new_weights_alone_are_shown_as_weight_change():
    answers = {"a": [40, 50], "b": [80, 60]}
    before = Tree({"en": "x"}, Scale(0, 100), (item("a", 1), item("b", 1)))
    after = Tree({"en": "x"}, Scale(0, 100), (item("a", 1), item("b", 3)))
    moved = contributions(score(before, answers), score(after, answers))
    assert moved.change == pytest.approx(0.25 * 70 - 0.25 * 45)
    assert moved.weight_change == pytest.approx(moved.change)
    assert [i.points for i in moved.items] == [0, 0]


def test_other_people_answering_is_shown_as_mix_change():
    tree = Tree({"en": "x"}, Scale(0, 100), (item("a"), item("b")))
    before = score(tree, {"a": [90, 10], "b": [90, 10]})
    after = score(tree, {"a": [90, 10, NAN, NAN], "b": [90, 10, 90, 10]})
    assert contributions(before, after).change == pytest.approx(0)
    after = score(tree, {"a": [90, 10, NAN], "b": [90, 10, 50]})
    moved = contributions(before, score(tree, {"a": [90, 10, 90], "b": [90, 10, NAN]}))
    assert moved.node("index").mix_change == pytest.approx(
        moved.after - (moved.node("index").parts[0].after + moved.node("index").parts[1].after) / 2
    )
    adds_up(moved)


def test_an_item_that_came_or_went_counts_as_weight_change():
    old = Tree({"en": "x"}, Scale(0, 100), (item("a"), item("b")))
    new = Tree({"en": "x"}, Scale(0, 100), (item("a"), item("c")))
    moved = contributions(score(old, {"a": [50], "b": [60]}), score(new, {"a": [50], "c": [90]}))
    assert moved.change == pytest.approx(15)
    assert moved.weight_change == pytest.approx(15)
    assert [(i.code, i.before, i.after, i.points) for i in moved.items] == [
        ("a", 50, 50, 0),
        ("b", 60, None, 0),
        ("c", None, 90, 0),
    ]


def adds_up(moved):
    assert sum(i.points for i in moved.items) + moved.weight_change + moved.mix_change == pytest.approx(
        moved.change, abs=1e-9
    )
    for node in moved.nodes:
        parts = sum(p.points for p in node.parts)
        assert parts + node.weight_change + node.mix_change == pytest.approx(node.change, abs=1e-9)


@given(five_items, five_items, st.lists(st.floats(0.1, 10), min_size=5, max_size=5))
@settings(max_examples=60)
def test_contributions_add_up_at_every_level(before, after, weights):
    p1, p2, p3, s1, s2 = weights
    other = Tree(
        TREE.name,
        TREE.scale,
        (
            group("product", p1, item("p1", p2), item("p2", p3, reversed=True), item("p3", s1)),
            group("service", s2, item("s1", p1), item("s2", p2, scale=Scale(0, 10))),
        ),
    )
    one, two = score(TREE, before), score(other, after)
    if one.index is None or two.index is None:
        with pytest.raises(TooFewError, match="no index in the"):
            contributions(one, two)
        return
    adds_up(contributions(one, two))


def test_explaining_a_node_that_has_no_change_says_so():
    answers = {"p1": [1], "p2": [1], "p3": [1], "s1": [1], "s2": [1]}
    with pytest.raises(TooFewError, match="'p1'"):
        contributions(score(TREE, answers), score(TREE, answers)).node("p1")


# --- real answers

AIRLINE_MEANS_WITHOUT_ZEROS = {
    "Departure and Arrival Time Convenience": 3.2234,
    "Ease of Online Booking": 2.883,
    "Check-in Service": 3.3063,
    "Online Boarding": 3.3316,
    "Gate Location": 2.9769,
    "On-board Service": 3.3832,
    "Seat Comfort": 3.4414,
    "Leg Room Service": 3.3664,
    "Cleanliness": 3.2867,
    "Food and Drink": 3.208,
    "In-flight Service": 3.6423,
    "In-flight Wifi Service": 2.8135,
    "In-flight Entertainment": 3.3585,
    "Baggage Handling": 3.6321,
}


@pytest.mark.reference
def test_airline_survey_has_the_known_item_means_when_zero_means_not_applicable(test_data):
    pd = pytest.importorskip("pandas")
    frame = pd.read_csv(test_data / "airline_satisfaction" / "airline_passenger_satisfaction.csv.gz")
    items = tuple(
        Node(f"i{k}", {"en": name}, column=name) for k, name in enumerate(AIRLINE_MEANS_WITHOUT_ZEROS)
    )
    tree = Tree({"en": "Airline"}, Scale(1, 5, missing=(0,)), items)
    result = score(tree, frame, by=["Class"])
    means = {node.name["en"]: 1 + node.score / 25 for node in result.nodes[1:]}
    assert means == pytest.approx(AIRLINE_MEANS_WITHOUT_ZEROS, abs=5.1e-5)
    assert {value: part.n for value, part in result.groups["Class"].items()} == {
        "Business": 62160,
        "Economy": 58309,
        "Economy Plus": 9411,
    }
