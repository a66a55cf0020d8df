"""Drawing the journey map, and what it shows to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from manyi.customers.models import Interaction, Order
from manyi.events.models import Event
from manyi.people.models import OrgUnit
from manyi.scope import NotAllowed, Scope
from manyi.standards import neighbours, sources
from manyi.standards.models import Stage, Touchpoint
from manyi.standards.neighbours import Satisfaction
from manyi.standards.queries import touchpoints as queries
from manyi.standards.services import touchpoints as services
from manyi.standards.sources import Reading
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast
from tests.standards.journey_rows import standard, touchpoint

TODAY = date(2026, 3, 2)
SINCE, UNTIL = TODAY - timedelta(days=89), TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def new_stage(scope: Scope, code: str, at: datetime) -> Stage:
    return services.save_stage(scope, stage=Stage(code=code, name={"zh": code, "en": code}), at=at)


def new_touchpoint(
    scope: Scope, code: str, stage: Stage, unit: OrgUnit, at: datetime, **more: str
) -> Touchpoint:
    row = Touchpoint(code=code, name={"zh": code, "en": code}, stage=stage, unit=unit, **more)
    return services.save_touchpoint(scope, touchpoint=row, at=at)


def journey(cast: Cast, who: str = "manager", unit: OrgUnit | None = None) -> queries.Journey:
    return queries.journey(cast.scope(who), unit or cast.group, SINCE, UNTIL, TODAY)


# -- drawing


def test_stages_come_in_the_order_in_which_they_are_made_and_can_be_moved(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    rows = [new_stage(scope, code, at) for code in ("inquiry", "order", "delivery")]
    services.move_stage(scope, stage=rows[2], by=-1, at=at)
    assert [s.code for s in Stage.objects.all()] == ["inquiry", "delivery", "order"]
    services.move_stage(scope, stage=rows[0], by=-1, at=at)
    assert Stage.objects.first() == rows[0]
    assert Event.objects.filter(kind="journey.changed", subject_id="stage:delivery").count() == 2


def test_touchpoints_move_within_their_stage_and_go_to_the_end_of_another(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    one, two = new_stage(scope, "one", at), new_stage(scope, "two", at)
    a, b, c = (new_touchpoint(scope, code, one, cast.group, at) for code in "abc")
    d = new_touchpoint(scope, "d", two, cast.group, at)
    services.move_touchpoint(scope, touchpoint=a, by=1, at=at)
    assert [t.code for t in one.touchpoints.all()] == ["b", "a", "c"]
    b.stage = two
    services.save_touchpoint(scope, touchpoint=b, at=at)
    assert [t.code for t in two.touchpoints.all()] == ["d", "b"]
    assert [c.pk, d.pk]


def test_a_branch_draws_its_own_touchpoints_but_no_stages(cast: Cast, at: datetime) -> None:
    stage = new_stage(cast.scope("manager"), "one", at)
    east = cast.scope("east_manager")
    assert new_touchpoint(east, "own", stage, cast.east, at).unit == cast.east
    for unit in (cast.group, cast.west):
        with pytest.raises(NotAllowed):
            new_touchpoint(east, "other", stage, unit, at)
    with pytest.raises(NotAllowed):
        new_stage(east, "two", at)
    with pytest.raises(NotAllowed):
        services.move_stage(east, stage=stage, by=1, at=at)


def test_a_touchpoint_cannot_be_pulled_out_of_another_branch(cast: Cast, at: datetime) -> None:
    row = touchpoint(cast.west)
    row.unit = cast.east
    with pytest.raises(NotAllowed):
        services.save_touchpoint(cast.scope("east_manager"), touchpoint=row, at=at)


def test_what_is_not_offered_cannot_be_chosen(cast: Cast, at: datetime) -> None:
    stage = new_stage(cast.scope("manager"), "one", at)
    with pytest.raises(Refused, match="no indicator “nothing”"):
        new_touchpoint(cast.scope("manager"), "a", stage, cast.group, at, indicator="nothing")
    assert not Touchpoint.objects.exists()


def test_a_taken_code_and_a_missing_name_are_refused(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    stage = new_stage(scope, "one", at)
    new_touchpoint(scope, "a", stage, cast.group, at)
    with pytest.raises(ValidationError):
        new_touchpoint(scope, "a", stage, cast.group, at)
    with pytest.raises(Refused):
        services.save_touchpoint(
            scope, touchpoint=Touchpoint(code="b", name={"zh": " "}, stage=stage, unit=cast.group), at=at
        )


# -- the map


def test_a_reader_sees_touchpoints_of_their_units_and_of_those_above(cast: Cast) -> None:
    for unit in (cast.group, cast.east, cast.west):
        touchpoint(unit, unit.code)
    seen = {
        who: {t.code for t in queries.touchpoints(cast.scope(who))}
        for who in ("manager", "agent", "outsider")
    }
    assert seen == {
        "manager": {"group", "east", "west"},
        "agent": {"group", "east"},
        "outsider": {"group", "west"},
    }
    assert not queries.touchpoints(Scope.nobody()).exists()


def test_a_touchpoint_of_the_group_is_measured_in_the_branch_that_is_looked_at(cast: Cast) -> None:
    for unit in (cast.group, cast.east, cast.west):
        touchpoint(unit, unit.code)
    assert {c.touchpoint.code: c.unit for c in journey(cast).cards} == {
        "group": cast.group, "east": cast.east, "west": cast.west,
    }  # fmt: skip
    assert {c.touchpoint.code: c.unit for c in journey(cast, "agent", cast.east).cards} == {
        "group": cast.east, "east": cast.east,
    }  # fmt: skip


def test_what_is_out_of_use_is_not_on_the_map(cast: Cast) -> None:
    touchpoint(cast.group, "gone", is_active=False)
    touchpoint(cast.group, "hidden", stage="old")
    Stage.objects.filter(code="old").update(is_active=False)
    assert journey(cast).cards == []


def scores(monkeypatch: pytest.MonkeyPatch, found: Mapping[str, tuple[float, float, float]]) -> None:
    def read(scope: Scope, unit: OrgUnit, nodes: Sequence[str]) -> Mapping[str, Satisfaction]:
        return {
            node: Satisfaction(value=v, low=low, high=high, n=50, wave={"en": "Wave"}, url="/x/")
            for node, (v, low, high) in found.items()
            if node in nodes
        }

    monkeypatch.setitem(neighbours._known, "indicator", (read, lambda scope: []))


def test_the_lowest_score_is_the_weakest_and_overlapping_intervals_are_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("a", "b", "c"):
        touchpoint(cast.group, code, indicator=code)
    scores(monkeypatch, {"a": (70, 65, 75), "b": (62, 58, 66), "c": (80, 77, 83)})
    found = journey(cast)
    assert found.weakest is not None
    assert found.weakest.touchpoint.code == "b"
    assert found.next_weakest is not None
    assert found.next_weakest.touchpoint.code == "a"
    assert not found.clearly
    assert [card.touchpoint.code for card in found.cards if card.weakest] == ["b"]
    scores(monkeypatch, {"a": (70, 68, 72), "b": (62, 60, 64), "c": (80, 77, 83)})
    assert journey(cast).clearly


def test_a_single_known_score_makes_nothing_the_weakest(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("a", "b"):
        touchpoint(cast.group, code, indicator=code)
    scores(monkeypatch, {"a": (30, 20, 40)})
    assert journey(cast).weakest is None


def test_missed_standards_of_the_map_are_listed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"good": 95.0, "close": 88.0, "bad": 60.0}
    monkeypatch.setattr(sources, "_sources", {})
    sources.register("audit", lambda scope, subject, *rest: Reading(value=values[subject], n=20))
    point = touchpoint(cast.group)
    for code in values:
        standard(point, code, subject=code, tolerance=5)
    standard(point, "asleep", subject="bad", is_active=False)
    found = journey(cast)
    assert {row.standard.code: str(row.verdict.status) for row in found.cards[0].standards} == {
        "good": "met", "close": "watched", "bad": "missed",
    }  # fmt: skip
    assert [row.standard.code for row in found.not_met] == ["bad"]
    assert found.cards[0].missed == 1


def test_volume_counts_what_was_noted_in_the_unit_and_the_days(cast: Cast, at: datetime) -> None:
    touchpoint(cast.group, "orders", volume="order")
    touchpoint(cast.group, "calls", volume="call")
    touchpoint(cast.group, "uncounted")
    customer, other = factories.customer(cast.east, 1, at), factories.customer(cast.west, 2, at)
    for number, (who, days, kind) in enumerate(
        [
            (customer, 1, "order"),
            (customer, 89, "order"),
            (customer, 91, "order"),
            (customer, 1, "return"),
            (other, 1, "order"),
        ]
    ):
        Order.objects.create(customer=who, number=f"SO-{number}", kind=kind, at=at - timedelta(days=days))
    Interaction.objects.create(customer=customer, at=at, kind="call")
    assert {c.touchpoint.code: c.volume for c in journey(cast).cards} == {
        "orders": 3,
        "calls": 1,
        "uncounted": None,
    }
    assert {c.touchpoint.code: c.volume for c in journey(cast, "agent", cast.east).cards}["orders"] == 2
