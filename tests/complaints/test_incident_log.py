"""The clock beside the verdicts of a real help desk, as docs/explanation/time-limits.md tells it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.complaints.incident_log import compare, incidents

PAGE = Path(__file__).parents[2] / "docs/explanation/time-limits.md"


def test_the_page_says_what_the_replay_of_the_log_gives(test_data: Path) -> None:
    numbers = compare(list(incidents(test_data / "incident_sla" / "incident_event_log.csv.gz")))
    told = {name: int(value.replace(",", "")) for name, value in _table()}
    assert told == {name: numbers.get(name, 0) for name in told}
    differ = sum(told[name] for name in ("over_by_two_days_at_most", "over_by_more", "log_missed_we_met"))
    assert differ / told["incidents"] < 0.01
    assert told["same_rule_met"] - told["log_met"] == (
        told["log_missed_we_met"] - told["over_by_two_days_at_most"] - told["over_by_more"]
    )
    assert told["ours_met"] - told["same_rule_met"] == (
        told["resolved_in_time_closed_late"] + told["waited_for_others"]
    )


def _table() -> list[tuple[str, str]]:
    return re.findall(r"^\| `(\w+)` \|[^|]*\| ([\d,]+) \|$", PAGE.read_text("utf-8"), re.M)
