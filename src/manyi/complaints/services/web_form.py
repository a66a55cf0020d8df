"""A complaint that came by the public form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.models import Channel, Complaint
from manyi.complaints.queries.duty import on_duty
from manyi.complaints.services import cases, messages
from manyi.complaints.services.messages import Upload
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.errors import Refused

COMPLAINANT = Scope.system("complainant by the public form")
SOURCE = "web-form"
MOST_FILES = 10


@transaction.atomic
def file_complaint(
    *, unit: OrgUnit, title: str, key: str, at: datetime, files: Iterable[Upload] = (), **particulars: Any
) -> Complaint:
    """Open what the public form says; who is on duty for `unit` owns it. Idempotent by the form's `key`.

    Files go with a message of the complainant, so that they find them on their page. Nothing ties it to a
    customer yet: an outsider may write anybody's name. Raises Refused, ValidationError; then nothing is kept.
    """
    known = Complaint.objects.filter(source=SOURCE, external_id=key).first()
    if known is not None:
        return known
    files = list(files)
    if len(files) > MOST_FILES:
        raise Refused(_("At most %(most)s files at once, please.") % {"most": MOST_FILES})
    owner = on_duty(unit)
    if owner is None:
        raise Refused(_("Nobody takes complaints here at the moment. Please call us."))
    complaint = cases.receive(
        COMPLAINANT,
        unit=unit,
        channel=Channel.WEB,
        title=title,
        first_contact_owner=owner,
        at=at,
        source=SOURCE,
        external_id=key,
        **particulars,
    )
    if files:
        messages.receive(COMPLAINANT, complaint=complaint, text="", channel=Channel.WEB, files=files, at=at)
    return complaint
