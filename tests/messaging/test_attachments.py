"""Files that go out with a mail: they arrive, once, and do not stay behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from manyi.messaging.models import Attachment, OutgoingMail
from manyi.messaging.services import (
    MAX_ATTACHED_BYTES,
    File,
    MailRefused,
    queue_mail,
    send_batch,
    withdraw_mails,
)
from manyi.scope import Scope
from tests.messaging.conftest import Post

pytestmark = [pytest.mark.django_db, pytest.mark.smtp]
SYSTEM = Scope.system("test")
PDF = File("管理评审 2026-03.pdf", "application/pdf", b"%PDF-1.7 " + bytes(range(256)))


@pytest.fixture(autouse=True)
def outbox(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "outbox"


def queue(at: datetime, *files: File, reference: str = "report:1") -> OutgoingMail:
    return queue_mail(
        SYSTEM, reference=reference, to="anna@example.org", subject="Review", text="The review.", files=files,
        not_before=at, at=at,
    )  # fmt: skip


def left(outbox: Path) -> list[Path]:
    return sorted(outbox.glob("*")) if outbox.exists() else []


def test_a_file_arrives_byte_for_byte_under_its_chinese_name_and_leaves_nothing_behind(
    post: Post, at: datetime, outbox: Path
) -> None:
    table = File(
        "pack.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\3\4 rows"
    )
    queue(at, PDF, table)
    assert sorted(path.suffix for path in left(outbox)) == [".pdf", ".xlsx"]
    assert send_batch(limit=10, at=at).sent == 1
    parts = list(post.mails[0].iter_attachments())
    assert [(p.get_filename(), p.get_content_type(), p.get_content()) for p in parts] == [
        (f.name, f.content_type, f.content) for f in (PDF, table)
    ]
    body = post.mails[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "The review."
    assert left(outbox) == []
    assert not Attachment.objects.exists()


def test_queuing_again_attaches_nothing_twice(post: Post, at: datetime) -> None:
    first = queue(at, PDF)
    assert queue(at, PDF, File("other.pdf", "application/pdf", b"x")) == first
    assert Attachment.objects.count() == 1


def test_a_server_that_says_later_gets_the_file_later(post: Post, at: datetime) -> None:
    queue(at, PDF)
    post.refuse_data = "451 try again"
    assert send_batch(limit=10, at=at).postponed == 1
    post.refuse_data = ""
    assert send_batch(limit=10, at=at + timedelta(minutes=2)).sent == 1
    assert len(list(post.mails[0].iter_attachments())) == 1


def test_a_refused_or_withdrawn_mail_leaves_no_file(post: Post, at: datetime, outbox: Path) -> None:
    queue(at, PDF)
    queue(at + timedelta(days=1), PDF, reference="report:2")
    post.refuse["anna@example.org"] = "550 5.1.1 unknown"
    assert send_batch(limit=10, at=at).bounced == 1
    assert len(left(outbox)) == 1
    assert withdraw_mails(SYSTEM, references=["report:2"]) == 1
    assert left(outbox) == []


def test_a_file_that_is_gone_fails_its_mail_and_not_the_others(
    post: Post, at: datetime, outbox: Path
) -> None:
    broken = queue(at, PDF)
    queue(at, reference="plain:1")
    left(outbox)[0].unlink()
    done = send_batch(limit=10, at=at)
    assert (done.failed, done.sent) == (1, 1)
    broken.refresh_from_db()
    assert broken.state == "failed"
    assert "attachment is missing" in broken.error


@pytest.mark.parametrize(
    "files",
    [
        (File("big.pdf", "application/pdf", b"0" * (MAX_ATTACHED_BYTES + 1)),),
        (File("a.pdf", "application/pdf", b"0"), File("a.pdf", "application/pdf", b"1")),
        (File("../a.pdf", "application/pdf", b"0"),),
        (File("a\r\nBcc: x@example.org", "application/pdf", b"0"),),
        (File("", "application/pdf", b"0"),),
    ],
    ids=["too large", "same name", "folder", "line break", "no name"],
)
def test_bad_files_are_refused_before_anything_is_queued(at: datetime, files: tuple[File, ...]) -> None:
    with pytest.raises(MailRefused):
        queue(at, *files)
    assert not OutgoingMail.objects.exists()
