"""The mails to a complainant, one per step, in the complainant's language, each with the way to the status page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from manyi.complaints import outlook
from manyi.complaints.clock import Target
from manyi.complaints.models import Complaint
from manyi.complaints.queries import clocks
from manyi.messaging.services import Mail
from manyi.people.models import Organisation

#: The steps that are told by mail; 'message' is what somebody of ours wrote.
STEPS = ("received", "started", "responded", "resolved", "closed", "reopened", "withdrawn", "message")


def status_link(complaint: Complaint) -> str:
    """The complainant's own page; the secret in it is the right to see it."""
    return f"{settings.BASE_URL}{reverse('complaint-status', args=[complaint.number, complaint.secret])}"


def outlook_of(complaint: Complaint, at: datetime) -> outlook.Case:
    """What is due next, as far as it concerns the complainant: who reads this knows that we have the complaint."""
    readings = clocks.readings(complaint, at)
    open_ones = [r for r in readings if r.open and r.due is not None and r.target != Target.ACKNOWLEDGE]
    following = min(open_ones, key=lambda r: r.due or at, default=None)
    return outlook.Case(
        complaint.state,
        complaint.responded_at is not None,
        following.target if following else "",
        following.due if following else None,
    )


def _subject(step: str) -> str:
    return {
        "received": _("We have received your complaint"),
        "started": _("We are working on your complaint"),
        "responded": _("Our first answer to your complaint"),
        "resolved": _("How your complaint is settled"),
        "closed": _("Your complaint is closed"),
        "reopened": _("We are working on your complaint again"),
        "withdrawn": _("Your complaint is withdrawn"),
        "message": _("A message about your complaint"),
    }[step]


def _first_sentence(step: str) -> str:
    return {
        "received": _("Thank you for telling us. We have received your complaint and it has a number."),
        "started": _("Somebody is working on your complaint now."),
        "responded": _("We have given you a first answer to your complaint. It is not closed yet."),
        "resolved": _("We have settled your complaint as follows."),
        "closed": _("We have closed your complaint."),
        "reopened": _("We have taken up your complaint again."),
        "withdrawn": _("Your complaint is withdrawn, as you wished."),
        "message": "",
    }[step]


def compose(
    complaint: Complaint,
    *,
    step: str,
    to: str,
    reference: str,
    organisation: Organisation,
    at: datetime,
    words: str = "",
    files: int = 0,
    reply_to: str = "",
    answers: Sequence[str] = (),
) -> Mail:
    """The mail of one of STEPS. `words` is the message or the settlement, `files` how many come with it on the
    status page, `answers` the Message-IDs of the conversation, oldest first.
    """
    with override(complaint.language):
        name = organisation.name.get("en" if complaint.language == "en" else "zh") or str(organisation)
        subject = f"[{complaint.number}] {_subject(step)}"
        context = {
            "complaint": complaint,
            "organisation": name,
            "postal_address": organisation.postal_address,
            "subject": subject,
            "first": _first_sentence(step),
            "words": words.strip(),
            "files": files,
            "next": outlook.what_next(outlook_of(complaint, at), at=at),
            "rate": step in ("resolved", "closed"),
            "link": status_link(complaint),
            "language": complaint.language,
        }
        text = render_to_string("complaints/mail/step.txt", context)
        html = render_to_string("complaints/mail/step.html", context)
    headers = {"Reply-To": reply_to} if reply_to else {}
    if answers:
        headers["In-Reply-To"] = answers[-1]
        headers["References"] = " ".join(answers[-20:])
    return Mail(reference=reference, to=to, subject=subject, text=text, html=html, headers=headers)
