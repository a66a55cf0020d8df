"""Several workers tell about time limits at once, one of them dies: everybody is told once. Real processes on the
database the tests run on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime

import pytest
from django.conf import settings
from django.db import connection

from manyi.complaints import clock, clock_terms
from manyi.complaints.clock import Target
from manyi.complaints.models import ClockAlarm, Complaint, Escalation, EscalationNotice
from manyi.complaints.services import cases
from manyi.messaging.models import OutgoingMail
from tests.conftest import Cast

CASES = 12
STEPS = ("owner", "leader", "manager", "executive")
_WORK = """
import django; django.setup()
from manyi.complaints import jobs_clocks
print("ready", flush=True); input()
jobs_clocks.fire_clocks()
"""
#: Dies inside the transaction of its third complaint, after the escalation was written and before its mail.
_DIE = """
import os, signal
import django; django.setup()
from manyi.complaints import jobs_clocks
from manyi.complaints.services import clocks
tell, calls = clocks.tell, []
def dying(*arguments, **words):
    calls.append(1)
    if len(calls) == 35:
        os.kill(os.getpid(), signal.SIGKILL)
    return tell(*arguments, **words)
clocks.tell = dying
print("ready", flush=True); input()
jobs_clocks.fire_clocks()
"""


def worker(code: str) -> subprocess.Popen[str]:
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "manyi.config.settings", "MANYI_DATA_DIR": str(settings.DATA_DIR),
    }  # fmt: skip
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(*workers: subprocess.Popen[str]) -> None:
    for child in workers:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in workers:
        child.communicate(timeout=120)


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_kill_tell_everybody_once(cast: Cast, at: datetime) -> None:
    scope = cast.scope("agent")
    rows = [
        cases.receive(
            scope, unit=cast.east, channel="phone", title=f"{n}", first_contact_owner=cast.agent, at=at
        )
        for n in range(CASES)
    ]
    dying, other = worker(_DIE), worker(_WORK)
    go(dying, other)
    assert dying.returncode in (-9, 0)  # 0: the other one was quicker with nearly all of them
    assert other.returncode == 0
    go(worker(_DIE.replace("== 35", "== 0")), worker(_WORK))  # the clock's next minute

    expected = Counter({(row.pk, t.value, s): 1 for row in rows for t in Target for s in STEPS})
    assert Counter(Escalation.objects.values_list("complaint_id", "target", "step")) == expected
    told = set(EscalationNotice.objects.values_list("escalation_id", "user_id"))
    assert EscalationNotice.objects.count() == len(told) == 4 * len(STEPS) * CASES
    mails = OutgoingMail.objects.values_list("reference", flat=True)
    assert sorted(mails) == sorted(f"escalation:{e}:{u}" for e, u in told)
    assert not ClockAlarm.objects.filter(at__isnull=False).exists()
    for row in Complaint.objects.all():
        readings = clock.read(
            clock_terms.events_of(row.clock_events.all()), Escalation.objects.latest("pk").fired_at
        )
        assert row.next_due_at == min(r.due for r in readings if r.due)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_middle_leaves_the_alarm_for_the_next(cast: Cast, at: datetime) -> None:
    for n in range(4):
        cases.receive(
            cast.scope("agent"),
            unit=cast.east,
            channel="phone",
            title=f"{n}",
            first_contact_owner=cast.agent,
            at=at,
        )
    dying = worker(_DIE)
    go(dying)
    assert dying.returncode == -9
    assert Escalation.objects.count() == 2 * 16  # the third complaint's were never there
    assert (
        OutgoingMail.objects.filter(reference__startswith="escalation:").count()
        == EscalationNotice.objects.count()
    )
    assert ClockAlarm.objects.filter(at__isnull=False).count() == 2
    go(worker(_WORK))
    assert Escalation.objects.count() == 4 * 16
