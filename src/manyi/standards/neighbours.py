"""What other apps know of a touchpoint: how satisfied customers are there, what they complain about, what staff answer.

Surveys, complaints and standard answers lie above or beside this app, so each registers how to read its part, and
what may be chosen for a touchpoint. Where nobody registered, there is nothing to show and nothing to choose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from manyi.people.models import OrgUnit
from manyi.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """Score 0–100 of an indicator with its interval, in the newest finished wave that has it; `url` is its page."""

    value: float
    low: float | None
    high: float | None
    n: int
    wave: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """How many of a category were received; `url` is the list of them."""

    n: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Published standard answers of a topic: the newest few as (title, address); `url` is the list of all `n`."""

    n: int
    newest: Sequence[tuple[str, str]]
    url: str


#: (key, what it is called in the active language), in the order in which it is offered.
Choices = Callable[[Scope], list[tuple[str, str]]]
#: Each reader answers for several keys at once; a key it knows nothing of, or may not tell, is left out.
SatisfactionReader = Callable[[Scope, OrgUnit, Sequence[str]], Mapping[str, Satisfaction]]
ComplaintsReader = Callable[[Scope, OrgUnit, Sequence[str], date, date], Mapping[str, Complaints]]
AnswersReader = Callable[[Scope, Sequence[str]], Mapping[str, Answers]]

#: Field of the touchpoint → (its reader, its choices).
_known: dict[str, tuple[Any, Choices]] = {}


def register_indicators(reader: SatisfactionReader, choices: Choices) -> None:
    _known["indicator"] = (reader, choices)


def register_categories(reader: ComplaintsReader, choices: Choices) -> None:
    _known["category"] = (reader, choices)


def register_topics(reader: AnswersReader, choices: Choices) -> None:
    _known["topic"] = (reader, choices)


def choices(scope: Scope, field: str) -> list[tuple[str, str]]:
    """What may be chosen as 'indicator', 'category' or 'topic' of a touchpoint."""
    return _known[field][1](scope) if field in _known else []


def satisfaction(scope: Scope, unit: OrgUnit, nodes: Sequence[str]) -> Mapping[str, Satisfaction]:
    """Node → how satisfied customers of the unit are with it."""
    return _known["indicator"][0](scope, unit, nodes) if nodes and "indicator" in _known else {}


def complaints(
    scope: Scope, unit: OrgUnit, categories: Sequence[str], since: date, until: date
) -> Mapping[str, Complaints]:
    """Category → how often it was complained about in the unit from `since` to before `until`."""
    if not categories or "category" not in _known:
        return {}
    found: Mapping[str, Complaints] = _known["category"][0](scope, unit, categories, since, until)
    return found


def answers(scope: Scope, topics: Sequence[str]) -> Mapping[str, Answers]:
    """Topic → the standard answers staff have for it."""
    return _known["topic"][0](scope, topics) if topics and "topic" in _known else {}
