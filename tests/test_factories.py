"""The ready-made things themselves are sound."""

from __future__ import annotations

from datetime import datetime

import pytest

from manyi.measures.tree import Tree
from manyi.surveys.questionnaire import parse
from tests import factories
from tests.conftest import Cast


@pytest.mark.django_db
def test_the_wave_of_the_factories_is_consistent(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.group, at)
    invited = factories.invitation(wave, factories.customer(cast.east, 1, at), at)
    assert invited.unit == cast.east
    form, tree = parse(factories.QUESTIONNAIRE), Tree.from_dict(factories.TREE)
    assert set(tree.columns()) <= set(form.columns())
