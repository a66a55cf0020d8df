"""How alike two short texts are, in any language. Pure."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter


def _pairs(text: str) -> Counter[str]:
    signs = [s for s in unicodedata.normalize("NFKC", text).casefold() if s.isalnum()]
    return Counter(a + b for a, b in itertools.pairwise(signs))


def likeness(one: str, other: str) -> float:
    """Share of common pairs of neighbouring letters, 0–1 (Sørensen–Dice); punctuation and case do not count.

    >>> likeness("bearing noisy", "Bearing noisy!"), likeness("轴承异响", "交货延迟")
    (1.0, 0.0)
    """
    a, b = _pairs(one), _pairs(other)
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 0.0
