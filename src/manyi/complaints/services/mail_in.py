"""What a mail in the complaints mailbox leads to: a word in a conversation, a new complaint, or a person's look.

A mail belongs to a complaint when it answers one of our mails (whose Message-ID nobody can guess), or when it
answers another mail of the conversation or names the number in its subject *and* its sender is known there.
Anything else that names a complaint is left for a person: a number is no secret.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.lifecycle import State as CaseState
from manyi.complaints.models import Channel, Complaint, Message
from manyi.complaints.queries.duty import on_duty
from manyi.complaints.services import cases, messages
from manyi.complaints.services.attachments import attach
from manyi.customers.models import Contact
from manyi.messaging.letters import Letter
from manyi.messaging.models import IncomingMail, OutgoingMail
from manyi.messaging.services_incoming import WAITING, letter_of, settle
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.errors import Refused

State, Reason = IncomingMail.State, IncomingMail.Reason
NUMBER = re.compile(r"[A-Za-z0-9_-]+-\d{8}-\d{4,}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
MOST_FILES = 30
#: Who sorts the mailbox. Dealers may receive complaints, but the letters of others are not for them.
SORTS = "complaints.dispatch"


@transaction.atomic
def take_up(scope: Scope, *, mail: IncomingMail, at: datetime) -> Complaint | None:
    """Do with a new mail what can be done without a person. Safe to repeat: a mail is settled once."""
    if mail.state != State.NEW:
        return None
    letter = letter_of(mail)
    complaint, known = _complaint_of(mail, letter)
    if complaint is not None and known:
        return _add(scope, mail, letter, complaint, at)
    if complaint is not None:
        settle(scope, mail=mail, state=State.FLAGGED, reason=Reason.STRANGER, error=complaint.number,
               outcome=f"complaint:{complaint.pk}")  # fmt: skip
        return None
    owner = on_duty(mail.unit)
    if owner is None:
        settle(scope, mail=mail, state=State.FLAGGED, reason=Reason.NOBODY)
        return None
    return _open(scope, mail, letter, mail.unit, owner, at)


@transaction.atomic
def open_by_hand(scope: Scope, *, mail: IncomingMail, unit: OrgUnit, at: datetime) -> Complaint:
    """Open a complaint from a mail that waited; whoever does it has heard it first. Raises Refused, NotAllowed."""
    _require(scope, mail)
    owner = User.objects.filter(pk=scope.user_id).first() if scope.user_id else None
    if owner is None:
        raise Refused(_("Only a person can do this."))
    complaint = _open(scope, mail, letter_of(mail), unit, owner, at)
    if complaint is None:
        raise Refused(_("Somebody else has decided on this mail."))
    return complaint


@transaction.atomic
def attach_by_hand(scope: Scope, *, mail: IncomingMail, complaint: Complaint, at: datetime) -> Complaint:
    """Add a mail that waited to the conversation of a complaint. Raises Refused, NotAllowed."""
    _require(scope, mail)
    cases.require_work_on(scope, complaint)
    added = _add(scope, mail, letter_of(mail), _present(complaint), at)
    if added is None:
        raise Refused(_("Somebody else has decided on this mail."))
    return added


@transaction.atomic
def ignore(scope: Scope, *, mail: IncomingMail, at: datetime) -> None:
    """Set a mail aside that is no complaint; its raw form stays. Raises Refused, NotAllowed."""
    _require(scope, mail)
    if not settle(scope, mail=mail, state=State.IGNORED):
        raise Refused(_("Somebody else has decided on this mail."))


def _require(scope: Scope, mail: IncomingMail) -> None:
    scope.require(SORTS, mail.unit_id)
    if mail.state not in (State.NEW, *WAITING):
        raise Refused(_("Somebody else has decided on this mail."))


# -- which complaint ---------------------------------------------------------------------------------------


def _complaint_of(mail: IncomingMail, letter: Letter) -> tuple[Complaint | None, bool]:
    """The complaint a mail belongs to or names, and whether its sender may add to it."""
    ids = list(letter.references)
    ours = OutgoingMail.objects.filter(message_id__in=ids, reference__startswith="complaint:").order_by("-pk")
    answered = ours.values_list("reference", flat=True).first()
    if answered is not None:
        found = Complaint.objects.filter(pk=int(answered.split(":")[1])).first()
        if found is not None:
            return _present(found), True
    row = Message.objects.filter(mail_reference__in=ids).select_related("complaint").order_by("-pk").first()
    if row is not None:
        ours_too = row.direction == Message.Direction.OUT
        return _present(row.complaint), ours_too or _knows(row.complaint, letter.sender)
    numbers = {number.upper() for number in NUMBER.findall(letter.subject)}
    named = Complaint.objects.filter(number__in=numbers).order_by("-pk").first() if numbers else None
    if named is not None:
        return _present(named), _knows(named, letter.sender)
    return None, False


def _present(complaint: Complaint) -> Complaint:
    """The complaint into which it was merged, if it was."""
    while complaint.state == CaseState.MERGED and complaint.merged_into is not None:
        complaint = complaint.merged_into
    return complaint


def _knows(complaint: Complaint, sender: str) -> bool:
    """Whether an address is the complainant's or of a contact of the customer."""
    if not sender:
        return False
    addresses = {complaint.email.lower()}
    if complaint.contact is not None:
        addresses.add(complaint.contact.email.lower())
    if sender in addresses:
        return True
    return (
        complaint.customer_id is not None
        and Contact.objects.filter(customer=complaint.customer_id, email__iexact=sender).exists()
    )


