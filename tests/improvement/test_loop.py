"""From a weak item to a verified action and a told customer, through the services."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from manyi.complaints.models import Category
from manyi.improvement.models import Action, Finding, Verification
from manyi.improvement.queries import loop
from manyi.improvement.queries.raisers import raisers
from manyi.improvement.services import actions, announcements, decisions, findings, verifications
from manyi.messaging.models import OutgoingMail
from manyi.scope import NotAllowed
from manyi.surveys.models import Response, Wave
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast
from tests.improvement.conftest import answered


def later(before: Wave, cast: Cast, at: datetime, ratings: list[int]) -> Wave:
    wave = factories.wave(cast.east, at, code="autumn")
    Wave.objects.filter(pk=wave.pk).update(
        tree_version=before.tree_version,
        opened_at=at,
        state=Wave.State.CLOSED,
        closed_at=at + timedelta(days=5),
    )
    wave.refresh_from_db()
    answered(wave, cast, at, ratings, 2000)
    return wave


def found(cast: Cast, wave: Wave, at: datetime) -> Finding:
    return findings.raise_from_indicator(cast.scope("east_manager"), wave=wave, node="on_time", at=at)


def planned(cast: Cast, wave: Wave, at: datetime, target: float | None = 60.0) -> Action:
    return actions.plan(
        cast.scope("east_manager"),
        finding=found(cast, wave, at),
        title="Promise dates from the real stock",
        owner=cast.agent,
        starts_on=date(2026, 3, 2),
        due_on=date(2026, 4, 1),
        target="indicator",
        subject="on_time",
        wave=wave.code,
        target_value=target,
        at=at,
    )


def test_a_weak_item_becomes_one_finding_with_frozen_evidence(cast: Cast, before: Wave, at: datetime) -> None:
    first = found(cast, before, at)
    assert found(cast, before, at) == first
    assert first.number == "F-2026-0001"
    assert first.evidence["score"] == pytest.approx(22.5)
    assert (first.evidence["n"], first.evidence["node"]) == (40, "on_time")
    Response.objects.filter(wave=before).update(weight=2.0)
    first.refresh_from_db()
    assert first.evidence["score"] == pytest.approx(22.5)


def test_another_branch_sees_no_finding_and_raises_none_here(cast: Cast, before: Wave, at: datetime) -> None:
    found(cast, before, at)
    assert not loop.findings(cast.scope("outsider")).exists()
    with pytest.raises(NotAllowed):
        findings.raise_finding(cast.scope("outsider"), unit=cast.east, title="x", at=at)


def test_a_plan_freezes_its_baseline_and_wants_an_improvement(cast: Cast, before: Wave, at: datetime) -> None:
    row = planned(cast, before, at)
    assert row.baseline == pytest.approx(22.5)
    assert row.finding.state == Finding.State.ACTING
    with pytest.raises(Refused, match=r"The target 20 is no improvement on today's 22\.5"):
        planned(cast, before, at, target=20)


def test_done_needs_every_task_done(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    task = actions.add_task(
        scope, action=row, title="Connect the stock list", assignee=cast.agent,
        starts_on=date(2026, 3, 2), due_on=date(2026, 3, 9), at=at,
    )  # fmt: skip
    with pytest.raises(Refused, match="1 tasks are still open"):
        actions.finish(scope, action=row, at=at)
    actions.tick(cast.scope("agent"), task=task, done=True, at=at)
    actions.finish(scope, action=row, at=at)
    assert (row.state, row.done_at) == (Action.State.DONE, at)


def test_effective_closes_action_and_finding(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.finish(scope, action=row, at=at)
    after = later(before, cast, at + timedelta(days=60), [4, 5, 3, 4, 5, 4, 4, 3, 4, 5] * 4)
    look = verifications.verify(scope, action=row, wave=after, at=at + timedelta(days=70))
    row.refresh_from_db()
    row.finding.refresh_from_db()
    assert look.verdict == Verification.Verdict.EFFECTIVE
    assert look.difference == pytest.approx(77.5 - 22.5)
    assert look.low is not None
    assert look.low > 40
    assert (row.state, row.finding.state) == (Action.State.EFFECTIVE, Finding.State.EFFECTIVE)


def test_no_effect_opens_the_finding_again(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.finish(scope, action=row, at=at)
    after = later(before, cast, at + timedelta(days=60), [1, 2, 2, 3, 1, 2, 3, 2, 2, 1] * 4)
    look = verifications.verify(scope, action=row, wave=after, at=at + timedelta(days=70))
    row.finding.refresh_from_db()
    assert look.verdict == Verification.Verdict.NOT_EFFECTIVE
    assert (row.finding.state, row.finding.times_reopened) == (Finding.State.OPEN, 1)


def test_a_wave_from_before_is_no_proof(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.finish(scope, action=row, at=at)
    with pytest.raises(Refused, match="cannot be compared"):
        verifications.verify(scope, action=row, wave=before, at=at)


def test_a_wave_that_still_runs_is_no_proof(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.finish(scope, action=row, at=at)
    after = later(before, cast, at + timedelta(days=60), [4, 5, 3, 4, 5, 4, 4, 3, 4, 5] * 4)
    Wave.objects.filter(pk=after.pk).update(state=Wave.State.OPEN, closed_at=None)
    with pytest.raises(Refused, match="cannot be compared"):
        verifications.verify(scope, action=row, wave=after, at=at + timedelta(days=70))


def test_fewer_complaints_after_than_before(cast: Cast, at: datetime) -> None:
    scope = cast.scope("east_manager")
    late = Category.objects.create(code="late", name={"zh": "延误", "en": "Late"})
    for day in range(1, 61, 2):
        factories.complaint(cast.east, cast.agent, at - timedelta(days=day), category=late)
    finding = findings.raise_finding(scope, unit=cast.east, title="Late deliveries", at=at)
    row = actions.plan(
        scope, finding=finding, title="Second driver", owner=cast.agent, starts_on=date(2026, 3, 2),
        due_on=date(2026, 3, 10), target="complaint_rate", subject="late", at=at,
    )  # fmt: skip
    assert row.baseline == pytest.approx(30 / 90 * 30)
    actions.finish(scope, action=row, at=at)
    with pytest.raises(Refused, match="too early: 9 whole days"):
        verifications.verify(scope, action=row, at=at + timedelta(days=10))
    factories.complaint(cast.east, cast.agent, at + timedelta(days=20), category=late)
    look = verifications.verify(scope, action=row, at=at + timedelta(days=61))
    assert (look.before["n"], look.after["n"]) == (30, 1)
    assert look.verdict == Verification.Verdict.EFFECTIVE


def test_those_who_raised_it_are_told_once_with_their_own_words(
    cast: Cast, before: Wave, at: datetime
) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.finish(scope, action=row, at=at)
    unhappy = raisers(scope, row)
    assert len(unhappy) == 40
    text = {"zh": "交货总是晚", "en": "Deliveries are late"}
    did = {"zh": "按真实库存承诺交期", "en": "We promise dates from the real stock"}
    news = announcements.draft(scope, action=row, you_said=text, we_did=did, public=True, at=at)
    assert announcements.publish_announcement(scope, announcement=news, tell=True, at=at) == 40
    assert announcements.publish_announcement(scope, announcement=news, tell=True, at=at) == 40
    mails = OutgoingMail.objects.filter(reference__startswith="news:")
    assert mails.count() == 40
    assert any("Two weeks late." in mail.text for mail in mails)
    receipt = news.receipts.order_by("pk").first()
    assert receipt is not None
    announcements.answer_news(receipt=receipt, better=True, at=at)
    told = loop.announcements(scope).get()
    assert (told.told, told.read, told.better, told.worse) == (40, 1, 1, 0)  # type: ignore[attr-defined]


def test_a_decision_is_rated_apart_and_frozen(cast: Cast, at: datetime) -> None:
    scope = cast.scope("east_manager")
    ask = {"question": "What first?", "options": [{"name": "Stock"}, {"name": "Driver"}], "at": at}
    with pytest.raises(Refused, match="sum to 90; they must sum to 100"):
        decisions.ask(scope, unit=cast.east, criteria=[("Gain", 50), ("Cost", 40)], **ask)  # type: ignore[arg-type]
    row = decisions.ask(scope, unit=cast.east, criteria=[("Gain", 60), ("Cost", 40)], **ask)  # type: ignore[arg-type]
    stock, driver = row.options.all()
    gain, cost = row.criteria.all()
    mine = {(stock.pk, gain.pk): 5, (stock.pk, cost.pk): 2, (driver.pk, gain.pk): 3, (driver.pk, cost.pk): 3}
    with pytest.raises(Refused, match="Nobody has rated"):
        decisions.decide(scope, decision=row, option=stock, reason="", at=at)
    decisions.rate(scope, decision=row, ratings=mine, at=at)
    with pytest.raises(Refused, match="say why"):
        decisions.decide(scope, decision=row, option=driver, reason=" ", at=at)
    decisions.decide(scope, decision=row, option=stock, reason="", at=at)
    row.refresh_from_db()
    assert row.outcome["options"][0] == {"name": "Stock", "score": 3.8, "spread": None, "raters": 1}
    with pytest.raises(Refused, match="has been decided"):
        decisions.rate(scope, decision=row, ratings=mine, at=at)
