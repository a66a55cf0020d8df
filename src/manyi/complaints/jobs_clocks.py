"""Background work on clocks: telling people what is due, and counting anew after a change of rules."""

from __future__ import annotations

import logging

from django.utils.timezone import now  # noqa: TID251

from manyi.complaints.clock import Kind
from manyi.complaints.lifecycle import OPEN
from manyi.complaints.models import ClockAlarm, Complaint
from manyi.complaints.services import clocks
from manyi.events.queue import enqueue
from manyi.scope import Scope

log = logging.getLogger(__name__)
BATCH = 200


def fire_clocks() -> int:
    """Clock: tell what every due alarm is about; returns how many steps were told.

    One index read finds them. An alarm that fails stays due and keeps no other from being told.
    """
    scope, told, failed = Scope.system("clock"), 0, set[int]()
    while True:
        due = ClockAlarm.objects.filter(at__lte=now()).exclude(pk__in=failed).order_by("at")
        alarms = list(due.values_list("pk", "at")[:BATCH])
        if not alarms:
            return told
        for complaint_id, alarm_at in alarms:
            try:
                told += clocks.fire(scope, complaint_id=complaint_id, alarm_at=alarm_at, at=now())
            except Exception:
                log.exception("the clocks of complaint %s cannot be told", complaint_id)
                failed.add(complaint_id)


def count_anew(after: int, repick: bool) -> None:
    """The clocks of open complaints with an id above `after`, a batch per job: under the policy that now fits
    (`repick`), or by a calendar that has changed. Doing it twice changes nothing.
    """
    scope = Scope.system("time limits or calendar changed")
    rows = Complaint.objects.filter(state__in=OPEN, pk__gt=after).order_by("pk")[:BATCH]
    for complaint in rows:
        if not repick or not clocks.record(scope, complaint=complaint, kind=Kind.POLICY, at=now()):
            clocks.retime(complaint, now())
        after = complaint.pk
    if len(rows) == BATCH:
        enqueue("manyi.complaints.jobs_clocks.count_anew", after, repick)
