from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from manyi.customers.models import Contact, Customer
from manyi.events.models import Event
from manyi.messaging.services import send_batch
from manyi.people.services import organisation
from manyi.scope import NotAllowed, Scope
from manyi.surveys.models import Invitation, NotAsked, Wave
from manyi.surveys.services import invitations, waves
from manyi.surveys.services.waves import WaveError
from tests import factories
from tests.conftest import Cast

SYSTEM = Scope.system("test")


@pytest.fixture
def wave(cast: Cast, at: datetime) -> Wave:
    """A draft of the group with 6 customers in the east and 4 in the west."""
    for number in range(6):
        factories.customer(cast.east, number, at)
    for number in range(4):
        factories.customer(cast.west, number, at)
    return factories.wave(cast.group, at, state="draft", opened_at=None, reminder_days=[3, 7])


def send_all(wave: Wave, at: datetime) -> None:
    invitations.queue_invitations(SYSTEM, wave=wave, after=0, limit=100, at=at)
    send_batch(limit=100, at=at)
    invitations.note_sent(SYSTEM, wave=wave, at=at)


def test_everybody_is_invited_or_in_the_ledger_with_a_reason(cast: Cast, wave: Wave, at: datetime) -> None:
    east = list(Customer.objects.filter(unit=cast.east))
    Customer.objects.filter(pk=east[0].pk).update(active=False)
    east[1].contacts.update(email="")
    east[2].contacts.update(opted_out_at=at)
    east[3].contacts.update(bounced_at=at)
    east[4].contacts.update(last_invited_at=at - timedelta(days=29))
    east[5].contacts.update(last_invited_at=at - timedelta(days=31))
    wave.audience = {"units": [cast.east.pk]}
    wave.save()
    waves.open_wave(SYSTEM, wave=wave, at=at)
    assert list(wave.invitations.values_list("customer_id", flat=True)) == [east[5].pk]
    reasons = dict(NotAsked.objects.filter(unit=cast.east).values_list("customer_id", "reason"))
    assert [reasons[c.pk] for c in east[:5]] == ["inactive", "no_address", "opted_out", "bounced", "fatigue"]
    assert set(NotAsked.objects.filter(unit=cast.west).values_list("reason", flat=True)) == {
        "not_in_audience"
    }
    assert wave.invitations.count() + wave.not_asked.count() == Customer.objects.count()
    assert Event.objects.get(kind="wave.opened").payload == {"invited": 1, "not_asked": 9}


def test_stratified_opening_stores_design_weights(cast: Cast, wave: Wave, at: datetime) -> None:
    wave.sampling = {"method": "stratified", "size": 4, "by": "unit", "allocation": "equal"}
    wave.save()
    waves.open_wave(SYSTEM, wave=wave, at=at)
    weights = set(wave.invitations.values_list("unit__code", "weight"))
    assert weights == {("east", 3.0), ("west", 2.0)}
    assert sum(wave.invitations.values_list("weight", flat=True)) == pytest.approx(10)


