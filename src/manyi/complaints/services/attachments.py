"""Files of a complaint: checked by content, kept under a random name, served only through a view."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.file_types import MAX_BYTES, safe_name, sniff
from manyi.complaints.models import Attachment, Complaint, Message, Note
from manyi.complaints.queries.cases import may_work_on
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

MEGABYTE = 1024 * 1024


def attach(
    scope: Scope,
    *,
    complaint: Complaint,
    name: str,
    content: bytes | File[Any],
    at: datetime,
    message: Message | None = None,
    note: Note | None = None,
) -> Attachment:
    """Keep a file with a complaint. With `message` the customer sees it too; without, it is internal.

    The same content is kept once per message, note or complaint: the attachment that is there is returned.
    Raises Refused, naming the file, when it is empty, larger than MAX_BYTES or of a type that is not taken;
    NotAllowed without the right to handle or receive at one of the complaint's units.
    """
    if not (may_work_on(scope, complaint) or may_work_on(scope, complaint, "complaints.receive")):
        raise NotAllowed("complaints.handle")
    data = _read(content, name)
    file_type = sniff(data, name)
    if file_type is None:
        raise Refused(
            _(
                "“%(name)s” is not taken: pictures, PDF, office documents without macros, text, sound and films are."
            )
            % {"name": name[:100]}
        )
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        same = complaint.attachments.filter(message=message, note=note, digest=digest).first()
        if same is not None:
            return same
        return Attachment.objects.create(
            complaint=complaint,
            message=message,
            note=note,
            file=ContentFile(data, name=f"{secrets.token_hex(16)}.{file_type.ending}"),
            name=safe_name(name, file_type),
            content_type=file_type.media_type,
            size=len(data),
            digest=digest,
            uploaded_at=at,
        )


def _read(content: bytes | File[Any], name: str) -> bytes:
    size = len(content) if isinstance(content, bytes) else content.size
    if size > MAX_BYTES:
        raise Refused(
            _("“%(name)s” is too large: %(size)s MB, at most %(most)s MB.")
            % {"name": name[:100], "size": -(-size // MEGABYTE), "most": MAX_BYTES // MEGABYTE}
        )
    if not size:
        raise Refused(_("“%(name)s” is empty.") % {"name": name[:100]})
    if isinstance(content, bytes):
        return content
    content.seek(0)
    return bytes(content.read())
