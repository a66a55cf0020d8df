"""How a person kept the time limits of the complaints they work on."""

from __future__ import annotations

from datetime import datetime, timedelta

from manyi.complaints.models import ClockVerdict, Complaint
from manyi.complaints.queries import own_limits
from manyi.people.models import User
from tests import factories
from tests.conftest import Cast

DAY = timedelta(days=1)


def verdict(cast: Cast, at: datetime, handler: User | None, state: str, **more: object) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    row.clock_verdicts.all().delete()
    Complaint.objects.filter(pk=row.pk).update(handler=handler)
    ClockVerdict.objects.create(
        complaint=row, round=1, target="respond", state=state, limit_minutes=60, business=True, elapsed_minutes=1,
        paused_minutes=0, **{"due_at": at, "reached_at": at, **more},
    )  # fmt: skip


def test_the_limits_kept_are_those_of_complaints_the_person_works_on(cast: Cast, at: datetime) -> None:
    verdict(cast, at, cast.handler, "met")
    verdict(cast, at, cast.handler, "met")
    verdict(cast, at, cast.handler, "breached")
    verdict(cast, at, cast.handler, "running", reached_at=None, due_at=at + 9 * DAY)  # may still be kept
    verdict(cast, at, cast.handler, "met", reached_at=at - 9 * DAY, due_at=at - 9 * DAY)  # before these days
    verdict(cast, at, cast.east_manager, "breached")
    verdict(cast, at, None, "met")  # nobody handles it: the agent who heard it first owns it
    day = at.date()
    scope = cast.scope("east_manager")
    (found,) = own_limits.figures(scope, cast.handler, day - DAY, day + DAY)
    assert (found.name["en"], found.n) == ("Answered in time", 3)
    assert round(found.value or 0, 1) == 66.7
    assert (found.low or 0) < 66.7 < (found.high or 0)
    assert [f.n for f in own_limits.figures(scope, cast.agent, day - DAY, day + DAY)] == [1]
    assert own_limits.figures(cast.scope("outsider"), cast.handler, day - DAY, day + DAY) == []
