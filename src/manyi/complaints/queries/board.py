"""The board: open complaints in columns by state, those due first, and what was closed lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from manyi.complaints.lifecycle import State, next_states
from manyi.complaints.models import Complaint
from manyi.complaints.queries import listing
from manyi.complaints.queries.listing import Selection
from manyi.scope import Scope

COLUMNS = (State.RECEIVED, State.WORKING, State.RESOLVED, State.CLOSED)
CARDS = 25
MOST_COUNTED = 1_000
CLOSED_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Card:
    """A complaint and the states it may go to from here."""

    row: Complaint
    steps: list[State]


@dataclass(frozen=True)
class Column:
    """One state: its first cards, how many there are in all (counted up to MOST_COUNTED)."""

    state: State
    cards: list[Card]
    count: int

    @property
    def more(self) -> bool:
        return self.count > len(self.cards)

    @property
    def beyond(self) -> bool:
        """Whether counting stopped."""
        return self.count > MOST_COUNTED


def columns(scope: Scope, chosen: Selection, *, at: datetime) -> list[Column]:
    """All columns of what a selection leaves (its state is not looked at)."""
    rows = listing.selected(scope, chosen, at=at)
    return [_column(rows, state, at) for state in COLUMNS]


def _column(rows: QuerySet[Complaint], state: State, at: datetime) -> Column:
    here = rows.filter(state=state)
    if state == State.CLOSED:
        here = here.filter(closed_at__gte=at - CLOSED_FOR)
        first = here.order_by("-closed_at", "-pk")
    else:
        first = here.order_by(F("next_due_at").asc(nulls_last=True), "pk")
    keys = first.values_list("pk", flat=True)[:CARDS]
    cards = [Card(row, moves(row.state)) for row in listing.fetched(keys)]
    count = len(cards) if len(cards) < CARDS else listing.count(here, MOST_COUNTED)
    return Column(state, cards, count)


def moves(state: str) -> list[State]:
    """Steps a person takes on the board; merging needs another complaint and is done on its page."""
    return [after for after in next_states(state) if after != State.MERGED]
