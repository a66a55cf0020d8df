"""Building the living demo: people, customers, designs, three finished waves, an open one, one from paper."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.demo import designs, journey, organisation
from manyi.demo.assessing import assess
from manyi.demo.complaining import complain
from manyi.demo.fielding import DAYS, Plan, field_wave
from manyi.demo.improving import improve
from manyi.demo.model import order_latent_model
from manyi.demo.paper import import_paper_wave
from manyi.demo.reporting import report
from manyi.demo.staffing import ask_staff
from manyi.demo.visiting import visit
from manyi.events.queue import drain
from manyi.insights.selection import Selection
from manyi.messaging.models import OutgoingMail
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.reports.services import order_report
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

ANSWERS = 1200
SEED = 20_260
FINISHED = ("satisfaction-1", "satisfaction-2", "satisfaction-3")
OPEN = "pulse"
#: Days before today on which the waves were opened; the newest of FINISHED ended about a month ago.
OPENED = (420, 210, 56)
OPEN_SINCE, OPEN_FOR = 9, 21
QUIET_BACKENDS = ("dummy", "locmem")
Progress = Callable[[str, int, int], None]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def built() -> bool:
    """Whether this database holds the demo already."""
    return (
        Wave.objects.filter(code=OPEN, unit__parent=None).exists()
        and User.objects.filter(email="admin@clearwell.example").exists()
    )


def build(
    *, at: datetime, answers: int = ANSWERS, progress: Progress = lambda step, done, total: None
) -> bool:
    """Make the demo, all of it or nothing; a second call changes nothing. Returns whether it was made now.

    :param at: today; everything is dated relative to it.
    :param answers: answers of each finished wave; customers and invitations follow from it.
    :param progress: told (step, done, total); steps are 'people', 'customers', the codes of the
        waves, 'reports', 'model', 'complaints' and 'improvement'.
    :raises Refused: for a database with other data in it, or when mail would leave the machine.
    """
    if built():
        return False
    if OrgUnit.objects.exists():
        raise Refused(
            _("This data folder already holds another organisation; choose an empty one for the demo.")
        )
    if settings.EMAIL_BACKEND.split(".")[-2] not in QUIET_BACKENDS:
        raise Refused(_("The demo must not send mail: set MANYI_EMAIL_URL=dummymail://"))
    with transaction.atomic():
        _build(at, answers, progress)
    return True


def _build(at: datetime, answers: int, progress: Progress) -> None:
    rng = np.random.default_rng(SEED)
    began = _morning(at, OPENED[0] + 30)
    progress("people", 0, 1)
    organisation.create_people(at=began)
    progress("people", 1, 1)
    progress("customers", 0, 1)
    customers = organisation.import_customers(math.ceil(answers * 10 / 3), rng=rng, at=began)
    progress("customers", 1, 1)
    profiles = {profile.code: profile for profile in customers}
    scope = scope_of(User.objects.get(username="manager"))
    drawn_up = designs.create_designs(scope, at=began + timedelta(days=5))
    for plan in plans(at, answers):
        progress(plan.code, 0, 1)
        field_wave(
            scope, plan=plan, designs=drawn_up, profiles=profiles, rng=rng, at=at,
            progress=partial(progress, plan.code),
        )  # fmt: skip
        progress(plan.code, 1, 1)
    progress("reports", 0, 1)
    import_paper_wave(
        scope, tree=drawn_up.tree, count=math.ceil(answers / 15) + 10, rng=rng, at=_morning(at, 80)
    )
    for username in ("admin", "manager"):
        order_report(
            scope_of(User.objects.get(username=username)), wave=Wave.objects.get(code=FINISHED[-1]),
            selection=Selection(), format="xlsx", language="zh-hans", at=at,
        )  # fmt: skip
    drain()
    progress("reports", 1, 1)
    progress("model", 0, 1)
    for code in FINISHED:
        order_latent_model(scope, wave=Wave.objects.get(code=code), at=at)
    drain()
    progress("model", 1, 1)
    progress("complaints", 0, 1)
    complain(rng=rng, at=at, progress=partial(progress, "complaints"))
    journey.add(at=at)
    visit(at=at)
    progress("complaints", 1, 1)
    progress("improvement", 0, 1)
    assess(at=at)
    improve(at=at)
    ask_staff(at=at, wave=FINISHED[-1])
    drain()
    report(at=at)
    _mails_left(at)
    progress("improvement", 1, 1)


def _mails_left(at: datetime) -> None:
    """Mails about complaints, promises and improvements have gone out at their time; none leaves the demo."""
    OutgoingMail.objects.filter(state=OutgoingMail.State.QUEUED, not_before__lte=at).update(
        state=OutgoingMail.State.SENT, sent_at=F("not_before"), text="", html=""
    )


def plans(at: datetime, answers: int) -> list[Plan]:
    """The waves, oldest first."""
    found = []
    for period, (code, days) in enumerate(zip(FINISHED, OPENED, strict=True)):
        opened = _morning(at, days)
        month = timezone.localtime(opened)
        found.append(
            Plan(
                code=code, series="satisfaction", period=period, opened=opened, topics=code == FINISHED[-1],
                closes=opened + timedelta(days=DAYS), asked=round(answers * 1.65), answers=answers,
                name={
                    "zh": f"{month.year} 年 {month.month} 月客户满意度调查",
                    "en": f"Customer satisfaction, {_MONTHS[month.month - 1]} {month.year}",
                },
            )
        )  # fmt: skip
    opened = _morning(at, OPEN_SINCE)
    found.append(
        Plan(
            code=OPEN, series="pulse", period=3, opened=opened, closes=opened + timedelta(days=OPEN_FOR),
            asked=round(answers * 0.75), answers=round(answers * 0.27),
            open_answers=max(1, round(answers * 0.03)), callbacks_done=False,
            name={"zh": "交付与服务快速调查（进行中）", "en": "Delivery and service pulse (running)"},
        )
    )  # fmt: skip
    return found


def _morning(at: datetime, days: int) -> datetime:
    """Ten o'clock, local time, of the day so many days before `at`; mail may leave then."""
    return timezone.localtime(at - timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)