def test_what_is_frozen_stays_when_the_customer_changes(cast: Cast, wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    row = wave.invitations.first()
    assert row is not None
    before = row.tier
    Customer.objects.filter(pk=row.customer_id).update(tier="", unit=cast.group)
    row.refresh_from_db()
    assert (row.tier, row.unit) == (before, cast.east)


def test_a_second_opening_is_refused_and_changes_nothing(wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    with pytest.raises(WaveError, match="no draft any more"):
        waves.open_wave(SYSTEM, wave=wave, at=at)
    assert wave.invitations.count() == 10


def test_a_tree_that_asks_for_more_than_the_questionnaire_is_refused(wave: Wave, at: datetime) -> None:
    tree = {**factories.TREE, "tree": [{"code": "price", "name": {"en": "Price"}, "column": "price"}]}
    wave.tree_version = factories.tree_version(at, code="other", definition=tree)
    wave.save()
    with pytest.raises(WaveError, match="“price”, which the questionnaire does not ask"):
        waves.open_wave(SYSTEM, wave=wave, at=at)
    assert Wave.objects.get(pk=wave.pk).state == "draft"


def test_a_different_scale_is_refused(wave: Wave, at: datetime) -> None:
    tree = {**factories.TREE, "scale": {"min": 1, "max": 10, "missing": []}}
    wave.tree_version = factories.tree_version(at, code="other", definition=tree)
    wave.save()
    with pytest.raises(WaveError, match="asked from 1 – 5, but the tree counts from 1 to 10"):
        waves.open_wave(SYSTEM, wave=wave, at=at)


def test_a_wave_for_nobody_is_refused_unless_it_has_an_open_link(wave: Wave, at: datetime) -> None:
    wave.audience = {"segments": ["nobody"]}
    wave.save()
    with pytest.raises(WaveError, match="Nobody would be asked"):
        waves.open_wave(SYSTEM, wave=wave, at=at)
    waves.enable_open_link(SYSTEM, wave=wave)
    assert waves.open_wave(SYSTEM, wave=wave, at=at).state == "open"


@pytest.mark.parametrize("name", ["east_manager", "executive", "outsider", "agent"])
def test_a_group_wave_is_opened_only_by_those_who_run_the_group(
    cast: Cast, wave: Wave, at: datetime, name: str
) -> None:
    with pytest.raises(NotAllowed):
        waves.open_wave(cast.scope(name), wave=wave, at=at)


def test_mails_are_in_the_language_of_the_contact_with_link_and_way_out(wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    send_all(wave, at)
    assert len(outbox.outbox) == 10
    row = wave.invitations.select_related("contact").get(contact__email="c0.east@example.org")
    letter = next(m for m in outbox.outbox if m.to == ["c0.east@example.org"])
    assert f"/s/{row.token}/" in letter.body
    assert "您好" in letter.body
    assert letter.extra_headers["List-Unsubscribe"].endswith(f"/u/{row.token}/>")
    english = next(m for m in outbox.outbox if m.to == ["c1.east@example.org"])
    assert "Dear 联系人 1" in english.body
    assert "{" not in english.body
    assert row.state == "sent"
    assert Event.objects.filter(kind="invitation.sent").count() == 10


def test_names_with_markup_or_line_breaks_do_no_harm(cast: Cast, wave: Wave, at: datetime) -> None:
    Contact.objects.update(name="<b>Eve</b>\nBcc: x@example.org")
    wave.subject = {"zh": "{contact} 您好", "en": "Dear {contact}"}
    wave.save()
    waves.open_wave(SYSTEM, wave=wave, at=at)
    send_all(wave, at)
    letter = outbox.outbox[0]
    assert "\n" not in letter.subject
    html = str(letter.alternatives[0][0])
    assert "<b>Eve" not in html
    assert letter.recipients() == ["c0.east@example.org"]


def test_invitations_wait_for_the_end_of_quiet_hours(wave: Wave, at: datetime) -> None:
    night = at.replace(hour=15)  # 23:00 in Shanghai
    waves.open_wave(SYSTEM, wave=wave, at=night)
    send_all(wave, night)
    assert outbox.outbox == []
    morning = night + timedelta(hours=9, minutes=30)
    send_batch(limit=100, at=morning)
    assert invitations.note_sent(SYSTEM, wave=wave, at=morning) == 10


def test_reminders_go_to_those_who_did_not_answer_and_end_with_the_list(wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    send_all(wave, at)
    rows = list(wave.invitations.order_by("pk"))
    Invitation.objects.filter(pk=rows[0].pk).update(answered=True)
    invitations.opt_out(token=rows[1].token, at=at)
    invitations.note_bounced(SYSTEM, reference=f"invitation:{rows[2].pk}:0", permanent=True, at=at)
    third = at + timedelta(days=3)
    assert invitations.queue_reminders(SYSTEM, limit=100, at=third - timedelta(hours=1)) == 0
    assert invitations.queue_reminders(SYSTEM, limit=100, at=third) == 7
    assert invitations.queue_reminders(SYSTEM, limit=100, at=third) == 0
    assert invitations.queue_reminders(SYSTEM, limit=100, at=at + timedelta(days=7)) == 7
    assert invitations.queue_reminders(SYSTEM, limit=100, at=at + timedelta(days=60)) == 0
    assert set(wave.invitations.values_list("reminders_sent", flat=True)) == {0, 2}


def test_no_reminder_is_queued_in_quiet_hours_or_after_closing(wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    send_all(wave, at)
    assert invitations.queue_reminders(SYSTEM, limit=9, at=at + timedelta(days=3, hours=13)) == 0
    waves.close_wave(SYSTEM, wave=wave, reason="by_hand", at=at + timedelta(days=1))
    assert invitations.queue_reminders(SYSTEM, limit=9, at=at + timedelta(days=4)) == 0


def test_fatigue_holds_across_waves_but_not_for_reminders(cast: Cast, wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    second = factories.wave(cast.group, at, state="draft", opened_at=None)
    waves.enable_open_link(SYSTEM, wave=second)
    waves.open_wave(SYSTEM, wave=second, at=at + timedelta(days=20))
    assert set(second.not_asked.values_list("reason", flat=True)) == {"fatigue"}
    assert second.not_asked.count() == 10


def test_closing_drops_mails_that_wait_and_cannot_be_repeated(wave: Wave, at: datetime) -> None:
    night = at.replace(hour=15)
    waves.open_wave(SYSTEM, wave=wave, at=night)
    invitations.queue_invitations(SYSTEM, wave=wave, after=0, limit=100, at=night)
    waves.close_wave(SYSTEM, wave=wave, reason="by_hand", at=night)
    assert send_batch(limit=100, at=night + timedelta(days=1)).sent == 0
    with pytest.raises(WaveError, match="is not open"):
        waves.close_wave(SYSTEM, wave=wave, reason="by_hand", at=night)


def test_opting_out_needs_no_session_and_reading_the_page_stores_nothing(wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    row = wave.invitations.select_related("contact").all()[0]
    client = Client(enforce_csrf_checks=True)
    assert client.get(f"/u/{row.token}/").status_code == 200
    assert not Contact.objects.exclude(opted_out_at=None).exists()
    for _twice in range(2):
        answer = client.post(f"/u/{row.token}/", {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    row.refresh_from_db()
    assert row.state == "opted_out"
    assert Contact.objects.exclude(opted_out_at=None).count() == 1
    assert Event.objects.filter(kind="contact.opted_out").count() == 1
    assert client.get("/u/unknown/").status_code == 404


def test_a_bounce_marks_invitation_and_contact(wave: Wave, at: datetime, run_jobs: Any) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    send_all(wave, at)
    row = wave.invitations.all()[0]
    invitations.note_bounced(SYSTEM, reference=f"invitation:{row.pk}:0", permanent=True, at=at)
    row.refresh_from_db()
    assert row.state == "bounced"
    assert row.contact is not None
    assert row.contact.bounced_at == at


def test_one_of_the_ledger_is_asked_late(cast: Cast, wave: Wave, at: datetime) -> None:
    wave.audience = {"units": [cast.east.pk]}
    wave.save()
    waves.open_wave(SYSTEM, wave=wave, at=at)
    west = Customer.objects.filter(unit=cast.west)[0]
    invitations.invite_late(SYSTEM, wave=wave, customer=west, at=at)
    assert wave.invitations.filter(customer=west).exists()
    assert not wave.not_asked.filter(customer=west).exists()
    with pytest.raises(WaveError, match="was invited already"):
        invitations.invite_late(SYSTEM, wave=wave, customer=west, at=at)


def test_an_answered_invitation_is_not_sent_again(wave: Wave, at: datetime) -> None:
    waves.open_wave(SYSTEM, wave=wave, at=at)
    row = wave.invitations.all()[0]
    invitations.resend(SYSTEM, invitation=row, at=at)
    Invitation.objects.filter(pk=row.pk).update(answered=True)
    with pytest.raises(WaveError, match="answered already"):
        invitations.resend(SYSTEM, invitation=row, at=at)


def test_the_job_sends_all_and_shows_how_far_it_is(wave: Wave, at: datetime, run_jobs: Any) -> None:
    rules = organisation()
    rules.quiet_from = rules.quiet_until = datetime(2026, 1, 1).time()
    rules.save()
    waves.open_wave(SYSTEM, wave=wave, at=at)
    run_jobs()
    assert len(outbox.outbox) == 10
    assert wave.invitations.filter(state="sent").count() == 10
