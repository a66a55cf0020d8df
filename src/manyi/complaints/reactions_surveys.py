"""What complaints do when a survey tells that somebody is dissatisfied. Anonymous waves tell nothing."""

from __future__ import annotations

from manyi.complaints.services import survey_door
from manyi.events.catalogue import CallbackWished, LowScore
from manyi.events.models import Event
from manyi.events.services import react
from manyi.scope import Scope


@react(LowScore)
def open_complaint_about_low_score(event: Event) -> None:
    survey_door.from_low_score(
        Scope.system("low score in a survey"),
        response_id=event.payload["response_id"],
        customer_id=event.payload["customer_id"],
        unit_id=event.unit_id,
        score=event.payload["score"],
        at=event.at,
    )


@react(CallbackWished)
def open_complaint_for_callback(event: Event) -> None:
    survey_door.from_callback(
        Scope.system("callback wished in a survey"),
        wish_id=event.payload["wish_id"],
        response_id=event.payload["response_id"],
        customer_id=event.payload["customer_id"],
        unit_id=event.unit_id,
        at=event.at,
    )
