"""Reminders, training, standards as targets, asking those affected again, the portfolio and the picture."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.test import Client

from manyi.improvement import jobs
from manyi.improvement.models import Acknowledgement, Action, Announcement, Decision, Finding
from manyi.improvement.queries import again, loop
from manyi.improvement.queries.waiting import waiting
from manyi.improvement.services import actions, announcements, asking_again, findings, training, verifications
from manyi.messaging.models import OutgoingMail
from manyi.people.models import Organisation
from manyi.people.services import organisation
from manyi.scope import NotAllowed
from manyi.standards import sources
from manyi.standards.models import ServiceStandard, Stage, Touchpoint
from manyi.surveys import letters
from manyi.surveys.models import Invitation, Response, Wave
from manyi.surveys.services.waves import open_wave
from manyi.web.errors import Refused
from tests.conftest import Cast
from tests.improvement.test_loop import found, later, planned
from tests.improvement.test_pages import signed_in


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> list[datetime]:
    """What the job's clock says; change the element to move it."""
    moment = [at]
    monkeypatch.setattr(jobs, "now", lambda: moment[0])
    return moment


def mails(reference: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(reference__startswith=reference).order_by("pk"))


def test_each_is_reminded_once_before_and_once_after(
    cast: Cast,
    before: Wave,
    at: datetime,
    clock: list[datetime],
) -> None:
    row = planned(cast, before, at)  # due on 1 April, owned by the agent
    task = actions.add_task(
        cast.scope("east_manager"), action=row, title="Connect the stock list", assignee=cast.handler,
        starts_on=date(2026, 3, 2), due_on=date(2026, 3, 10), at=at,
    )  # fmt: skip
    assert jobs.remind() == 0
    clock[0] = at + timedelta(days=6)
    assert (jobs.remind(), jobs.remind()) == (1, 0)
    assert mails("task:")[0].to == cast.handler.email
    clock[0] = at + timedelta(days=9)
    assert (jobs.remind(), jobs.remind()) == (2, 0), (
        "the overdue task is told to its assignee and the action's owner"
    )
    actions.tick(cast.scope("handler"), task=task, done=True, at=clock[0])
    clock[0] = at + timedelta(days=29)
    assert jobs.remind() == 1
    assert mails("action:")[0].to == cast.agent.email
    actions.change(cast.scope("east_manager"), action=row, due_on=date(2026, 5, 1), at=clock[0])
    clock[0] = at + timedelta(days=59)
    assert jobs.remind() == 1, "a date that moved is told again"


def test_today_shows_what_is_due_and_nothing_of_others(cast: Cast, before: Wave, at: datetime) -> None:
    row = planned(cast, before, at)
    assert waiting(cast.scope("agent"), date(2026, 3, 20)) == []
    (due,) = waiting(cast.scope("agent"), date(2026, 3, 30))
    assert due.text == f"“{row.title}” is due on 2026-04-01"
    (late,) = waiting(cast.scope("agent"), date(2026, 4, 5))
    assert "was due on" in late.text
    assert waiting(cast.scope("handler"), date(2026, 4, 5)) == []
    Action.objects.update(due_on=date(2026, 3, 2))
    assert row.title in signed_in(cast.agent).get("/").content.decode()


