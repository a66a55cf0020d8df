"""The clocks of a complaint: examples one can check by hand, and an oracle that counts single minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyi.complaints.clock import (
    Event,
    Kind,
    Limit,
    Reading,
    State,
    Target,
    Terms,
    next_change,
    next_due,
    read,
    rounds,
)
from manyi.people.business_time import Calendar, windows_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = windows_of("08:30-12:00, 13:30-17:30")
CHINA = Calendar("Asia/Shanghai", (OFFICE,) * 5 + ((), ()), country="CN")
BERLIN = Calendar("Europe/Berlin", (windows_of("0-4, 9-17"),) * 7, days={date(2026, 3, 30): ()})
STEPS = (80, 100, 150)
ORDINARY = Terms(
    CHINA,
    {
        Target.ACKNOWLEDGE: Limit(4 * 60),
        Target.RESPOND: Limit(24 * 60, business=False),
        Target.RESOLVE: Limit(3 * 450),
        Target.NEXT_CONTACT: Limit(2 * 450),
    },
    STEPS,
)
URGENT = Terms(CHINA, {Target.RESPOND: Limit(120, False), Target.RESOLVE: Limit(24 * 60, False)}, (80, 100))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


START = Event(at("03-02T10:00"), Kind.START, ORDINARY)  # a Monday


def clocks(now: str, *events: Event) -> dict[Target, Reading]:
    return {reading.target: reading for reading in read((START, *events), at(now))}


def test_a_new_complaint_knows_when_everything_is_due() -> None:
    now = clocks("03-02T11:00")
    assert [(t, r.due) for t, r in now.items()] == [
        (Target.ACKNOWLEDGE, at("03-02T15:30")),
        (Target.RESPOND, at("03-03T10:00")),
        (Target.RESOLVE, at("03-05T10:00")),
        (Target.NEXT_CONTACT, at("03-04T10:00")),
    ]
    assert {r.state for r in now.values()} == {State.RUNNING}
    assert now[Target.RESOLVE].elapsed == HOUR
    assert now[Target.RESPOND].warn_at == at("03-02T10:00") + 19 * HOUR + 12 * MINUTE
    readings = list(now.values())
    assert next_due(readings) == (at("03-02T15:30"), Target.ACKNOWLEDGE)
    assert next_change(readings) == at("03-02T10:00") + 3 * HOUR + 12 * MINUTE + 90 * MINUTE  # over midday


def test_reached_at_the_very_instant_is_met_and_not_reached_is_breached() -> None:
    met = clocks("03-03T10:00", Event(at("03-03T10:00"), Kind.RESPONDED))[Target.RESPOND]
    assert (met.state, met.stopped_at, met.open) == (State.MET, at("03-03T10:00"), False)
    breached = clocks("03-03T10:00")[Target.RESPOND]
    assert (breached.state, breached.breached_at, breached.open) == (State.BREACHED, at("03-03T10:00"), True)
    late = clocks("03-03T11:00", Event(at("03-03T10:01"), Kind.RESPONDED))[Target.RESPOND]
    assert (late.state, late.stopped_at, late.open) == (State.BREACHED, at("03-03T10:01"), False)


def test_an_answer_is_an_acknowledgement_too_and_starts_the_next_contact_anew() -> None:
    now = clocks("03-02T14:00", Event(at("03-02T11:00"), Kind.RESPONDED))
    assert now[Target.ACKNOWLEDGE].state is State.MET
    assert now[Target.NEXT_CONTACT].due == at("03-04T11:00")
    assert now[Target.NEXT_CONTACT].lap == 1


def test_a_pause_moves_what_it_may_pause_and_nothing_else() -> None:
    pause = Event(at("03-02T11:00"), Kind.PAUSED, reason="customer")
    during = clocks("03-02T15:00", pause)
    assert during[Target.RESOLVE].state is State.PAUSED
    assert during[Target.RESOLVE].due is None
    assert during[Target.RESOLVE].stands
    assert not during[Target.ACKNOWLEDGE].stands
    assert during[Target.RESOLVE].paused == 4 * HOUR
    assert during[Target.ACKNOWLEDGE].due == at("03-02T15:30")
    assert during[Target.NEXT_CONTACT].due == at("03-04T10:00")
    after = clocks("03-04T11:00", pause, Event(at("03-03T11:00"), Kind.RESUMED))
    assert after[Target.RESOLVE].due == at("03-06T10:00")
    assert after[Target.RESPOND].due == at("03-04T10:00")
    assert after[Target.RESPOND].state is State.BREACHED


def test_a_pause_ends_by_itself_when_the_cap_of_its_reason_is_used_up() -> None:
    cap = Limit(10 * 60, business=False)
    events = [
        Event(at("03-02T11:00"), Kind.PAUSED, reason="customer", cap=cap),
        Event(at("03-02T17:00"), Kind.RESUMED),
        Event(at("03-03T11:00"), Kind.PAUSED, reason="customer", cap=cap),  # four hours are left
        Event(at("03-03T16:00"), Kind.PAUSED, reason="customer", cap=cap),  # none
        Event(at("03-03T16:30"), Kind.PAUSED, reason="supplier", cap=cap),
    ]
    assert clocks("03-03T12:00", *events[:3])[Target.RESPOND].due == at("03-03T20:00")
    assert clocks("03-03T12:00", *events[:3])[Target.RESPOND].next_change == at("03-03T15:00")
    assert clocks("03-03T16:10", *events)[Target.RESPOND].paused == 10 * HOUR
    assert clocks("03-03T16:10", *events)[Target.RESPOND].state is State.RUNNING
    assert clocks("03-03T17:00", *events)[Target.RESPOND].state is State.PAUSED
    assert clocks("03-03T17:00", *events)[Target.RESPOND].due == at("03-04T06:00")


def test_a_shorter_limit_is_breached_at_the_change_and_not_before() -> None:
    change = Event(at("03-02T15:00"), Kind.POLICY, URGENT)
    now = clocks("03-02T15:00", change)
    assert now[Target.RESPOND].breached_at == at("03-02T15:00")
    assert now[Target.RESOLVE].elapsed == 3 * HOUR + 30 * MINUTE  # business time so far counts
    assert now[Target.RESOLVE].due == at("03-02T15:00") + 20 * HOUR + 30 * MINUTE
    assert Target.ACKNOWLEDGE not in now  # these terms set no limit for it


def test_a_breach_stays_when_the_limit_grows_afterwards() -> None:
    events = [Event(at("03-02T14:00"), Kind.POLICY, URGENT), Event(at("03-02T15:00"), Kind.POLICY, ORDINARY)]
    now = clocks("03-02T16:00", *events)
    assert now[Target.RESPOND].state is State.BREACHED
    assert now[Target.RESPOND].breached_at == at("03-02T14:00")
    assert now[Target.RESOLVE].state is State.RUNNING


def test_a_resolution_that_is_not_accepted_runs_on_where_it_stood() -> None:
    events = [Event(at("03-03T10:00"), Kind.RESOLVED), Event(at("03-04T10:00"), Kind.NOT_ACCEPTED)]
    assert clocks("03-03T12:00", *events[:1])[Target.RESOLVE].state is State.MET
    after = clocks("03-04T11:00", *events)
    assert after[Target.RESOLVE].state is State.RUNNING
    assert after[Target.RESOLVE].due == at("03-06T10:00")
    assert after[Target.RESOLVE].paused == timedelta(0)
    assert after[Target.NEXT_CONTACT].due == at("03-06T10:00")


def test_a_reopening_is_a_new_round() -> None:
    events = [
        Event(at("03-06T10:00"), Kind.RESOLVED),
        Event(at("03-06T11:00"), Kind.CLOSED),
        Event(at("03-09T09:00"), Kind.REOPENED, ORDINARY),
    ]
    first, second = rounds((START, *events))
    assert {r.target: r.state for r in read(first, at("03-09T09:00"))}[Target.RESOLVE] is State.BREACHED
    assert second == events[2:]
    assert clocks("03-09T10:00", *events)[Target.RESOLVE].due == at("03-12T09:00")


def test_a_withdrawn_complaint_has_neither_met_nor_breached_what_was_not_yet_due() -> None:
    now = clocks("03-30T10:00", Event(at("03-02T16:00"), Kind.CLOSED))
    assert now[Target.ACKNOWLEDGE].state is State.BREACHED
    assert now[Target.RESOLVE].state is State.ENDED
    assert now[Target.RESOLVE].elapsed == 4 * HOUR + 30 * MINUTE
    assert next_change(list(now.values())) is None


def test_steps_are_reached_one_after_the_other() -> None:
    shares = {"03-03T05:11": 0, "03-03T05:12": 1, "03-03T10:00": 2, "03-03T21:59": 2, "03-03T22:00": 3}
    assert {now: clocks(now)[Target.RESPOND].reached for now in shares} == shares
    assert clocks("03-03T12:00")[Target.RESPOND].next_change == at("03-03T22:00")
    assert clocks("03-03T22:00")[Target.RESPOND].next_change is None


def test_a_limit_longer_than_the_calendar_is_ever_open_is_never_due() -> None:
    rare = Calendar("UTC", (windows_of("0:00-0:01"), *[()] * 6))
    terms = Terms(rare, {Target.RESOLVE: Limit(9000)})
    (reading,) = read((Event(START.at, Kind.START, terms),), at("03-10T10:00"))
    assert (reading.state, reading.due, reading.next_change) == (State.RUNNING, None, None)
    assert reading.elapsed == MINUTE


def test_without_a_beginning_there_are_no_clocks() -> None:
    assert read((), at("03-02T10:00")) == ()
    assert read((START,), at("03-02T09:59")) == ()
    with pytest.raises(ValueError, match="start without terms"):
        read((Event(START.at, Kind.START),), at("03-02T10:00"))


# -- the oracle -----------------------------------------------------------------------------------------------------


@dataclass
class Minutes:
    """One clock, moved on minute by minute."""

    target: Target
    elapsed: int = 0
    paused: int = 0
    reached: set[int] = field(default_factory=set)
    breached_at: datetime | None = None
    stopped_at: datetime | None = None


def is_open(calendar: Calendar, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(calendar.timezone))
    minute = local.hour * 60 + local.minute
    return any(w.start <= minute < w.end for w in calendar.day(local.date()).windows)


def simulate(events: list[Event], end: datetime) -> dict[Target, Minutes]:
    found = {target: Minutes(target) for target in Target}
    terms = events[0].terms
    assert terms is not None
    pause: Event | None = None
    held = ended = False
    used: dict[str, int] = {}
    now, waiting = events[0].at, list(events)
    while True:
        while waiting and waiting[0].at == now:
            event = waiting.pop(0)
            kind = event.kind
            if ended:
                continue
            reach = {
                Kind.ACKNOWLEDGED: [Target.ACKNOWLEDGE],
                Kind.RESPONDED: [Target.ACKNOWLEDGE, Target.RESPOND],
                Kind.RESOLVED: list(Target),
            }.get(kind, [])
            for target in reach:
                found[target].stopped_at = found[target].stopped_at or now
            if kind in (Kind.ACKNOWLEDGED, Kind.RESPONDED, Kind.CONTACTED) and not held:
                found[Target.NEXT_CONTACT] = Minutes(Target.NEXT_CONTACT)
            if kind is Kind.PAUSED and not held:
                pause = event
            elif kind is Kind.RESUMED:
                pause = None
            elif kind is Kind.RESOLVED:
                pause, held = None, True
            elif kind is Kind.NOT_ACCEPTED and held:
                held = False
                found[Target.NEXT_CONTACT] = Minutes(Target.NEXT_CONTACT)
                found[Target.RESOLVE].stopped_at = None
            elif kind is Kind.POLICY:
                terms = event.terms
                assert terms is not None
            elif kind is Kind.CLOSED:
                ended = True
        if pause is not None and pause.cap is not None and used.get(pause.reason, 0) >= pause.cap.minutes:
            pause = None
        for clock in found.values():
            limit = terms.limits.get(clock.target)
            if not limit or ended or clock.stopped_at is not None:
                continue
            clock.reached |= {share for share in STEPS if clock.elapsed * 100 >= share * limit.minutes}
            if 100 in clock.reached:
                clock.breached_at = clock.breached_at or now
        if now == end:
            return found
        opened = is_open(terms.calendar, now)
        for clock in found.values():
            if ended or clock.stopped_at is not None:
                continue
            limit = terms.limits.get(clock.target)
            if clock.target in (Target.RESPOND, Target.RESOLVE) and pause is not None:
                clock.paused += 1
            elif limit and (opened or not limit.business):
                clock.elapsed += 1
        if pause is not None and pause.cap is not None and (opened or not pause.cap.business):
            used[pause.reason] = used.get(pause.reason, 0) + 1
        now += MINUTE


limits = st.builds(Limit, st.integers(2, 120).map(lambda n: n * 10), st.booleans())
terms_of = st.builds(
    lambda calendar, chosen: Terms(calendar, chosen, STEPS),
    st.sampled_from([CHINA, BERLIN]),
    st.dictionaries(st.sampled_from(Target), limits, min_size=1),
)
STARTS = (
    datetime(2026, 2, 13, 3, tzinfo=UTC),
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 3, 2, 2, tzinfo=UTC),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    now = draw(st.sampled_from(STARTS)) + draw(st.integers(0, 600)) * MINUTE
    events = [Event(now, Kind.START, draw(terms_of))]
    held = False
    for _ in range(draw(st.integers(0, 6))):
        now += draw(st.integers(0, 900)) * MINUTE
        kinds = (
            [Kind.NOT_ACCEPTED, Kind.CLOSED]
            if held
            else [k for k in Kind if k not in (Kind.START, Kind.REOPENED, Kind.NOT_ACCEPTED)]
        )
        kind = draw(st.sampled_from(kinds))
        held = kind is Kind.RESOLVED or (held and kind is not Kind.NOT_ACCEPTED)
        events.append(
            Event(
                now,
                kind,
                draw(terms_of) if kind is Kind.POLICY else None,
                draw(st.sampled_from(["customer", "supplier"])) if kind is Kind.PAUSED else "",
                draw(st.none() | limits) if kind is Kind.PAUSED else None,
            )
        )
    return events


@given(histories(), st.integers(0, 2000))
@settings(max_examples=150, deadline=None)
def test_the_replay_agrees_with_counting_every_minute(events: list[Event], later: int) -> None:
    end = events[-1].at + later * MINUTE
    truth = simulate(events, end)
    for reading in read(events, end):
        clock = truth[reading.target]
        assert reading.elapsed == clock.elapsed * MINUTE, reading
        assert reading.paused == clock.paused * MINUTE, reading
        assert reading.breached_at == clock.breached_at, reading
        assert reading.stopped_at == clock.stopped_at, reading
        assert reading.reached == len(clock.reached), reading
        if reading.state is State.RUNNING and reading.due and reading.due - end < timedelta(days=4):
            assert simulate(events, reading.due)[reading.target].breached_at == reading.due


@given(histories(), st.integers(0, 3000), st.integers(0, 3000))
@settings(max_examples=150, deadline=None)
def test_nothing_that_has_happened_is_undone_by_time(events: list[Event], one: int, other: int) -> None:
    early, late = sorted((one, other))
    before = {r.target: r for r in read(events, events[0].at + early * MINUTE)}
    after = {r.target: r for r in read(events, events[0].at + late * MINUTE)}
    for target, reading in before.items():
        if reading.breached_at and target is not Target.NEXT_CONTACT:
            assert after[target].breached_at == reading.breached_at
        if target in after and reading.lap == after[target].lap:
            assert after[target].elapsed >= reading.elapsed
            assert after[target].paused >= reading.paused


@given(histories(), st.integers(0, 3000))
@settings(max_examples=150, deadline=None)
def test_nothing_changes_before_the_next_change(events: list[Event], later: int) -> None:
    now = events[-1].at + later * MINUTE
    readings = read(events, now)
    change = next_change(readings)
    if change is None:
        change = now + timedelta(days=20)
    else:
        assert change > now
        assert read(events, change) != readings
    just_before = read(events, change - timedelta(microseconds=1))
    assert [(r.state, r.reached, r.due) for r in just_before] == [
        (r.state, r.reached, r.due) for r in readings
    ]
