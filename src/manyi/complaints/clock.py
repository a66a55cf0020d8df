"""The clocks of a complaint: a pure function that replays events. No Django query, no wall clock, no counter.

A complaint has up to four clocks (`Target`). A round begins with `start` or `reopened` and has its own readings.

- What runs: acknowledge, respond and resolve from the beginning of the round until they are reached; next contact
  from the customer's last word from us. A later target reached is also the earlier ones reached.
- Pauses hold respond and resolve. Acknowledging and keeping in touch are always in our hands, so nothing pauses
  those two. A pause ends by `resumed`, by `resolved`, or by itself when its cap is used up; the cap counts all
  pauses of the same reason in the round.
- Between `resolved` and `not_accepted` the resolve clock stands still.
- A change of policy: what has elapsed stays elapsed. A shorter limit that is already used up is breached at the
  moment of the change, not before; a breach that has happened stays one.
- Reached at the very instant it is due is met; not reached at that instant is breached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from manyi.people.business_time import Calendar, NeverOpen, instant, micros


class Target(models.TextChoices):
    ACKNOWLEDGE = "acknowledge", _("Acknowledge")
    RESPOND = "respond", _("Respond")
    RESOLVE = "resolve", _("Resolve")
    NEXT_CONTACT = "next_contact", _("Next contact")

    __hash__ = str.__hash__  # these are keys where speed counts, and Enum's own is ten times slower


class Kind(models.TextChoices):
    START = "start", _("Clocks started")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RESPONDED = "responded", _("Responded")
    CONTACTED = "contacted", _("Customer contacted")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Resumed")
    POLICY = "policy", _("Time limits changed")
    RESOLVED = "resolved", _("Resolved")
    NOT_ACCEPTED = "not_accepted", _("Resolution not accepted")
    REOPENED = "reopened", _("Reopened")
    CLOSED = "closed", _("Closed")

    __hash__ = str.__hash__


class State(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    BREACHED = "breached", _("Breached")
    ENDED = "ended", _("Ended")  # withdrawn, merged or closed before it was reached or due


_TARGETS = tuple(Target)
#: Which events reach which target.
_REACHES = {
    Kind.ACKNOWLEDGED: (Target.ACKNOWLEDGE,),
    Kind.RESPONDED: (Target.ACKNOWLEDGE, Target.RESPOND),
    Kind.RESOLVED: (Target.ACKNOWLEDGE, Target.RESPOND, Target.RESOLVE),
}
#: What a pause holds.
PAUSABLE = frozenset({Target.RESPOND, Target.RESOLVE})
_BEGINS = frozenset({Kind.START, Kind.REOPENED})
_CONTACTS = frozenset({Kind.ACKNOWLEDGED, Kind.RESPONDED, Kind.CONTACTED})

_MINUTE = 60_000_000
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time: minutes of the calendar's open time, or of the clock on the wall."""

    minutes: int
    business: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says. `steps` are the shares of a limit, in per cent and rising, at which somebody is told."""

    calendar: Calendar
    limits: Mapping[Target, Limit]
    steps: tuple[int, ...] = (80, 100)
    shares: tuple[int, ...] = field(init=False, repr=False)  # the steps and 100, rising

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", tuple(sorted({100, *self.steps})))


@dataclass(frozen=True, slots=True)
class Event:
    """`terms` come with start, reopened and policy; `reason` and `cap` with paused."""

    at: datetime
    kind: Kind
    terms: Terms | None = None
    reason: str = ""
    cap: Limit | None = None


class Reading(NamedTuple):
    """One clock at one instant. `due` is the breach time once breached, None while paused without end.

    `lap` counts the contacts of the round before this one, for next contact; it is 0 for the others.
    `stands`: a pause holds it now, be it breached or not. `reached` says how many of the steps have come; `next_change` when the next comes or a pause ends by itself.
    """

    target: Target
    lap: int
    state: State
    stands: bool
    limit: Limit
    elapsed: timedelta
    paused: timedelta
    warn_at: datetime | None
    due: datetime | None
    breached_at: datetime | None
    stopped_at: datetime | None
    reached: int
    next_change: datetime | None

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something for it."""
        return self.stopped_at is None and self.state is not State.ENDED

    @property
    def share(self) -> float:
        """Elapsed share of the limit; 1 is due."""
        return self.elapsed / timedelta(minutes=self.limit.minutes)


class _Piece(NamedTuple):
    """A stretch in which nothing changes; the last one of a plan is open-ended. Positions are those of `begin` and
    `end` in the calendar of `terms`.
    """

    begin: int
    end: int
    position: int
    end_position: int
    terms: Terms
    runs: bool
    paused: bool


def _piece(begin: int, end: int, terms: Terms) -> _Piece:
    """A stretch in which the clock runs."""
    position = terms.calendar.position
    return _Piece(begin, end, position(begin), position(end) if end < _NEVER else _NEVER, terms, True, False)


