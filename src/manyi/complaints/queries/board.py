"""The board: open complaints in columns by state, those due first, and what was closed lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import F, QuerySet

from manyi.complaints.lifecycle import State, next_states
from manyi.complaints.models import Complaint
from manyi.complaints.queries import listing
from manyi.complaints.queries.listing import Selection
from manyi.scope import Scope

COLUMNS = (State.RECEIVED, State.WORKING, State.RESOLVED, State.CLOSED)
CARDS = 25
MOST_COUNTED = 1_000
#: What is done is counted less far than what is to be done.
MOST_CLOSED = 100
CLOSED_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Card:
    """A complaint and the states it may go to from here."""

    row: Complaint
    steps: list[State]


@dataclass(frozen=True)
class Column:
    """One state: its first cards, how many there are in all, and how far they were counted."""

    state: State
    cards: list[Card]
    count: int
    most: int

    @property
    def more(self) -> bool:
        return self.count > len(self.cards)

    @property
    def beyond(self) -> bool:
        """Whether counting stopped."""
        return self.count > self.most


def columns(scope: Scope, chosen: Selection, *, at: datetime) -> list[Column]:
    """All columns of what a selection leaves (its state is not looked at)."""
    rows = listing.selected(scope, chosen, at=at)
    keys = {state: list(_first(rows, state, at)) for state in COLUMNS}
    cards = {
        row.pk: Card(row, moves(row.state))
        for row in listing.fetched(chain(*(found[:CARDS] for found in keys.values())))
    }
    return [
        Column(state, [cards[pk] for pk in found[:CARDS] if pk in cards], len(found), _most(state))
        for state, found in keys.items()
    ]


def _most(state: State) -> int:
    return MOST_CLOSED if state == State.CLOSED else MOST_COUNTED


def _first(rows: QuerySet[Complaint], state: State, at: datetime) -> QuerySet[Complaint, int]:
    """Keys of a column in its order, one more than are counted."""
    here = rows.filter(state=state)
    if state == State.CLOSED:
        here = here.filter(closed_at__gte=at - CLOSED_FOR).order_by("-closed_at", "-pk")
    else:
        here = here.order_by(F("next_due_at").asc(nulls_last=True), "pk")
    return here.values_list("pk", flat=True)[: _most(state) + 1]


def moves(state: str) -> list[State]:
    """Steps a person takes on the board; merging needs another complaint and is done on its page."""
    return [after for after in next_states(state) if after != State.MERGED]
