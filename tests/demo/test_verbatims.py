import re

import numpy as np
import pytest

from manyi.demo import latent, verbatims


def test_every_item_of_the_tree_has_sentences_for_good_and_bad_in_both_languages() -> None:
    known = verbatims.sentences()
    items = [c for c, (construct, _mean) in latent.ITEMS.items() if construct in latent.DIMENSIONS]
    for column in items:
        for kind in ("good", "bad"):
            for language in ("zh", "en"):
                assert len(known[column][kind][language]) >= 2, (column, kind, language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_comments_are_many_and_in_their_language(language: str) -> None:
    rng = np.random.default_rng(1)
    columns = [c for c in verbatims.sentences() if c != "any"]
    found = {
        verbatims.comment(dict(zip(columns, rng.integers(1, 6, len(columns)), strict=True)), language=language, rng=rng)
        for _ in range(1000)
    }  # fmt: skip
    assert len(found) > 300
    for text in found:
        assert bool(re.search("[一-鿿]", text)) == (language == "zh"), text
        assert text.endswith("。" if language == "zh" else (".", "!", "”")) or text.endswith("！")


def test_a_comment_is_about_the_worst_item() -> None:
    points = {"complaint": 1.0, "on_time": 4.0, "urgent": float("nan")}
    text = verbatims.comment(points, language="zh", rng=np.random.default_rng(5))
    assert any(sentence in text for sentence in verbatims.sentences()["complaint"]["bad"]["zh"])


def test_who_rated_nothing_writes_nothing() -> None:
    assert verbatims.comment({"csat": 5.0}, language="en", rng=np.random.default_rng(5)) == ""