def rounds(events: Sequence[Event]) -> list[list[Event]]:
    """The events of each round, in order."""
    found: list[list[Event]] = []
    for event in events:
        if event.kind in _BEGINS:
            found.append([event])
        elif found:
            found[-1].append(event)
    return found


def read(events: Sequence[Event], at: datetime) -> tuple[Reading, ...]:
    """The clocks of the last round as they stand at `at`; events are in order, later ones are left out.

    Clocks for which the terms in force set no limit are left out too, unless they were breached before.
    """
    if events and events[-1].at > at:
        events = [event for event in events if event.at <= at]
    first = len(events) - 1
    while first >= 0 and events[first].kind not in _BEGINS:
        first -= 1
    if first < 0:
        return ()
    plan, ended = _Planner(events[first]), _NEVER
    for event in events[first + 1 :]:
        if event.kind is Kind.CLOSED:
            ended = micros(event.at)
            break
        plan.take(event)
    plan.finish()
    now, found = micros(at), []
    for target in _TARGETS:
        reading = _reading(target, plan, ended, now)
        if reading is not None:
            found.append(reading)
    return tuple(found)


def next_due(readings: Sequence[Reading]) -> tuple[datetime, Target] | None:
    """What has to be done first: the earliest due time of the clocks that are open."""
    return min(((r.due, r.target) for r in readings if r.open and r.due is not None), default=None)


def next_change(readings: Sequence[Reading]) -> datetime | None:
    """When one of the clocks next reaches a step or goes on by itself."""
    return min((r.next_change for r in readings if r.next_change is not None), default=None)


class _Planner:
    """Walks through the events of a round and lays down the pieces."""

    __slots__ = ("begin", "contact", "contact_begin", "held", "laps", "pause", "pause_end", "pieces", "position",
                 "stops", "terms", "used")  # fmt: skip

    def __init__(self, first: Event) -> None:
        if first.terms is None:
            raise ValueError(f"{first.kind} without terms")
        self.terms = first.terms
        self.begin = self.contact_begin = micros(first.at)
        self.position = self.terms.calendar.position(self.begin)
        self.pieces: list[_Piece] = []
        self.contact: list[_Piece] = []
        self.stops: dict[Target, int] = {}
        self.laps = 0
        self.held = False
        self.pause: Event | None = None
        self.pause_end = _NEVER
        self.used: dict[str, int] = {}  # of the caps, by reason

    def cut(self, to: int) -> None:
        """Lay down what has been so until `to`."""
        if self.pause is not None and self.pause_end <= to:
            self._lay(self.pause_end)
            self.pause = None
        self._lay(to)

    def _lay(self, to: int) -> None:
        if to > self.begin:
            paused = self.pause is not None
            position = self.terms.calendar.position(to) if to < _NEVER else _NEVER
            runs = not (paused or self.held)
            self.pieces.append(_Piece(self.begin, to, self.position, position, self.terms, runs, paused))
            if self.pause is not None and self.pause.cap is not None and to < _NEVER:
                spent = _spent(self.pieces[-1], self.pause.cap)
                self.used[self.pause.reason] = self.used.get(self.pause.reason, 0) + spent
            self.begin, self.position = to, position

    def take(self, event: Event) -> None:
        at, kind = micros(event.at), event.kind
        for target in _REACHES.get(kind, ()):
            self.stops.setdefault(target, at)
        if kind in _CONTACTS:
            self._contacted(at)
        elif kind is Kind.PAUSED and not self.held:
            self.cut(at)
            self.pause, self.pause_end = event, self._pause_end(event, at)
        elif kind is Kind.RESUMED:
            self.cut(at)
            self.pause = None
        elif kind is Kind.RESOLVED:
            self.cut(at)
            self.pause, self.held = None, True
            self.stops.setdefault(Target.NEXT_CONTACT, at)
        elif kind is Kind.NOT_ACCEPTED and self.held:
            self.cut(at)
            self.held = False
            self._contacted(at)
            del self.stops[Target.RESOLVE], self.stops[Target.NEXT_CONTACT]
        elif kind is Kind.POLICY and event.terms is not None:
            self.cut(at)
            self.contact.append(_piece(self.contact_begin, at, self.terms))
            self.terms, self.contact_begin = event.terms, at
            self.position = self.terms.calendar.position(at)
            if self.pause is not None:
                self.pause_end = self._pause_end(self.pause, at)

    def _pause_end(self, pause: Event, at: int) -> int:
        """When the cap is used up, as the calendar in force counts from `at` on."""
        if pause.cap is None:
            return _NEVER
        left = pause.cap.minutes * _MINUTE - self.used.get(pause.reason, 0)
        return _after(_piece(at, at, self.terms), pause.cap, left) if left > 0 else at

    def _contacted(self, at: int) -> None:
        self.contact, self.contact_begin, self.laps = [], at, self.laps + 1

    def finish(self) -> None:
        """Lay down what goes on for ever if nothing more happens."""
        if self.pause is not None and self.pause_end < _NEVER:
            self._lay(self.pause_end)
            self.pause = None
        self._lay(_NEVER)
        if self.contact_begin == self.pieces[-1].begin and self.pieces[-1].runs:
            self.contact.append(self.pieces[-1])
        else:
            self.contact.append(_piece(self.contact_begin, _NEVER, self.terms))


