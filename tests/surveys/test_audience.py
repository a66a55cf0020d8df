from __future__ import annotations

from typing import Any

import pytest

from manyi.surveys.audience import Audience, AudienceError, Candidate, Reach, judge

WHO = Candidate(
    id=1, unit_id=3, lineage=frozenset({1, 3}), tier="A", region="华东", attributes={"size": 3},
    contacts=(Reach(1, "a@x.cn"), Reach(2, "b@x.cn")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        ({}, True),
        ({"units": [1]}, True),
        ({"units": [2]}, False),
        ({"tiers": ["A", "B"], "regions": ["华东"]}, True),
        ({"tiers": ["A"], "regions": ["华南"]}, False),
        ({"attributes": {"size": [3]}}, True),
        ({"attributes": {"size": ["4"]}}, False),
    ],
)
def test_filters_must_all_hold(filters: dict[str, Any], matches: bool) -> None:
    assert Audience.from_dict(filters).matches(WHO) is matches


@pytest.mark.parametrize(
    ("filters", "where"),
    [({"phone": ["1"]}, "phone"), ({"units": ["x"]}, "units"), ({"tiers": "A"}, "tiers"), ([], "audience")],
)
def test_a_filter_that_cannot_be_read_is_named(filters: Any, where: str) -> None:
    with pytest.raises(AudienceError) as error:
        Audience.from_dict(filters)
    assert error.value.where == where


def test_another_contact_is_asked_when_the_main_one_opted_out() -> None:
    who = Candidate(
        id=1, unit_id=3, lineage=frozenset({3}),
        contacts=(Reach(1, "a@x.cn", opted_out=True), Reach(2, "b@x.cn")),
    )  # fmt: skip
    verdict = judge(who, Audience(), asked_since=None)
    assert verdict.contact is not None
    assert verdict.contact.id == 2


def test_only_the_customers_named_are_asked() -> None:
    chosen = Audience.from_dict({"customers": [3, 5]})
    asked = [number for number in range(1, 7) if chosen.matches(Candidate(number, 1, frozenset({1})))]
    assert asked == [3, 5]
    with pytest.raises(AudienceError, match="customers"):
        Audience.from_dict({"customers": ["3"]})
