"""What surveys does when something happens elsewhere."""

from __future__ import annotations

from manyi.events.catalogue import ContactOptedOut, FollowUpSurveyWished, MailBounced, WaveClosed
from manyi.events.models import Event
from manyi.events.services import react
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.surveys.services.about import invite_about
from manyi.surveys.services.invitations import leave_alone, note_bounced
from manyi.surveys.services.responses import flag_wave


@react(MailBounced)
def mark_bounced_invitation(event: Event) -> None:
    note_bounced(
        Scope.system("bounced mail"),
        reference=event.payload["reference"],
        permanent=event.payload["permanent"],
        at=event.at,
    )


@react(ContactOptedOut)
def end_invitations_of_contact(event: Event) -> None:
    leave_alone(Scope.system("contact opted out"), contact_id=event.payload["contact_id"])


@react(WaveClosed)
def flag_responses_of_closed_wave(event: Event) -> None:
    flag_wave(wave=Wave.objects.get(pk=event.subject_id))


@react(FollowUpSurveyWished)
def invite_to_follow_up_questionnaire(event: Event) -> None:
    invite_about(
        Scope.system("follow-up questionnaire wished"),
        wave_code=event.payload["wave_code"],
        customer_id=event.payload["customer_id"],
        contact_id=event.payload["contact_id"],
        about=event.payload["about"],
        at=event.at,
    )
