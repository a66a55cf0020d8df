"""How alike two titles are."""

from __future__ import annotations

import pytest

from manyi.complaints.similarity import likeness


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("Bearing noisy", "bearing NOISY!", 1, 1),
        ("轴承有异响", "轴承异响很大", 0.4, 0.7),
        ("轴承异响", "交货延迟", 0, 0),
        ("Bearing makes noise", "Invoice is wrong", 0, 0.3),
        ("", "anything", 0, 0),
        ("…", "?", 0, 0),
    ],
)
def test_likeness_is_between(one: str, other: str, low: float, high: float) -> None:
    assert low <= likeness(one, other) <= high
    assert likeness(one, other) == likeness(other, one)
