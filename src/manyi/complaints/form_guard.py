"""A public form that programs cannot send blindly, without asking a third party or a puzzle of people.

The form carries a signed token: when it was shown, and a random key. A post without a token of ours, one sent
back faster than anybody types, or one with the hidden field filled in is not taken. The key makes a form that
was sent twice one complaint.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime

from django.core import signing

SALT = "manyi.complaints.public_form"
FEWEST_SECONDS = 3
MOST_SECONDS = 24 * 3600
#: Field that people do not see and programs fill in.
TRAP = "website"
MOST_LINKS = 3
_LINK = re.compile(r"(?:https?://|www\.)\S", re.IGNORECASE)


def token(at: datetime) -> str:
    """For the form shown at `at`."""
    return signing.dumps([int(at.timestamp()), uuid.uuid4().hex], salt=SALT)


def key_of(value: str, at: datetime) -> str | None:
    """The key of a token that is ours and of the right age, None otherwise."""
    try:
        shown, key = signing.loads(value, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(key) if FEWEST_SECONDS <= at.timestamp() - shown <= MOST_SECONDS else None


def advertises(*texts: str) -> bool:
    """Whether a text is full of links, as no complaint is."""
    return sum(len(_LINK.findall(text)) for text in texts) > MOST_LINKS
