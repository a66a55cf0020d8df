from __future__ import annotations

import itertools
from datetime import date

import pytest

from manyi.standards.period import month, months, period

TODAY = date(2026, 3, 2)


def test_the_last_days_end_with_today() -> None:
    found = period("30", TODAY)
    assert (found.key, found.since, found.until) == ("30", date(2026, 2, 1), date(2026, 3, 3))


def test_a_month_by_its_name() -> None:
    found = period("2024-02", TODAY)
    assert (found.since, found.until) == (date(2024, 2, 1), date(2024, 3, 1))


def test_december_ends_in_the_next_year() -> None:
    assert month(date(2025, 12, 1)).until == date(2026, 1, 1)


@pytest.mark.parametrize("key", ["", "7", "2026-13", "2026-04", "9999-99", "abcd-ef", "1999-12"])
def test_what_is_no_period_is_the_usual_one(key: str) -> None:
    assert period(key, TODAY).key == "90"


def test_twelve_months_without_gaps_up_to_this_one() -> None:
    found = months(TODAY)
    assert len(found) == 12
    assert found[0].key == "2025-04"
    assert found[-1].key == "2026-03"
    assert all(one.until == other.since for one, other in itertools.pairwise(found))
