"""One sentence for every event of a complaint, for people. Pure: names are looked up by the caller.

SENTENCES is the table: (kind of event, its change or role) → (sentence, icon). A sentence may hold {person},
{unit}, {detail} and {number}; what is unknown reads as an en dash. Every kind with subject 'complaint' of the
catalogue has its entry or is in SAID_ALREADY; a test sees to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise

SENTENCES: dict[tuple[str, str], tuple[Text, str]] = {
    ("complaint.received", ""): (_("Received: {detail}"), "message-report"),
    ("complaint.changed", "started"): (_("Work on it began"), "player-play"),
    ("complaint.changed", "acknowledged"): (_("The customer knows that we have it"), "mail-check"),
    ("complaint.changed", "responded"): (_("The customer had a first answer"), "message"),
    ("complaint.changed", "resolved"): (_("Settled"), "circle-check"),
    ("complaint.changed", "not_accepted"): (_("The settlement was not accepted; work goes on"), "refresh"),
    ("complaint.changed", "closed"): (pgettext_lazy("complaint", "Closed"), "archive"),
    ("complaint.changed", "reopened"): (_("Opened again"), "refresh"),
    ("complaint.changed", "withdrawn"): (_("Withdrawn by the customer"), "circle-x"),
    ("complaint.changed", "merged"): (_("Merged into {detail}"), "git-merge"),
    ("complaint.changed", "absorbed"): (_("{detail} was merged into this complaint"), "git-merge"),
    ("complaint.changed", "split"): (_("{detail} was split off"), "arrows-split"),
    ("complaint.changed", "split_from"): (_("Split off from {detail}"), "arrows-split"),
    ("complaint.changed", "linked"): (_("Linked with {detail}"), "link"),
    ("complaint.changed", "unlinked"): (_("No longer linked with {detail}"), "unlink"),
    ("complaint.changed", "edited"): (_("Corrected: {detail}"), "pencil"),
    ("complaint.changed", "first_contact_resolved"): (_("Counts as resolved at first contact"), "star"),
    ("complaint.changed", "letter"): (_("Decision letter written: {detail}"), "file-text"),
    ("complaint.changed", "note"): (_("Internal note"), "note"),
    ("complaint.changed", "message"): (_("Message"), "message"),
    ("complaint.changed", "problem"): (_("Put to problem {detail}"), "tools"),
    ("complaint.changed", "problem_left"): (_("Taken from problem {detail}"), "unlink"),
    ("complaint.changed", "cause"): (_("The cause was recorded"), "target"),
    ("complaint.changed", "paused"): (_("The clocks were paused"), "player-pause"),
    ("complaint.changed", "resumed"): (_("The clocks were set going again"), "player-play"),
    ("complaint.changed", "routed"): (_("A routing rule decided: {detail}"), "route"),
    ("complaint.assigned", "first_contact_owner"): (_("{person} answers for it"), "user-check"),
    ("complaint.assigned", "handler"): (_("{person} ({unit}) works on it"), "user"),
    ("complaint.assigned", "cause_owner"): (_("Caused in the process of {unit}"), "target"),
    ("hand_over.changed", "asked"): (_("{person} was asked to answer for it"), "heart-handshake"),
    ("hand_over.changed", "accepted"): (_("{person} accepted to answer for it"), "user-check"),
    ("hand_over.changed", "declined"): (_("{person} declined to answer for it"), "user"),
    ("hand_over.changed", "taken_back"): (_("The request to {person} was taken back"), "arrow-back-up"),
    ("work_order.changed", "sent"): (_("Work order {number} sent to {unit}"), "send"),
    ("work_order.changed", "accepted"): (_("Work order {number} accepted by {unit}"), "check"),
    ("work_order.changed", "returned"): (
        _("Work order {number} returned by {unit}: {detail}"),
        "arrow-back-up",
    ),
    ("work_order.changed", "done"): (_("Work order {number} done by {unit}"), "checklist"),
    ("work_order.changed", "cancelled"): (_("Work order {number} to {unit} cancelled"), "circle-x"),
    ("proposal.changed", "waiting"): (_("Proposed, above the own limit: {detail}"), "coin"),
    ("proposal.changed", "approved"): (_("Proposal approved: {detail}"), "check"),
    ("proposal.changed", "refused"): (_("Proposal not approved: {detail}"), "circle-x"),
    ("proposal.changed", "offered"): (_("Offered to the customer: {detail}"), "heart-handshake"),
    ("proposal.changed", "accepted"): (_("The customer accepts: {detail}"), "circle-check"),
    ("proposal.changed", "declined"): (_("The customer declines: {detail}"), "circle-x"),
    ("proposal.changed", "withdrawn"): (_("Proposal taken back: {detail}"), "arrow-back-up"),
    ("complaint.escalated", ""): (_("Time limit: {detail}"), "alert-triangle"),
    ("complaint.rated", ""): (_("The customer rated how we settled it: {detail} of 5"), "star"),
    ("follow_up.survey_wished", ""): (_("The follow-up questionnaire is to be sent"), "forms"),
    ("follow_up.ended", "satisfied"): (_("Follow-up: the customer is satisfied"), "mood-smile"),
    ("follow_up.ended", "dissatisfied"): (_("Follow-up: the customer is not satisfied"), "mood-sad"),
    ("follow_up.ended", "unreachable"): (_("Follow-up: nobody could be reached"), "phone"),
    ("follow_up.ended", "cancelled"): (_("Follow-up cancelled"), "circle-x"),
}

#: 'complaint.changed' says the same a moment before.
SAID_ALREADY = frozenset({"complaint.closed", "complaint.reopened"})

#: A change without a sentence of its own is shown by this, so that nothing disappears from the timeline.
UNKNOWN: tuple[Text, str] = (_("Recorded: {detail}"), "activity")


def key_of(kind: str, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Where in SENTENCES an event is looked up."""
    name = str(payload.get("change") or payload.get("role") or payload.get("result") or "")
    return (kind, name) if (kind, name) in SENTENCES else (kind, "")


def sentence(
    kind: str,
    payload: Mapping[str, Any],
    *,
    person: str = "",
    unit: str = "",
    detail: str = "",
    number: str = "",
) -> tuple[str, str]:
    """The sentence of an event in the active language, and its icon."""
    found = SENTENCES.get(key_of(kind, payload))
    text, icon = found or UNKNOWN
    if found is None:
        detail = " ".join(p for p in (kind, str(payload.get("change", ""))) if p)
    dash = "–"
    return (
        str(text).format(
            person=person or unit or dash, unit=unit or dash, detail=detail or dash, number=number or dash
        ),
        icon,
    )
