"""Figures of one person: an app above that knows how somebody keeps their own time limits registers how to read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from manyi.people.models import User
from manyi.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigure:
    """`value`, `low`, `high` in `measure` ('%', 'h'); `name` is {"zh": …, "en": …}; it rests on `n` cases."""

    name: Mapping[str, str]
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    measure: str = "%"


#: (scope, person, from, to before) → the person's own figures
Reader = Callable[[Scope, User, date, date], Sequence[OwnFigure]]
_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Called from an app's `ready`."""
    if reader not in _readers:
        _readers.append(reader)


def figures(scope: Scope, person: User, since: date, until: date) -> list[OwnFigure]:
    """What all apps know of the person's own work in the days from `since` to before `until`."""
    return [figure for reader in _readers for figure in reader(scope, person, since, until) if figure.n]
