"""What a role at a unit lets one see."""

from __future__ import annotations

import pytest

from manyi.people.models import OrgUnit
from manyi.scope import NotAllowed, Scope
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def test_a_branch_manager_sees_the_branch_and_not_its_sister(cast: Cast) -> None:
    scope = cast.scope("east_manager")
    assert scope.units_for("waves.run") == {cast.east.pk}
    assert scope.lineage_for("waves.read") == {cast.east.pk, cast.group.pk}
    assert list(scope.limit(OrgUnit.objects.all(), "waves.read", field="pk")) == [cast.east]
    with pytest.raises(NotAllowed):
        scope.require("waves.run", cast.west.pk)


def test_rights_of_one_place_do_not_spill_to_another(cast: Cast) -> None:
    cast.agent.memberships.create(role="executive", unit=cast.west)
    scope = cast.scope("agent")
    assert scope.may("customers.edit", cast.east.pk)
    assert not scope.may("customers.edit", cast.west.pk)
    assert scope.may("results.read", cast.west.pk)


def test_nobody_sees_nothing() -> None:
    assert not Scope.nobody().may("waves.read")
    assert Scope.nobody().limit(OrgUnit.objects.all(), "waves.read", field="pk").count() == 0
