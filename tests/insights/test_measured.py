"""An indicator nobody is asked for: promises kept, in the tree beside the answers."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from manyi.customers.models import Promise
from manyi.insights import rows
from manyi.insights.queries import result_of
from manyi.measures import index
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit
from manyi.surveys import mapping, tree
from manyi.surveys.models import TreeVersion, Wave
from manyi.surveys.services import waves
from tests import factories
from tests.conftest import Cast
from tests.insights.conftest import Answers

DAY = timedelta(days=1)


@pytest.fixture
def definition() -> dict[str, Any]:
    """The usual tree with a third dimension: promises kept."""
    given = copy.deepcopy(factories.TREE)
    leaf = {"code": "promises", "name": factories.texts("承诺兑现", "Promises kept"), "weight": 20}
    given["tree"].append({**leaf, "column": "promises_kept"})
    return tree.checked(given)


def promises(cast: Cast, unit: OrgUnit, at: datetime, kept: int, broken: int) -> None:
    customer = factories.customer(unit, 100 + unit.pk, at)
    for n in range(kept + broken):
        due = at - (n + 1) * DAY
        Promise.objects.create(
            customer=customer, unit=unit, text="x", made_by=cast.agent, owner=cast.agent, made_at=due - DAY,
            due_at=due, remind_at=due, state="kept" if n < kept else "broken", done_at=due if n < kept else None,
            settled_at=at, settled_by=cast.agent, evidence="note",
        )  # fmt: skip


@pytest.mark.django_db
def test_each_unit_counts_with_its_own_share(
    cast: Cast, at: datetime, answers: Answers, definition: dict[str, Any]
) -> None:
    wave = factories.wave(cast.group, at, tree_version=factories.tree_version(at, definition=definition))
    answers.put(wave, cast.east, 30, seed=1)
    answers.put(wave, cast.west, 10, seed=2)
    end = max(wave.responses.values_list("submitted_at", flat=True))
    promises(cast, cast.east, end, kept=9, broken=1)
    promises(cast, cast.west, end, kept=3, broken=3)
    for _round in ("live", "stored"):
        result = result_of(cast.scope("executive"), wave)
        assert result.index is not None
        node = result.index.node("promises")
        assert node.n == 40
        assert node.score == pytest.approx((30 * 90 + 10 * 50) / 40)
        assert result.index.index == pytest.approx(
            by_hand(wave, definition, {cast.east.pk: 90.0, cast.west.pk: 50.0})
        )
        rows.write_snapshot(wave)


def by_hand(wave: Wave, definition: dict[str, Any], shares: dict[int, float]) -> float | None:
    """The index as if every respondent had answered with the share of their unit."""
    given = list(wave.responses.all())
    columns = {
        column: np.array([row.answers.get(column, np.nan) for row in given], float)
        for column in ("on_time", "complete", "attitude", "speed")
    }
    columns["promises_kept"] = np.array([shares[row.unit_id or 0] for row in given])
    return index.score(Tree.from_dict(definition), columns).index


@pytest.mark.django_db
def test_a_unit_with_few_promises_has_no_figure(
    cast: Cast, at: datetime, answers: Answers, definition: dict[str, Any]
) -> None:
    wave = factories.wave(cast.group, at, tree_version=factories.tree_version(at, definition=definition))
    answers.put(wave, cast.east, 30, seed=1)
    promises(cast, cast.east, max(wave.responses.values_list("submitted_at", flat=True)), kept=4, broken=0)
    result = result_of(cast.scope("executive"), wave)
    assert result.index is not None
    assert result.index.node("promises").n == 0
    assert result.index.index is not None


def test_the_scale_is_its_own_and_nobody_is_asked(definition: dict[str, Any]) -> None:
    leaf = definition["tree"][2]
    assert (leaf["scale"]["min"], leaf["scale"]["max"]) == (0, 100)
    asked = str(tree.questionnaire_of(definition))
    assert "on_time" in asked
    assert "promises" not in asked
    names = ["on_time", "complete", "attitude", "speed", "promises_kept"]
    assert mapping.best_tree(names[:4], {"csi": Tree.from_dict(definition)}) == "csi"
    assert "promises_kept" not in mapping.matches(names, Tree.from_dict(definition)).values()


@pytest.mark.django_db
def test_the_questionnaire_need_not_ask_it(cast: Cast, at: datetime, definition: dict[str, Any]) -> None:
    version: TreeVersion = factories.tree_version(at, definition=definition)
    wave: Wave = factories.wave(cast.group, at, tree_version=version)
    waves.check_design(wave)
    definition["tree"][2]["column"] = "never_asked"
    with pytest.raises(waves.WaveError, match="never_asked"):
        waves.check_design(
            factories.wave(cast.group, at, tree_version=factories.tree_version(at, definition=definition))
        )
