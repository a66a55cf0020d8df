"""What a respondent writes: whole sentences that follow from the scores, in Chinese and English.

Pure. A comment names the best item, the worst one, or both, sometimes with a wish; the sentences are our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import numpy as np
import yaml

Sentences = Mapping[str, Sequence[str]]  # language → sentences

LOW, HIGH = 3, 5  # at most LOW is something to complain about, HIGH something to praise


@cache
def sentences() -> Mapping[str, Mapping[str, Sentences]]:
    """`bad` and `good` by item, and `wish`, `glad`, `sour`, `but`, `also` under the item `any`."""
    text = resources.files(__package__).joinpath("verbatims.yaml").read_text("utf-8")
    loaded: Mapping[str, Mapping[str, Sentences]] = yaml.safe_load(text)
    return loaded


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _lower_first(sentence: str) -> str:
    """An English sentence inside another one; 'I' and names of things keep their capital."""
    first = sentence.split(" ", 1)[0]
    return sentence if first in ("I", "I’d", "I’m") else sentence[0].lower() + sentence[1:]


def comment(points: Mapping[str, float], *, language: str, rng: np.random.Generator) -> str:
    """A comment on items rated `points` (1–5, column → point); empty when there is nothing to say.

    :param language: 'zh' or 'en'.
    """
    known = sentences()
    rated = {column: point for column, point in points.items() if column in known and point == point}
    if not rated:
        return ""
    columns = list(rated)
    rng.shuffle(columns)
    worst, best = min(columns, key=rated.__getitem__), max(columns, key=rated.__getitem__)
    bad, good = rated[worst] <= LOW, rated[best] >= HIGH
    general = known["any"]
    join = "" if language == "zh" else " "
    parts: list[str] = []
    if bad and good and rng.random() < 0.4:
        praise, complaint = (
            _pick(known[best]["good"][language], rng),
            _pick(known[worst]["bad"][language], rng),
        )
        but = _pick(general["but"][language], rng)
        head = praise.rstrip("。.") + ("，" if language == "zh" else ", ")
        parts.append(head + but + (complaint if language == "zh" else _lower_first(complaint)))
    elif bad:
        parts.append(_pick(known[worst]["bad"][language], rng))
        others = [c for c in columns if c != worst and rated[c] <= LOW - 1]
        if others and rng.random() < 0.45:
            also = _pick(general["also"][language], rng)
            second = _pick(known[others[0]]["bad"][language], rng)
            parts.append(also + (second if language == "zh" else _lower_first(second)))
    elif good:
        parts.append(_pick(known[best]["good"][language], rng))
    mean = float(np.mean(list(rated.values())))
    if rng.random() < 0.35:
        kind = "glad" if mean >= 4 else "sour" if mean < 2.8 else "wish"
        parts.append(_pick(general[kind][language], rng))
    return join.join(parts)
