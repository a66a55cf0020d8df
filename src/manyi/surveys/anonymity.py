"""What may be kept about a respondent of an anonymous wave without pointing at somebody.

Pure: no Django. Unit, segment, tier and weight are copied to an anonymous response only as far as at least
`minimum` invited people share the whole recorded combination. Leaving out only the rare values is not
enough: when one person alone has a rare unit, 'no unit' is that person. So the values left out must
together cover at least `minimum` people too, or the next rarest value goes with them (complementary
suppression).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

FIELDS = ("weight", "unit_id", "segment", "tier")


def kept_values(counts: Mapping[Hashable, int], minimum: int) -> frozenset[Hashable]:
    """Values that may be recorded, from how many people have each."""
    rising = sorted(counts.items(), key=lambda item: (item[1], str(item[0])))
    left_out = 0
    kept = []
    for value, count in rising:
        if count < minimum or 0 < left_out < minimum:
            left_out += count
        else:
            kept.append(value)
    return frozenset(kept)


def recorded(
    person: Mapping[str, Any],
    invited: Sequence[Mapping[str, Any]],
    minimum: int,
    fields: Sequence[str] = FIELDS,
) -> dict[str, Any]:
    """The fields of `person` that may be recorded; those left out are missing from the result.

    `invited` are all invited people, the person among them, each a mapping of the fields; one with `people`
    stands for so many.
    """
    group = list(invited)
    result: dict[str, Any] = {}
    for field in fields:
        counts: Counter[Hashable] = Counter()
        for row in group:
            counts[row[field]] += row.get("people", 1)
        kept = kept_values(counts, minimum)
        if person[field] in kept:
            result[field] = person[field]
            group = [row for row in group if row[field] == person[field]]
        else:
            group = [row for row in group if row[field] not in kept]
    return result if sum(row.get("people", 1) for row in group) >= minimum else {}
