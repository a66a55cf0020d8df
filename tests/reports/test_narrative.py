"""Sentences of a management review: they claim a change only where the interval leaves no doubt, in both languages."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from manyi.measures import compare
from manyi.measures.compare import Difference
from manyi.measures.estimates import Estimate
from manyi.measures.shares import wilson
from manyi.reports.narrative import Facts, Figure, Moved, Weak, directions, narrative

UP = {
    "en": ("clear rise", "clearly more"),
    "zh-hans": ("明显上升", "明显多于", "明显高于"),
}
DOWN = {
    "en": ("clear fall", "clearly less", "clearly fewer"),
    "zh-hans": ("明显下降", "明显少于", "明显低于上期"),
}
NAMES = ("in_time", "reopened", "satisfied", "kept")


def estimate(value: float, se: float, n: int) -> Estimate:
    return Estimate(value, value - 2 * se, value + 2 * se, n, se, float(n))


counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))
scores = st.builds(estimate, st.floats(0, 100), st.floats(0.01, 10), st.integers(2, 2000))
two_shares = st.tuples(counts, counts).map(
    lambda pair: Figure(
        wilson(*pair[0]), compare.shares(pair[0], pair[1]) if pair[0][1] and pair[1][1] else None
    )
)
facts = st.builds(
    lambda now, then, shares, rate, moved: Facts(
        index=Figure(now, compare.means(now, then) if then else None),
        wave="W",
        complaints=rate[0],
        before=rate[1],
        rate=compare.rates((rate[0], 90.0), (rate[1], 90.0)),
        shares=dict(zip(NAMES, shares, strict=False)),
        running=1,
        effective=len(moved),
        moved=[Moved("T", compare.means(a, b), shown) for a, b, shown in moved],
    ),
    scores,
    st.none() | scores,
    st.lists(two_shares, max_size=4),
    st.tuples(st.integers(0, 200), st.integers(0, 200)),
    st.lists(st.tuples(scores, scores, st.booleans()), max_size=3),
)


def changes_of(found: Facts) -> dict[str, Difference | None]:
    index = found.index.change if found.index else None
    return {"index": index, "complaints": found.rate} | {n: f.change for n, f in found.shares.items()}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@given(found=facts)
def test_a_rise_or_fall_is_said_only_where_the_interval_excludes_no_change(
    language: str, found: Facts
) -> None:
    with translation.override(language):
        said = narrative(found)
    changes = changes_of(found)
    allowed_up = sum(c is not None and c.low is not None and c.low > 0 for c in changes.values())
    allowed_down = sum(c is not None and c.high is not None and c.high < 0 for c in changes.values())
    text = "\n".join(one.text for one in said)
    assert sum(text.count(word) for word in UP[language]) <= allowed_up
    assert sum(text.count(word) for word in DOWN[language]) <= allowed_down
    for one in said:
        if one.topic == "improvements" and one.claim:
            continue  # what a verification showed is worded by itself, see below
        assert any(word in one.text for word in UP[language]) is (one.claim == "up"), one
        assert any(word in one.text for word in DOWN[language]) is (one.claim == "down"), one
    moved = [one for one in said if one.topic == "improvements" and one.claim]
    proven = [m for m in found.moved if m.shown and _excludes_nothing_changed(m.difference)]
    assert len(moved) == len(proven)


def _excludes_nothing_changed(found: Difference) -> bool:
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)


@given(found=facts)
def test_each_claim_belongs_to_the_figure_it_is_made_about(found: Facts) -> None:
    changes = changes_of(found)
    for name, claim in directions(changes).items():
        change = changes[name]
        if claim is None:
            continue
        assert change is not None
        assert change.p_value is not None
        assert change.p_value < 0.05
        limit = change.low if claim == "up" else change.high
        assert limit is not None
        assert limit > 0 if claim == "up" else limit < 0


def test_where_nothing_changed_few_reviews_claim_that_something_did() -> None:
    """Four shares beside each other, 600 reviews without any real change: about one in twenty may be wrong."""
    rng = np.random.default_rng(7)
    wrong = 0
    for _review in range(600):
        draws = {
            name: rng.binomial(200, share, size=2)
            for name, share in zip(NAMES, (0.5, 0.3, 0.7, 0.6), strict=True)
        }
        found = directions(
            {name: compare.shares((int(a), 200), (int(b), 200)) for name, (a, b) in draws.items()}
        )
        wrong += any(found.values())
    assert wrong / 600 < 0.075  # the level plus three standard errors


def test_a_clear_change_is_said_in_both_languages() -> None:
    now, then = estimate(80, 0.5, 400), estimate(75, 0.5, 400)
    found = Facts(
        index=Figure(now, compare.means(now, then)),
        wave="Spring",
        shares={"in_time": Figure(wilson(40, 100), compare.shares((40, 100), (90, 100)))},
        weak=[Weak("On time", 55, 52, 58)],
    )
    with translation.override("en"):
        texts = [one.text for one in narrative(found)]
    assert texts[0] == (
        "The customer satisfaction index stands at 80.0 (95% interval 79.0–81.0, n = 400) (“Spring”). Since the wave"
        " before that is a clear rise: +5.0 points (95% interval +3.6 to +6.4)."
    )
    assert "clearly less than in the period before: −50.0 points" in texts[1]
    assert "“On time” (55.0, 95% interval 52.0–58.0)" in texts[2]
    with translation.override("zh-hans"):
        texts = [one.text for one in narrative(found)]
    assert texts[0].startswith("客户满意度指数为 80.0（95% 置信区间 79.0–81.0，n = 400），数据来自“Spring”。")
    assert "明显上升 +5.0 分" in texts[0]


def test_nothing_known_is_said_as_such_and_what_a_reader_may_not_see_is_not_mentioned() -> None:
    with translation.override("en"):
        texts = [one.text for one in narrative(Facts())]
    assert texts == [
        "There is no finished survey with enough answers: how satisfied customers are is not known."
    ]
