"""The weighted criteria matrix: several people rate options on criteria; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """One option. `score` is the mean over raters of Σ weight · rating / 100, in the unit of the ratings (1–5),
    None while nobody has rated it in full. `spread` is the standard deviation between raters, None below two;
    `low` and `high` are the lowest and highest rater's. `criteria` holds the mean rating per criterion.
    """

    option: int
    score: float | None
    spread: float | None
    low: float | None
    high: float | None
    raters: int
    criteria: Mapping[int, float]


def standings(
    weights: Mapping[int, int],
    options: Sequence[int],
    ratings: Mapping[tuple[int, int, int], int],
) -> list[Standing]:
    """Options, the best first; those nobody rated in full come last in their own order.

    :param weights: criterion → whole percentage; must sum to 100. :param ratings: (option, criterion, rater) →
        rating. Somebody counts for an option once every criterion is rated.
    :raises ValueError: when the weights do not sum to 100.

    >>> found = standings({1: 60, 2: 40}, [7], {(7, 1, 5): 4, (7, 2, 5): 2, (7, 1, 6): 5, (7, 2, 6): 5})
    >>> found[0].score, found[0].raters
    (4.1, 2)
    """
    if sum(weights.values()) != WHOLE:
        raise ValueError(f"weights sum to {sum(weights.values())}, not {WHOLE}")
    people = sorted({rater for _option, _criterion, rater in ratings})
    found = []
    for option in options:
        scores = []
        for rater in people:
            given = [ratings.get((option, criterion, rater)) for criterion in weights]
            if None not in given:
                pairs = zip(weights.values(), given, strict=True)
                scores.append(sum(weight * (value or 0) for weight, value in pairs) / WHOLE)
        by_criterion = {
            criterion: mean(values)
            for criterion in weights
            if (
                values := [
                    value for (o, c, _rater), value in ratings.items() if o == option and c == criterion
                ]
            )
        }
        found.append(
            Standing(
                option=option,
                score=mean(scores) if scores else None,
                spread=stdev(scores) if len(scores) > 1 else None,
                low=min(scores, default=None),
                high=max(scores, default=None),
                raters=len(scores),
                criteria=by_criterion,
            )
        )
    return sorted(found, key=lambda s: -1.0 if s.score is None else s.score, reverse=True)
