"""Follow-ups begin when a complaint closes, end when it opens again, and take the answers of questionnaires."""

from __future__ import annotations

from manyi.complaints.models import Complaint
from manyi.complaints.services import follow_ups
from manyi.events.catalogue import ComplaintClosed, ComplaintReopened, ResponseSubmitted
from manyi.events.models import Event
from manyi.events.services import react
from manyi.scope import Scope


@react(ComplaintClosed)
def plan_follow_ups_of_closing(event: Event) -> None:
    complaint = Complaint.objects.select_related("unit", "customer", "first_contact_owner").get(
        pk=event.subject_id
    )
    closing = event.payload["closing"]
    # When it was opened again before this ran, there is nothing to ask about the old closing.
    if complaint.closings == closing and complaint.closed_at is not None:
        follow_ups.plan_follow_ups(
            Scope.system("complaint closed"), complaint=complaint, closing=closing, at=event.at
        )


@react(ComplaintReopened)
def cancel_follow_ups_of_reopened(event: Event) -> None:
    complaint = Complaint.objects.get(pk=event.subject_id)
    if complaint.closed_at is None:
        follow_ups.cancel_open(Scope.system("complaint reopened"), complaint=complaint, at=event.at)


@react(ResponseSubmitted)
def take_answer_about_closing(event: Event) -> None:
    about, index = event.payload.get("about", ""), event.payload.get("score")
    if about.startswith("complaint:") and about.count(":") == 2 and index is not None:
        follow_ups.take_answer(
            Scope.system("follow-up questionnaire answered"),
            about=about,
            index=index,
            response_id=event.payload["response_id"],
            at=event.at,
        )
