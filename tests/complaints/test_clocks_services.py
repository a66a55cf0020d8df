"""Clock events of complaints: what they make due, who is told when, and that nobody is told twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from manyi.complaints import jobs_clocks
from manyi.complaints.clock import State, Target
from manyi.complaints.models import (
    Category,
    ClockAlarm,
    ClockPolicy,
    Complaint,
    Escalation,
    EscalationNotice,
    PauseReason,
)
from manyi.complaints.queries import clocks as queries
from manyi.complaints.services import cases
from manyi.complaints.services import clock_policies as policies
from manyi.complaints.services import clocks as services
from manyi.events import catalogue
from manyi.events.models import Event
from manyi.events.services import publish
from manyi.messaging.models import OutgoingMail
from manyi.people import services as people
from manyi.people import services_calendars
from manyi.people.models import BusinessCalendar, User
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SYSTEM = Scope.system("test")


def receive(cast: Cast, at: datetime, **fields: Any) -> Complaint:
    given = {"unit": cast.east, "channel": "phone", "title": "泵漏油", "first_contact_owner": cast.agent}
    return cases.receive(cast.scope("agent"), at=at, **{**given, **fields})


def fire(monkeypatch: pytest.MonkeyPatch, at: datetime) -> int:
    monkeypatch.setattr(jobs_clocks, "now", lambda: at)
    return jobs_clocks.fire_clocks()


def told(row: Complaint) -> list[tuple[str, str]]:
    return [(e.target, e.step) for e in row.escalations.order_by("pk")]


def test_a_new_complaint_is_due_by_the_shipped_policy(cast: Cast, at: datetime) -> None:
    row = receive(cast, at)  # Monday 10:00 in Shanghai
    row.refresh_from_db()
    assert (row.next_due_at, row.next_due_kind) == (at + 5.5 * HOUR, "acknowledge")  # four open hours
    due = {r.target: r.due for r in queries.readings(row, at)}
    assert due[Target.RESPOND] == at + 24 * HOUR
    assert due[Target.RESOLVE] == at + 3 * 24 * HOUR  # three workdays
    assert ClockAlarm.objects.get().at == at + 4.7 * HOUR  # 80 % of four open hours, over midday


@pytest.mark.parametrize(("severity", "respond", "resolve"), [("major", 12, 7 * 24), ("urgent", 2, 24)])
def test_the_more_severe_the_shorter(
    cast: Cast, at: datetime, severity: str, respond: int, resolve: int
) -> None:
    due = {r.target: r.due for r in queries.readings(receive(cast, at, severity=severity), at)}
    assert due[Target.RESPOND] == at + respond * HOUR
    assert due[Target.RESOLVE] == at + resolve * HOUR


def test_steps_of_the_case_stop_the_clocks(cast: Cast, at: datetime) -> None:
    row, scope = receive(cast, at), cast.scope("agent")
    cases.respond(scope, complaint=row, at=at + HOUR)
    assert row.next_due_kind == "resolve" or row.next_due_kind == "next_contact"
    cases.start(scope, complaint=row, at=at + HOUR)
    cases.resolve(scope, complaint=row, resolution="换新", at=at + 2 * HOUR)
    assert {r.state for r in queries.readings(row, at + 3 * HOUR)} == {State.MET}
    row.refresh_from_db()
    assert (row.next_due_at, row.next_due_kind) == (None, "")
    assert ClockAlarm.objects.get().at is None
    cases.reopen(scope, complaint=row, reason="又漏", at=at + 4 * HOUR)
    assert row.clock_events.last().kind == "not_accepted"  # type: ignore[union-attr]
    assert len(queries.rounds(row, at + 5 * HOUR)) == 1
    cases.resolve(scope, complaint=row, resolution="再换", at=at + 6 * HOUR)
    cases.close(scope, complaint=row, at=at + 7 * HOUR)
    cases.reopen(scope, complaint=row, reason="还漏", at=at + 30 * HOUR)
    assert [r.number for r in queries.rounds(row, at + 31 * HOUR)] == [2, 1]
    resolve = {r.target: r for r in queries.readings(row, at + 31 * HOUR)}[Target.RESOLVE]
    assert resolve.due == at + (30 + 3 * 24) * HOUR


def test_the_policy_with_most_conditions_decides_and_a_nearer_category_wins(cast: Cast, at: datetime) -> None:
    policies.shipped()
    above = Category.objects.create(code="quality", name={"zh": "质量"})
    below = Category.objects.create(code="leak", name={"zh": "泄漏"}, parent=above)
    calendar = BusinessCalendar.objects.get(code="always")
    for code, fields in {
        "tier": {"tier": "A"}, "above": {"category": above}, "below": {"category": below},
        "both": {"tier": "A", "category": above}, "off": {"tier": "A", "category": below, "active": False},
    }.items():  # fmt: skip
        policy = ClockPolicy(
            code=code, name={"zh": code}, calendar=calendar, resolve_minutes=60, position=9, **fields
        )
        policies.save_policy(SYSTEM, policy=policy, at=at)
    customer = factories.customer(cast.east, 4, at)  # tier A

    def chosen(**fields: Any) -> str:
        policy = policies.policy_for(receive(cast, at, **fields))
        assert policy is not None
        return policy.code

    assert chosen() == "ordinary"
    assert chosen(severity="urgent") == "urgent"
    assert chosen(category=below) == "below"
    assert chosen(category=above) == "above"
    assert chosen(category=below, customer=customer) == "both"
    assert chosen(customer=customer) == "tier"


def test_a_severer_complaint_gets_the_shorter_limits_by_an_event(cast: Cast, at: datetime) -> None:
    row, scope = receive(cast, at), cast.scope("agent")
    cases.edit(scope, complaint=row, severity="urgent", at=at + HOUR)
    assert [e.kind for e in row.clock_events.all()] == ["start", "policy"]
    assert {r.target: r.due for r in queries.readings(row, at + HOUR)}[Target.RESPOND] == at + 2 * HOUR
    cases.edit(scope, complaint=row, category=Category.objects.create(code="x"), at=at + HOUR)
    assert row.clock_events.count() == 2  # another category, the same limits


def test_the_ladder_tells_one_after_the_other_and_each_once(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = receive(cast, at)
    cases.acknowledge(SYSTEM, complaint=row, at=at)
    assert fire(monkeypatch, at + 19 * HOUR) == 0
    assert fire(monkeypatch, at + 19.2 * HOUR) == 1
    assert fire(monkeypatch, at + 24 * HOUR) == 1
    assert fire(monkeypatch, at + 24 * HOUR) == 0
    assert told(row) == [("respond", "owner"), ("respond", "leader")]
    assert fire(monkeypatch, at + 48 * HOUR) >= 2
    respond = row.escalations.filter(target="respond").order_by("pk")
    assert [e.step for e in respond] == ["owner", "leader", "manager", "executive"]
    assert [[u.username for u in e.people.all()] for e in respond] == [
        ["agent"], ["east_manager"], ["manager"], ["executive"],
    ]  # fmt: skip
    assert (
        OutgoingMail.objects.filter(reference__startswith="escalation:").count()
        == EscalationNotice.objects.count()
    )
    assert Event.objects.filter(kind="complaint.escalated").count() == row.escalations.count()


def test_quiet_hours_hold_the_mail_back_but_not_that_of_an_urgent_complaint(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = at + 13 * HOUR  # 23:00
    ordinary = receive(cast, night - 20 * HOUR)
    urgent = receive(cast, night - 1.9 * HOUR, severity="urgent")
    fire(monkeypatch, night)

    def leaves(row: Complaint) -> datetime:
        first = row.escalations.filter(target="respond").latest("pk")
        return OutgoingMail.objects.get(reference__startswith=f"escalation:{first.pk}:").not_before

    assert leaves(ordinary) == at + 22.5 * HOUR  # 08:30
    assert leaves(urgent) == night
    assert ordinary.escalations.latest("pk").fired_at == night


def test_the_mail_is_in_the_readers_language_and_names_the_complaint(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=cast.agent.pk).update(language="zh-hans")
    row = receive(cast, at)
    fire(monkeypatch, at + 24 * HOUR)
    owner = OutgoingMail.objects.filter(to=cast.agent.email).latest("pk")
    leader = OutgoingMail.objects.filter(to=cast.east_manager.email).latest("pk")
    for mail in (owner, leader):
        assert row.number in mail.subject
        assert row.title in mail.text
        assert f"/complaints/{row.number}/" in mail.text
    assert "missed" in leader.subject
    assert "时限" in owner.subject


def test_one_bad_address_keeps_nobody_else_from_being_told(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=cast.agent.pk).update(email="no address")
    row = receive(cast, at)
    fire(monkeypatch, at + 24 * HOUR)
    assert ("respond", "owner") in told(row)
    assert OutgoingMail.objects.filter(to=cast.east_manager.email).exists()


def test_somebody_is_told_even_when_every_post_is_empty(cast: Cast, at: datetime) -> None:
    row = receive(cast, at)
    User.objects.filter(username__in=["east_manager", "manager", "executive", "agent"]).update(
        is_active=False
    )
    row = Complaint.objects.get(pk=row.pk)
    for step in Escalation.Step:
        assert [p.username for p in queries.recipients(row, step)] == ["admin"]


def test_imported_complaints_are_timed_and_nobody_is_told_about_their_past(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = receive(cast, at, channel="import", source="old", external_id="7")
    assert fire(monkeypatch, at + 1000 * HOUR) == 0
    assert row.next_due_kind == "acknowledge"
    assert told(row) == []


def test_a_pause_holds_the_clocks_until_its_cap(cast: Cast, at: datetime) -> None:
    row, scope = receive(cast, at), cast.scope("agent")
    reason = PauseReason.objects.get(code="customer")
    services.pause(scope, complaint=row, reason=reason, note="等照片", at=at + HOUR)
    assert queries.pause_of(row).note == "等照片"  # type: ignore[union-attr]
    paused = {r.target: r for r in queries.readings(row, at + 2 * HOUR)}[Target.RESOLVE]
    assert (paused.state, paused.due) == (State.PAUSED, at + (3 + 7) * 24 * HOUR)  # five workdays later
    with pytest.raises(Refused, match="nothing to pause"):
        services.pause(scope, complaint=row, reason=reason, at=at + 2 * HOUR)
    services.resume(scope, complaint=row, at=at + 25 * HOUR)
    assert queries.pause_of(row) is None
    with pytest.raises(Refused, match="not paused"):
        services.resume(scope, complaint=row, at=at + 25 * HOUR)
    assert {r.target: r.due for r in queries.readings(row, at + 25 * HOUR)}[Target.RESOLVE] == at + 96 * HOUR


def test_a_reason_whose_time_is_used_up_pauses_no_more(cast: Cast, at: datetime) -> None:
    row, scope = receive(cast, at), cast.scope("agent")
    reason = PauseReason.objects.get(code="customer")
    services.pause(scope, complaint=row, reason=reason, at=at)
    later = at + 24 * 8 * HOUR
    with pytest.raises(Refused, match="used up"):
        services.pause(scope, complaint=row, reason=reason, at=later)
    assert row.clock_events.count() == 2


def test_only_who_works_on_it_pauses(cast: Cast, at: datetime) -> None:
    row = receive(cast, at)
    reason = PauseReason.objects.get(code="customer")
    for name in ("outsider", "executive"):
        with pytest.raises(NotAllowed):
            services.pause(cast.scope(name), complaint=row, reason=reason, at=at)


def test_a_changed_policy_reaches_open_complaints_and_leaves_closed_ones(
    cast: Cast, at: datetime, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_clocks, "now", lambda: at + HOUR)
    monkeypatch.setattr(jobs_clocks, "BATCH", 2)
    rows = [receive(cast, at) for _ in range(5)]
    cases.withdraw(cast.scope("agent"), complaint=rows[0], reason="", at=at)
    policy = ClockPolicy.objects.get(code="ordinary")
    policy.respond_minutes = 600
    policies.save_policy(cast.scope("manager"), policy=policy, at=at + HOUR)
    run_jobs()
    assert [[e.kind for e in row.clock_events.all()][-1] for row in rows] == ["closed"] + ["policy"] * 4
    assert {r.target: r.due for r in queries.readings(rows[1], at + HOUR)}[Target.RESPOND] == at + 10 * HOUR


def test_another_tier_of_the_customer_means_other_limits(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    customer = factories.customer(cast.east, 5, at)  # tier B
    row = receive(cast, at, customer=customer)
    calendar = BusinessCalendar.objects.get(code="always")
    policy = ClockPolicy(code="key", name={"zh": "大客户"}, calendar=calendar, tier="A", resolve_minutes=60)
    policies.save_policy(SYSTEM, policy=policy, at=at)
    customer.tier = "A"
    customer.save()
    with transaction.atomic():
        publish(SYSTEM, catalogue.CustomerChanged(subject_id=str(customer.pk), change="changed"), at=at)
    run_jobs()
    assert row.clock_events.filter(policy=policy).count() == 1
    assert {r.target: r.due for r in queries.readings(row, at)} == {Target.RESOLVE: at + HOUR}


def test_a_changed_calendar_moves_what_is_due(
    cast: Cast, at: datetime, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_clocks, "now", lambda: at)
    row = receive(cast, at)
    day = at.date() + timedelta(days=1)
    calendar = BusinessCalendar.objects.get(code="standard")
    services_calendars.set_day(SYSTEM, calendar=calendar, day=day, hours="", at=at)
    run_jobs()
    assert {r.target: r.due for r in queries.readings(row, at)}[Target.RESOLVE] == at + 96 * HOUR
    assert ClockAlarm.objects.get(complaint=row).at == at + 4.7 * HOUR


def test_a_policy_without_conditions_must_remain(cast: Cast, at: datetime) -> None:
    policies.shipped()
    policy = ClockPolicy.objects.get(code="ordinary")
    policy.active = False
    with pytest.raises(Refused, match="must remain"):
        policies.save_policy(SYSTEM, policy=policy, at=at)
    policy.refresh_from_db()
    assert policy.active
    policy.acknowledge_minutes = policy.respond_minutes = policy.resolve_minutes = (
        policy.next_contact_minutes
    ) = None
    with pytest.raises(Refused, match="at least one"):
        policies.save_policy(SYSTEM, policy=policy, at=at)
    with pytest.raises(NotAllowed):
        policies.save_policy(cast.scope("agent"), policy=policy, at=at)


def test_a_notice_is_the_readers_own_and_can_be_put_aside(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = receive(cast, at)
    fire(monkeypatch, at + 24 * HOUR)
    scope = cast.scope("east_manager")
    assert {n.escalation.step for n in queries.notices(scope)} == {"leader"}
    assert queries.escalations(cast.scope("outsider")).count() == 0
    assert not queries.notices(cast.scope("manager")).filter(escalation__step="leader").exists()
    for notice in queries.notices(scope):
        services.put_aside(scope, escalation=notice.escalation, at=at)
    assert not queries.notices(scope).exists()
    assert row.escalations.count() == queries.escalations(scope).count()


def test_one_broken_complaint_keeps_no_other_from_being_told(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = receive(cast, at), receive(cast, at)
    broken.clock_events.update(terms={"calendar": 0, "limits": {}, "steps": []})
    fire(monkeypatch, at + 24 * HOUR)
    assert f"the clocks of complaint {broken.pk} cannot be told" in caplog.text
    assert ("respond", "leader") in told(other)
    assert ClockAlarm.objects.get(complaint=broken).at is not None


def test_people_move_on_and_the_new_leader_is_told(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = receive(cast, at)
    new = people.create_user(
        SYSTEM, username="new", email="new@example.org", name="New", language="en", password=None,
        roles=[("satisfaction_manager", cast.east)], at=at,
    )  # fmt: skip
    User.objects.filter(pk=cast.east_manager.pk).update(is_active=False)
    fire(monkeypatch, at + 24 * HOUR)
    assert [u.pk for u in row.escalations.get(target="respond", step="leader").people.all()] == [new.pk]
