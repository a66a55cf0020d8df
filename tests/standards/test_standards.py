"""Setting standards, measuring them by unit and month, and kept promises as a measure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from manyi.customers.models import Promise
from manyi.events.models import Event
from manyi.people.models import OrgUnit
from manyi.scope import NotAllowed, Scope
from manyi.standards import sources
from manyi.standards.models import ServiceStandard
from manyi.standards.queries import promises
from manyi.standards.queries import standards as queries
from manyi.standards.services.standards import save_standard
from manyi.standards.sources import Reading
from manyi.web.errors import Refused
from tests.conftest import Cast
from tests.standards.journey_rows import standard, touchpoint

TODAY = date(2026, 3, 2)
SINCE, UNTIL = TODAY - timedelta(days=89), TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


Asked = list[tuple[str, str, date, date]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A source that remembers what it was asked and answers 80 for the east, 95 elsewhere."""
    found: Asked = []

    def read(scope: Scope, subject: str, unit: OrgUnit, since: date, until: date) -> Reading:
        found.append((subject, unit.code, since, until))
        return Reading(value=80.0 if unit.code == "east" else 95.0, low=70.0, high=99.0, n=30, url="/x/")

    monkeypatch.setattr(sources, "_sources", {})
    sources.register("audit", read)
    sources.register("clock", read, subjects=lambda scope: [("respond", "Answered in time")], full_days=True)
    return found


def new(
    cast: Cast, at: datetime, who: str = "manager", unit: OrgUnit | None = None, **fields: Any
) -> ServiceStandard:
    given: dict[str, Any] = {
        "code": "s", "name": {"zh": "准时", "en": "On time"}, "source": "audit", "target": 90.0, **fields,
    }  # fmt: skip
    row = ServiceStandard(touchpoint=touchpoint(unit or cast.group, f"t-{given['code']}"), **given)
    return save_standard(cast.scope(who), standard=row, at=at)


# -- setting


def test_the_log_keeps_the_target_that_holds_from_now(cast: Cast, at: datetime, asked: Asked) -> None:
    row = new(cast, at, tolerance=5)
    row.target = 95
    save_standard(cast.scope("manager"), standard=row, at=at)
    payloads = [
        e.payload for e in Event.objects.filter(kind="standard.changed", subject_id="s").order_by("pk")
    ]
    assert [(p["change"], p["target"]) for p in payloads] == [("made", 90), ("changed", 95)]


