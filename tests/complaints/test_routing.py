"""Routing rules: pure decisions, application on receipt, dry run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from manyi.complaints import routing
from manyi.complaints.models import Category, Routing, RoutingRule, WorkOrder
from manyi.complaints.queries import routing as queries
from manyi.complaints.services import routing as services
from manyi.people.models import User
from manyi.scope import NotAllowed, Scope
from tests import factories
from tests.conftest import Cast

SYSTEM = Scope.system("test")


def rule(**fields: object) -> routing.Rule:
    return routing.Rule(**{"id": 1, "way": "unit", "to_unit": 9, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({}, True),
        ({"category": 3}, True),
        ({"category": 4}, True),
        ({"category": 5}, False),
        ({"product": "PUMP"}, True),
        ({"product": "valve"}, False),
        ({"unit": 1}, True),
        ({"unit": 7}, False),
        ({"severity": "urgent"}, True),
        ({"severity": "major"}, False),
        ({"channel": "web"}, False),
        ({"category": 3, "product": "pump", "unit": 2, "severity": "urgent", "channel": "phone"}, True),
    ],
)
def test_a_rule_holds_when_all_its_conditions_do(fields: dict[str, object], holds: bool) -> None:
    case = routing.Case(1, frozenset({3, 4}), "Gear pump X", frozenset({1, 2}), "urgent", "phone")
    assert rule(**fields).holds(case) is holds


def test_in_turn_and_by_load() -> None:
    people = {9: [routing.Person(1), routing.Person(2), routing.Person(3)]}
    staff = routing.Staff(people, {1: 2, 2: 0, 3: 1}, {1: 2})
    turn = [routing.decide([rule(way="turn")], routing.Case(n), staff) for n in range(4)]
    assert [d.user for d in turn if d] == [3, 1, 2, 3]
    staff = routing.Staff(people, {1: 2, 2: 0, 3: 1})
    load = [routing.decide([rule(way="load")], routing.Case(n), staff) for n in range(5)]
    assert [d.user for d in load if d] == [2, 2, 3, 1, 2]


def test_a_rule_without_anybody_there_leaves_it_to_the_next() -> None:
    staff = routing.Staff({9: [routing.Person(1, frozenset({"Hydraulics"}))]})
    rules = [
        rule(id=1, way="skill", skill="english"),
        rule(id=2, way="person", to_user=5),
        rule(id=3, way="skill", skill="hydraulics"),
    ]
    assert routing.decide(rules, routing.Case(1), staff) == routing.Decision(3, 9, 1)
    assert routing.decide(rules[:2], routing.Case(1), staff) is None


def test_whoever_one_rule_names_is_not_taken_by_others() -> None:
    staff = routing.Staff({9: [routing.Person(1)], 8: []}, present=frozenset({5}))
    rules = [rule(id=1, way="turn", to_unit=8), rule(id=2, way="person", to_user=5, to_unit=8)]
    assert routing.decide(rules, routing.Case(1), staff) == routing.Decision(2, 8, 5)


def stored(cast: Cast, **fields: object) -> RoutingRule:
    defaults = {"name": "Rule", "to_unit": cast.east, "way": "load"}
    return services.save_rule(cast.scope("manager"), rule=RoutingRule(**{**defaults, **fields}))


def test_applied_when_a_complaint_comes_in_and_only_once(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    made = stored(cast, product="pump", way="person", to_user=cast.handler)
    row = factories.complaint(cast.west, cast.outsider, at, product="Gear pump")
    other = factories.complaint(cast.west, cast.outsider, at, product="Valve")
    run_jobs()
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.handler, row.handler_unit, row.first_contact_owner) == (
        cast.handler,
        cast.east,
        cast.outsider,
    )
    assert (other.handler, other.handler_unit) == (cast.outsider, cast.west)
    assert Routing.objects.get().rule == made
    RoutingRule.objects.update(to_user=cast.agent)
    services.apply(SYSTEM, complaint=row, at=at)
    row.refresh_from_db()
    assert row.handler == cast.handler


def test_who_cannot_sign_in_is_passed_over(cast: Cast, at: datetime) -> None:
    stored(cast, way="turn")
    User.objects.filter(pk=cast.handler.pk).update(is_active=False)
    rows = [factories.complaint(cast.west, cast.outsider, at) for _ in range(3)]
    got = [services.apply(SYSTEM, complaint=row, at=at) for row in rows]
    assert {routing_.user for routing_ in got if routing_} == {cast.agent}


def test_a_category_rule_also_takes_what_is_below_it(cast: Cast, at: datetime) -> None:
    quality = Category.objects.create(code="q-test", name={"en": "Quality"})
    noise = Category.objects.create(code="q-noise", name={"en": "Noise"}, parent=quality)
    stored(cast, category=quality, way="unit")
    row = factories.complaint(cast.west, cast.outsider, at, category=noise)
    made = services.apply(SYSTEM, complaint=row, at=at)
    assert made is not None
    assert (row.handler_unit, row.handler) == (cast.east, None)


def test_a_proposed_work_order_is_taken_up_once(cast: Cast, at: datetime) -> None:
    stored(cast, way="unit", effect="propose", instruction="Check the batch")
    row = factories.complaint(cast.west, cast.outsider, at)
    services.apply(SYSTEM, complaint=row, at=at)
    assert row.handler_unit == cast.west
    found = queries.suggestion(row)
    assert found is not None
    order = services.take_up(cast.scope("outsider"), suggestion=found, at=at)
    assert (order.unit, order.instruction) == (cast.east, "Check the batch")
    assert queries.suggestion(row) is None
    with pytest.raises(ValueError, match="answered"):
        services.take_up(cast.scope("outsider"), suggestion=found, at=at)
    assert WorkOrder.objects.count() == 1


def test_the_dry_run_shows_what_would_have_happened_and_stores_nothing(cast: Cast, at: datetime) -> None:
    for hour in range(4):
        factories.complaint(
            cast.west, cast.outsider, at + timedelta(hours=hour), product="pump" if hour else ""
        )
    factories.complaint(cast.west, cast.outsider, at + timedelta(days=2), product="pump")
    rules = [RoutingRule(name="Pumps", product="pump", to_unit=cast.east, way="turn")]
    trials, total = queries.dry_run(cast.scope("manager"), rules, since=at, until=at + timedelta(days=1))
    assert total == 4
    assert [t.user for t in trials] == [None, cast.agent, cast.handler, cast.agent]
    assert [t.changed for t in trials] == [False, True, True, True]
    assert not Routing.objects.exists()
    trials, total = queries.dry_run(cast.scope("east_manager"), rules, since=at, until=at + timedelta(days=1))
    assert (trials, total) == ([], 0)


def test_rules_are_ordered_and_checked(cast: Cast) -> None:
    one, two = stored(cast, name="one"), stored(cast, name="two")
    services.order_rules(cast.scope("manager"), ids=[two.pk, one.pk])
    assert list(queries.rules(cast.scope("manager")).values_list("name", flat=True)) == ["two", "one"]
    for wrong, field in (
        ({"way": "person"}, "to_user"),
        ({"way": "skill"}, "skill"),
        ({"effect": "propose"}, "instruction"),
        ({"way": "person", "to_user": cast.outsider}, "to_user"),
    ):
        with pytest.raises(ValidationError) as error:
            stored(cast, **wrong)
        assert field in error.value.message_dict


def test_a_branch_sets_rules_for_itself_only(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.save_rule(
            cast.scope("outsider"), rule=RoutingRule(name="x", to_unit=cast.east, unit=cast.east, way="unit")
        )
    with pytest.raises(NotAllowed):
        services.save_rule(cast.scope("outsider"), rule=RoutingRule(name="x", to_unit=cast.east, way="unit"))
    services.save_rule(
        cast.scope("outsider"), rule=RoutingRule(name="x", to_unit=cast.east, unit=cast.west, way="unit")
    )


def test_a_branch_sees_the_rules_that_decide_for_it_and_orders_its_own(cast: Cast) -> None:
    for name, unit in (("all", None), ("east 1", cast.east), ("west 1", cast.west), ("east 2", cast.east)):
        stored(cast, name=name, unit=unit)
    scope = cast.scope("outsider")
    seen = queries.rules(scope)
    assert [row.name for row in seen] == ["all", "west 1"]
    with pytest.raises(NotAllowed):
        services.order_rules(scope, ids=[row.pk for row in seen][::-1])
    services.save_rule(scope, rule=RoutingRule(name="west 2", to_unit=cast.west, unit=cast.west, way="unit"))
    west = [row.pk for row in queries.rules(scope) if row.unit == cast.west]
    services.order_rules(scope, ids=west[::-1])
    names = [row.name for row in queries.rules(cast.scope("manager"))]
    assert names == ["all", "east 1", "west 2", "east 2", "west 1"]


def test_a_branch_sees_only_what_its_own_people_are_good_at(cast: Cast) -> None:
    services.set_skills(cast.scope("manager"), user=cast.handler, tags=["英语"])
    assert queries.skills(cast.scope("east_manager")).count() == 1
    assert queries.skills(cast.scope("outsider")).count() == 0


def test_skills(cast: Cast, at: datetime) -> None:
    services.set_skills(cast.scope("manager"), user=cast.handler, tags=["Hydraulics", "英语", " "])
    services.set_skills(cast.scope("manager"), user=cast.handler, tags=["英语"])
    stored(cast, way="skill", skill="英语")
    made = services.apply(SYSTEM, complaint=factories.complaint(cast.west, cast.outsider, at), at=at)
    assert made is not None
    assert made.user == cast.handler
    with pytest.raises(NotAllowed):
        services.set_skills(cast.scope("outsider"), user=cast.handler, tags=["x"])
