"""Decision letters: filled templates, PDF, message."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pymupdf
import pytest
from django.core.exceptions import ValidationError

from manyi.complaints import letters
from manyi.complaints.models import Complaint, LetterTemplate
from manyi.complaints.services import letters as services
from manyi.complaints.services import proposals
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast


@pytest.fixture
def complaint(cast: Cast, at: datetime) -> Complaint:
    return factories.complaint(cast.east, cast.agent, at, complainant="王女士", email="wang@example.org")


def test_places_are_filled_and_empty_lines_go() -> None:
    text = "Dear {{complainant}},\n{{ remedy }}\n{{ amount }}\nNumber: {{ number }}"
    assert letters.fill(text, {"complainant": "Li", "number": "A-1"}) == "Dear Li,\nNumber: A-1"
    assert letters.unknown_places("{{ number }} {{ colour }}") == ["colour"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_shipped_letters_are_written_as_pdf_and_sent(
    cast: Cast, complaint: Complaint, at: datetime, language: str
) -> None:
    scope = cast.scope("agent")
    proposals.propose(
        scope, complaint=complaint, kind="refund", remedy="退还货款", amount=Decimal("88.5"), at=at
    )
    template = services.templates()[0]
    subject, body = services.draft(scope, complaint=complaint, template=template, language=language, at=at)
    assert complaint.number in subject
    assert "{{" not in body
    assert "88.50 CNY" in body
    letter = services.write(
        scope, complaint=complaint, subject=subject, body=body, language=language, at=at, template=template
    )
    assert letter.attachment is not None
    assert letter.message is not None
    assert letter.attachment.message == letter.message
    with pymupdf.open(stream=letter.attachment.file.read(), filetype="pdf") as document:
        text = "".join(page.get_text() for page in document)
    assert "王女士" in text
    assert subject.split()[0][:6] in text
    assert "退还货款" in text


def test_kept_without_sending_it_is_internal(cast: Cast, complaint: Complaint, at: datetime) -> None:
    letter = services.write(
        cast.scope("agent"), complaint=complaint, subject="S", body="B", language="en", at=at, send=False
    )
    assert letter.message is None
    assert letter.attachment is not None
    assert letter.attachment.message is None
    assert not complaint.messages.exists()


def test_who_may_write_and_what_is_refused(cast: Cast, complaint: Complaint, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        services.write(
            cast.scope("outsider"), complaint=complaint, subject="S", body="B", language="en", at=at
        )
    with pytest.raises(Refused, match="subject and a text"):
        services.write(cast.scope("agent"), complaint=complaint, subject="S", body=" ", language="en", at=at)


def test_a_template_says_which_place_is_wrong(cast: Cast) -> None:
    template = LetterTemplate(
        code="x", name={"en": "X"}, subject={"zh": "a", "en": "b"}, body={"zh": "{{ colour }}", "en": "c"}
    )
    with pytest.raises(ValidationError, match=r"“\{\{ colour \}\}” stands for nothing"):
        services.save_template(cast.scope("manager"), template=template)
    template.body = {"zh": "只有中文", "en": ""}
    with pytest.raises(ValidationError, match="both languages"):
        services.save_template(cast.scope("manager"), template=template)
    with pytest.raises(NotAllowed):
        services.save_template(cast.scope("agent"), template=template)