@pytest.mark.parametrize("fields", [
    {"target": 101.0}, {"target": float("nan")}, {"target": -1.0}, {"tolerance": -0.1}, {"tolerance": float("inf")},
    {"source": "clock", "subject": "sleep"}, {"source": "moon"}, {"also": {"clock": "sleep"}}, {"also": {"moon": ""}},
])  # fmt: skip
def test_what_cannot_be_measured_is_refused(
    cast: Cast, at: datetime, asked: Asked, fields: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        new(cast, at, **fields)
    assert not ServiceStandard.objects.exists()


def test_items_of_surveys_are_in_points_everything_else_in_per_cent(
    cast: Cast, at: datetime, asked: Asked
) -> None:
    assert new(cast, at, code="a", source="clock", subject="respond").measure == "%"
    assert new(cast, at, code="b", source="survey", subject="on_time").measure == "points"


def test_the_source_that_decides_is_not_shown_beside_itself(cast: Cast, at: datetime, asked: Asked) -> None:
    row = new(cast, at, source="clock", subject="respond", also={"clock": "respond", "audit": ""})
    assert row.also == {"audit": ""}


def test_a_branch_sets_no_standard_for_the_group_or_its_neighbour(
    cast: Cast, at: datetime, asked: Asked
) -> None:
    for unit in (cast.group, cast.west):
        with pytest.raises(NotAllowed):
            new(cast, at, "east_manager", unit, code=unit.code)
    own = new(cast, at, "east_manager", cast.east)
    own.touchpoint = touchpoint(cast.west, "theirs")
    with pytest.raises(NotAllowed):
        save_standard(cast.scope("east_manager"), standard=own, at=at)


# -- measuring


def test_a_standard_of_another_branch_is_out_of_sight(cast: Cast) -> None:
    standard(touchpoint(cast.east))
    assert queries.standard(cast.scope("agent"), "on-time").code == "on-time"
    with pytest.raises(ServiceStandard.DoesNotExist):
        queries.standard(cast.scope("outsider"), "on-time")


def test_by_unit_the_whole_comes_first_then_its_parts_in_sight(cast: Cast, asked: Asked) -> None:
    row = standard(touchpoint(cast.group))
    found = queries.by_unit(cast.scope("manager"), row, cast.group, SINCE, UNTIL, TODAY)
    assert [(m.unit.code, str(m.verdict.status)) for m in found] == [
        ("group", "met"), ("east", "missed"), ("west", "met"),
    ]  # fmt: skip
    assert [
        m.unit.code for m in queries.by_unit(cast.scope("agent"), row, cast.east, SINCE, UNTIL, TODAY)
    ] == ["east"]


def test_each_month_is_asked_for_itself_and_the_present_one_up_to_today(cast: Cast, asked: Asked) -> None:
    queries.by_month(cast.scope("manager"), standard(touchpoint(cast.group)), cast.group, TODAY)
    assert len(asked) == 12
    assert asked[0][2:] == (date(2025, 4, 1), date(2025, 5, 1))
    assert asked[-1][2:] == (date(2026, 3, 1), date(2026, 3, 3))


def test_a_source_of_full_days_is_not_asked_about_today(cast: Cast, asked: Asked) -> None:
    row = standard(touchpoint(cast.group), source="clock", subject="respond")
    queries.measure(cast.scope("manager"), row, cast.group, SINCE, UNTIL, TODAY)
    assert asked == [("respond", "group", SINCE, TODAY)]
    first = date(2026, 3, 2)
    found = queries.measure(cast.scope("manager"), row, cast.group, first, UNTIL, TODAY)
    assert str(found.verdict.status) == "unmeasured"
    assert len(asked) == 1


def test_a_source_nobody_registered_measures_nothing(cast: Cast, asked: Asked) -> None:
    row = standard(touchpoint(cast.group), source="visit")
    assert queries.measure(cast.scope("manager"), row, cast.group, SINCE, UNTIL, TODAY).reading == Reading(
        value=None
    )


def test_evidence_is_of_the_readers_own_unit(cast: Cast, asked: Asked) -> None:
    standard(touchpoint(cast.group), tolerance=5)
    found = queries.evidence(cast.scope("east_manager"), "on-time", TODAY)
    assert (found["unit"], found["status"], found["value"], found["sure"]) == (
        cast.east,
        "missed",
        80.0,
        False,
    )
    assert found["url"] == f"/service-standards/on-time/?unit={cast.east.pk}&period=90"
    assert queries.evidence(cast.scope("manager"), "on-time", TODAY)["unit"] == cast.group
    looked_at = queries.evidence(cast.scope("manager"), f"on-time:{cast.east.pk}:2026-02", TODAY)
    assert (looked_at["unit"], looked_at["value"], looked_at["since"]) == (cast.east, 80.0, "2026-02-01")


def test_there_is_no_evidence_where_a_standard_does_not_hold_or_is_out_of_sight(
    cast: Cast, asked: Asked
) -> None:
    standard(touchpoint(cast.east), "east-only")
    manager, outsider = cast.scope("manager"), cast.scope("outsider")
    for scope, key in (
        (manager, f"east-only:{cast.west.pk}:90"), (manager, "east-only:999:90"), (manager, "east-only:x:90"),
        (manager, "nothing"), (outsider, "east-only"), (outsider, f"east-only:{cast.east.pk}:90"),
    ):  # fmt: skip
        with pytest.raises(ServiceStandard.DoesNotExist):
            queries.evidence(scope, key, TODAY)


def test_what_else_looks_at_a_standard_is_read_with_its_own_subject(cast: Cast, asked: Asked) -> None:
    row = standard(touchpoint(cast.group), source="audit", also={"clock": "respond"})
    found = queries.elsewhere(cast.scope("manager"), row, cast.group, SINCE, UNTIL, TODAY)
    assert [(source, name, reading.value) for source, name, reading in found] == [
        ("Time limit of complaints", "Answered in time", 95.0)
    ]
    assert asked[0][0] == "respond"


# -- kept promises


def promise(cast: Cast, due: datetime, kind: str, done: datetime | None, unit: OrgUnit | None = None) -> None:
    Promise.objects.create(
        unit=unit or cast.east, kind=kind, text="x", owner=cast.agent, made_by=cast.agent, made_at=due, due_at=due,
        remind_at=due, state="kept" if done else "open", done_at=done, settled_at=done,
    )  # fmt: skip


def test_kept_promises_of_a_kind_by_hand(cast: Cast, at: datetime) -> None:
    due = at - timedelta(days=5)
    for _ in range(3):
        promise(cast, due, "reply", due)
    promise(cast, due, "reply", due + timedelta(hours=1))  # late
    promise(cast, due, "visit", None)  # overdue
    promise(cast, due, "reply", due, cast.west)
    promise(cast, at - timedelta(days=200), "reply", None)
    read = promises.read(cast.scope("manager"), "reply", cast.east, SINCE, TODAY)
    assert (read.value, read.n) == (75.0, 4)
    # The exact interval of 3 of 4, as tables have it: 0.1941 to 0.9937.
    assert read.low == pytest.approx(19.41, abs=0.01)
    assert read.high == pytest.approx(99.37, abs=0.01)
    every = promises.read(cast.scope("manager"), promises.ALL, cast.group, SINCE, TODAY)
    assert every.value == pytest.approx(100 * 4 / 6)
    assert every.n == 6


def test_kept_promises_are_not_told_without_the_right_to_results(cast: Cast) -> None:
    assert promises.read(cast.scope("agent"), promises.ALL, cast.east, SINCE, TODAY).hidden
    assert promises.read(cast.scope("east_manager"), promises.ALL, cast.west, SINCE, TODAY).hidden
    assert not promises.read(cast.scope("east_manager"), promises.ALL, cast.east, SINCE, TODAY).hidden
