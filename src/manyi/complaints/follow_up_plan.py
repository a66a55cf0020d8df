"""The plan of follow-ups: shipped delays and shares, who is drawn, what is said. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

SCRIPT = {
    "zh": (
        "您好，{name}，我是{organisation}的回访人员。{closed}我们处理完了您反映的“{title}”（编号 {number}），"
        "想占用您两分钟了解一下。\n"
        "1. 这个问题现在真正解决了吗？\n"
        "2. 您对处理结果和过程打几分？5 分非常满意，1 分很不满意。\n"
        "3. 还有哪里我们应该做得更好？\n"
        "感谢您的时间。如果问题再次出现，请随时联系我们。"
    ),
    "en": (
        "Good day, {name}, this is {organisation}. On {closed} we closed your case “{title}” (number {number}); "
        "may I take two minutes?\n"
        "1. Is the matter really settled now?\n"
        "2. How satisfied are you with the outcome and the way there, from 5 (very) to 1 (not at all)?\n"
        "3. What should we have done better?\n"
        "Thank you. Should it come back, please let us know at once."
    ),
}


def first_days() -> dict[str, int]:
    """Days after closing, by severity, as shipped."""
    return {"ordinary": 3, "major": 2, "urgent": 1}


def second_share() -> dict[str, float]:
    """Share of closed cases that is asked a second time, by customer tier, as shipped."""
    return {"A": 1.0, "B": 0.5, "C": 0.2, "D": 0.1, "": 0.1}


def script() -> dict[str, str]:
    return dict(SCRIPT)


def drawn(seed: int, number: str, closing: int, share: float) -> bool:
    """Whether a closing is in a sample of the given share (0–1).

    The draw hangs on the seed and the case alone: it can be repeated and audited, nobody can pick, and a larger
    share keeps everybody a smaller one has drawn.

    >>> [drawn(1, "EAST-20260302-0001", 1, share) for share in (0.0, 1.0)]
    [False, True]
    """
    digest = hashlib.sha256(f"{seed}:{number}:{closing}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def filled(text: str, values: Mapping[str, str]) -> str:
    """The script with `{name}`, `{title}` … replaced; an unknown placeholder stays as it is."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def score_of(index: float) -> int:
    """A questionnaire's index (0–100) on the scale of follow-ups (1–5), to the nearest point.

    >>> [score_of(index) for index in (0, 37, 38, 100)]
    [1, 2, 3, 5]
    """
    return 1 + int(min(100.0, max(0.0, index)) / 25 + 0.5)
