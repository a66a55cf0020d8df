"""The bounce mailbox, read from a real IMAP server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage

import pytest
from imap_tools import AND, MailBoxUnencrypted

from manyi.events.models import Event
from manyi.messaging.jobs import read_inbox
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import send_batch
from manyi.scope import Scope
from manyi.surveys.models import Invitation, Wave
from manyi.surveys.services import invitations
from tests import factories
from tests.conftest import Cast
from tests.messaging.test_bounces import OURS, report

pytestmark = [pytest.mark.django_db, pytest.mark.imap]
SYSTEM = Scope.system("test")


@pytest.fixture
def sent(cast: Cast, at: datetime) -> tuple[Invitation, OutgoingMail]:
    """An invitation that left, and its mail."""
    wave = factories.wave(cast.group, at)
    row = factories.invitation(wave, factories.customer(cast.east, 1, at), at, state="queued", sent_at=None)
    invitations.queue_invitations(SYSTEM, wave=wave, after=0, limit=10, at=at)
    send_batch(limit=10, at=at)
    assert invitations.note_sent(SYSTEM, wave=wave, at=at) == 1
    return row, OutgoingMail.objects.get(reference=f"invitation:{row.pk}:0")


def returned(mail: OutgoingMail, status: str = "5.1.1") -> bytes:
    """A delivery report of RFC 3464 about this mail."""
    raw = report(
        f"Final-Recipient: rfc822; {mail.to}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} user unknown\r\n"
    )
    return raw.replace(OURS.encode(), mail.message_id.encode())


def test_a_report_marks_invitation_and_contact(
    inbox: MailBoxUnencrypted, sent: tuple[Invitation, OutgoingMail], run_jobs: Callable[[], int]
) -> None:
    row, mail = sent
    inbox.append(returned(mail))
    assert read_inbox() == 1
    run_jobs()
    row.refresh_from_db()
    assert row.state == "bounced"
    assert row.contact is not None
    assert row.contact.bounced_at is not None
    inbox.client.noop()  # so that this session hears what the other one did
    assert inbox.uids(AND(seen=True)) == inbox.uids()


def test_the_same_mail_is_never_handled_twice(
    inbox: MailBoxUnencrypted, sent: tuple[Invitation, OutgoingMail]
) -> None:
    inbox.append(returned(sent[1]))
    assert (read_inbox(), read_inbox()) == (1, 0)
    inbox.append(returned(sent[1]))  # reported again by a second server
    inbox.flag(inbox.uids(), "\\Seen", False)  # as if we had died before marking the first
    assert read_inbox() == 0
    assert Event.objects.filter(kind="mail.bounced").count() == 1


@pytest.mark.parametrize("broken", [b"From: <\r\n\r\nx", b"Message-ID: <a@\r\n\r\n", b"From: a@[\r\n\r\n"])
def test_a_mail_nobody_can_parse_is_kept_and_flagged_and_holds_up_no_other(
    inbox: MailBoxUnencrypted, sent: tuple[Invitation, OutgoingMail], broken: bytes
) -> None:
    inbox.append(broken)
    inbox.append(returned(sent[1]))
    assert read_inbox() == 1
    inbox.client.noop()
    assert len(inbox.uids()) == 2
    assert inbox.uids(AND(flagged=True)) == inbox.uids()[:1]
    assert read_inbox() == 0


def test_absence_notices_and_answers_of_people_are_no_bounces(
    inbox: MailBoxUnencrypted, sent: tuple[Invitation, OutgoingMail]
) -> None:
    row, mail = sent
    notice = EmailMessage()
    notice["From"], notice["Subject"] = mail.to, "自动回复：出差中，投递失败请致电 550"
    notice["Auto-Submitted"], notice["In-Reply-To"] = "auto-replied", mail.message_id
    notice.set_content("I am away until 5.1.1; call extension 550.")
    answer = EmailMessage()
    answer["From"], answer["Subject"], answer["In-Reply-To"] = mail.to, "Re: 满意度", mail.message_id
    answer.set_content("Room 550 was cold.")
    for letter in (notice, answer):
        inbox.append(letter.as_bytes())
    assert read_inbox() == 0
    row.refresh_from_db()
    assert row.state == "sent"
    inbox.client.noop()
    assert inbox.uids(AND(flagged=True)) == []


def test_a_report_about_a_mail_we_never_sent_silences_nobody(
    inbox: MailBoxUnencrypted, sent: tuple[Invitation, OutgoingMail], run_jobs: Callable[[], int]
) -> None:
    mail = sent[1]
    inbox.append(returned(mail).replace(mail.message_id.encode(), OURS.encode()))
    assert read_inbox() == 0
    run_jobs()
    assert Wave.objects.get().invitations.get().state == "sent"


def test_plain_imap_to_another_machine_is_refused(settings: object) -> None:
    settings.INBOX_URL = "imap://a:b@mail.example/INBOX"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="imaps://"):
        read_inbox()
