"""The conversation with a complainant, and how to reach them."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from manyi.complaints.customer_mail import status_link
from manyi.complaints.models import Complaint, Message
from manyi.complaints.queries.cases import may_work_on, visible
from manyi.messaging.models import OutgoingMail
from manyi.scope import Scope


def address_of(complaint: Complaint) -> str:
    """Where the complainant gets mail; '' where nowhere. A contact whose address bounced has none."""
    if complaint.email:
        return complaint.email
    contact = complaint.contact
    return contact.email if contact is not None and contact.bounced_at is None else ""


def conversation(complaint: Complaint) -> QuerySet[Message]:
    """Both directions, oldest first. The caller has checked that the complaint may be seen."""
    return complaint.messages.select_related("author").prefetch_related("attachments")


def conversation_ids(complaint: Complaint) -> list[str]:
    """Message-IDs of the mails of the conversation, oldest first."""
    rows = complaint.messages.exclude(mail_reference="").order_by("at", "pk")
    return [found for found in rows.values_list("mail_reference", flat=True) if found.startswith("<")]


def mails(complaint: Complaint) -> QuerySet[OutgoingMail]:
    """What left or is about to leave for the complainant, newest first."""
    return OutgoingMail.objects.filter(reference__startswith=f"complaint:{complaint.pk}:").order_by("-pk")


def unanswered(scope: Scope) -> QuerySet[Complaint]:
    """Visible complaints whose last word is the complainant's."""
    last = Message.objects.filter(complaint=OuterRef("pk")).order_by("-at", "-pk").values("direction")[:1]
    return visible(scope).annotate(last_word=Subquery(last)).filter(last_word=Message.Direction.IN)


def panel(scope: Scope, complaint: Complaint) -> dict[str, Any]:
    """What `messages/_panel.html` shows; the caller found `complaint` through `cases.visible`."""
    address = address_of(complaint)
    return {
        "conversation": conversation(complaint),
        "mails": mails(complaint)[:20],
        "address": address,
        "internal_files": complaint.attachments.filter(message=None, note=None),
        "status_link": status_link(complaint) if may_work_on(scope, complaint) else "",
        "phone_due": complaint.is_open and complaint.acknowledged_at is None and not address,
        "may_pick_answers": scope.may("knowledge.read"),
        "ratings": complaint.ratings.all(),
    }
