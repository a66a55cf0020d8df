"""Telling customers what changed because of them, and asking whether it is better now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.improvement import letters
from manyi.improvement.models import Action, Announcement, Receipt
from manyi.improvement.queries.raisers import raisers
from manyi.messaging.services import queue_mails
from manyi.people.services import first_moment, organisation
from manyi.scope import Scope
from manyi.web.errors import Refused

AGAIN_AFTER = timedelta(days=14)
TOLD = (Action.State.DONE, Action.State.EFFECTIVE)


@transaction.atomic
def draft(
    scope: Scope,
    *,
    action: Action,
    you_said: Mapping[str, str],
    we_did: Mapping[str, str],
    public: bool,
    at: datetime,
) -> Announcement:
    """What customers said and what was done about it, {"zh": …, "en": …} each with both languages.

    :raises Refused: before the action is done, or when a language is missing.
    """
    scope.require("improvement.decide", action.unit_id)
    if action.state not in TOLD:
        raise Refused(_("Tell customers once the action is done."))
    texts = [text.get(language, "").strip() for text in (you_said, we_did) for language in ("zh", "en")]
    if not all(texts):
        raise Refused(_("Write both texts in both languages."))
    return Announcement.objects.create(
        action=action, unit=action.unit, you_said=dict(you_said), we_did=dict(we_did), public=public,
        created_by_id=scope.user_id, created_at=at,
    )  # fmt: skip


@transaction.atomic
def publish_announcement(scope: Scope, *, announcement: Announcement, tell: bool, at: datetime) -> int:
    """Put it on the public page (if it is public) and, with `tell`, write to everybody who raised it, each
    once. Returns how many are written to. Doing it again changes nothing.
    """
    scope.require("improvement.decide", announcement.unit_id)
    row = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if row.published_at is not None:
        return row.receipts.count()
    if not tell and not row.public:
        raise Refused(_("Nobody would see it: put it on the public page, or tell those who raised it."))
    told = raisers(scope, row.action) if tell else []
    receipts = [
        Receipt(
            announcement=row, contact=one.contact, email=one.email, language=one.language,
            source=one.source, words=one.words, sent_at=at,
        )
        for one in told
    ]  # fmt: skip
    Receipt.objects.bulk_create(receipts, batch_size=500)
    own = organisation()
    mails = [letters.news(receipt, one.name, own) for receipt, one in zip(receipts, told, strict=True)]
    queue_mails(scope, mails=mails, not_before=at, at=at)
    row.published_at = at
    row.save(update_fields=["published_at"])
    publish(
        scope,
        catalogue.AnnouncementPublished(
            subject_id=str(row.pk), unit_id=row.unit_id, action_id=row.action_id, told=len(receipts)
        ),
        at=at,
    )
    return len(receipts)


@transaction.atomic
def ask_again(scope: Scope, *, announcement: Announcement, at: datetime) -> int:
    """Write once more to those who have not said whether it is better; each at most once. Returns how many.

    :raises Refused: before AGAIN_AFTER has passed since it was published.
    """
    scope.require("improvement.decide", announcement.unit_id)
    published = announcement.published_at
    if published is None or at < published + AGAIN_AFTER:
        raise Refused(_("Give them %(days)d days to answer first.") % {"days": AGAIN_AFTER.days})
    silent = announcement.receipts.select_for_update(of=("self",)).filter(
        answered_at=None, asked_again_at=None
    )
    rows = [row for row in silent.select_related("contact", "announcement") if _may_be_asked(row)]
    own = organisation()
    mails = [letters.news(row, row.contact.name if row.contact else "", own, again=True) for row in rows]
    queue_mails(scope, mails=mails, not_before=first_moment(at), at=at)
    announcement.receipts.filter(pk__in=[row.pk for row in rows]).update(asked_again_at=at)
    return len(rows)


def _may_be_asked(receipt: Receipt) -> bool:
    contact = receipt.contact
    return contact is None or not (contact.opted_out_at or contact.bounced_at)


@transaction.atomic
def answer_news(*, receipt: Receipt, better: bool, at: datetime) -> None:
    """Whoever holds the link says whether it is better now; the last answer counts. Also marks it as read."""
    scope = Scope.system("somebody who was told answers")
    receipt.better, receipt.answered_at = better, at
    receipt.read_at = receipt.read_at or at
    receipt.save(update_fields=["better", "answered_at", "read_at"])
    publish(
        scope,
        catalogue.NewsAnswered(
            subject_id=str(receipt.announcement_id),
            unit_id=receipt.announcement.unit_id,
            receipt_id=receipt.pk,
            better=better,
        ),
        at=at,
    )
