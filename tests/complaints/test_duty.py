"""Who takes what comes in by itself."""

from __future__ import annotations

from datetime import datetime

from manyi.complaints.queries.duty import on_duty
from manyi.complaints.services import cases
from manyi.people import services as people
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from tests import factories
from tests.conftest import Cast

SYSTEM = Scope.system("test")


def _agent(name: str, unit: OrgUnit, at: datetime) -> User:
    return people.create_user(
        SYSTEM, username=name, email="", name=name, language="en", password=None,
        roles=[("agent", unit)], at=at,
    )  # fmt: skip


def test_the_agent_with_fewest_open_complaints_comes_first(cast: Cast, at: datetime) -> None:
    second = _agent("second", cast.east, at)
    assert on_duty(cast.east) == cast.agent
    busy = factories.complaint(cast.east, cast.agent, at)
    assert on_duty(cast.east) == second
    cases.withdraw(SYSTEM, complaint=busy, reason="", at=at)
    assert on_duty(cast.east) == cast.agent


def test_without_an_agent_the_manager_of_the_unit_takes_it_before_agents_above(
    cast: Cast, at: datetime
) -> None:
    _agent("headquarters", cast.group, at)
    assert on_duty(cast.west) == cast.outsider


def test_nobody_at_the_unit_means_somebody_above(cast: Cast, at: datetime) -> None:
    team = people.create_org_unit(SYSTEM, code="team", name={"zh": "班组"}, parent=cast.west, at=at)
    User.objects.filter(pk=cast.outsider.pk).update(is_active=False)
    assert on_duty(team) == min(cast.manager, cast.admin, key=lambda user: user.pk)


def test_nobody_anywhere_is_said(cast: Cast, at: datetime) -> None:
    User.objects.update(is_active=False)
    assert on_duty(cast.east) is None
