"""Signs that a response was not given with care. They mark, they never delete.

Pure: no Django. Flags are stored in `Response.flags`:

    speeding        answered in less than a third of the wave's median time (of the estimate, while fewer
                    than 30 responses have a time)
    straight_line   the same point for each of at least 8 rated items
    duplicate       the same answers, comment included, as another response of the wave

The third of the median and the eight items are conventions of the field (Greszki, Meyer, Schoen 2015,
"Exploring the effects of removing 'too fast' responses", use 30-50 % of the median), not laws.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from manyi.surveys.logic import pages
from manyi.surveys.questionnaire import RATED, Form

SPEEDING, STRAIGHT_LINE, DUPLICATE = "speeding", "straight_line", "duplicate"
FEWEST_ITEMS = 8
FEWEST_TIMES = 30
SECONDS = {"text": 15.0, "number": 6.0, "date": 8.0, "file": 20.0, "single": 6.0}
SECONDS_PER_COLUMN = 3.5


def estimated_seconds(form: Form, answers: Mapping[str, Any]) -> float:
    """How long a careful reader needs for the questions these answers made visible, in seconds.

    3.5 s for each rated item, tick or rank; 6-20 s for other questions; a skipped optional text costs nothing.
    """
    total = 0.0
    for page in pages(form, answers):
        for question in page.questions:
            answered = sum(column in answers for column in question.columns)
            per = SECONDS.get(question.type, SECONDS_PER_COLUMN)
            total += answered * per
    return total


def usual_seconds(times: Iterable[int | None], estimate: float) -> float:
    """The median time of a wave in seconds, or the estimate while there are fewer than 30."""
    known = [t for t in times if t is not None]
    return float(median(known)) if len(known) >= FEWEST_TIMES else estimate


def speeding(seconds: int | None, usual: float) -> bool:
    return seconds is not None and usual > 0 and seconds < usual / 3


def straight_line(form: Form, answers: Mapping[str, Any]) -> bool:
    """Whether at least 8 rated items on one scale all have the same point."""
    by_scale: dict[tuple[int, int], list[int]] = {}
    for column, question in form.columns().items():
        if question.type in RATED and question.scale and isinstance(answers.get(column), int):
            by_scale.setdefault((question.scale.min, question.scale.max), []).append(answers[column])
    return any(len(given) >= FEWEST_ITEMS and len(set(given)) == 1 for given in by_scale.values())


def _fingerprint(form: Form, answers: Mapping[str, Any]) -> str | None:
    """None without a comment: two satisfied customers may well tick the same boxes."""
    comments = [q.code for q in form.questions() if q.type == "text" and answers.get(q.code)]
    if not comments:
        return None
    return json.dumps(sorted(answers.items()), ensure_ascii=False)


def duplicates(form: Form, responses: Sequence[Mapping[str, Any]]) -> list[bool]:
    """For each response whether another one has the same answers and the same comment."""
    prints = [_fingerprint(form, answers) for answers in responses]
    counts = Counter(p for p in prints if p is not None)
    return [p is not None and counts[p] > 1 for p in prints]


def flags_of(form: Form, answers: Mapping[str, Any], seconds: int | None, usual: float) -> list[str]:
    """Flags of one response that can be told without the others."""
    found = [SPEEDING] if speeding(seconds, usual) else []
    return [*found, STRAIGHT_LINE] if straight_line(form, answers) else found
