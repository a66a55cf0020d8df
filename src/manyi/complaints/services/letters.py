"""Decision letters: templates are edited, letters written as PDF and sent."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from manyi.charts.render import FONTS
from manyi.complaints import letters
from manyi.complaints.models import Complaint, Letter, LetterTemplate, Proposal
from manyi.complaints.services import attachments, cases, messages
from manyi.people.models import User
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.web.errors import Refused

logging.getLogger("fontTools").setLevel(logging.ERROR)

#: The font that comes along draws curly quotes as wide as a Chinese character, which tears English words apart.
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def short(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"


def templates() -> list[LetterTemplate]:
    """All templates; the shipped ones are made on first use."""
    if not LetterTemplate.objects.exists():
        LetterTemplate.objects.bulk_create(
            [LetterTemplate(**row) for row in letters.SHIPPED], ignore_conflicts=True
        )
    return list(LetterTemplate.objects.all())


@transaction.atomic
def save_template(scope: Scope, *, template: LetterTemplate) -> LetterTemplate:
    """Store a new or changed template. Raises ValidationError naming the field and the place, NotAllowed."""
    scope.require("complaints.manage")
    wrong: dict[str, Sequence[str]] = {}
    for field in ("subject", "body"):
        texts: dict[str, str] = getattr(template, field)
        if not all(texts.get(language, "").strip() for language in ("zh", "en")):
            wrong[field] = [_("Write it in both languages.")]
        for name in letters.unknown_places(" ".join(texts.values())):
            wrong[field] = [_("“%(name)s” stands for nothing.") % {"name": f"{{{{ {name} }}}}"}]
    if wrong:
        raise ValidationError({k: list(v) for k, v in wrong.items()})
    template.full_clean()
    template.save()
    return template


def values(complaint: Complaint, *, language: str, signer: str, at: datetime) -> dict[str, str]:
    """What fills the places of a template, in the letter's language."""
    accepted = complaint.proposals.filter(
        state__in=[Proposal.State.APPROVED, Proposal.State.OFFERED, Proposal.State.ACCEPTED]
    )
    proposal = accepted.order_by("-proposed_at", "-pk").first()
    with translation.override(language):
        day = "Y年n月j日" if short(language) == "zh" else "j F Y"
        house = organisation().name
        return {
            "number": complaint.number,
            "complainant": complaint.complainant or (complaint.customer.name if complaint.customer else ""),
            "customer": complaint.customer.name if complaint.customer else "",
            "title": complaint.title,
            "product": complaint.product,
            "order_number": complaint.order_number,
            "received": date_format(timezone.localtime(complaint.received_at), day),
            "resolution": complaint.resolution,
            "remedy": proposal.remedy if proposal else "",
            "amount": f"{proposal.amount:,.2f} {proposal.currency}" if proposal and proposal.amount else "",
            "today": date_format(timezone.localtime(at), day),
            "signer": signer,
            "organisation": str(house.get(short(language)) or house.get("zh") or house.get("en") or ""),
        }


def draft(
    scope: Scope, *, complaint: Complaint, template: LetterTemplate, language: str, at: datetime
) -> tuple[str, str]:
    """Subject and text of a letter, for a person to look at and change before it is written."""
    cases.require_work_on(scope, complaint)
    user = User.objects.filter(pk=scope.user_id or 0).first()
    signer = user.get_full_name() if user else ""
    filled = values(complaint, language=language, signer=signer, at=at)
    key = short(language)
    return letters.fill(template.subject.get(key, ""), filled), letters.fill(
        template.body.get(key, ""), filled
    )


def pdf(*, subject: str, body: str, language: str, number: str) -> bytes:
    """The letter on A4, tagged for screen readers (PDF/UA), with the font that comes along."""
    from weasyprint import HTML  # slow to import: only letters and reports pay for it

    if short(language) == "en":
        subject, body = subject.translate(_STRAIGHT), body.translate(_STRAIGHT)
    with translation.override(language):
        html = render_to_string(
            "complaints/letters/letter.html",
            {
                "subject": subject,
                "paragraphs": body.split("\n\n"),
                "language": language,
                "number": number,
                "organisation": organisation(),
                "fonts": FONTS,
            },
        )
    made: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    return made


@transaction.atomic
def write(
    scope: Scope,
    *,
    complaint: Complaint,
    subject: str,
    body: str,
    language: str,
    at: datetime,
    template: LetterTemplate | None = None,
    send: bool = True,
) -> Letter:
    """Write a letter: its PDF is kept with the complaint; with `send` it goes out as a message with the PDF.

    Raises Refused, NotAllowed.
    """
    cases.require_work_on(scope, complaint)
    if not subject.strip() or not body.strip():
        raise Refused(_("A letter needs a subject and a text."))
    content = pdf(subject=subject.strip(), body=body.strip(), language=language, number=complaint.number)
    name = f"{complaint.number}-{complaint.letters.count() + 1}.pdf"
    letter = Letter(
        complaint=complaint,
        template=template,
        language=language,
        subject=subject.strip()[:200],
        body=body.strip(),
        written_by_id=scope.user_id,
        written_at=at,
    )
    fields: dict[str, Any] = {"complaint": complaint, "at": at}
    if send:
        letter.message = messages.send(
            scope, text=f"{letter.subject}\n\n{letter.body}", files=[(name, content)], **fields
        )
        letter.attachment = letter.message.attachments.first()
    else:
        letter.attachment = attachments.attach(scope, name=name, content=content, **fields)
    letter.save()
    cases.note_change(scope, complaint, "letter", at=at, detail=letter.subject)
    return letter
