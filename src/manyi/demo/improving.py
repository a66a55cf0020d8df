"""What the demo organisation did about its second wave: found, decided, acted, verified, told.

Late deliveries of the east branch became better (the latent model says so); working with customers on changes of
orders did not, so that one action is verified effective and the other is not.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import cycle, islice

from django.db.models import Count
from django.utils import timezone

from manyi.complaints.models import Complaint
from manyi.improvement import sources
from manyi.improvement.models import Action, Decision, Finding
from manyi.improvement.services import actions, announcements, decisions, findings, training, verifications
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

BEFORE, AFTER = "satisfaction-2", "satisfaction-3"
CRITERIA = [("客户受益 Gain for customers", 50), ("费用 Cost", 30), ("见效时间 Time until it works", 20)]
#: Rater → (delivery dates, order changes, packing) on each of CRITERIA.
RATINGS = {
    "manager": ((5, 3, 4), (4, 3, 3), (2, 4, 3)),
    "east": ((5, 4, 3), (3, 4, 3), (2, 3, 4)),
    "agent": ((4, 3, 4), (4, 2, 2), (3, 3, 3)),
}
OPTIONS = ("按真实库存和产能承诺交期 Promise dates from real stock and capacity",
           "为订单变更设专人 One person for order changes", "改进包装 Better packing")  # fmt: skip
SAID = {
    "zh": "东区交货经常晚于承诺的日期。",
    "en": "Deliveries from the east branch often came later than promised.",
}
DID = {
    "zh": "现在东区的交期按实际库存和产能计算；做不到的日期不再承诺，有变化会提前两天通知您。",
    "en": "The east branch now calculates its dates from real stock and capacity; a date it cannot keep is not "
    "promised any more, and you hear of any change two days ahead.",
}
TASKS = (
    ("接通库存与排产数据 Connect stock and production data", "agent", 2, 25),
    ("交期计算规则试运行 Trial of the date rule", "handler", 26, 45),
    ("培训销售和客服 Train sales and service", "agent", 40, 55),
)


def improve(*, at: datetime) -> None:
    """The whole loop, dated back from `at`. Needs the waves BEFORE and AFTER."""
    manager = scope_of(User.objects.get(username="manager"))
    east = OrgUnit.objects.get(code="east")
    before, after = Wave.objects.get(code=BEFORE), Wave.objects.get(code=AFTER)

    def day(ago: int) -> datetime:
        return at - timedelta(days=ago)

    late = findings.raise_from_indicator(
        manager, wave=before, node="on_time", filters={"unit": str(east.pk)}, at=day(180)
    )
    changes = findings.raise_from_indicator(manager, wave=before, node="changes", at=day(179))
    findings.raise_from_indicator(
        manager, wave=after, node="complaint", kind=Finding.Kind.PRIORITY, at=day(20)
    )
    _decide(late, changes, at=day(176))
    works = _act(
        manager, late, title=OPTIONS[0], owner="east", wave=before, subject="on_time",
        filters={"unit": str(east.pk)}, starts=day(172), due=day(112), target=None, cost=86_000, at=day(175),
    )  # fmt: skip
    fails = _act(
        manager, changes, title=OPTIONS[1], owner="manager", wave=before, subject="changes", filters={},
        starts=day(172), due=day(100), target=85.0, cost=24_000, at=day(174),
    )  # fmt: skip
    _train(manager, works, at=day(118))
    for action, done in ((works, 112), (fails, 101)):
        verifications.verify(manager, action=_done(manager, action, at=day(done)), wave=after, at=day(32))
    news = announcements.draft(manager, action=works, you_said=SAID, we_did=DID, public=True, at=day(31))
    announcements.publish_announcement(manager, announcement=news, tell=True, at=day(31))
    read = news.receipts.order_by("pk")[: news.receipts.count() // 3]
    for receipt, better in zip(read, cycle((True, True, True, False, True)), strict=False):
        announcements.answer_news(receipt=receipt, better=better, at=day(29))
    _running(manager, at=at)
    _raise_more(manager, at=at)


def _train(scope: Scope, action: Action, *, at: datetime) -> None:
    """The new way to promise dates: two of three have been trained."""
    _redesign(scope, action, at=at)
    people = [User.objects.get(username=name) for name in ("east", "agent", "handler")]
    training.publish_process(scope, action=action, people=people, standard=None, at=at)
    for row in action.acknowledgements.filter(user__in=people[:2]).select_related("user"):
        training.acknowledge(scope_of(row.user), row=row, at=at + timedelta(days=2))


def _raise_more(scope: Scope, *, at: datetime) -> None:
    """What waits to be decided, from complaints and promises; the most frequent category first."""
    most = (
        Complaint.objects.filter(category__isnull=False)
        .values_list("category", flat=True)
        .annotate(n=Count("pk"))
        .order_by("-n", "category")
        .first()
    )
    for kind, key in (("category", str(most)), ("promise", "all")):
        try:
            source = sources.look_up(scope, kind, key, at)
        except Refused:
            continue
        findings.raise_from(scope, source=source, at=at - timedelta(days=5))


def _decide(late: Finding, changes: Finding, *, at: datetime) -> Decision:
    manager = scope_of(User.objects.get(username="manager"))
    row = decisions.ask(
        manager,
        unit=OrgUnit.objects.get(parent=None),
        question="今年先改进什么？ What do we improve first this year?",
        criteria=CRITERIA,
        options=[
            {"name": OPTIONS[0], "effort": 4, "expected_gain": _gain(late, 1.9), "finding": late},
            {"name": OPTIONS[1], "effort": 2, "expected_gain": _gain(changes, 0.8), "finding": changes},
            {"name": OPTIONS[2], "effort": 2, "expected_gain": 0.4},
        ],
        at=at,
    )
    options, criteria = list(row.options.all()), list(row.criteria.all())
    for username, sheet in RATINGS.items():
        scope = scope_of(User.objects.get(username=username))
        given = {
            (option.pk, criterion.pk): value
            for option, values in zip(options, sheet, strict=True)
            for criterion, value in zip(criteria, values, strict=True)
        }
        decisions.rate(_everywhere(scope), decision=row, ratings=given, at=at)
    decisions.decide(manager, decision=row, option=options[0], reason="", at=at + timedelta(days=1))
    return row


def _gain(finding: Finding, otherwise: float) -> float:
    """What the priorities of the wave promise for the finding."""
    return float(finding.evidence.get("expected_gain") or otherwise)


def _everywhere(scope: Scope) -> Scope:
    """The branch's people were invited to rate a decision of the group."""
    return Scope(user_id=scope.user_id, grants=Scope.system("demo").grants)


