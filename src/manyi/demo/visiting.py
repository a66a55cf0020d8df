"""Audits, mystery visits and appraisal sheets of the demo organisation.

The east branch answers its telephone better since the dates are calculated; the west does not agree on times. One
visit was appealed against and decided, one appeal waits, one visit waits to be published and one is on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from django.utils import timezone

from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.standards.models import Audit, Checklist, MysteryVisit, ServiceStandard
from manyi.standards.services import appraisals, audits, checklists, visits

SEED = 12_600
Text = dict[str, str]
#: Standard's code or own words, step, weight, scale.
VISIT_CHECKS: Sequence[tuple[str | Text, Text, int, str]] = (
    ("call-three-rings", {"zh": "打电话咨询", "en": "Call and ask"}, 2, "yes_no"),
    ({"zh": "主动询问用途和工况", "en": "Asks what the pump is for"}, {"zh": "打电话咨询", "en": "Call and ask"}, 2, "yes_no"),
    ({"zh": "说明下一步和回复时间", "en": "Says what comes next, and when"}, {"zh": "打电话咨询", "en": "Call and ask"}, 1, "yes_no"),
    ({"zh": "语气友好、不推诿", "en": "Friendly, does not pass the caller on"}, {"zh": "打电话咨询", "en": "Call and ask"}, 1, "points"),
    ("fault-time-agreed", {"zh": "假装报修", "en": "Report a fault"}, 3, "yes_no"),
    ({"zh": "询问型号和序列号", "en": "Asks for model and serial number"}, {"zh": "假装报修", "en": "Report a fault"}, 1, "yes_no"),
    ({"zh": "给出登记编号", "en": "Gives a case number"}, {"zh": "假装报修", "en": "Report a fault"}, 2, "yes_no"),
    ({"zh": "结束时确认客户无其他需要", "en": "Asks at the end whether anything else is needed"}, {"zh": "假装报修", "en": "Report a fault"}, 1, "yes_no"),
)  # fmt: skip
AUDIT_CHECKS: Sequence[tuple[str | Text, Text, int, str]] = (
    ("quote-one-day", {}, 2, "yes_no"),
    ("papers-complete", {}, 3, "yes_no"),
    ("sound-packing", {}, 2, "points"),
    ("tidy-repair", {}, 2, "yes_no"),
    ({"zh": "待发货物有状态标识", "en": "Goods waiting to leave are marked"}, {}, 1, "yes_no"),
    ({"zh": "备件库账物相符", "en": "Spare parts agree with the books"}, {}, 1, "points"),
)
#: Branch, days ago, visitor, how likely a check is met.
VISITED = (
    ("east", 300, "interviewer", 0.55), ("south", 285, "interviewer", 0.75), ("west", 270, "executive", 0.6),
    ("east", 205, "interviewer", 0.6), ("south", 190, "executive", 0.8), ("west", 175, "interviewer", 0.5),
    ("east", 110, "executive", 0.85), ("south", 95, "interviewer", 0.8), ("west", 80, "interviewer", 0.55),
    ("south", 40, "interviewer", 0.85), ("east", 30, "interviewer", 0.9), ("east", 5, "executive", 0.8),
)  # fmt: skip
DECIDED, APPEALED = 6, 11
AUDITED = (("east", 200, "interviewer", 0.5), ("west", 150, "executive", 0.55), ("south", 100, "interviewer", 0.8),
           ("east", 35, "executive", 0.75), ("west", 20, "interviewer", 0.4))  # fmt: skip
NOTES = ("没有做到，客户等了很久 Not done; the customer waited", "工作人员说不清楚 The person was not sure",
         "现场没有看到 Not seen on site")  # fmt: skip
REPLY = "十月泵房抢修抽走了两个人，接听慢与此有关；流程建议已交给经理。 Two of us were away for the pump house repair in October."


def visit(*, at: datetime) -> None:
    """All of it, dated back from `at`. Needs the standards of `journey`."""
    rng = np.random.default_rng(SEED)
    # People are at work.
    at = min(at, timezone.localtime(at).replace(hour=10, minute=30, second=0, microsecond=0))
    manager = _scope("manager")
    began = at - timedelta(days=320)
    scenario = _list(
        manager,
        "visit",
        {"zh": "电话咨询与报修", "en": "Calling to ask and to report a fault"},
        VISIT_CHECKS,
        began,
    )
    checklist = _list(
        manager,
        "audit",
        {"zh": "发货与上门服务检查", "en": "Dispatch and service on site"},
        AUDIT_CHECKS,
        began,
    )
    rows = [_visited(manager, scenario, *place, rng=rng, at=at) for place in VISITED]
    _appeals(manager, rows, at=at)
    for unit, days in (("south", 10), ("west", 14)):
        row = _assigned(
            manager, scenario, unit, "interviewer", at - timedelta(days=2), at + timedelta(days=days)
        )
        if unit == "south":
            _fill(rng, row, 0.8, at - timedelta(hours=30))
    for unit, ago, who, share in AUDITED:
        audit = _audit(manager, checklist, unit, who, at - timedelta(days=ago + 5), at - timedelta(days=ago))
        for mark in audit.marks.all():
            value, note = _answer(rng, share, mark.scale)
            audits.mark(
                _scope(who), audit=audit, mark=mark, value=value, note=note, at=at - timedelta(days=ago)
            )
        audits.submit(_scope(who), audit=audit, at=at - timedelta(days=ago))
    _audit(manager, checklist, "south", "manager", at - timedelta(days=3), at + timedelta(days=12))
    _appraise(at=at)


def _scope(username: str) -> Scope:
    return scope_of(User.objects.get(username=username))


def _list(
    scope: Scope, kind: str, name: Text, checks: Sequence[tuple[str | Text, Text, int, str]], at: datetime
) -> Checklist:
    briefing = {
        "visit": {
            "zh": "您是一家水务公司的采购员：先打电话咨询一台潜水泵，隔天再打电话报修。不要说出自己的真实身份，记下时间和对方的原话。",
            "en": "You buy for a waterworks: call to ask for a submersible pump, and the next day to report a fault. Do not "
            "say who you are; note times and what was said.",
        },
        "audit": {
            "zh": "到现场逐项查看实物和记录，不合格处拍照。",
            "en": "Go and look at the things and the records themselves; take a photo of what is not right.",
        },
    }[kind]
    unit = OrgUnit.objects.get(parent=None)
    row = checklists.make(scope, kind=kind, unit=unit, name=name, briefing=briefing, at=at)
    for what, step, weight, scale in checks:
        standard = ServiceStandard.objects.get(code=what) if isinstance(what, str) else None
        text = {} if isinstance(what, str) else what
        checklists.put_check(
            scope, checklist=row, text=text, standard=standard, step=step, weight=weight, scale=scale, at=at
        )
    return row


def _answer(rng: np.random.Generator, share: float, scale: str) -> tuple[float, str]:
    if scale == "points":
        return float(np.clip(rng.normal(100 * share, 12), 0, 100).round(-1)), ""
    met = bool(rng.random() < share)
    return (100.0, "") if met else (0.0, NOTES[int(rng.integers(len(NOTES)))])


def _assigned(
    scope: Scope, scenario: Checklist, unit: str, who: str, at: datetime, last: datetime
) -> MysteryVisit:
    return visits.assign(
        scope, checklist=scenario, unit=OrgUnit.objects.get(code=unit), visitor=User.objects.get(username=who),
        starts_on=_day(at), ends_on=_day(last), at=at,
    )  # fmt: skip


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _fill(rng: np.random.Generator, row: MysteryVisit, share: float, at: datetime) -> None:
    scope = scope_of(row.visitor)
    for mark in row.marks.all():
        value, note = _answer(rng, share, mark.scale)
        visits.mark(scope, visit=row, mark=mark, value=value, note=note, at=at)
    visits.submit(scope, visit=row, visited_at=at - timedelta(hours=1), at=at)


def _visited(
    scope: Scope, scenario: Checklist, unit: str, ago: int, who: str, share: float, *, rng: np.random.Generator,
    at: datetime,
) -> MysteryVisit:  # fmt: skip
    when = at - timedelta(days=ago)
    row = _assigned(scope, scenario, unit, who, when - timedelta(days=7), when + timedelta(days=7))
    _fill(rng, row, share, when)
    return visits.publish(scope, visit=row, at=when + timedelta(days=2))


def _appeals(scope: Scope, rows: list[MysteryVisit], *, at: datetime) -> None:
    """The handler of the east objects to the worst check of two visits; the manager has decided on one."""
    for place in (DECIDED, APPEALED):
        row = rows[place]
        row.refresh_from_db()
        mark = row.marks.order_by("value", "pk")[0]
        when = (row.published_at or at) + timedelta(days=1)
        visits.appeal(
            _scope("handler"), visit=row, reason="请查看当天的通话录音。 Please listen to the recording of that day.",
            objections={mark.pk: "录音显示我们当时已经说明，访问员可能没有听清。 The recording shows that we said so."}, at=when,
        )  # fmt: skip
        if place == DECIDED:
            visits.rule(
                scope, visit=row, reason="已听录音。 The recording was heard.",
                rulings={mark.pk: (True, 100.0, "录音中确有说明，改判。 It was said; changed.")}, at=when + timedelta(days=2),
            )  # fmt: skip


def _audit(scope: Scope, checklist: Checklist, unit: str, who: str, at: datetime, due: datetime) -> Audit:
    return audits.plan(
        scope, checklist=checklist, unit=OrgUnit.objects.get(code=unit), auditor=User.objects.get(username=who),
        due_on=_day(due), at=at,
    )  # fmt: skip


def _appraise(*, at: datetime) -> None:
    """Two people of the east branch: one has replied and acknowledged, one has yet to read it."""
    east, unit = _scope("east"), OrgUnit.objects.get(code="east")
    made = at - timedelta(days=8)
    for username, comment in (
        ("agent", "电话礼仪明显进步；请继续当场约定上门时间。 Much better on the telephone; keep agreeing on times at once."),
        ("handler", "维修后讲清原因做得好，资料核对还要再细。 Explains causes well; check the papers more closely."),
    ):  # fmt: skip
        row = appraisals.make(
            east, person=User.objects.get(username=username), unit=unit, since=_day(made - timedelta(days=180)),
            until=_day(made), at=made,
        )  # fmt: skip
        appraisals.comment(east, sheet=row, text=comment)
        appraisals.share(east, sheet=row, at=made + timedelta(days=1))
        if username == "agent":
            own = _scope("agent")
            appraisals.reply(own, sheet=row, text=REPLY, at=made + timedelta(days=3))
            appraisals.acknowledge(own, sheet=row, at=made + timedelta(days=3))
