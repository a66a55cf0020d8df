"""What the complainant sees, found by number and secret. The secret is the right; nothing internal is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.crypto import constant_time_compare

from manyi.complaints import outlook
from manyi.complaints.customer_mail import outlook_of
from manyi.complaints.lifecycle import OPEN, State
from manyi.complaints.models import Attachment, Complaint, Message, Rating
from manyi.messaging.letters import one_line

#: Compared with when there is no such number, so that both answers take the same way.
_NOBODY = "x" * 22


def by_secret(number: str, secret: str) -> Complaint | None:
    """The complaint of both, None for a wrong number or a wrong secret alike."""
    row = (
        Complaint.objects.select_related("unit", "contact", "merged_into__contact")
        .filter(number=one_line(number).upper())
        .first()
    )
    right = constant_time_compare(one_line(secret), row.secret if row is not None else _NOBODY)
    return row if right and row is not None else None


def present(complaint: Complaint) -> Complaint:
    """The complaint into which it was merged, where both are of the same complainant; else itself."""
    into = complaint.merged_into
    if into is None:
        return complaint
    same = (
        (complaint.email and complaint.email.lower() == into.email.lower())
        or (complaint.phone and complaint.phone == into.phone)
        or (complaint.contact_id and complaint.contact_id == into.contact_id)
    )
    return into if same else complaint


@dataclass(frozen=True, slots=True)
class Word:
    """One message: `ours` says whether it is from us. No author: the complainant deals with the organisation."""

    at: datetime
    ours: bool
    text: str
    files: tuple[tuple[int, str, int], ...]  # id, name, bytes


@dataclass(frozen=True, slots=True)
class Status:
    number: str
    title: str
    state: str
    received_at: datetime
    steps: tuple[outlook.Step, ...]
    next: str
    resolution: str
    words: tuple[Word, ...]
    may_withdraw: bool
    may_write: bool
    may_rate: bool
    rating: Rating | None


def status(complaint: Complaint, *, at: datetime) -> Status:
    """What the page shows, in the active language. `complaint` is what `present` gave."""
    settled = complaint.state in (State.RESOLVED, State.CLOSED)
    messages = complaint.messages.prefetch_related("attachments")
    return Status(
        number=complaint.number,
        title=complaint.title,
        state=str(State(complaint.state).label),
        received_at=complaint.received_at,
        steps=tuple(outlook.steps(complaint.state)),
        next=outlook.what_next(outlook_of(complaint, at), at=at),
        resolution=complaint.resolution if settled else "",
        words=tuple(
            Word(
                m.at,
                m.direction == Message.Direction.OUT,
                m.text,
                tuple((f.pk, f.name, f.size) for f in m.attachments.all()),
            )
            for m in messages
        ),
        may_withdraw=complaint.state in OPEN,
        may_write=complaint.state != State.MERGED,
        may_rate=settled,
        rating=complaint.ratings.filter(closing=complaint.closings).first() if settled else None,
    )


def file_of(complaint: Complaint, pk: int) -> Attachment | None:
    """A file of a message of this complaint; internal files are not found."""
    return complaint.attachments.filter(pk=pk, message__isnull=False).first()