# -- what is made of it ------------------------------------------------------------------------------------


def _add(
    scope: Scope, mail: IncomingMail, letter: Letter, complaint: Complaint, at: datetime
) -> Complaint | None:
    if not settle(scope, mail=mail, state=State.THREADED, outcome=f"complaint:{complaint.pk}"):
        return None
    _store(Scope.system("mail of a complainant"), complaint, mail, letter, at)
    return complaint


def _open(
    scope: Scope, mail: IncomingMail, letter: Letter, unit: OrgUnit, owner: User, at: datetime
) -> Complaint | None:
    """The complaint is received when the mail came, not when somebody read it: the clocks start there."""
    if not settle(scope, mail=mail, state=State.OPENED):
        return None
    words = letter.said or letter.text
    first_line = next((line.strip() for line in words.split("\n") if line.strip()), "")
    title = letter.subject or first_line or _("Mail without a subject")
    contact = _contact(letter.sender)
    language = contact.language if contact else "zh-hans" if CHINESE.search(letter.subject + words) else "en"
    complaint = cases.receive(
        scope,
        unit=unit,
        channel=Channel.MAIL,
        title=title[:200],
        first_contact_owner=owner,
        at=mail.received_at,
        source="mail",
        external_id=mail.identity,
        description=words[: messages.MOST_TEXT],
        complainant=(letter.sender_name or (contact.name if contact else ""))[:100],
        email=_address(letter.sender),
        language=language,
        customer=contact.customer if contact else None,
        contact=contact,
    )
    settled: Any = IncomingMail.objects.filter(pk=mail.pk)
    settled.update(outcome=f"complaint:{complaint.pk}")
    _store(Scope.system("mail of a complainant"), complaint, mail, letter, mail.received_at)
    return complaint


def _address(sender: str) -> str:
    try:
        validate_email(sender)
    except ValidationError:
        return ""
    return sender


def _contact(sender: str) -> Contact | None:
    """The contact with this address, where it belongs to one customer alone."""
    if not sender:
        return None
    found = list(Contact.objects.filter(email__iexact=sender).select_related("customer")[:10])
    return found[0] if found and len({c.customer_id for c in found}) == 1 else None


def _store(scope: Scope, complaint: Complaint, mail: IncomingMail, letter: Letter, at: datetime) -> None:
    """The mail as a message with its files. Files that are not taken are named in a note; the raw mail keeps
    them.
    """
    text = letter.said or letter.text or letter.subject or _("(no text)")
    message = messages.receive(
        scope,
        complaint=complaint,
        text=text[: messages.MOST_TEXT],
        at=at,
        channel=Channel.MAIL,
        mail_reference=mail.message_id,
    )
    refused: list[str] = []
    for number, file in enumerate(letter.files):
        try:
            if number >= MOST_FILES:
                raise Refused(
                    _("“%(name)s”: more than %(most)s files.") % {"name": file.name, "most": MOST_FILES}
                )
            attach(scope, complaint=complaint, name=file.name, content=file.content, message=message, at=at)
        except Refused as error:
            refused.append(str(error))
    if len(text) > messages.MOST_TEXT:
        refused.append(_("The text is cut off."))
    if refused:
        head = _("Not everything in the mail was taken over; the mail itself is kept in the mailbox list.")
        complaint.notes.create(author=None, at=at, text="\n".join([head, *refused]))
