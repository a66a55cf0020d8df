"""Two workers send at once, each with its own connection to the database and to the mail server."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime

import pytest
from django.db import connection

from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import Mail, queue_mails, send_batch
from manyi.scope import Scope
from tests.messaging.conftest import Post

MAILS = 60


@pytest.mark.smtp
@pytest.mark.django_db(transaction=True)
def test_each_mail_leaves_once_whoever_sends(post: Post, at: datetime) -> None:
    mails = [Mail(f"a:{n}", f"c{n}@example.org", "Subject", "Text") for n in range(MAILS)]
    queue_mails(Scope.system("test"), mails=mails, not_before=at, at=at)
    start, sent, errors = threading.Barrier(3), [], []

    def work() -> None:
        try:
            start.wait(30)
            while batch := send_batch(limit=20, at=at).sent:
                sent.append(batch)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert errors == []
    # A worker whose whole batch was taken by the others stops early; what is left is sent now.
    while send_batch(limit=MAILS, at=at).sent:
        pass
    arrived = Counter(mail["To"] for mail in post.mails)
    assert arrived == {f"c{n}@example.org": 1 for n in range(MAILS)}
    assert OutgoingMail.objects.filter(state="sent", attempts=1).count() == MAILS
    assert post.connections > 1
