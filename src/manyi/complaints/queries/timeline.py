"""Everything that happened to one complaint, in one line of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from manyi.complaints import wording
from manyi.complaints.clock import Target
from manyi.complaints.models import Channel, Complaint, Message, Note, Proposal, WorkOrder
from manyi.events.models import Event
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.templatetags.web import localised

#: Changes that are shown as entries of their own.
_ENTRIES = ("note", "message")


@dataclass(frozen=True)
class Entry:
    """`kind` is 'note', 'message' or 'event'; `text` what is said, `by` who did it.

    `row` is the note, message or event; `number` that of the merged complaint it comes from, '' for this one's own.
    """

    at: datetime
    kind: str
    row: Note | Message | Event
    text: str = ""
    icon: str = ""
    by: str = ""
    number: str = ""


def family(complaint: Complaint) -> dict[int, Complaint]:
    """The complaint and all that were merged into it, by id."""
    found = {complaint.pk: complaint}
    layer = [complaint.pk]
    while layer:
        rows = Complaint.objects.filter(merged_into__in=layer).exclude(pk__in=found)
        layer = [row.pk for row in rows]
        found |= {row.pk: row for row in rows}
    return found


def entries(scope: Scope, complaint: Complaint) -> list[Entry]:
    """Notes, messages and events, newest first, also those of merged complaints.

    The caller found `complaint` through `cases.visible`.
    """
    members = family(complaint)
    numbers = {pk: "" if pk == complaint.pk else row.number for pk, row in members.items()}
    events = list(
        Event.objects.filter(subject_type="complaint", subject_id__in=[str(pk) for pk in members])
        .exclude(Q(kind="complaint.changed") & Q(payload__change__in=_ENTRIES))
        .exclude(kind__in=wording.SAID_ALREADY)
    )
    names = _Names(events)
    told = []
    for event in events:
        text, icon = names.sentence(event)
        by = names.users.get(event.actor_id or 0, "")
        told.append(Entry(event.at, "event", event, text, icon, by, numbers[int(event.subject_id)]))
    told += [
        Entry(n.at, "note", n, n.text, "note", _name(n.author), numbers[n.complaint_id])
        for n in Note.objects.filter(complaint__in=list(members))
        .select_related("author")
        .prefetch_related("attachments")
    ]
    told += [
        Entry(m.at, "message", m, m.text, "message", _name(m.author) or _sender(m), numbers[m.complaint_id])
        for m in Message.objects.filter(complaint__in=list(members))
        .select_related("author", "complaint")
        .prefetch_related("attachments")
    ]
    # Within one moment the later row is the later event: what caused another thing was written first.
    order = {"event": 0, "note": 1, "message": 2}
    return sorted(told, key=lambda e: (e.at, order[e.kind], e.row.pk), reverse=True)


def _name(user: User | None) -> str:
    return user.get_full_name() if user else ""


def _sender(message: Message) -> str:
    return message.complaint.complainant if message.direction == Message.Direction.IN else ""


class _Names:
    """Names of all people, units, orders and proposals that some events speak of, in four queries at most."""

    def __init__(self, events: Iterable[Event]) -> None:
        rows = list(events)
        users = {e.actor_id for e in rows} | {e.payload.get("user_id") for e in rows}
        units = {e.payload.get("to_unit_id") for e in rows}
        orders = {e.payload.get("order_id") for e in rows} - {None}
        proposals = {e.payload.get("proposal_id") for e in rows} - {None}
        self.users = {u.pk: u.get_full_name() for u in User.objects.filter(pk__in=[pk for pk in users if pk])}
        self.units = {u.pk: localised(u.name) for u in OrgUnit.objects.filter(pk__in=units - {None})}
        self.orders = {o.pk: o for o in WorkOrder.objects.filter(pk__in=orders)} if orders else {}
        self.proposals = {p.pk: p for p in Proposal.objects.filter(pk__in=proposals)} if proposals else {}

    def sentence(self, event: Event) -> tuple[str, str]:
        payload = event.payload
        order = self.orders.get(payload.get("order_id") or 0)
        return wording.sentence(
            event.kind,
            payload,
            person=self.users.get(payload.get("user_id") or 0, ""),
            unit=self.units.get(payload.get("to_unit_id") or 0, ""),
            number=str(order.position) if order else "",
            detail=self._detail(event, order),
        )

    def _detail(self, event: Event, order: WorkOrder | None) -> str:
        payload: dict[str, Any] = event.payload
        if order is not None:
            return order.reason
        proposal = self.proposals.get(payload.get("proposal_id") or 0)
        if proposal is not None:
            money = f"{proposal.amount:,.2f} {proposal.currency}" if proposal.amount else ""
            return " ".join(part for part in (str(proposal.get_kind_display()), money) if part)
        if event.kind == "complaint.received":
            return str(Channel(payload["channel"]).label)
        if event.kind == "complaint.escalated":
            told = _("%(target)s at %(share)s%%, those in charge were told")
            return told % {"target": Target(payload["target"]).label, "share": payload["share"]}
        if payload.get("change") == "edited":
            joint = "、" if (get_language() or "").startswith("zh") else ", "
            return joint.join(_field(name) for name in str(payload["detail"]).split(",") if name)
        return str(payload.get("detail") or payload.get("score") or "")


def _field(name: str) -> str:
    try:
        return str(Complaint._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except LookupError:
        return name