def _reading(target: Target, plan: _Planner, ended: int, now: int) -> Reading | None:
    pieces = plan.contact if target is Target.NEXT_CONTACT else plan.pieces
    if target is Target.ACKNOWLEDGE and (len(pieces) > 1 or not pieces[0].runs):
        pieces = [_Piece(b, e, p, q, t, True, False) for b, e, p, q, t, _runs, _paused in pieces]
    terms = plan.terms
    limit = terms.limits.get(target)
    if limit is None:
        limit = next((known for piece in pieces if (known := piece.terms.limits.get(target))), None)
        if limit is None:
            return None
    stop = plan.stops.get(target, _NEVER)
    until = min(now, stop, ended)
    still = stop > until and ended > until
    paused = here = 0
    for n, piece in enumerate(pieces):
        if piece.begin > until:
            break
        here = n
        if piece.paused:
            paused += min(piece.end, until) - piece.begin

    elapsed, crossings = _run_through(target, terms.shares, pieces, until)
    due = crossings.get(100)
    if due is not None and (due < until or (due == until and still)):
        state = State.BREACHED
    elif target not in terms.limits:
        return None
    elif stop <= until:
        state = State.MET
    elif ended <= until:
        state = State.ENDED
    else:
        state = State.RUNNING if pieces[here].runs else State.PAUSED

    reached, following = 0, _NEVER
    for share in terms.steps:
        step = crossings.get(share, _NEVER)
        if step > until or (step == until and not still):
            following = step
            break
        reached += 1
    if not still:
        following = _NEVER
    elif pieces[here].paused and pieces[here].end < following:
        following = pieces[here].end
    warn = crossings.get(terms.steps[0]) if terms.steps else None
    due_at, warn_at = _instant(due), _instant(warn)
    change_at = due_at if following == due else warn_at if following == warn else _instant(following)
    return Reading(
        target,
        plan.laps if target is Target.NEXT_CONTACT else 0,
        state,
        still and pieces[here].paused,
        limit,
        timedelta(0, 0, elapsed),
        timedelta(0, 0, paused),
        warn_at,
        due_at,
        due_at if state is State.BREACHED else None,
        _instant(stop) if stop <= until else None,
        reached,
        change_at,
    )


def _run_through(
    target: Target, shares: Sequence[int], pieces: Sequence[_Piece], until: int
) -> tuple[int, dict[int, int]]:
    """What has elapsed at `until`, and when each share (per cent, rising) of the limit then in force is first used up.

    Shares that never will be are left out, and so are those after the first that comes after `until`, from 100 on.
    """
    found: dict[int, int] = {}
    elapsed, spent, rest = 0, 0, iter(shares)
    share = next(rest)
    for begin, end, position, end_position, terms, runs, paused in pieces:
        limit = terms.limits.get(target)
        if limit is None or not (runs or paused):
            continue
        business = limit.business
        here = 0
        if runs:
            here = end_position - position if business else end - begin
            if end <= until:
                elapsed += here
            elif begin < until:
                elapsed += terms.calendar.position(until) - position if business else until - begin
        # A paused clock also gets a shorter limit, and may have used that up already.
        while share and (left := limit.minutes * _MINUTE * share // 100 - spent) <= here:
            at = begin
            if left > 0:
                try:
                    at = terms.calendar.at_position(position + left) if business else begin + left
                except NeverOpen:
                    return elapsed, found
            if at >= end:
                break  # an event of the same moment comes first: the next piece's terms decide
            found[share] = at
            if at > until and share >= 100:
                return elapsed, found
            share = next(rest, 0)
        spent += here
    return elapsed, found


def _spent(piece: _Piece, limit: Limit) -> int:
    """What is used up in a piece that has an end, as the limit counts."""
    return piece.end_position - piece.position if limit.business else piece.end - piece.begin


def _after(piece: _Piece, limit: Limit, amount: int) -> int:
    """When the amount is used up from the piece's beginning on."""
    if not limit.business:
        return piece.begin + amount
    try:
        return piece.terms.calendar.at_position(piece.position + amount)
    except NeverOpen:
        return _NEVER


def _instant(at: int | None) -> datetime | None:
    return None if at is None or at == _NEVER else instant(at)
