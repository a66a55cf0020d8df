from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from typing import Any

import pytest

from manyi.events.models import Event
from manyi.messaging import services
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import Mail, MailRefused, queue_mail, queue_mails, send_batch
from manyi.scope import Scope
from tests.messaging.conftest import Post

pytestmark = [pytest.mark.django_db, pytest.mark.smtp]
SYSTEM = Scope.system("test")


def queue(at: datetime, reference: str = "a:1", **fields: Any) -> OutgoingMail:
    given = {
        "to": "anna@example.org", "subject": "满意度调查：请您评价", "text": "您好，世界", "html": "<p>您好</p>",
        "not_before": at, **fields,
    }  # fmt: skip
    return queue_mail(SYSTEM, reference=reference, at=at, **given)


def test_a_mail_arrives_whole_with_chinese_subject_and_our_headers(
    post: Post, at: datetime, settings: Any
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@example.com"
    row = queue(
        at,
        headers={
            "List-Unsubscribe": "<https://x.example/u/abc/>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    assert send_batch(limit=10, at=at).sent == 1
    mail = post.mails[0]
    assert mail["Subject"] == "满意度调查：请您评价"
    assert mail["Message-ID"] == row.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://x.example/u/abc/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "manyi@localhost" in mail["From"]
    assert post.envelopes[0] == ("bounces@example.com", ["anna@example.org"])
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "您好，世界"


def test_what_was_sent_keeps_no_personal_link(post: Post, at: datetime) -> None:
    row = queue(at)
    send_batch(limit=10, at=at)
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.text, row.html, row.headers) == ("sent", at, "", "", {})


def test_queuing_a_reference_again_changes_nothing(at: datetime) -> None:
    first = queue(at)
    assert queue(at, subject="other").pk == first.pk
    assert OutgoingMail.objects.get().subject == "满意度调查：请您评价"


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Hello\nBcc: all@example.org"},
        {"to": "anna@example.org\r\nBcc: b@example.org"},
        {"headers": {"Reply-To": "a@example.org\nX: y"}},
        {"headers": {"Bcc": "b@example.org"}},
        {"to": "no address"},
    ],
)
def test_injected_headers_are_refused_before_anything_is_queued(at: datetime, wrong: dict[str, Any]) -> None:
    with pytest.raises(MailRefused):
        queue(at, **wrong)
    assert not OutgoingMail.objects.exists()


def test_one_connection_serves_a_batch_and_one_refused_recipient_stops_nobody(
    post: Post, at: datetime
) -> None:
    post.refuse["c2@example.org"] = "550 5.1.1 no such user"
    queue_mails(
        SYSTEM,
        mails=[Mail(f"a:{i}", f"c{i}@example.org", "Hi", "text") for i in range(5)],
        not_before=at,
        at=at,
    )
    done = send_batch(limit=10, at=at)
    assert (done.sent, done.bounced) == (4, 1)
    assert post.connections == 1
    bounced = OutgoingMail.objects.get(state="bounced")
    assert bounced.to == "c2@example.org"
    assert "5.1.1 no such user" in bounced.error
    assert Event.objects.get(kind="mail.bounced").payload == {"reference": "a:2", "permanent": True}


def test_a_full_mailbox_is_a_bounce_but_not_a_dead_address(post: Post, at: datetime) -> None:
    post.refuse["anna@example.org"] = "552 5.2.2 mailbox full"
    queue(at)
    assert send_batch(limit=10, at=at).bounced == 1
    assert Event.objects.get(kind="mail.bounced").payload["permanent"] is False


def test_content_refused_as_spam_is_no_dead_address(post: Post, at: datetime) -> None:
    post.refuse_data = "554 5.7.1 rejected as spam"
    queue(at)
    assert send_batch(limit=10, at=at).bounced == 1
    assert Event.objects.get(kind="mail.bounced").payload["permanent"] is False


def test_a_temporary_refusal_is_tried_again_later_and_fails_after_five(post: Post, at: datetime) -> None:
    post.refuse["anna@example.org"] = "451 4.2.0 greylisted"
    row = queue(at)
    moment, outcomes = at, []
    for _attempt in range(5):
        outcomes.append(send_batch(limit=10, at=moment))
        row.refresh_from_db()
        moment = row.not_before
    assert [o.postponed for o in outcomes] == [1, 1, 1, 1, 0]
    assert outcomes[-1].failed == 1
    assert (row.state, row.attempts, row.text) == ("failed", 5, "")
    assert not send_batch(limit=10, at=moment + timedelta(days=1)).failed


def test_a_mail_waits_until_its_time(post: Post, at: datetime) -> None:
    queue(at, not_before=at + timedelta(hours=1))
    assert send_batch(limit=10, at=at).sent == 0
    assert send_batch(limit=10, at=at + timedelta(hours=1)).sent == 1


def test_an_absent_server_costs_no_mail_an_attempt(at: datetime, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    row = queue(at)
    with pytest.raises(OSError, match=r"."):
        send_batch(limit=10, at=at)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 0)


def test_a_server_that_refuses_the_sender_blames_no_recipient(
    post: Post, at: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> str:
        return "553 5.1.8 sender rejected"

    monkeypatch.setattr(Post, "handle_MAIL", refuse, raising=False)
    settings.BOUNCE_ADDRESS = "bad@example.com"
    row = queue(at)
    with pytest.raises(smtplib.SMTPSenderRefused):
        send_batch(limit=10, at=at)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 0)


def test_a_mail_another_worker_has_claimed_is_left_to_it(post: Post, at: datetime) -> None:
    row = queue(at)
    assert OutgoingMail.objects.filter(pk=row.pk, state="queued").update(state="sending")
    assert services._send_one(row.pk, "a@example.org", None, at) == ""
    assert post.mails == []


def test_what_a_dead_worker_left_is_sent_again_under_the_same_message_id(post: Post, at: datetime) -> None:
    row = queue(at)
    OutgoingMail.objects.filter(pk=row.pk).update(state="sending", not_before=at + services.LEASE)
    assert services.recover_stuck(at=at + timedelta(minutes=1)) == 0
    assert services.recover_stuck(at=at + services.LEASE) == 1
    assert send_batch(limit=10, at=at + services.LEASE).sent == 1
    assert post.mails[0]["Message-ID"] == row.message_id


def test_withdrawn_mails_never_leave(post: Post, at: datetime) -> None:
    queue(at, "a:1")
    queue(at, "a:2")
    assert services.withdraw_mails(SYSTEM, references=["a:1", "unknown"]) == 1
    assert send_batch(limit=10, at=at).sent == 1
