"""Reports the demo organisation sends by itself: the review to the management each quarter, evidence each month."""

from __future__ import annotations

from datetime import datetime, timedelta

from manyi.events.queue import drain
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import discard_files
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.reports import schedules
from manyi.reports.models import ReportSchedule

What, Format, Rhythm = ReportSchedule.What, ReportSchedule.Format, ReportSchedule.Rhythm
SINCE_DAYS = 60


def report(*, at: datetime) -> None:
    """Two schedules; the evidence report of last month has been sent, at its time."""
    manager, executive, leader = (
        User.objects.get(username=name) for name in ("manager", "executive", "east")
    )
    scope = scope_of(manager)
    monthly = schedules.create(
        scope, unit=OrgUnit.objects.get(code="east"), recipients=[manager, leader], what=What.EVIDENCE,
        format=Format.XLSX, language="zh-hans", rhythm=Rhythm.MONTHLY, day=3, hour=8,
        at=at - timedelta(days=SINCE_DAYS),
    )  # fmt: skip
    due = schedules.due_of(monthly, at)
    if due is not None:
        schedules.order_due(at=due.at)
        drain()
        # No mail leaves the demo, so that nobody fetches its files.
        discard_files(
            OutgoingMail.objects.filter(reference__startswith="report-").values_list("pk", flat=True)
        )
    schedules.create(
        scope, unit=OrgUnit.objects.get(parent=None), recipients=[manager, executive], what=What.REVIEW,
        format=Format.PPTX, language="zh-hans", rhythm=Rhythm.QUARTERLY, day=5, hour=8, at=at,
    )  # fmt: skip