def test_a_new_process_is_acknowledged_by_each_for_oneself(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    with pytest.raises(Refused, match="Write down the new steps first"):
        training.publish_process(scope, action=row, people=[cast.agent], standard=None, at=at)
    actions.redesign(scope, action=row, current=["guess"], new=["look it up"], answers={}, at=at)
    people = [cast.agent, cast.handler]
    assert training.publish_process(scope, action=row, people=people, standard=None, at=at) == 2
    assert training.publish_process(scope, action=row, people=people, standard=None, at=at) == 0
    assert len(mails("training:")) == 2
    own = Acknowledgement.objects.get(user=cast.agent)
    with pytest.raises(NotAllowed):
        training.acknowledge(cast.scope("handler"), row=own, at=at)
    assert signed_in(cast.handler).get(f"/improve/training/{own.pk}/").status_code == 404
    client = signed_in(cast.agent)
    assert "look it up" in client.get(f"/improve/training/{own.pk}/").content.decode()
    assert any("Read how" in one.text for one in waiting(cast.scope("agent"), at.date()))
    client.post(f"/improve/training/{own.pk}/")
    assert not any("Read how" in one.text for one in waiting(cast.scope("agent"), at.date()))
    assert (
        "1 of 2 said that they were trained"
        in signed_in(cast.east_manager).get(f"/improve/actions/{row.pk}/").content.decode()
    )


def standard(cast: Cast) -> ServiceStandard:
    stage = Stage.objects.create(code="order", name={"zh": "下单", "en": "Order"})
    point = Touchpoint.objects.create(
        code="counter", name={"zh": "柜台", "en": "Counter"}, stage=stage, unit=cast.east
    )
    return ServiceStandard.objects.create(
        code="wait", name={"zh": "等候", "en": "Waiting"}, touchpoint=point, source="audit", subject="wait",
        better="lower", measure="min", target=5,
    )  # fmt: skip


def test_a_service_standard_is_a_target_figure(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(scope, subject, unit, since, until):  # type: ignore[no-untyped-def]
        value = 12.0 if since < date(2026, 3, 2) else 6.0
        return sources.Reading(value=value, low=value - 1, high=value + 1, n=60)

    monkeypatch.setattr(sources, "_sources", {**sources._sources})
    sources.register("audit", read)
    standard(cast)
    scope = cast.scope("east_manager")
    finding = findings.raise_finding(scope, unit=cast.east, title="Long queues", at=at)
    with pytest.raises(Refused, match="no improvement"):
        _plan_standard(cast, finding, 20.0, at)
    row = _plan_standard(cast, finding, 8.0, at)
    assert row.baseline == pytest.approx(12.0)
    actions.finish(scope, action=row, at=at)
    look = verifications.verify(scope, action=row, at=at + timedelta(days=30))
    assert (look.verdict, look.difference) == ("effective", pytest.approx(-6.0))


def _plan_standard(cast: Cast, finding: Finding, target: float, at: datetime) -> Action:
    return actions.plan(
        cast.scope("east_manager"), finding=finding, title="Second desk", owner=cast.agent,
        starts_on=date(2026, 3, 2), due_on=date(2026, 4, 1), target="standard", subject="wait",
        target_value=target, at=at,
    )  # fmt: skip


def test_the_form_offers_figures_for_a_finding_by_hand(cast: Cast, before: Wave, at: datetime) -> None:
    scope = cast.scope("east_manager")
    Wave.objects.filter(pk=before.pk).update(state=Wave.State.CLOSED, closed_at=at)
    finding = findings.raise_finding(scope, unit=cast.east, title="Late", at=at)
    client = signed_in(cast.east_manager)
    address = f"/improve/findings/{finding.number}/plan/"
    assert 'value="indicator:spring:on_time"' in client.get(address).content.decode()
    client.post(address, {
        "title": "Stock", "owner": cast.agent.pk, "starts_on": "2026-03-02", "due_on": "2026-04-01",
        "figure": "indicator:spring:on_time",
    })  # fmt: skip
    row = Action.objects.get()
    assert (row.target, row.subject, row.wave, row.baseline) == (
        "indicator",
        "on_time",
        "spring",
        pytest.approx(22.5),
    )


def test_exactly_those_who_rated_low_are_asked_again(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    with pytest.raises(Refused, match="once the action is done"):
        asking_again.ask_again(scope, action=row, at=at)
    actions.finish(scope, action=row, at=at)
    wave = asking_again.ask_again(scope, action=row, at=at)
    assert asking_again.ask_again(scope, action=row, at=at) == wave
    low = set(
        Response.objects.filter(wave=before, answers__on_time__lte=3).values_list("customer", flat=True)
    )
    organisation()
    Organisation.objects.update(fatigue_days=0)
    open_wave(scope, wave=wave, at=at)
    assert set(wave.invitations.values_list("customer", flat=True)) == low
    for invitation in Invitation.objects.filter(wave=wave)[:12]:
        Response.objects.create(
            wave=wave, invitation=invitation, customer=invitation.customer, unit=cast.east, channel="email",
            answers={"on_time": 4, "complete": 4, "attitude": 4, "speed": 4}, submitted_at=at,
        )  # fmt: skip
    row.refresh_from_db()
    said = again.again(scope, row)
    assert said is not None
    assert said.change is not None
    assert (said.asked, said.answered, said.change.value is not None and said.change.value > 25) == (
        len(low),
        12,
        True,
    )
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.CLOSED, closed_at=at + timedelta(days=9))
    with pytest.raises(Refused, match="cannot be compared"):
        verifications.verify(scope, action=row, wave=Wave.objects.get(pk=wave.pk), at=at + timedelta(days=10))


def test_nobody_of_an_anonymous_wave_is_asked_again(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.finish(scope, action=row, at=at)
    Wave.objects.filter(pk=before.pk).update(anonymous=True)
    with pytest.raises(Refused, match="anonymous"):
        asking_again.ask_again(scope, action=row, at=at)


def told(cast: Cast, before: Wave, at: datetime) -> Announcement:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.finish(scope, action=row, at=at)
    news = announcements.draft(
        scope, action=row, you_said={"zh": "慢", "en": "Late"}, we_did={"zh": "按库存承诺", "en": "We look up"},
        public=True, at=at,
    )  # fmt: skip
    announcements.publish_announcement(scope, announcement=news, tell=True, at=at)
    news.refresh_from_db()
    return news


def test_the_silent_are_asked_again_once(cast: Cast, before: Wave, at: datetime) -> None:
    scope, news = cast.scope("east_manager"), told(cast, before, at)
    OutgoingMail.objects.filter(pk=mails("news:")[0].pk).update(state=OutgoingMail.State.SENT)
    OutgoingMail.objects.filter(pk=mails("news:")[1].pk).update(state=OutgoingMail.State.BOUNCED)
    assert loop.delivered(news) == {"sent": 1, "waiting": 38, "failed": 1}
    first, second = news.receipts.order_by("pk")[:2]
    announcements.answer_news(receipt=first, better=True, at=at)
    assert second.contact is not None
    second.contact.opted_out_at = at
    second.contact.save()
    with pytest.raises(Refused, match="14 days"):
        announcements.ask_again(scope, announcement=news, at=at + timedelta(days=3))
    later_on = at + timedelta(days=20)
    assert announcements.ask_again(scope, announcement=news, at=later_on) == 38
    assert announcements.ask_again(scope, announcement=news, at=later_on) == 0
    assert signed_in(cast.outsider).post(f"/improve/told/{news.pk}/again/").status_code == 404


def test_the_next_survey_tells_what_changed(cast: Cast, before: Wave, at: datetime) -> None:
    assert letters.NEWS not in letters.offered(cast.east)["en"]
    told(cast, before, at)
    offered = letters.offered(cast.east)
    assert letters.NEWS in offered["zh"]
    assert letters.NEWS not in letters.offered(cast.west)["en"], "another branch did not improve it"
    wave = later(before, cast, at, [4] * 3)
    Wave.objects.filter(pk=wave.pk).update(message=offered)
    wave.refresh_from_db()
    invitation = wave.invitations.first()
    assert invitation is not None
    mail = letters.compose(
        invitation, wave, organisation=organisation(), about=2, reference="x", reminder=False
    )
    assert "· We look up" in mail.text or "· 按库存承诺" in mail.text
    assert "{news}" not in mail.text
    Announcement.objects.update(public=False)
    mail = letters.compose(
        invitation, wave, organisation=organisation(), about=2, reference="x", reminder=False
    )
    assert "{news}" not in mail.text


def test_the_portfolio_tells_promise_cost_and_what_moved(cast: Cast, before: Wave, at: datetime) -> None:
    scope, row = cast.scope("east_manager"), planned(cast, before, at)
    actions.change(scope, action=row, cost=1200, title="=HYPERLINK(1)", at=at)
    actions.finish(scope, action=row, at=at)
    after = later(before, cast, at + timedelta(days=60), [4, 5, 3, 4, 5, 4, 4, 3, 4, 5] * 4)
    verifications.verify(scope, action=row, wave=after, at=at + timedelta(days=70))
    client = signed_in(cast.manager)
    page = client.get("/improve/portfolio/").content.decode()
    assert "+55.0" in page
    assert "1,200" in page
    book = openpyxl.load_workbook(io.BytesIO(client.get("/improve/portfolio.xlsx").content))
    cells = [cell.value for cell in book.active[2]]
    assert cells[2] == "'=HYPERLINK(1)"
    assert pytest.approx(55.0) in cells
    assert "Effective" in cells
    assert "HYPERLINK" not in signed_in(cast.outsider).get("/improve/portfolio/").content.decode()
    assert "HYPERLINK" not in client.get(f"/improve/portfolio/?unit={cast.west.pk}").content.decode()


def test_options_keep_their_finding_and_its_gain_in_the_picture(
    cast: Cast, before: Wave, at: datetime
) -> None:
    finding = found(cast, before, at)
    client: Client = signed_in(cast.east_manager)
    page = client.get("/improve/decisions/new/").content.decode()
    gain = finding.evidence["expected_gain"]
    assert f"scores 22.5, 3, {gain:.2f}" in page
    client.post("/improve/decisions/new/", {
        "question": "First?", "unit": cast.east.pk, "criteria": "Gain, 60\nCost, 40",
        "options": f"{finding.title}, 2\nVan, 4, 0.5\nNothing",
    })  # fmt: skip
    row = Decision.objects.get()
    option = row.options.get(finding=finding)
    assert (option.effort, option.expected_gain) == (2, pytest.approx(gain))
    assert "Effort and expected gain" in client.get(f"/improve/decisions/{row.pk}/").content.decode()
    table = client.get(f"/improve/decisions/{row.pk}/effort.csv").content.decode("utf-8-sig").splitlines()
    assert len(table) == 3
    assert table[1].endswith("Do first")
    assert client.get(f"/improve/decisions/{row.pk}/effort.png").content.startswith(b"\x89PNG")
    assert client.get(f"/improve/decisions/{row.pk}/effort.pdf").status_code == 404