def _local(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _act(
    scope: Scope, finding: Finding, *, title: str, owner: str, wave: Wave, subject: str,
    filters: dict[str, str], starts: datetime, due: datetime, target: float | None, cost: int, at: datetime,
) -> Action:  # fmt: skip
    row = actions.plan(
        scope, finding=finding, title=title, owner=User.objects.get(username=owner), starts_on=_local(starts),
        due_on=_local(due), target=Action.Target.INDICATOR, subject=subject, wave=wave.code, filters=filters,
        target_value=target, cost=cost, at=at,
    )  # fmt: skip
    for title_, who, first, last in islice(TASKS, 3 if owner == "east" else 0):
        actions.add_task(
            scope, action=row, title=title_, assignee=User.objects.get(username=who),
            starts_on=_local(starts + timedelta(days=first)), due_on=_local(starts + timedelta(days=last)), at=at,
        )  # fmt: skip
    actions.start(scope, action=row, at=starts)
    return row


def _done(scope: Scope, action: Action, *, at: datetime) -> Action:
    for task in action.tasks.all():
        actions.tick(scope, task=task, done=True, at=at)
    _redesign(scope, action, at=at)
    actions.finish(scope, action=action, at=at)
    return action


def _redesign(scope: Scope, action: Action, *, at: datetime) -> None:
    actions.redesign(
        scope, action=action, current=["接单 Take the order", "问车间 Ask the workshop", "估计交期 Guess a date"],
        new=["接单 Take the order", "系统按库存和产能算交期 The system calculates the date"],
        answers={"hand_overs": "取消销售与车间之间的往返询问 No more asking to and fro"}, at=at,
    )  # fmt: skip


def _running(scope: Scope, *, at: datetime) -> None:
    """What is under way today: complaints are answered too slowly."""
    slow = Finding.objects.get(kind=Finding.Kind.PRIORITY)
    row = _act(
        scope, slow, title="投诉 24 小时内答复 Answer complaints within 24 hours", owner="manager",
        wave=Wave.objects.get(code=AFTER), subject="complaint", filters={}, starts=at - timedelta(days=14),
        due=at + timedelta(days=30), target=75.0, cost=40_000, at=at - timedelta(days=15),
    )  # fmt: skip
    for title, who, first, last in (
        ("统一受理电话 One number to call", "agent", 0, 10),
        ("升级规则上线 Escalation rules go live", "manager", 11, 40),
    ):
        task = actions.add_task(
            scope, action=row, title=title, assignee=User.objects.get(username=who),
            starts_on=_local(at + timedelta(days=first - 14)), due_on=_local(at + timedelta(days=last - 14)), at=at,
        )  # fmt: skip
        if last == 10:
            actions.tick(scope, task=task, done=True, at=at - timedelta(days=4))
