"""A weak category of a self-assessment becomes a finding with one click."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from manyi.improvement import sources
from manyi.improvement.models import Finding
from manyi.scope import NotAllowed
from manyi.standards import assessment as rules
from manyi.standards.models import SelfAssessment
from manyi.web.errors import Refused
from tests.conftest import Cast


@pytest.fixture
def ended(cast: Cast, at: datetime) -> SelfAssessment:
    """Three sheets of all fours: 80 per cent, of which 90 were wanted in reaching out."""
    row = SelfAssessment.objects.create(
        unit=cast.group, name={"zh": "自测", "en": "Round"}, opened_at=at, closed_at=at, closes_on=at.date(),
        targets={"reach": 90},
    )  # fmt: skip
    for user in (cast.manager, cast.agent, cast.handler):
        ratings = dict.fromkeys(rules.STATEMENTS, 4)
        row.raters.create(user=user, role="front", ratings=ratings, invited_at=at, submitted_at=at)
    return row


def test_the_button_raises_a_finding_with_its_evidence(
    cast: Cast, ended: SelfAssessment, client: Client
) -> None:
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    body = {"kind": "self_assessment", "key": f"{ended.pk}:reach"}
    assert client.post("/improve/findings/raise/", body).status_code == 302
    row = Finding.objects.get()
    assert (row.kind, row.unit_id) == ("self_assessment", cast.group.pk)
    assert "80.0%" in row.title
    assert row.evidence["value"] == 80.0
    assert row.evidence["figure"]["en"] == "80.0% of the points, target 90% · 3 raters"
    assert row.evidence["url"] == f"/self-assessment/{ended.pk}/"


@pytest.mark.parametrize("key", ["{}:climate", "{}:weather", "x", "999999:reach"])
def test_what_is_not_weak_or_not_there_is_refused(
    cast: Cast, at: datetime, ended: SelfAssessment, key: str
) -> None:
    with pytest.raises(Refused):
        sources.look_up(
            cast.scope("manager"), "self_assessment", key.format(ended.pk), at + timedelta(days=1)
        )


def test_others_do_not_find_it(cast: Cast, at: datetime, ended: SelfAssessment) -> None:
    with pytest.raises((Refused, NotAllowed)):
        sources.look_up(cast.scope("outsider"), "self_assessment", f"{ended.pk}:reach", at)
